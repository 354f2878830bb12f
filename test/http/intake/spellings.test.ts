/** What real clients send, in the spellings that they have: it is taken as it is meant, and kept in the format's one spelling. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ParseError } from "../../../src/core/errors.js";
import { isAcceptable } from "../../../src/http/intake/accept.js";
import { readClaimedTime } from "../../../src/http/intake/claimed-time.js";
import {
  formatParameterised,
  parseDisposition,
  parseMediaType,
} from "../../../src/http/intake/header-grammar.js";
import { call, form, metadataHeader, type Sent } from "../client.js";
import { exchange, raw } from "../raw.js";
import { type Service, startService } from "../service.js";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const post = (sent: Sent) => call(service, "POST /v1/deposits", { key: service.keys.bankA, ...sent });
const sha256 = createHash("sha256").update("abc").digest();
const [HEX, BASE64] = [sha256.toString("hex"), sha256.toString("base64")];

describe("digests are taken", () => {
  it.each([
    ["in base64", BASE64],
    ["in hexadecimal", HEX],
    ["in upper case", HEX.toUpperCase()],
    ["as sha256sum prints them", `${HEX}  loan contract.pdf\n`],
    ["as sha256sum prints them of binary files", `${HEX} *loan.pdf\r\n`],
    ["as sha256sum prints them with a name that it escapes", `\\${HEX}  a\\nb.pdf\n`],
  ])("%s", async (_, digest) => {
    const digests = { "sha-256": digest, sm3: digest };
    const body = { metadata: { recordType: "x" }, digests, size: 3, mediaType: "text/plain" };
    const { status, json } = await post({ body });
    expect([status, json.statement.digests]).toEqual([201, { "sha-256": BASE64, sm3: BASE64 }]);
    for (const asked of [HEX, HEX.toUpperCase()])
      expect((await call(service, `GET /v1/deposits/${json.id}?sha-256=${asked}`)).json.digestMatches).toBe(
        true,
      );
  });
});

describe("a time is read", () => {
  it.each([
    ["2026-11-24T08:00:00.000Z", "2026-11-24T08:00:00.000Z"],
    ["2026-11-24T08:00:00Z", "2026-11-24T08:00:00.000Z"],
    ["2026-11-24T16:00:00+08:00", "2026-11-24T08:00:00.000Z"],
    ["2026-11-24T03:30:00.5-04:30", "2026-11-24T08:00:00.500Z"],
    ["2026-11-24T08:00:00.123456789Z", "2026-11-24T08:00:00.123Z"],
    ["2026-11-24 08:00:00.123999+00:00", "2026-11-24T08:00:00.123Z"],
    ["2026-11-24t08:00:00z", "2026-11-24T08:00:00.000Z"],
    ["2026-03-01T07:59:59+08:00", "2026-02-28T23:59:59.000Z"],
  ])("%s", async (createdAt, stated) => {
    expect(readClaimedTime(createdAt)).toBe(stated);
    const { json } = await post({ body: { metadata: { recordType: "x", createdAt }, record: 1 } });
    expect(json.statement.createdAt).toBe(stated);
  });

  it.each([
    ...[
      "2026-11-24T08:00:00",
      "2026-11-24",
      "2026-11-24T08:00Z",
      "2026-11-24T08:00:00+0800",
      "2026-02-30T08:00:00Z",
    ],
    ...[
      "2026-11-24T24:00:00Z",
      "2026-11-24T23:59:60Z",
      "2026-11-24T08:00:00+24:00",
      "0000-01-01T00:00:00+00:01",
    ],
    ...[
      "2026-11-24T08:00:00.Z",
      "2026-11-24T08:00:00,5Z",
      " 2026-11-24T08:00:00Z",
      "Tue, 24 Nov 2026 08:00:00 GMT",
    ],
  ])("not %s", (text) => {
    expect(() => readClaimedTime(text)).toThrow(ParseError);
  });

  it("under one idempotency key in two spellings, as the same content", async () => {
    const headers = { "Idempotency-Key": "same-moment" };
    const send = (createdAt: string) =>
      post({ headers, body: { metadata: { recordType: "x", createdAt }, record: 1 } });
    const first = await send("2026-11-24T16:00:00+08:00");
    const again = await send("2026-11-24T08:00:00Z");
    expect([again.json.id, again.headers.get("idempotent-replayed")]).toEqual([first.json.id, "true"]);
  });
});

describe("a file is taken", () => {
  const metadata = { recordType: "loan.contract" };

  it.each([
    ["application/pdf", "application/pdf"],
    ["Application/PDF ;  version=1.7 ;", "application/pdf; version=1.7"],
    ["text/plain; charset=gbk", "text/plain; charset=gbk"],
    ["multipart/related; boundary=x", "multipart/related; boundary=x"],
  ])("under its own media type, %s", async (type, mediaType) => {
    const headers = metadataHeader(metadata);
    const { status, json } = await post({ body: "abc", type, headers });
    expect([status, json.statement.mediaType, json.statement.digests["sha-256"]]).toEqual([
      201,
      mediaType,
      BASE64,
    ]);
  });

  it("whose metadata says another type", async () => {
    const headers = metadataHeader({ ...metadata, mediaType: "application/pdf" });
    expect((await post({ body: "abc", type: "image/png", headers })).json.statement.mediaType).toBe(
      "application/pdf",
    );
  });

  it("in parts as libraries spell them", async () => {
    const json = JSON.stringify(metadata);
    for (const type of [undefined, "application/json;charset=UTF-8", "text/plain; charset=UTF-8"]) {
      const parts = form([
        { name: "metadata", content: json, ...(type !== undefined && { type }) },
        { name: "file", content: "abc", filename: "a.pdf", type: "application/pdf;" },
      ]);
      for (const head of [`${parts.type}; charset=UTF-8`, `${parts.type};`]) {
        const { status, json: answer } = await post({ body: parts.body, type: head });
        expect([status, answer.statement?.mediaType]).toEqual([201, "application/pdf"]);
      }
    }
  });

  it("but no field that was left blank", async () => {
    const parts = form([
      { name: "metadata", content: JSON.stringify(metadata), type: "application/json" },
      { name: "file", content: "", filename: "", type: "application/octet-stream" },
    ]);
    const { json } = await post(parts);
    expect([json.code, json.field]).toEqual(["multipart-malformed", "/parts/file"]);
  });
});

describe("what was asked for is given", () => {
  it("to who asks for JSON: evidence", async () => {
    const { json } = await post({ body: { metadata: { recordType: "x" }, record: "asked for" } });
    const headers = { Prefer: "wait=20", Accept: "application/json, application/*+json" };
    const { status, headers: got } = await call(service, `GET /v1/deposits/${json.id}/evidence`, {
      key: service.keys.bankA,
      headers,
    });
    expect([status, got.get("content-type")]).toEqual([200, "application/vnd.cunzheng.evidence+json"]);
  });

  const EVIDENCE = ["application/vnd.cunzheng.evidence+json"];
  it.each([
    [undefined, EVIDENCE],
    ["", EVIDENCE],
    ["*/*;q=0.8", EVIDENCE],
    ["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", ["application/pdf"]],
    ["application/*", EVIDENCE],
    ["APPLICATION/JSON", EVIDENCE],
    ["application/octet-stream", ["application/pdf"]],
    ["application/problem+json", ["application/pdf"]],
    ["nonsense", EVIDENCE],
    ['text/plain;x="a,b;q=0", application/pdf', ["application/pdf"]],
  ])("Accept %s", (accept, produced) => {
    expect(isAcceptable(accept, produced)).toBe(true);
  });

  it.each([
    ["text/html", EVIDENCE],
    ["application/json", ["application/pdf"]],
    ["application/json;q=0, text/*", EVIDENCE],
    ["*/*, application/pdf;q=0", ["application/pdf"]],
    ["image/*", ["application/pdf"]],
  ])("and refused: Accept %s", (accept, produced) => {
    expect(isAcceptable(accept, produced)).toBe(false);
  });
});

describe("a verification form", () => {
  it("with blank fields compares nothing; an empty file is a record", async () => {
    const { json } = await post({ body: { metadata: { recordType: "x" }, record: "to verify" } });
    const own = { key: service.keys.bankA, headers: { Prefer: "wait=20" } };
    const { bytes } = await call(service, `GET /v1/deposits/${json.id}/evidence`, own);
    const evidence = { name: "evidence", content: bytes, filename: "e.json" };
    const verdict = async (...fields: Parameters<typeof form>[0][number][]) =>
      (await call(service, "POST /v1/verify", form([evidence, ...fields]))).json.report.verdict as string;
    const blank = { content: "", filename: "", type: "application/octet-stream" };
    expect(await verdict({ name: "record", ...blank })).toBe("verified");
    expect(
      await verdict(
        { name: "record", content: "" },
        { name: "answer", ...blank },
        { name: "parties", content: "" },
      ),
    ).toBe("verified");
    expect(await verdict({ name: "record", content: "", filename: "empty.bin" })).toBe("refused");
  });
});

describe("header values", () => {
  it("are read by the grammar, each name once", () => {
    const read = parseMediaType('Text/HTML ; Charset="utf-8" ;; x="a\\"b;c" ; ');
    expect(read?.value).toBe("text/html");
    expect([...(read?.parameters ?? [])]).toEqual([
      ["charset", "utf-8"],
      ["x", 'a"b;c'],
    ]);
    expect(read && formatParameterised(read)).toBe('text/html; charset=utf-8; x="a\\"b;c"');
    for (const text of [
      "",
      "text",
      "text/",
      "/x",
      "a/b c",
      "a/b; x",
      "a/b; x=",
      'a/b; x="',
      'a/b; x="\\',
      "a/b; x=1; X=2",
    ])
      expect(parseMediaType(text)).toBeUndefined();
    expect(parseDisposition("attachment")?.parameters.size).toBe(0);
  });
});

describe("a connection", () => {
  it("serves the next request after a multipart that was refused early, however much follows", async () => {
    const boundary = "----form-of-a-test";
    const { body } = form([
      { name: "nobody", content: "x" },
      { name: "file", content: Buffer.alloc(400_000, "y"), filename: "a" },
    ]);
    const head = [
      ...["POST /v1/deposits HTTP/1.1", "Host: x", `Authorization: Bearer ${service.keys.bankA}`],
      ...[`Content-Type: multipart/form-data; boundary=${boundary}`, `Content-Length: ${body.length}`],
    ];
    const next = raw(["GET /healthz HTTP/1.1", "Host: x", "Connection: close"]);
    const answers = await exchange(service, raw(head) + body.toString("latin1") + next);
    expect(answers.map(({ status }) => status)).toEqual([400, 200]);
  });

  it("is closed with its answer where nobody knows how much follows", async () => {
    const head = [
      "POST /v1/deposits HTTP/1.1",
      "Host: x",
      "Authorization: Bearer cz_x",
      "Transfer-Encoding: chunked",
    ];
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const [answer] = await exchange(service, `${raw(head)}${chunk.repeat(20)}0\r\n\r\n`);
    expect([answer?.status, answer?.headers["connection"]]).toEqual([401, "close"]);
  });
});
