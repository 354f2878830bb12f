import { readFileSync } from "node:fs";
import { expect, it } from "@jest/globals";
import { ledgerVectors } from "../../../scripts/make-vectors/ledger-vectors.js";

it.each([...ledgerVectors()])("test/vectors/%s is what `npm run vectors` makes", (path, text) => {
  expect(readFileSync(new URL(`../../vectors/${path}`, import.meta.url), "utf8")).toBe(text);
});

it.each([...ledgerVectors()])("test/vectors/%s refuses more than it accepts", (_, text) => {
  const { accepted, refused } = JSON.parse(text) as { accepted: unknown[]; refused: unknown[] };
  expect(refused.length).toBeGreaterThan(accepted.length);
});
