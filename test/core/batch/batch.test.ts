import { describe, expect, it } from "@jest/globals";
import { hex, textFromUtf8, utf8 } from "../../../src/core/bytes.js";
import { encodeBatch, hashBatch, parseBatch } from "../../../src/core/batch/batch.js";
import { ParseError } from "../../../src/core/errors.js";
import { parseJson } from "../../../src/core/record/json.js";
import { readCases } from "../vector-files.js";

interface Text {
  readonly text: string;
}
const { accepted, refused } = readCases<
  Text & { canonical: string; leafHash: string },
  Text & { field: string }
>("batch", "batches");
const parse = (text: string) => parseBatch(parseJson(utf8(text), { numbers: "canonical" }));

describe("batch entry", () => {
  it.each(accepted)("accepted: $name", ({ text, canonical, leafHash }) => {
    const batch = parse(text);
    expect(textFromUtf8(encodeBatch(batch))).toBe(canonical);
    expect(hex(hashBatch(batch))).toBe(leafHash);
    expect(parse(canonical)).toEqual(batch);
  });

  it.each(refused)("refused: $name", ({ text, code, field }) => {
    let refusal: unknown;
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      refusal = { code: error.code, field: error.detail.field };
    }
    expect(refusal).toEqual({ code, field });
  });
});
