/** test/vectors/ is what `npm run vectors` makes. Certificates: test/certificate/drawings. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { challengeVectors } from "../../scripts/make-vectors/challenge-vectors.js";
import { evidenceVectors } from "../../scripts/make-vectors/evidence-vectors.js";
import { ledgerVectors } from "../../scripts/make-vectors/ledger-vectors.js";
import { membershipVectors } from "../../scripts/make-vectors/membership-vectors.js";
import { merkleVectors } from "../../scripts/make-vectors/merkle-vectors.js";
import { misconductVectors } from "../../scripts/make-vectors/misconduct-vectors.js";
import { policyVectors } from "../../scripts/make-vectors/policy-vectors.js";

const VECTORS = join(import.meta.dirname, "../vectors");

it.each([
  ...ledgerVectors(),
  ...merkleVectors(),
  ...policyVectors(),
  ...membershipVectors(),
  ...misconductVectors(),
  ...challengeVectors(),
])("%s", (path, text) => {
  expect(readFileSync(join(VECTORS, path), "utf8")).toBe(text);
});

it.each([...ledgerVectors()])("%s refuses more than it accepts", (_, text) => {
  const { accepted, refused } = JSON.parse(text) as { accepted: unknown[]; refused: unknown[] };
  expect(refused.length).toBeGreaterThan(accepted.length);
});

it("evidence, the folder of every case", () => {
  const folder = join(VECTORS, "evidence");
  const made = evidenceVectors();
  const cases = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const onDisk = cases.flatMap(({ name }) =>
    readdirSync(join(folder, name)).map((file) => `${name}/${file}`),
  );
  expect(onDisk.sort()).toEqual([...made.keys()].sort());
  for (const [path, bytes] of made)
    expect([path, Buffer.from(bytes).equals(readFileSync(join(folder, path)))]).toEqual([path, true]);
});
