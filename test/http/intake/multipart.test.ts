import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { boundaryOf, readParts } from "../../../src/http/intake/multipart.js";
import { HttpRefusal } from "../../../src/http/problems/problems.js";
import { form } from "../client.js";

interface ReadPart {
  readonly name: string;
  readonly fileName?: string;
  readonly contentType?: string;
  readonly content: string;
}

async function read(body: Buffer, boundary: string, pieceBytes = body.length): Promise<ReadPart[]> {
  async function* pieces() {
    for (let at = 0; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes);
  }
  const parts: ReadPart[] = [];
  for await (const { content, ...part } of readParts(pieces(), boundary)) {
    const got: Buffer[] = [];
    for await (const piece of content) got.push(piece);
    parts.push({ ...part, content: Buffer.concat(got).toString("latin1") });
  }
  return parts;
}

const B = "b";
const part = (headers: string, content = "x") =>
  Buffer.from(`--b\r\n${headers}\r\n\r\n${content}\r\n--b--\r\n`);
const NAMED = 'Content-Disposition: form-data; name="file"';

describe("readParts", () => {
  it("reads the same parts however the body is cut into pieces", async () => {
    const { body } = form(
      [
        { name: "metadata", content: "{}", type: "application/json" },
        { name: "file", content: "\r\n--b\r\n-- b--\r\n\r\n--", filename: 'a"b' },
        { name: "empty", content: "" },
      ],
      "bb",
    );
    const expected = [
      { name: "metadata", contentType: "application/json", content: "{}" },
      { name: "file", fileName: 'a"b', content: "\r\n--b\r\n-- b--\r\n\r\n--" },
      { name: "empty", content: "" },
    ];
    const escaped = Buffer.from(
      body.toString("latin1").replace('filename="a"b"', 'filename="a\\"b"'),
      "latin1",
    );
    for (let size = 1; size <= escaped.length; size++)
      expect(await read(escaped, "bb", size)).toEqual(expected);
  });

  it("gives back any content that does not hold the delimiter", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("\r", "\n", "-", "b", "\r\n--", "x"), { maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (letters, size) => {
          const content = letters.join("");
          fc.pre(!`\r\n${content}\r\n`.includes("\r\n--bxb"));
          const { body } = form([{ name: "file", content }], "bxb");
          expect(await read(body, "bxb", size)).toEqual([{ name: "file", content }]);
        },
      ),
    );
  });

  it("passes over what was left unread of a part", async () => {
    const { body } = form([
      { name: "a", content: "x".repeat(1000) },
      { name: "b", content: "y" },
    ]);
    const names: string[] = [];
    async function* pieces() {
      for (const byte of body) yield Buffer.of(byte);
    }
    for await (const { name } of readParts(pieces(), "----form-of-a-test")) names.push(name);
    expect(names).toEqual(["a", "b"]);
  });

  it("takes headers in any case and order, names with and without quotes", async () => {
    const [quoted] = await read(
      part('content-type:  text/plain \r\nX-Any: 1\r\nCONTENT-DISPOSITION: form-data;name="a b"'),
      B,
    );
    expect(quoted).toEqual({ name: "a b", contentType: "text/plain", content: "x" });
    expect(
      await read(part("Content-Disposition: form-data; name=file; filename*=UTF-8''x%22"), B),
    ).toMatchObject([{ name: "file" }]);
    const inFileName = 'form-data; filename="a; name=metadata;"; name="file"';
    expect(await read(part(`Content-Disposition: ${inFileName}`), B)).toMatchObject([{ name: "file" }]);
    expect(await read(part(`${NAMED}; filename="; name=\\"other\\""`), B)).toMatchObject([{ name: "file" }]);
  });

  it.each([
    ["an empty line before the first boundary", Buffer.concat([Buffer.from("\r\n"), part(NAMED)])],
    ["a preamble", Buffer.concat([Buffer.from("hello --b--\r\n--c\r\n"), part(NAMED)])],
    ["an epilogue", Buffer.concat([part(NAMED), Buffer.from("more\r\n--b\r\n")])],
    ["no line's end behind the end", part(NAMED).subarray(0, -2)],
    [
      "padding behind boundaries",
      Buffer.from(
        part(NAMED)
          .toString()
          .replace(/--b(--)?\r/g, "--b$1 \t \r"),
      ),
    ],
  ])("passes over what the grammar has around the parts: %s", async (_, body) => {
    for (const size of [1, 7, body.length])
      expect(await read(body, B, size)).toEqual([{ name: "file", content: "x" }]);
  });

  it.each([
    ["unquoted, in any alphabet", "form-data; filename=合同.pdf; name=file", "合同.pdf"],
    ["with a semicolon at the end, and upper case", 'FORM-DATA; NAME="file"; FileName="a.pdf" ;', "a.pdf"],
    ["of RFC 8187", "form-data; name=\"file\"; filename*=UTF-8''%e5%90%88", "UTF-8''%e5%90%88"],
    ["of RFC 2047", 'form-data; name="file"; filename="=?UTF-8?B?5ZCI5ZCM?="', "=?UTF-8?B?5ZCI5ZCM?="],
    ["a path", 'form-data; name="file"; filename="C:\\\\contracts\\\\a.pdf"', "C:\\contracts\\a.pdf"],
    ["left blank", 'form-data; name="file"; filename=""', ""],
  ])("takes a file name as senders spell it: %s", async (_, disposition, fileName) => {
    expect(await read(part(`Content-Disposition: ${disposition}`), B)).toEqual([
      { name: "file", fileName, content: "x" },
    ]);
  });

  it("gives the body back where it is left early", async () => {
    let isClosed = false;
    async function* pieces() {
      try {
        yield part("Content-Type: text/plain");
        yield Buffer.from("more");
      } finally {
        isClosed = true;
      }
    }
    await expect(readParts(pieces(), B).next()).rejects.toThrow(HttpRefusal);
    expect(isClosed).toBe(true);
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["another boundary", Buffer.from(part(NAMED).toString().replaceAll("--b", "--c"))],
    ["an end with bytes behind it", Buffer.from(part(NAMED).toString().replace("--b--", "--b--more"))],
    ["an end with one byte behind it", Buffer.from(part(NAMED).toString().replace("--b--\r\n", "--b--\r"))],
    ["a boundary with bytes behind it", Buffer.from(part(NAMED).toString().replace("--b\r\n", "--b c\r\n"))],
    ["line feeds alone", Buffer.from(part(NAMED).toString().replaceAll("\r\n", "\n"))],
    ["no end", part(NAMED).subarray(0, -8)],
    ["half an end", part(NAMED).subarray(0, -3)],
    ["an end inside the headers", Buffer.from(`--b\r\n${NAMED}\r\n`)],
    ["a part without headers", Buffer.from("--b\r\n\r\nx\r\n--b--\r\n")],
    ["a part without a name", part("Content-Type: text/plain")],
    ["an attachment", part('Content-Disposition: attachment; name="file"')],
    ["a name inside another parameter", part('Content-Disposition: form-data; filename="x; name=y"')],
    ["an unclosed quote", part('Content-Disposition: form-data; name="file')],
    ["two dispositions", part(`${NAMED}\r\n${NAMED}`)],
    ["a folded header", part(`${NAMED};\r\n filename="x"`)],
    ["a header with a bare line feed", part(`${NAMED}\nX: y`)],
    ["no colon", part(`${NAMED}\r\nnothing`)],
    ["a transfer encoding", part(`${NAMED}\r\nContent-Transfer-Encoding: base64`)],
    ["headers without end", part(`${NAMED}\r\nX: ${"y".repeat(9000)}`)],
  ])("refuses %s", async (_, body) => {
    for (const size of [1, 7, body.length || 1])
      await expect(read(body, B, size)).rejects.toMatchObject({ code: "multipart-malformed" });
  });
});

describe("boundaryOf", () => {
  it("reads it plain and quoted", () => {
    expect(boundaryOf("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxk")).toBe(
      "----WebKitFormBoundary7MA4YWxk",
    );
    expect(boundaryOf('Multipart/Form-Data; boundary="a b:c"')).toBe("a b:c");
  });

  it.each([
    "multipart/form-data; boundary=XXBB; charset=UTF-8",
    "multipart/form-data;charset=UTF-8;boundary=XXBB",
    "multipart/form-data; boundary=XXBB;",
    'multipart/form-data ; ; Charset="utf-8" ; BOUNDARY="XX\\BB" ;',
  ])("reads it beside other parameters: %s", (contentType) => {
    expect(boundaryOf(contentType)).toBe("XXBB");
  });

  it("reads one that should have been quoted", () => {
    expect(boundaryOf("multipart/form-data; boundary=----=_Part_1/2:3")).toBe("----=_Part_1/2:3");
  });

  it.each([
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=a b",
    'multipart/form-data; boundary="a "',
    `multipart/form-data; boundary=${"x".repeat(71)}`,
    "multipart/form-data; boundary=a; boundary=b",
  ])("refuses %s", (contentType) => {
    expect(() => boundaryOf(contentType)).toThrow(HttpRefusal);
  });
});
