import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { bytesFromHex, concatBytes, hex, utf8 } from "../../../src/core/bytes.js";
import {
  encodeEntryBundle,
  MAX_ENTRY_BYTES,
  parseEntryBundle,
  verifyEntries,
} from "../../../src/core/ledger/entry-bundle.js";
import { hashLeaf } from "../../../src/core/merkle/hash.js";
import { expectRefusal, readCases } from "../vector-files.js";

interface Bundle {
  readonly bytes: string;
  readonly width: number;
}

describe("bundles", () => {
  const { accepted, refused } = readCases<Bundle & { entries: string[] }, Bundle>("tile", "bundles");

  it.each(accepted)("accepted: $name", ({ bytes, width, entries }) => {
    const parsed = parseEntryBundle(bytesFromHex(bytes), width);
    expect(parsed.map(hex)).toEqual(entries);
    expect(hex(encodeEntryBundle(parsed))).toBe(bytes);
  });

  it.each(refused)("refused: $name", ({ bytes, width, code }) => {
    expectRefusal(() => parseEntryBundle(bytesFromHex(bytes), width), code);
  });

  it("reads back what was written", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 20 }), (entries) => {
        expect(parseEntryBundle(encodeEntryBundle(entries), entries.length)).toEqual(entries);
      }),
    );
  });

  it("holds entries of up to 65,535 bytes", () => {
    const entry = new Uint8Array(MAX_ENTRY_BYTES).fill(1);
    expect(parseEntryBundle(encodeEntryBundle([entry, entry]), 2)).toEqual([entry, entry]);
    expect(() => encodeEntryBundle([new Uint8Array(MAX_ENTRY_BYTES + 1)])).toThrow("internal");
  });
});

describe("entries beside their tile", () => {
  const entries = ["a", "", "c"].map(utf8);
  const tile = concatBytes(...entries.map(hashLeaf));

  it("are those whose leaf hashes it holds", () => {
    verifyEntries(entries, tile);
  });

  it("are refused when one differs, is missing or changed its place", () => {
    expectRefusal(() => verifyEntries(["a", "b", "c"].map(utf8), tile), "tile-mismatch");
    expectRefusal(() => verifyEntries(["", "a", "c"].map(utf8), tile), "tile-mismatch");
    expectRefusal(() => verifyEntries(entries.slice(0, 2), tile), "tile-malformed");
    expectRefusal(() => verifyEntries(entries, tile.subarray(1)), "tile-malformed");
  });
});
