/** Heads of requests, byte for byte: what RFC 9110 and 9112 have servers take, and what is refused with a problem. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { exchange, raw, type RawAnswer } from "../raw.js";
import { type Service, startService } from "../service.js";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const CLOSE = "Connection: close";
const HOST = "Host: x";

async function ask(bytes: string): Promise<RawAnswer> {
  const [answer] = await exchange(service, bytes);
  if (answer === undefined) throw new Error("no answer");
  return answer;
}

function problem({ body, headers }: RawAnswer): { code: string; field?: string; requestId: string } {
  expect(headers["content-type"]).toBe("application/problem+json");
  return JSON.parse(body) as { code: string; requestId: string };
}

describe("a request is taken", () => {
  it.each([
    ["with an absolute target", ["GET http://127.0.0.1:8080/readyz HTTP/1.1", HOST]],
    ["with an absolute target, under any name", ["GET HTTPS://notary.example/readyz HTTP/1.1", HOST]],
    ["of HTTP/1.0, without Host", ["GET /readyz HTTP/1.0"]],
    ["with an empty Host", ["GET /readyz HTTP/1.1", "Host:"]],
    ["with a Host of IPv6", ["GET /readyz HTTP/1.1", "Host: [::1]:8080"]],
    ["with a query that means nothing", ["GET http://x/healthz HTTP/1.1", HOST]],
    ["that offers HTTP/2", ["GET /readyz HTTP/1.1", HOST, "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"]],
    ["whose header names are in upper case", ["GET /readyz HTTP/1.1", "HOST: x", "ACCEPT: APPLICATION/JSON"]],
  ])("%s", async (_, lines) => {
    const { status, body } = await ask(raw([...lines, CLOSE]));
    expect([status, body]).toEqual([200, expect.stringContaining('"status":')]);
  });

  it("HEAD, wherever GET is", async () => {
    for (const path of ["/readyz", "/healthz", "/consortium.json", "/openapi.yaml", "/problems/not-found"]) {
      const { status, body, headers } = await ask(raw([`HEAD ${path} HTTP/1.1`, HOST, CLOSE]));
      expect([path, status, body, Number(headers["content-length"]) > 0]).toEqual([path, 200, "", true]);
    }
  });

  it("OPTIONS of the service and of a resource", async () => {
    for (const [target, allow] of [
      ["*", "GET, HEAD, POST, PUT, DELETE, OPTIONS"],
      ["/readyz", "GET, HEAD, OPTIONS"],
    ]) {
      const { status, headers } = await ask(raw([`OPTIONS ${target} HTTP/1.1`, HOST, CLOSE]));
      expect([status, headers["allow"]]).toEqual([204, allow]);
    }
  });

  it("in chunks with extensions and trailers", async () => {
    const body = JSON.stringify({ metadata: { recordType: "x" }, record: 1 });
    const head = [
      "POST /v1/deposits HTTP/1.1",
      ...[
        HOST,
        `Authorization: bearer ${service.keys.bankA}`,
        "Content-Type: APPLICATION/JSON ; Charset=UTF-8 ;",
      ],
      ...["Transfer-Encoding: Chunked", "Trailer: X-Sum", CLOSE],
    ];
    const chunks = `1;a="b;c"\r\n${body.slice(0, 1)}\r\n${(body.length - 1).toString(16)}\r\n${body.slice(1)}\r\n0\r\nX-Sum: 1\r\n\r\n`;
    expect((await ask(raw(head, chunks))).status).toBe(201);
  });
});

describe("a request is refused with a problem", () => {
  const get = (...lines: string[]) => ["GET /readyz HTTP/1.1", HOST, ...lines];
  const post = (...lines: string[]) => [
    "POST /v1/verify HTTP/1.1",
    HOST,
    "Content-Type: application/pdf",
    ...lines,
  ];
  it.each([
    ["two Hosts", get("Host: y"), 400, "header-malformed", "/headers/host"],
    ["two Hosts that agree", get(HOST), 400, "header-malformed", "/headers/host"],
    ["no Host", ["GET /readyz HTTP/1.1"], 400, "header-missing", "/headers/host"],
    [
      "a Host that is none",
      ["GET /readyz HTTP/1.1", "Host: a/b c"],
      400,
      "header-malformed",
      "/headers/host",
    ],
    [
      "two Authorizations",
      get("Authorization: Bearer a", "authorization: Bearer b"),
      400,
      "header-malformed",
      "/headers/authorization",
    ],
    ["two Content-Types", post("Content-Type: text/plain"), 400, "header-malformed", "/headers/content-type"],
    [
      "a Content-Encoding",
      post("Content-Encoding: gzip"),
      415,
      "content-encoding-unsupported",
      "/headers/content-encoding",
    ],
    ["an expectation that is none", get("Expect: 200-ok"), 417, "expectation-unknown", "/headers/expect"],
    ["a target of another scheme", ["GET ftp://x/readyz HTTP/1.1", HOST], 400, "path-malformed", undefined],
    ["* of another method", ["GET * HTTP/1.1", HOST], 400, "path-malformed", undefined],
    ["a path that is not UTF-8", ["GET /v1/deposits/%ff HTTP/1.1", HOST], 400, "path-malformed", undefined],
    ["CONNECT", ["CONNECT x:443 HTTP/1.1", HOST], 405, "method-not-allowed", undefined],
    ["a method that is none", ["FETCH /readyz HTTP/1.1", HOST], 400, "http-malformed", undefined],
    ["a folded header", get("X: a", " b"), 400, "http-malformed", undefined],
    ["a space before the colon", get("X : a"), 400, "http-malformed", undefined],
    ["a header of a NUL", get("X: a\0b"), 400, "http-malformed", undefined],
    ["two lengths", post("Content-Length: 1", "Content-Length: 2"), 400, "http-malformed", undefined],
    ["a length that is none", post("Content-Length: +1"), 400, "http-malformed", undefined],
    [
      "a length beside chunks",
      post("Content-Length: 1", "Transfer-Encoding: chunked"),
      400,
      "http-malformed",
      undefined,
    ],
    ["a coding below the chunks", post("Transfer-Encoding: gzip"), 400, "http-malformed", undefined],
    ["HTTP/2", ["PRI * HTTP/2.0"], 400, "http-malformed", undefined],
    ["no HTTP at all", ["hello"], 400, "http-malformed", undefined],
    ["too many header fields", get(`X: ${"y".repeat(20_000)}`), 431, "head-too-large", undefined],
  ] as const)("%s", async (_, lines, status, code, field) => {
    const answer = await ask(raw([...lines, CLOSE]));
    const { requestId, ...rest } = problem(answer);
    expect({ status: answer.status, ...rest }).toMatchObject({ status, code, ...(field && { field }) });
    expect(requestId).toBe(answer.headers["request-id"]);
  });

  it("in a chunk's size, with the request under way", async () => {
    const head = post("Transfer-Encoding: chunked", CLOSE);
    const answer = await ask(raw(head, "2\r\nab\r\nzz\r\n"));
    expect([answer.status, problem(answer).code]).toEqual([400, "http-malformed"]);
  });
});

describe("a body is asked for", () => {
  const body = JSON.stringify({ metadata: { recordType: "x" }, record: 1 });
  const lines = (key: string, length = body.length, type = "application/json") => [
    ...["POST /v1/deposits HTTP/1.1", HOST, `Authorization: Bearer ${key}`, `Content-Type: ${type}`],
    ...[`Content-Length: ${length}`, "Expect: 100-Continue", CLOSE],
  ];

  it("where it is read", async () => {
    const { status, interim } = await ask(raw(lines(service.keys.bankA), body));
    expect([status, interim]).toEqual([201, [100]]);
  });

  it("and not of those who are refused without it", async () => {
    for (const [head, status] of [
      [lines("cz_x"), 401],
      [lines(service.keys.readerA), 403],
      [lines(service.keys.bankA, 1e9), 413],
      [lines(service.keys.bankA, 1e9, "application/octet-stream"), 400],
      [lines(service.keys.bankA, 10, "text/plain"), 415],
    ] as const) {
      // The body is never sent: an answer that waited for it would not come.
      const bytes = raw(head).replace("Connection: close\r\n", "");
      const answer = await ask(bytes);
      expect([answer.status, answer.interim, answer.headers["connection"]]).toEqual([status, [], "close"]);
    }
  });
});

it("no head takes longer to read than it is long", async () => {
  // 16 KiB of what one expression after another has gone through again and again, from each place anew.
  const spaces = " ".repeat(15_500);
  const lines = ["POST /v1/verify HTTP/1.1", HOST, "Content-Length: 0", CLOSE];
  const timed = async (header: string): Promise<number> => {
    const from = performance.now();
    await ask(raw([...lines, header]));
    return performance.now() - from;
  };
  await timed("Content-Type: application/pdf");
  const headers = [
    `Content-Type: a${spaces}b`,
    `Content-Type: application/pdf${";".repeat(15_500)}x`,
    `Content-Type: multipart/form-data; boundary="${"\\a".repeat(7_700)}`,
    `Accept: application/json${spaces}x`,
    `Accept: ${"a/b;".repeat(3_800)}`,
    `Accept: ${"a/b,".repeat(3_800)}`,
    `Authorization: Bearer ${"=".repeat(15_500)}!`,
    `Prefer: wait${spaces}=x`,
    `Content-Encoding: ${", ".repeat(7_700)}x`,
  ];
  const times: number[] = [];
  for (const header of headers) times.push(Math.min(await timed(header), await timed(header)));
  const plain = Math.min(...(await Promise.all([1, 2, 3].map(() => timed(`X: ${"y".repeat(15_500)}`)))));
  expect(Math.max(...times)).toBeLessThan(20 * plain + 50);
});

it("the description names every code that a head is refused with", () => {
  const contract = readFileSync(new URL("../../../openapi.yaml", import.meta.url), "utf8");
  for (const code of ["http-malformed", "head-too-large", "expectation-unknown"])
    expect(contract).toContain(`- ${code}\n`);
});
