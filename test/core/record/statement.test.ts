import { describe, expect, it } from "@jest/globals";
import { hex, textFromUtf8, utf8 } from "../../../src/core/bytes.js";
import { ParseError } from "../../../src/core/errors.js";
import { parseJson } from "../../../src/core/record/json.js";
import { encodeStatement, hashStatement, parseStatement } from "../../../src/core/record/statement.js";
import { readCases } from "../vector-files.js";

interface Text {
  readonly text: string;
}
const { accepted, refused } = readCases<
  Text & { canonical: string; leafHash: string },
  Text & { field: string }
>("statement", "statements");
const parse = (text: string, field?: string) =>
  parseStatement(parseJson(utf8(text), { numbers: "canonical" }), field);

describe("statement", () => {
  it.each(accepted)("accepted: $name", ({ text, canonical, leafHash }) => {
    const statement = parse(text);
    expect(textFromUtf8(encodeStatement(statement))).toBe(canonical);
    expect(hex(hashStatement(statement))).toBe(leafHash);
    expect(parse(canonical)).toEqual(statement);
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

  it("names its place where it stands within another format", () => {
    const text = accepted[0]?.canonical.replace('"size":', '"Size":') ?? "";
    expect(() => parse(text, "/statement")).toThrow(
      expect.objectContaining({
        detail: expect.objectContaining({ field: "/statement/Size" }) as object,
      }) as unknown as Error,
    );
  });

  it("has another leaf hash for each character changed", () => {
    const canonical = accepted[0]?.canonical ?? "";
    const hashes = new Set([hex(hashStatement(parse(canonical)))]);
    const changes = [
      ["120000", "120000"],
      ["2026-0042", "2026-0043"],
      ["teller-7", "teller-8"],
      [".123Z", ".124Z"],
      ['"sequence":2', '"sequence":3'],
    ];
    const changed = changes.slice(1).map(([from = "", to = ""]) => canonical.replace(from, to));
    for (const text of changed) hashes.add(hex(hashStatement(parse(text))));
    expect(hashes.size).toBe(changes.length);
  });
});
