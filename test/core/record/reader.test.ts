import { describe, expect, it } from "@jest/globals";
import { utf8 } from "../../../src/core/bytes.js";
import { ParseError } from "../../../src/core/errors.js";
import { isSlug, isUlid } from "../../../src/core/record/id.js";
import { type JsonValue, parseJson } from "../../../src/core/record/json.js";
import {
  readArray,
  readBase64,
  readBoolean,
  readInteger,
  readNullable,
  readNumber,
  readObject,
  readOneOf,
  readString,
  readType,
} from "../../../src/core/record/reader.js";

const json = (text: string) => parseJson(utf8(text), { numbers: "canonical" });

function refusal(action: () => unknown): { code: string; field?: string; got?: string; want?: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof ParseError) return { code: error.code, ...error.detail };
    throw error;
  }
  throw new Error("accepted, though it must be refused");
}

describe("readObject", () => {
  const shape = {
    required: { type: readType("sample@v1"), count: readInteger({ min: 1, max: 9 }) },
    optional: { tags: readArray(readString), done: readBoolean, offset: readNullable(readNumber) },
  };
  const read = (text: string) => readObject(json(text), "/here", shape);

  it("reads what is required and what is there of the rest", () => {
    expect(read('{"count":1,"type":"sample@v1"}')).toEqual({ type: "sample@v1", count: 1 });
    expect(read('{"count":9,"type":"sample@v1","tags":["a","b"],"done":false,"offset":null}')).toEqual({
      type: "sample@v1",
      count: 9,
      tags: ["a", "b"],
      done: false,
      offset: null,
    });
  });

  it.each([
    ["[]", { code: "value-type", field: "/here", got: "an array", want: "an object" }],
    ["null", { code: "value-type", field: "/here", got: "null", want: "an object" }],
    ['"x"', { code: "value-type", field: "/here", got: '"x"', want: "an object" }],
    ["{}", { code: "member-missing", field: "/here/type" }],
    ['{"type":"sample@v1"}', { code: "member-missing", field: "/here/count" }],
    ['{"type":"sample@v1","count":null}', { code: "value-type", field: "/here/count", got: "null" }],
    [
      '{"type":"sample@v1","count":0}',
      { code: "value-range", field: "/here/count", got: "0", want: "1 to 9" },
    ],
    ['{"type":"sample@v1","count":10}', { code: "value-range", field: "/here/count", got: "10" }],
    ['{"type":"sample@v1","count":1.5}', { code: "value-type", field: "/here/count", want: "an integer" }],
    [
      '{"type":"sample@v1","count":1,"a/b~c":1}',
      { code: "member-unknown", field: "/here/a~1b~0c", got: "a/b~c" },
    ],
    ['{"type":"sample@v1","count":1,"__proto__":1}', { code: "member-unknown", field: "/here/__proto__" }],
    ['{"type":"sample@v1","count":1,"toString":1}', { code: "member-unknown", field: "/here/toString" }],
    [
      '{"type":"sample@v1","count":1,"tags":["a",1]}',
      { code: "value-type", field: "/here/tags/1", got: "1" },
    ],
    [
      '{"type":"sample@v1","count":1,"tags":{}}',
      { code: "value-type", field: "/here/tags", got: "an object" },
    ],
    ['{"type":"sample@v1","count":1,"tags":null}', { code: "value-type", field: "/here/tags" }],
    ['{"type":"sample@v1","count":1,"done":"true"}', { code: "value-type", field: "/here/done" }],
    ['{"type":"sample@v1","count":1,"offset":"1"}', { code: "value-type", field: "/here/offset" }],
    ['{"type":"sample@v2","count":1}', { code: "type-unknown", field: "/here/type", want: "sample@v1" }],
    ['{"type":1,"count":1}', { code: "value-type", field: "/here/type" }],
  ])("refuses %s", (text, expected) => {
    expect(refusal(() => read(text))).toMatchObject(expected);
  });

  it("judges the type before the members, which a later version may have more of", () => {
    expect(refusal(() => read('{"more":1,"type":"sample@v2"}')).code).toBe("type-unknown");
    expect(refusal(() => read('{"more":1,"type":"sample@v1"}')).code).toBe("member-unknown");
  });

  it("takes no member from a prototype", () => {
    const inherited = Object.create({ type: "sample@v1", count: 1 }) as JsonValue;
    expect(refusal(() => readObject(inherited, "", shape)).code).toBe("member-missing");
  });
});

describe("readers of values", () => {
  it("readBase64 wants canonical text of the right length", () => {
    expect(readBase64(3)("AAEC", "/f")).toEqual(Uint8Array.of(0, 1, 2));
    expect(readBase64()("", "/f")).toEqual(new Uint8Array(0));
    expect(refusal(() => readBase64(3)("AAE=", "/f"))).toMatchObject({
      code: "value-range",
      field: "/f",
      got: "2 bytes",
    });
    expect(refusal(() => readBase64(2)("AAF=", "/f"))).toMatchObject({ code: "base64-invalid", field: "/f" });
    expect(refusal(() => readBase64()(7, "/f"))).toMatchObject({ code: "value-type", field: "/f" });
  });

  it("readOneOf lists the words, and shows foreign text escaped and cut", () => {
    const read = readOneOf("court", "bank");
    expect(read("bank", "/role")).toBe("bank");
    const foreign = refusal(() => read(`\u001b[31m${"x".repeat(1000)}`, "/role"));
    expect(foreign).toMatchObject({ code: "value-range", field: "/role", want: "court, bank" });
    expect(foreign.got).toContain("\\u001b");
    expect(foreign.got?.length).toBeLessThan(200);
    expect(refusal(() => read("constructor", "/role")).code).toBe("value-range");
  });
});

describe("ids", () => {
  it.each(["01KAVB1D00EXAMP1E0STATEMEN", "00000000000000000000000000", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"])(
    "%s is a ULID",
    (id) => {
      expect(isUlid(id)).toBe(true);
    },
  );

  it("every other character, length and case is none", () => {
    const id = "01KAVB1D00EXAMP1E0STATEMEN";
    const allowed = new Set("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    for (let code = 0; code < 0x250; code++) {
      const letter = String.fromCharCode(code);
      expect([letter, isUlid(id.slice(0, -1) + letter)]).toEqual([letter, allowed.has(letter)]);
    }
    for (const other of ["", id.slice(1), `${id}0`, `${id}\n`, ` ${id}`, `8${id.slice(1)}`, id.toLowerCase()])
      expect([other, isUlid(other)]).toEqual([other, false]);
  });

  it.each(["a", "7", "example-bank", "a1-b2-c3", "x".repeat(64)])("%s is a slug", (id) => {
    expect(isSlug(id)).toBe(true);
  });

  it.each(["", "-", "a-", "-a", "a--b", "A", "a b", "a_b", "a.b", "é", "示例", "a\n", "x".repeat(65)])(
    "%j is none",
    (id) => {
      expect(isSlug(id)).toBe(false);
    },
  );
});
