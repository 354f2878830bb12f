import { expect, it } from "@jest/globals";
import { restMs } from "../../../src/notary/model/backoff.js";

it("rests not at all, then twice as long each time, up to the longest", () => {
  const backoff = { firstMs: 100, longestMs: 5000 };
  expect([0, 1, 2, 3, 6, 7, 1000, 1e9].map((failures) => restMs(backoff, failures))).toEqual([
    0, 100, 200, 400, 3200, 5000, 5000, 5000,
  ]);
});
