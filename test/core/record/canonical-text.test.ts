import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { textFromUtf8, utf8 } from "../../../src/core/bytes.js";
import { canonicalJson } from "../../../src/core/record/canonical.js";
import { canonicalText } from "../../../src/core/record/canonical-text.js";
import { type JsonValue, parseJson } from "../../../src/core/record/json.js";
import { runsOfLongProof } from "../../long-proof.js";

describe("canonicalText", () => {
  const exact = { numbers: "exact" } as const;

  it("makes the bytes that the values would be spelled as", () => {
    const strings = fc.oneof(
      fc.string({ unit: "binary", maxLength: 6 }),
      fc.constantFrom("", "\ufb33", "\u{1f602}", "é", "€", "\\", '"', "\u0080", "\n", "__proto__", "10", "9"),
    );
    const values = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, false),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        strings,
        fc.array(tie("value"), { maxLength: 5 }),
        fc.dictionary(strings, tie("value"), { maxKeys: 6 }),
      ),
    })).value;
    fc.assert(
      fc.property(values, fc.nat(3), (value, indent) => {
        const text = utf8(JSON.stringify(value, null, indent));
        expect(textFromUtf8(canonicalText(text, exact))).toBe(
          textFromUtf8(canonicalJson(parseJson(text, exact))),
        );
      }),
      runsOfLongProof("JSON values spelled anew", { part: 500, whole: 2000 }),
    );
  });

  it("puts members in order at every depth", () => {
    const text = '{"b":{"d":[{"z":1,"a":{}}],"c":"é"},"a":[],"€":0,"\\ud83d\\ude02":1,"\\ufb33":2}';
    expect(textFromUtf8(canonicalText(utf8(text), exact))).toBe(
      '{"a":[],"b":{"c":"é","d":[{"a":{},"z":1}]},"€":0,"\u{1f602}":1,"\ufb33":2}',
    );
  });
});
