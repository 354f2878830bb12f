import { inflateSync } from "node:zlib";
import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { deflateFast } from "../../../src/certificate/drawings/1/pdf/fast-deflate.js";

const back = (bytes: Uint8Array) => Buffer.compare(inflateSync(deflateFast(bytes)), bytes);

it("is undone by another's inflation, for every length up to 600 and each kind of content", () => {
  for (let length = 0; length <= 600; length++) {
    expect(back(new Uint8Array(length).fill(length))).toBe(0);
    expect(back(Uint8Array.from({ length }, (_, i) => (i * i * 31) >> 3))).toBe(0);
    expect(back(Uint8Array.from({ length }, (_, i) => i % 7))).toBe(0);
  }
});

it("is undone where matches lie farther back than they may reach", () => {
  const far = new Uint8Array(100_000);
  for (let i = 0; i < far.length; i++) far[i] = ((i % 33_000) * 2_654_435_761) >>> 24;
  expect(back(far)).toBe(0);
});

it("is undone whatever is given", () => {
  const repeated = fc
    .tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 200 }))
    .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => bytes)));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 5_000 }), repeated), (bytes) => back(bytes) === 0),
  );
});
