/** What zlib compresses comes out again; what is no stream, or more than is wanted, does not. */
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { inflateWithin } from "../../../src/certificate/pdf/touched/bounded-inflate.js";

describe("inflateWithin", () => {
  it("gives what was compressed, at every level and by every strategy", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.constantFrom(0, 1, 6, 9),
        fc.constantFrom(0, 1, 2, 3, 4),
        fc.integer({ min: 1, max: 40 }),
        (bytes, level, strategy, times) => {
          const content = new Uint8Array(Buffer.concat(Array.from({ length: times }, () => bytes)));
          const compressed = deflateSync(content, { level, strategy });
          expect(
            Buffer.compare(inflateWithin(compressed, content.length).content ?? Buffer.from("-"), content),
          ).toBe(0);
          if (content.length > 0)
            expect(inflateWithin(compressed, content.length - 1).content).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  it("takes or refuses any bytes, and never stumbles", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const made = inflateWithin(Uint8Array.of(0x78, 0x9c, ...bytes), 100_000).content;
        expect((made ?? bytes).length).toBeLessThanOrEqual(100_000);
      }),
      { numRuns: 3000 },
    );
    expect(inflateWithin(new Uint8Array(0), 10).content).toBeUndefined();
    expect(inflateWithin(deflateSync("cut off").subarray(0, 6), 10).content).toBeUndefined();
  });
});
