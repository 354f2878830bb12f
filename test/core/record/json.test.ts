import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { textFromUtf8, utf8 } from "../../../src/core/bytes.js";
import { ParseError } from "../../../src/core/errors.js";
import { canonicalJson } from "../../../src/core/record/canonical.js";
import { type JsonValue, parseJson, pointer } from "../../../src/core/record/json.js";
import { expectRefusal, inputBytes, readCases } from "../vector-files.js";
import { runsOfLongProof } from "../../long-proof.js";

interface Input {
  readonly text?: string;
  readonly hex?: string;
  /** The rule of numbers that the case is about; both where it is about none. */
  readonly numbers?: "exact" | "canonical";
}
interface Read extends Input {
  readonly canonical: string;
}
interface Refused extends Input {
  readonly field?: string;
}
const { accepted, refused } = readCases<Read, Refused>("json");
const rules = ({ numbers }: Input) => (numbers ? [numbers] : (["exact", "canonical"] as const));

describe("JSON vectors", () => {
  it.each(accepted)("accepted: $name", ({ text, hex, canonical, ...about }) => {
    for (const numbers of rules(about))
      expect(textFromUtf8(canonicalJson(parseJson(inputBytes(text, hex), { numbers })))).toBe(canonical);
  });

  it.each(refused)("refused: $name", ({ text, hex, code, field, ...about }) => {
    for (const numbers of rules(about)) {
      const error = refusalOf(() => parseJson(inputBytes(text, hex), { numbers }));
      expect({ code: error.code, field: error.detail.field }).toEqual({ code, field });
    }
  });

  it("refuse more than they accept", () => {
    expect(refused.length).toBeGreaterThan(accepted.length);
  });
});

describe("parseJson", () => {
  const exact = (text: string) => parseJson(utf8(text), { numbers: "exact" });

  it("reads what JSON.stringify writes, however it is indented", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        // JSON.stringify writes lone surrogates as escapes; fc.jsonValue makes none unless it is asked to.
        expect(JSON.stringify(exact(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it("accepts nothing that JSON.parse refuses, and answers any bytes with a code", () => {
    const characters = fc.constantFrom(...'{}[]:,"\\/u0123456789eE+-. \n\ttruefalsn\u0000é');
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 24 }), (letters) => {
        const text = letters.join("");
        let value: JsonValue;
        try {
          value = exact(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
          return;
        }
        expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      runsOfLongProof("JSON texts", { part: 500, whole: 2000 }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          parseJson(bytes, { numbers: "exact" });
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
    );
  });

  it("takes every double as it is printed, and refuses it with a digit more", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
        expect(exact(String(double))).toBe(double === 0 ? 0 : double);
        if (double === 0) return;
        // Seventeen digits tell all doubles apart, so twenty-one with a last 1 are never the shortest spelling.
        expectRefusal(
          () => exact(`${double.toPrecision(17).replace(/e.*$/, "")}0001`),
          "json-number-altered",
        );
      }),
    );
  });

  it("takes every double as programs print it with more digits, and refuses the next decimal of as many", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 18, max: 100 }),
        (double, digits) => {
          if (double === 0) return;
          for (const printed of [double.toPrecision(17), double.toPrecision(digits)])
            if (/[.e]/.test(printed)) expect(exact(printed)).toBe(double);
          const [mantissa = "", power] = double.toPrecision(digits).split("e");
          if (!mantissa.includes(".")) return;
          const next = mantissa.replace(/.$/, (last) => (last === "9" ? "8" : String(Number(last) + 1)));
          expectRefusal(() => exact(power === undefined ? next : `${next}e${power}`), "json-number-altered");
        },
      ),
    );
  });

  it("makes objects without a prototype", () => {
    const object = exact('{"__proto__":{"polluted":true},"constructor":1}') as Record<string, JsonValue>;
    expect(Object.getPrototypeOf(object)).toBeNull();
    expect(Object.keys(object)).toEqual(["__proto__", "constructor"]);
    expect(object).not.toHaveProperty("polluted");
  });

  it("names what it found and what it wanted", () => {
    const error = refusalOf(() => exact('{"loan":{"amounts":[1, 2 3]}}'));
    expect(error.detail).toEqual({ field: "/loan/amounts", got: '"3"', want: "a comma or ]" });
    expect(error.message).toContain("character 26");
    expect(refusalOf(() => exact('{"amount": 9007199254740993}')).detail).toMatchObject({
      field: "/amount",
      got: "9007199254740993",
      want: expect.stringContaining("9007199254740992") as unknown as string,
    });
    expect(refusalOf(() => exact('["a')).detail).toMatchObject({ field: "/0", got: "the end" });
    expect(refusalOf(() => exact('"\u0001"')).detail.got).toBe('"\\u0001"');
  });

  it("never shows a whole record", () => {
    const name = "x".repeat(100_000);
    for (const text of [`{"${name}":1,"${name}":2}`, `[1${"0".repeat(100_000)}1]`])
      expect(refusalOf(() => exact(text)).detail.got?.length).toBeLessThan(200);
  });
});

it("pointer escapes as RFC 6901 does", () => {
  expect(pointer("", "a")).toBe("/a");
  expect(pointer("/a", 0)).toBe("/a/0");
  expect(pointer("", "m~n/o~1")).toBe("/m~0n~1o~01");
});

function refusalOf(action: () => unknown): ParseError {
  try {
    action();
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
  throw new Error("accepted, though it must be refused");
}
