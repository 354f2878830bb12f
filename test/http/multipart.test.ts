import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { boundaryOf, readParts } from "../../src/http/multipart.js";
import { HttpRefusal } from "../../src/http/problems.js";
import { form } from "./client.js";

interface ReadPart {
  readonly name: string;
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
      { name: "file", content: "\r\n--b\r\n-- b--\r\n\r\n--" },
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
    ["nothing", Buffer.alloc(0)],
    ["a preamble", Buffer.concat([Buffer.from("hello\r\n"), part(NAMED)])],
    ["another boundary", Buffer.from(part(NAMED).toString().replaceAll("--b", "--c"))],
    ["an epilogue", Buffer.concat([part(NAMED), Buffer.from("more")])],
    ["a second empty line after the end", Buffer.concat([part(NAMED), Buffer.from("\r\n")])],
    ["a boundary with bytes behind it", Buffer.from(part(NAMED).toString().replace("--b\r\n", "--b \r\n"))],
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
