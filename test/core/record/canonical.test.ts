import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { bytesFromHex, textFromUtf8, utf8 } from "../../../src/core/bytes.js";
import { canonicalJson } from "../../../src/core/record/canonical.js";
import { canonicalRecord } from "../../../src/core/record/content.js";
import { parseJson } from "../../../src/core/record/json.js";
import { expectRefusal, readCases } from "../vector-files.js";

interface Text {
  readonly text: string;
}
interface Double {
  readonly double: string;
}
const values = readCases<Text & { canonical: string }, Text>("canonical", "values");
const numbers = readCases<Double & { canonical: string }, Double>("canonical", "numbers");

const spelled = (value: unknown) => textFromUtf8(canonicalJson(value));
const doubleOf = ({ double }: Double) => new DataView(bytesFromHex(double).buffer).getFloat64(0);

describe("canonical JSON", () => {
  it.each(values.accepted)("spelled: $name", ({ text, canonical }) => {
    expect(textFromUtf8(canonicalRecord(utf8(text)))).toBe(canonical);
    expect(textFromUtf8(canonicalRecord(utf8(canonical)))).toBe(canonical);
  });

  it.each(values.refused)("refused: $name", ({ text, code }) => {
    expectRefusal(() => canonicalRecord(utf8(text)), code);
  });

  it.each(numbers.accepted)("number: $name", ({ canonical, ...number }) => {
    expect(spelled(doubleOf(number))).toBe(canonical);
  });

  it.each(numbers.refused)("no number: $name", (number) => {
    expect(() => spelled(doubleOf(number))).toThrow("internal");
  });

  it("is one spelling, whatever the order, the white space and the escapes were", () => {
    const json = fc.jsonValue({ maxDepth: 6, stringUnit: "binary" });
    fc.assert(
      fc.property(json, fc.infiniteStream(fc.boolean()), fc.nat(3), (value, coins, indent) => {
        const shuffled = (inner: unknown): unknown => {
          if (Array.isArray(inner)) return inner.map(shuffled);
          if (typeof inner !== "object" || inner === null) return inner;
          const members = Object.entries(inner).map(([name, member]) => [name, shuffled(member)] as const);
          // `Object.fromEntries` keeps "__proto__" a member like any other.
          return Object.fromEntries(members.sort(() => (coins.next().value === true ? 1 : -1)));
        };
        const escaped = JSON.stringify(shuffled(value), null, indent).replace(
          /[^ -~\n]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
        );
        expect(textFromUtf8(canonicalRecord(utf8(escaped)))).toBe(spelled(value));
      }),
    );
  });

  it("is read back to the same value by either rule of numbers", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: "binary" }), (value) => {
        const bytes = canonicalJson(value);
        expect(canonicalJson(parseJson(bytes, { numbers: "exact" }))).toEqual(bytes);
        expect(JSON.parse(textFromUtf8(bytes))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("sorts by UTF-16 code units, not by code points", () => {
    // U+1F600 is above U+FB33, but its first unit, D83D, is below.
    expect(spelled({ "\ufb33": 1, "\u{1f600}": 2 })).toBe('{"\u{1f600}":2,"\ufb33":1}');
  });

  it.each([
    ["undefined", undefined],
    ["a member undefined", { a: undefined }],
    ["an element undefined", [undefined]],
    ["a bigint", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("a")],
    ["bytes", new Uint8Array(2)],
  ])("has no spelling for %s", (_, value) => {
    expect(() => spelled(value)).toThrow("internal");
  });

  it("refuses a lone surrogate in a value and in a name", () => {
    expectRefusal(() => spelled(["\ud800"]), "json-lone-surrogate");
    expectRefusal(() => spelled({ "\udfff": 1 }), "json-lone-surrogate");
    expect(spelled("\ud83d\ude00")).toBe('"\ud83d\ude00"');
  });
});
