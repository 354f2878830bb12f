import { request as httpRequest } from "node:http";
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Halt, Impairment } from "../../../src/notary/model/model.js";
import { Refusal } from "../../../src/notary/model/refusal.js";
import { StorageAwayError } from "../../../src/notary/ports/host.js";
import { type ProblemCode, PROBLEMS } from "../../../src/http/problems/problems.js";
import { type Answer, call, form, metadataHeader, type Sent } from "../client.js";
import { type Service, startService } from "../service.js";
import { CLAIMED_TIME } from "../../../src/http/intake/claimed-time.js";
import { ecSigner } from "../../certificate/signer.js";

const LIMITS = { jsonBytes: 20_000, contentBytes: 50_000, verificationBytes: 20_000 };

let service: Service;
/** Bank A's, in a chain of its own, never final: the witnesses are away. */
let deposit: { id: string; chain: string };
let before: object;

beforeAll(async () => {
  service = await startService({ isCosigned: false, limits: LIMITS });
  const metadata = { recordType: "loan.contract", chain: {} };
  const headers = { "Idempotency-Key": '"taken"' };
  const { json } = await call(service, "POST /v1/deposits", {
    key: service.keys.bankA,
    headers,
    body: { metadata, record: 0 },
  });
  deposit = { id: json.id, chain: json.statement.chain.id };
});
afterAll(() => service.close());

// Whatever is refused here leaves nothing behind.
beforeEach(async () => {
  before = await service.traces();
});
afterEach(async () => {
  expect(await service.traces()).toEqual(before);
});

const met = new Set<string>();

interface Problem {
  readonly code: ProblemCode;
  readonly field?: string;
  readonly got?: string;
  readonly want?: string;
}

function expectProblem(answer: Answer, { code, ...detail }: Problem): void {
  met.add(code);
  const { field, got, want } = answer.json ?? {};
  expect({ code: answer.json?.code, field, got, want, text: answer.text }).toMatchObject({ code, ...detail });
  expect(answer.status).toBe(PROBLEMS[code].status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.json).toMatchObject({
    type: `/problems/${code}`,
    title: PROBLEMS[code].en,
    status: answer.status,
    requestId: answer.headers.get("request-id"),
  });
}

const EMPTY_SHA256 = createHash("sha256").digest("base64");
const M = '"metadata":{"recordType":"loan.contract"}';
const DIGEST = "32 bytes in base64 (44 characters)";
const ENVELOPE = "metadata, record";
const digests = (text: string) => `{${M},"digests":${text},"size":0,"mediaType":"application/pdf"}`;
const metadataOf = (text: string) => `{"metadata":${text},"record":1}`;

/** Bodies of JSON deposits, each wrong in one way. */
const ENVELOPES: readonly (readonly [string, string | Uint8Array, Problem])[] = [
  ["nothing", "", { code: "json-syntax", got: "the end" }],
  ["no JSON", "{'metadata':1}", { code: "json-syntax" }],
  ["a byte order mark", `\ufeff{${M},"record":1}`, { code: "json-byte-order-mark" }],
  ["bytes after the value", `{${M},"record":1} x`, { code: "json-trailing-bytes" }],
  ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22]), { code: "utf8-invalid" }],
  [
    "a duplicate key",
    `{${M},"record":{"loan":{"amount":1,"amount":2}}}`,
    { code: "json-duplicate-key", field: "/record/loan/amount", got: "amount" },
  ],
  [
    "a number that a double changes",
    `{${M},"record":{"amount":9007199254740993}}`,
    { code: "json-number-altered", field: "/record/amount", got: "9007199254740993" },
  ],
  [
    "an infinite number",
    `{${M},"record":[1e400]}`,
    { code: "json-number-altered", field: "/record/0", got: "1e400" },
  ],
  ["a lone surrogate", `{${M},"record":"\\ud800"}`, { code: "json-lone-surrogate", field: "/record" }],
  [
    "a record nested too deep",
    `{${M},"record":${"[".repeat(40)}${"]".repeat(40)}}`,
    { code: "json-too-deep" },
  ],
  ["no object", "[]", { code: "value-type", field: "", got: "an array", want: "an object" }],
  ["no metadata", '{"record":1}', { code: "member-missing", field: "/metadata", want: "metadata" }],
  ["nothing in it", "{}", { code: "member-missing", field: "/metadata", want: "metadata" }],
  [
    "neither record nor digests",
    `{${M}}`,
    { code: "member-missing", field: "", want: "`record`, or `digests`, `size` and `mediaType`" },
  ],
  [
    "digests alone",
    `{${M},"digests":{"sha-256":"${EMPTY_SHA256}"}}`,
    { code: "member-missing", field: "/size", want: "size, mediaType" },
  ],
  [
    "record and digests",
    `{${M},"record":1,"digests":{"sha-256":"${EMPTY_SHA256}"}}`,
    { code: "member-unknown", field: "/digests", got: "digests" },
  ],
  [
    "an unknown member",
    `{${M},"record":1,"a/b":1}`,
    { code: "member-unknown", field: "/a~1b", got: "a/b", want: ENVELOPE },
  ],
  [
    "a digest of base64url",
    digests(`{"sha-256":"${EMPTY_SHA256.replace("+", "-")}"}`),
    { code: "base64-invalid", field: "/digests/sha-256", want: DIGEST },
  ],
  [
    "a digest without padding",
    digests(`{"sha-256":"${EMPTY_SHA256.slice(0, -1)}"}`),
    { code: "base64-invalid", field: "/digests/sha-256" },
  ],
  [
    "a digest of 31 bytes",
    digests(`{"sha-256":"${Buffer.alloc(31).toString("base64")}"}`),
    { code: "digest-length", field: "/digests/sha-256", got: "31 bytes", want: DIGEST },
  ],
  [
    "a digest of 63 hexadecimal digits",
    digests(`{"sha-256":"${"0".repeat(63)}"}`),
    { code: "base64-invalid", field: "/digests/sha-256", want: DIGEST },
  ],
  [
    "two lines of sha256sum",
    digests(`{"sha-256":"${"0".repeat(64)}  a\\n${"0".repeat(64)}  b\\n"}`),
    { code: "base64-invalid", field: "/digests/sha-256", want: DIGEST },
  ],
  [
    "a digest of another algorithm",
    digests(`{"sha-256":"${EMPTY_SHA256}","md5":""}`),
    { code: "digest-algorithm", field: "/digests/md5", got: "md5" },
  ],
  [
    "SM3 alone",
    digests(`{"sm3":"${EMPTY_SHA256}"}`),
    { code: "member-missing", field: "/digests/sha-256", want: "sha-256" },
  ],
  [
    "a size below zero",
    `{${M},"digests":{"sha-256":"${EMPTY_SHA256}"},"size":-1,"mediaType":"a/b"}`,
    { code: "value-range", field: "/size", got: "-1", want: "0 to 9007199254740991" },
  ],
  [
    "a media type that is none",
    `{${M},"digests":{"sha-256":"${EMPTY_SHA256}"},"size":0,"mediaType":"pdf"}`,
    { code: "value-range", field: "/mediaType", got: '"pdf"' },
  ],
  [
    "a record to retain of which only digests came",
    `{"metadata":{"recordType":"x","retain":true},"digests":{"sha-256":"${EMPTY_SHA256}"},"size":0,"mediaType":"a/b"}`,
    { code: "request-invalid", field: "/metadata/retain" },
  ],
  [
    "a sequence that does not follow",
    metadataOf('{"recordType":"x","chain":{"sequence":2}}'),
    { code: "chain-sequence-mismatch", field: "/metadata/chain/sequence", got: "2", want: "1" },
  ],
  [
    "a chain that nobody began",
    metadataOf('{"recordType":"x","chain":{"id":"01KAT4M0Z6R2A8Q0F3X5B7C9DE"}}'),
    { code: "chain-unknown", field: "/metadata/chain/id" },
  ],
];

/** Metadata objects, each wrong in one way: refused alike in every form of a deposit. */
const METADATA: readonly (readonly [string, string, Problem])[] = [
  ["no object", '"x"', { code: "value-type", field: "/metadata", got: '"x"', want: "an object" }],
  ["no record type", "{}", { code: "member-missing", field: "/metadata/recordType", want: "recordType" }],
  [
    "a null",
    '{"recordType":null}',
    { code: "value-type", field: "/metadata/recordType", got: "null", want: "a string" },
  ],
  [
    "an upper-case record type",
    '{"recordType":"Loan"}',
    { code: "value-range", field: "/metadata/recordType", got: '"Loan"' },
  ],
  [
    "an unknown member",
    '{"recordType":"x","a~/b":1}',
    { code: "member-unknown", field: "/metadata/a~0~1b", got: "a~/b" },
  ],
  [
    "a duplicate key",
    '{"recordType":"x","recordType":"x"}',
    { code: "json-duplicate-key", field: "/metadata/recordType" },
  ],
  [
    "an empty name",
    '{"recordType":"x","name":""}',
    { code: "value-range", field: "/metadata/name", got: '""' },
  ],
  [
    "a long name",
    `{"recordType":"x","name":"${"名".repeat(201)}"}`,
    { code: "value-range", field: "/metadata/name" },
  ],
  [
    "a control character",
    '{"recordType":"x","clientRef":"a\\nb"}',
    { code: "value-range", field: "/metadata/clientRef", got: '"a\\nb"' },
  ],
  [
    "a time without a zone",
    '{"recordType":"x","createdAt":"2026-11-24T08:00:00.000"}',
    { code: "time-invalid", field: "/metadata/createdAt", want: CLAIMED_TIME },
  ],
  [
    "a day that is none",
    '{"recordType":"x","createdAt":"2026-02-30T08:00:00.000Z"}',
    { code: "time-invalid", field: "/metadata/createdAt" },
  ],
  ["an empty source", '{"recordType":"x","source":{}}', { code: "value-range", field: "/metadata/source" }],
  [
    "an unknown kind of source",
    '{"recordType":"x","source":{"place":"x"}}',
    {
      code: "member-unknown",
      field: "/metadata/source/place",
      got: "place",
      want: "system, operator, method, tool",
    },
  ],
  [
    "a number as a source",
    '{"recordType":"x","source":{"system":1}}',
    { code: "value-type", field: "/metadata/source/system", got: "1", want: "a string" },
  ],
  [
    "retain as a word",
    '{"recordType":"x","retain":"true"}',
    { code: "value-type", field: "/metadata/retain", got: '"true"', want: "true or false" },
  ],
  [
    "a lower-case chain id",
    '{"recordType":"x","chain":{"id":"01kat4m0z6r2a8q0f3x5b7c9de"}}',
    { code: "id-invalid", field: "/metadata/chain/id", want: "a ULID in upper case" },
  ],
  [
    "sequence 0",
    '{"recordType":"x","chain":{"sequence":0}}',
    { code: "value-range", field: "/metadata/chain/sequence", got: "0", want: "1 to 9007199254740991" },
  ],
  [
    "half a sequence",
    '{"recordType":"x","chain":{"sequence":1.5}}',
    { code: "value-type", field: "/metadata/chain/sequence", got: "1.5", want: "an integer" },
  ],
  [
    "a number that a double changes",
    '{"recordType":"x","chain":{"sequence":9007199254740993}}',
    { code: "json-number-altered", field: "/metadata/chain/sequence" },
  ],
];

const post = (sent: Sent) => call(service, "POST /v1/deposits", { key: service.keys.bankA, ...sent });
const file = { name: "file", content: "content", type: "application/pdf" };
const metadataPart = (content: string) => ({ name: "metadata", content, type: "application/json" });

describe("a JSON deposit is refused with", () => {
  it.each(ENVELOPES)("%s", async (_, body, problem) => {
    expectProblem(await post({ body }), problem);
  });

  it("more bytes than the limit, announced or not", async () => {
    const body = `{${M},"record":"${"x".repeat(LIMITS.jsonBytes)}"}`;
    expectProblem(await post({ body }), { code: "body-too-large", want: "at most 20000 bytes" });
    expectProblem(await sendChunked(service, Buffer.from(body)), {
      code: "body-too-large",
      got: "more than 20000 bytes",
    });
  });

  it("a media type in the metadata, which a JSON record has not", async () => {
    expectProblem(await post({ body: metadataOf('{"recordType":"x","mediaType":"a/b"}') }), {
      code: "member-unknown",
      field: "/metadata/mediaType",
    });
  });

  it("a coding, or a charset that JSON has not", async () => {
    const body = `{${M},"record":1}`;
    expectProblem(await post({ body, headers: { "Content-Encoding": "gzip" } }), {
      code: "content-encoding-unsupported",
      field: "/headers/content-encoding",
      got: '"gzip"',
    });
    expectProblem(await post({ body, type: "application/json; charset=gbk" }), {
      code: "content-type-unsupported",
      field: "/headers/content-type",
      want: "application/json, application/octet-stream, multipart/form-data",
    });
  });
});

describe("metadata is refused alike in every form, with", () => {
  it.each(METADATA)("%s", async (_, metadata, problem) => {
    const stream = { body: "content", type: "application/octet-stream" };
    expectProblem(await post({ body: metadataOf(metadata) }), problem);
    expectProblem(await post({ ...stream, headers: metadataHeader(metadata) }), problem);
    expectProblem(await post(form([metadataPart(metadata), file])), problem);
  });
});

describe("a streamed deposit is refused with", () => {
  const stream = { body: "content", type: "application/octet-stream" };
  const retained = { recordType: "x", retain: true };

  it("no metadata, or metadata in another spelling than unpadded base64url", async () => {
    const field = "/headers/cunzheng-metadata";
    expectProblem(await post(stream), { code: "header-missing", field });
    const json = '{"recordType":"x"}';
    for (const header of [`${Buffer.from(json).toString("base64")}=`, json, "e31", "é"])
      expectProblem(await post({ ...stream, headers: { "Cunzheng-Metadata": header } }), {
        code: "base64-invalid",
        field,
        want: "RFC 4648 section 5, without padding",
      });
    expectProblem(await post({ body: metadataOf(json), headers: metadataHeader(json) }), {
      code: "header-malformed",
      field,
    });
    expectProblem(await post({ ...stream, headers: { "Cunzheng-Metadata": "A".repeat(12_001) } }), {
      code: "header-malformed",
      field,
    });
  });

  it("more content than the limit, announced or not", async () => {
    const body = Buffer.alloc(LIMITS.contentBytes + 1);
    const headers = metadataHeader(retained);
    expectProblem(await post({ ...stream, body, headers }), {
      code: "body-too-large",
      got: "50001 bytes",
      want: "at most 50000 bytes",
    });
    expectProblem(await sendChunked(service, body, { ...headers, "Content-Type": stream.type }), {
      code: "body-too-large",
      got: "more than 50000 bytes",
    });
    const parts = form([metadataPart(JSON.stringify(retained)), { ...file, content: body }]);
    expectProblem(await post(parts), { code: "content-too-large", want: "at most 50000 bytes" });
  });

  it("parts that are missing, out of order, unknown or twice there", async () => {
    const metadata = metadataPart(JSON.stringify(retained));
    const code = "multipart-malformed";
    expectProblem(await post(form([metadata])), { code, field: "/parts/file" });
    expectProblem(await post(form([file, metadata])), { code, field: "/parts/file", got: '"file"' });
    expectProblem(await post(form([metadata, metadata])), { code, field: "/parts/metadata" });
    expectProblem(await post(form([metadata, file, file])), { code, field: "/parts/file" });
    expectProblem(await post(form([metadata, file, { name: "x", content: "" }])), {
      code,
      field: "/parts/x",
    });
    expectProblem(await post(form([{ ...metadata, type: "text/plain" }, file])), {
      code,
      field: "/parts/metadata",
      got: '"text/plain"',
      want: "application/json",
    });
    expectProblem(await post(form([metadata, { ...file, type: "a b" }])), { code, field: "/parts/file" });
    const long = metadataPart(JSON.stringify({ ...retained, name: "x".repeat(70_000) }));
    expectProblem(await post(form([long, file])), { code: "body-too-large", field: "/parts/metadata" });
  });

  it("a body that ends inside a part, after the file was staged", async () => {
    const { body, type } = form([metadataPart(JSON.stringify(retained)), file]);
    for (const end of [3, 4, 6, 30])
      expectProblem(await post({ body: body.subarray(0, -end), type: type ?? "" }), {
        code: "multipart-malformed",
      });
    expectProblem(await post({ body, type: "multipart/form-data" }), {
      code: "multipart-malformed",
      field: "/headers/content-type",
    });
  });

  it("another organisation's chain, with the file staged already", async () => {
    const headers = metadataHeader({ ...retained, chain: { id: deposit.chain } });
    expectProblem(await post({ ...stream, key: service.keys.bankB, headers }), {
      code: "chain-of-another-organisation",
      field: "/metadata/chain/id",
    });
  });
});

describe("a caller is refused", () => {
  const body = { metadata: { recordType: "x" }, record: 1 };

  it("without a key, with a wrong one, a revoked one, or one of another role", async () => {
    expectProblem(await call(service, "POST /v1/deposits", { body }), {
      code: "unauthenticated",
      field: "/headers/authorization",
    });
    for (const key of [
      "cz_x",
      service.keys.bankA.replace(/.$/, (last) => (last === "A" ? "E" : "A")),
      "cz_01KAT4M0Z6R2A8Q0F3X5B7C9DE_x",
    ])
      expectProblem(await post({ key, body }), { code: "api-key-unknown" });
    expectProblem(await post({ key: service.keys.readerA, body }), {
      code: "role-insufficient",
      got: "reader",
      want: "depositor",
    });
    for (const path of ["/v1/organisations", "/v1/status"])
      expectProblem(await call(service, `GET ${path}`, { key: service.keys.bankA }), {
        code: "role-insufficient",
        want: "operator",
      });
    expectProblem(
      await call(service, `GET /v1/deposits/${deposit.id}/evidence`, { key: service.keys.operator }),
      {
        code: "role-insufficient",
      },
    );
  });

  it("also on public resources, where a wrong key was sent", async () => {
    const answer = await call(service, `GET /v1/deposits/${deposit.id}`, { key: "cz_x" });
    expectProblem(answer, { code: "api-key-unknown" });
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="cunzheng", error="invalid_token"');
  });

  it("where the deposit or the chain is another organisation's", async () => {
    const key = service.keys.bankB;
    for (const what of ["evidence", "ledger-proof", "certificate", "original"])
      expectProblem(
        await call(service, `GET /v1/deposits/${deposit.id}/${what}`, {
          key,
          headers: { Prefer: "wait=20" },
        }),
        {
          code: "deposit-of-another-organisation",
          got: deposit.id,
        },
      );
    expectProblem(await call(service, `GET /v1/chains/${deposit.chain}`, { key }), {
      code: "chain-of-another-organisation",
    });
  });
});

describe("an idempotency key is refused", () => {
  const body = { metadata: { recordType: "x" }, record: 1 };

  it("with other content", async () => {
    expectProblem(await post({ body, headers: { "Idempotency-Key": '"taken"' } }), {
      code: "idempotency-key-reused",
      got: "taken",
    });
  });

  it.each([
    "two words",
    "x".repeat(256),
    "a, b",
    'half"quoted',
    '""',
    '"unterminated',
    '"a";b=1',
    '"\\n"',
    `"${"x".repeat(256)}"`,
  ])("spelled %s", async (key) => {
    expectProblem(await post({ body, headers: { "Idempotency-Key": key } }), {
      code: "header-malformed",
      field: "/headers/idempotency-key",
    });
  });
});

describe("a request for a deposit is refused", () => {
  it("before it is final, saying when to come back", async () => {
    const key = service.keys.bankA;
    for (const what of ["evidence", "ledger-proof", "certificate"])
      for (const headers of [{}, { Prefer: "wait=0" }, { Prefer: "wait=soon" }] as Record<string, string>[]) {
        const answer = await call(service, `GET /v1/deposits/${deposit.id}/${what}`, { key, headers });
        expectProblem(answer, { code: "not-final", want: "final" });
        expect(answer.json.retryAfterSeconds).toBe(1);
        expect(answer.headers.get("retry-after")).toBe("1");
        expect(answer.headers.get("preference-applied")).toBe(headers.Prefer === "wait=0" ? "wait=0" : null);
      }
  });

  it("for an issue of a certificate that there is not, and for one too many", async () => {
    const cosigned = await startService();
    try {
      const own = { key: cosigned.keys.bankA, headers: { Prefer: "wait=20" } };
      const body = { metadata: { recordType: "x" }, record: "issued often" };
      const { json } = await call(cosigned, "POST /v1/deposits", { ...own, body });
      const issue = (which: number | "new") =>
        call(cosigned, `GET /v1/deposits/${json.id}/certificate?issue=${which}`, own);
      const unknown = { code: "certificate-issue-unknown", field: "/query/issue" } as const;
      expectProblem(await issue(1), { ...unknown, got: "1", want: "none was issued yet" });
      for (let number = 1; number <= 32; number++) expect((await issue("new")).status).toBe(200);
      expectProblem(await issue(33), { ...unknown, got: "33", want: "1 to 32, or new" });
      expectProblem(await issue("new"), { code: "certificate-issues-exhausted", got: "32 issues" });
    } finally {
      await cosigned.close();
    }
  }, 60_000);

  it("for a certificate that nobody can sign, though its evidence is there", async () => {
    for (const signer of [null, ecSigner({ notAfter: "2026-01-02T00:00:00Z" })]) {
      const unsigned = await startService({ signer });
      try {
        const own = { key: unsigned.keys.bankA, headers: { Prefer: "wait=20" } };
        const body = { metadata: { recordType: "x" }, record: 1 };
        const { json } = await call(unsigned, "POST /v1/deposits", { ...own, body });
        expect((await call(unsigned, `GET /v1/deposits/${json.id}/evidence`, own)).status).toBe(200);
        expectProblem(await call(unsigned, `GET /v1/deposits/${json.id}/certificate`, own), {
          code: "certificates-unavailable",
        });
        expectProblem(
          await call(unsigned, "POST /v1/certificates", { key: own.key, body: { ids: [json.id] } }),
          {
            code: "certificates-unavailable",
          },
        );
      } finally {
        await unsigned.close();
      }
    }
  });

  it("that does not exist, or is not an id", async () => {
    const key = service.keys.bankA;
    const nobody = "01KAT4M0Z6R2A8Q0F3X5B7C9DE";
    for (const path of [`/v1/deposits/${nobody}`, `/v1/deposits/${nobody}/evidence`])
      expectProblem(await call(service, `GET ${path}`, { key }), { code: "deposit-unknown", got: nobody });
    expectProblem(await call(service, `GET /v1/chains/${nobody}`, { key }), { code: "chain-unknown" });
    for (const path of ["/v1/deposits/x", "/v1/chains/x", `/v1/deposits/${nobody.toLowerCase()}/original`])
      expectProblem(await call(service, `GET ${path}`, { key }), {
        code: "id-invalid",
        field: "/path/id",
        want: "a ULID in upper case",
      });
    expectProblem(await call(service, `GET /v1/deposits/${deposit.id}/original`, { key }), {
      code: "original-not-kept",
    });
  });

  it("with a query that is not as described", async () => {
    const key = service.keys.bankA;
    const ask = (path: string) => call(service, `GET ${path}`, { key });
    const code = "query-invalid";
    const base64 = encodeURIComponent(EMPTY_SHA256);
    expectProblem(await ask(`/v1/deposits/${deposit.id}?sha-256=${base64}`), {
      code,
      field: "/query/sha-256",
      want: "64 hexadecimal digits",
    });
    expectProblem(await ask(`/v1/deposits/${deposit.id}/evidence?agianst=latest`), {
      code,
      field: "/query/agianst",
      got: "agianst",
      want: "against",
    });
    expectProblem(await ask(`/v1/chains/${deposit.chain}?page=2`), {
      code,
      field: "/query/page",
      got: "page",
      want: "after, limit",
    });
    expectProblem(await ask("/v1/whoami?x=1"), { code, field: "/query/x", got: "x", want: "no query" });
    const zeros = `sha-256=${"0".repeat(64)}`;
    expectProblem(await ask(`/v1/deposits/${deposit.id}?${zeros}&${zeros}`), {
      code,
      field: "/query/sha-256",
    });
    expectProblem(await ask(`/v1/deposits/${deposit.id}/evidence?against=newest`), {
      code,
      field: "/query/against",
      got: '"newest"',
      want: "final, latest",
    });
    expectProblem(await ask(`/v1/deposits/${deposit.id}/certificate?lang=fr`), {
      code,
      field: "/query/lang",
    });
    for (const limit of ["0", "1001", "01", "1e2", "", "10&limit=20"])
      expectProblem(await ask(`/v1/chains/${deposit.chain}?limit=${limit}`), {
        code,
        field: "/query/limit",
        ...(!limit.includes("&") && { want: "1 to 1000" }),
      });
    expectProblem(await call(service, "GET /v1/api-keys", { key: service.keys.operator }), {
      code,
      field: "/query/organisationId",
      want: "organisationId",
    });
  });
});

describe("an operator is refused", () => {
  const as = (target: string, body?: object) =>
    call(service, target, { key: service.keys.operator, ...(body && { body }) });

  it("what no organisation or key can be", async () => {
    expectProblem(await as("PUT /v1/organisations/Example", { name: "x" }), {
      code: "id-invalid",
      field: "/path/id",
      got: '"Example"',
    });
    expectProblem(await as("PUT /v1/organisations/example-x", { name: "" }), {
      code: "value-range",
      field: "/name",
    });
    expectProblem(await as("PUT /v1/organisations/example-x", { id: "x", name: "x" }), {
      code: "member-unknown",
      field: "/id",
      want: "name, creditCode",
    });
    expectProblem(await as("GET /v1/organisations/example-x"), {
      code: "organisation-unknown",
      got: "example-x",
    });
    expectProblem(await as("POST /v1/api-keys", { organisationId: "example-x", role: "reader" }), {
      code: "organisation-unknown",
    });
    expectProblem(await as("POST /v1/api-keys", { organisationId: "example-bank-a", role: "root" }), {
      code: "value-range",
      field: "/role",
      got: '"root"',
      want: "depositor, reader, operator",
    });
    expectProblem(await as("DELETE /v1/api-keys/01KAT4M0Z6R2A8Q0F3X5B7C9DE"), { code: "api-key-not-found" });
  });

  it("nothing that concerns a revoked key, which then opens nothing", async () => {
    const { json } = await as("POST /v1/api-keys", { organisationId: "example-bank-a", role: "depositor" });
    before = await service.traces();
    const revoked = await as(`DELETE /v1/api-keys/${json.key.id}`);
    expect(revoked.json.revokedAt).toBeDefined();
    expect((await as(`DELETE /v1/api-keys/${json.key.id}`)).json).toEqual(revoked.json);
    expectProblem(await post({ key: json.token, body: { metadata: { recordType: "x" }, record: 1 } }), {
      code: "api-key-revoked",
      got: revoked.json.revokedAt,
    });
  });
});

describe("the ledger and the pages refuse", () => {
  it("tiles that are not there, and paths that are no tile's", async () => {
    for (const path of ["0/000", "0/000.p/255", "1/000.p/1", "entries/000", "0/x001/000"])
      expectProblem(await call(service, `GET /ledger/tile/${path}`), { code: "ledger-resource-unknown" });
    for (const path of [
      "0/0",
      "00/000",
      "64/000",
      "0/000.p/0",
      "0/000.p/256",
      "0/000.p/01",
      "data/000",
      "0/x000/001",
      "0/%30%30%30",
    ])
      expectProblem(await call(service, `GET /ledger/tile/${path}`), { code: "not-found" });
  });

  it("other paths, methods and types", async () => {
    for (const path of ["/", "/v1", "/v1/deposits/", "/V1/whoami", "/problems/no-such-problem", "/ledger/"])
      expectProblem(await call(service, `GET ${path}`), { code: "not-found" });
    expectProblem(await call(service, "GET /v1/deposits/%E0%A4%A"), { code: "path-malformed" });
    const answer = await call(service, "DELETE /v1/deposits");
    expectProblem(answer, { code: "method-not-allowed", got: "DELETE", want: "POST, OPTIONS" });
    expectProblem(await call(service, "GET /healthz", { headers: { Accept: "text/html;q=0.9, image/*" } }), {
      code: "not-acceptable",
      field: "/headers/accept",
      want: "application/json",
    });
  });
});

describe("a verification is refused", () => {
  const verify = (sent: Sent) => call(service, "POST /v1/verify", sent);

  it("without evidence, with parts it has not, or with parties that the trust file lacks", async () => {
    const evidence = { name: "evidence", content: "{}" };
    const parties = (content: string) => ({ name: "parties", content, type: "application/json" });
    expectProblem(await verify(form([{ name: "record", content: "1" }])), {
      code: "multipart-malformed",
      field: "/parts/evidence",
    });
    expectProblem(await verify(form([evidence, evidence])), {
      code: "multipart-malformed",
      field: "/parts/evidence",
    });
    expectProblem(await verify(form([evidence, parties('["Bank", " \u3000"]')])), {
      code: "value-range",
      field: "/parts/parties/1",
    });
    expectProblem(await verify({ body: Buffer.alloc(20_001), type: "application/pdf" }), {
      code: "body-too-large",
      want: "at most 20000 bytes",
    });
  });

  it("with what the file has no use for", async () => {
    const file = (type: string) => ({ name: "evidence", content: JSON.stringify({ type }) });
    const part = (name: string) => ({ name, content: "{}" });
    const parties = { name: "parties", content: '["example-bank-a"]', type: "application/json" };
    const misconduct = file("cunzheng/misconduct@v1");
    const cases = [
      [[misconduct, part("record")], "/parts/record"],
      [[misconduct, part("answer")], "/parts/answer"],
      [[misconduct, parties], "/parts/parties"],
      [[file("cunzheng/challenge@v1"), part("record")], "/parts/record"],
      [[file("cunzheng/evidence@v1"), part("answer")], "/parts/answer"],
    ] as const;
    for (const [parts, field] of cases)
      expectProblem(await verify(form([...parts])), { code: "input-unused", field });
  });

  it("but says of a file that is no evidence what is wrong with it", async () => {
    const { status, json } = await verify({ body: "{}", type: "application/vnd.cunzheng.evidence+json" });
    expect([status, json.report.verdict, json.trustFile.source]).toEqual([200, "refused", "this-service"]);
  });
});

describe("under a trust file by which a depositor's deposits could never become final", () => {
  it("they are refused before anything is kept", async () => {
    const strict = await startService({ banks: 2 });
    try {
      const traces = await strict.traces();
      const body = { metadata: { recordType: "x", retain: true, chain: {} }, record: "kept?" };
      const answer = await call(strict, "POST /v1/deposits", { key: strict.keys.bankA, body });
      expectProblem(answer, { code: "quorum-unreachable", got: "example-bank-a" });
      expect(await strict.traces()).toEqual(traces);
    } finally {
      await strict.close();
    }
  });
});

describe("what no request can cause", () => {
  const FAULTS: readonly (readonly [ProblemCode, () => Error])[] = [
    ["internal-error", () => new Error("couldn't read /secret/path")],
    ["storage-full", () => new Refusal("storage-full", "no room", { retryAfterSeconds: 60 })],
    ["overloaded", () => new Refusal("overloaded", "too much")],
    ["worker-away", () => new Refusal("worker-away", "no worker answers")],
    ["stopping", () => new Refusal("stopping", "stopping")],
    ["clock-wrong", () => new Refusal("clock-wrong", "a day ahead", { retryAfterSeconds: 30 })],
    ["ledger-behind", () => new Refusal("ledger-behind", "the store ends at 1", { got: "1", want: "2" })],
    ["store-away", () => new StorageAwayError("secret: no primary at db-1.internal")],
    ["chain-held", () => new Refusal("chain-held", "show its last link", { field: "/metadata/chain/id" })],
    ["chain-link-invalid", () => new Refusal("chain-link-invalid", "not proved")],
    ["chain-link-contradicts", () => new Refusal("chain-link-contradicts", "another link")],
    ["ledger-unconfirmed", () => new Refusal("ledger-unconfirmed", "too few have answered")],
    ["content-mismatch", () => new Refusal("content-mismatch", "other content", { field: "/digests" })],
    ["language-unknown", () => new Refusal("language-unknown", "no such language")],
  ];

  it.each(FAULTS)("is answered with its own problem: %s", async (code, fault) => {
    const faulty = await startService({
      wrap: (notary) => ({
        ...notary,
        deposit: () => Promise.reject(fault()),
        checkpoint: () => Promise.reject(fault()),
      }),
    });
    try {
      const body = { metadata: { recordType: "x", retain: true }, record: "kept?" };
      const traces = await faulty.traces();
      // Some of these no deposit is refused with: what is asked here is what becomes of whatever is thrown.
      const sent = { key: faulty.keys.bankA, body, isUndescribed: true };
      const answer = await call(faulty, "POST /v1/deposits", sent);
      expectProblem(answer, { code });
      expect(answer.text).not.toMatch(/secret|node_modules|\bat \S+ \(/);
      expect(await faulty.traces()).toEqual(traces);
      expect(faulty.log.filter(({ level }) => level === "error")).toHaveLength(
        code === "internal-error" || code === "storage-full" ? 1 : 0,
      );
      const ready = await call(faulty, "GET /readyz");
      expect([ready.status, ready.json]).toEqual([503, { status: "not-ready", code }]);
    } finally {
      await faulty.close();
    }
  });
});

it("a halt is said by /readyz, with the store answering", async () => {
  const halt: Halt = {
    code: "clock-wrong",
    detail: "the clock is a day ahead",
    stops: ["deposits", "signing"],
    since: "2026-11-24T08:00:00.000Z",
    forSeconds: 3,
  };
  const unjudged: Impairment = { code: "clock-unjudged", detail: "nobody can say" };
  const halted = await startService({
    wrap: (notary) => ({
      ...notary,
      readiness: async () => ({ ...(await notary.readiness()), halts: [halt], impairments: [unjudged] }),
    }),
  });
  try {
    const { code, detail, since } = halt;
    const ready = await call(halted, "GET /readyz");
    const impairments = [unjudged];
    expect([ready.status, ready.json]).toEqual([
      503,
      { status: "not-ready", code, detail, since, impairments },
    ]);
    expect((await call(halted, "GET /healthz")).status).toBe(200);
  } finally {
    await halted.close();
  }
});

describe("the table of problems", () => {
  /** No request and no answer of the notary brings these here; the table has them because its type is closed. */
  const NEVER_OVER_HTTP: readonly ProblemCode[] = [
    "hex-invalid",
    "json-number-not-canonical",
    "note-malformed",
    "vkey-malformed",
    "vkey-type-unknown",
    "key-weak",
    "checkpoint-malformed",
    "checkpoint-extension",
    "request-malformed",
    "tile-malformed",
    "proof-malformed",
    "receipt-malformed",
    "organisation-duplicate",
    "credit-code-duplicate",
    "key-reused",
    "vkey-mismatch",
    "quorum-invalid",
    "pem-malformed",
    "x509-malformed",
  ];
  /**
   * Met in uploads.test.ts, where connections are slow or broken, in request-heads.test.ts, byte for byte, and in
   * shares/deposit-body.test.ts, where a record is larger than the bodies of this service.
   */
  const ELSEWHERE: readonly ProblemCode[] = [
    "file-too-large",
    ...(["body-incomplete", "quota-exceeded", "request-timeout"] as const),
    ...(["expectation-unknown", "head-too-large", "http-malformed"] as const),
  ];
  /** In membership.test.ts. */
  const OF_CHANGES = (Object.keys(PROBLEMS) as ProblemCode[]).filter(
    (code) =>
      /^(change|approvals?|cosignature|note-(signature|too|line))-/.test(code) ||
      [
        "json-too-many-members",
        "json-too-many-values",
        "list-too-long",
        "origin-mismatch",
        "signature-invalid",
        "type-unknown",
      ].includes(code),
  );

  it("holds no code that these tests have not met", () => {
    expect(new Set([...met, ...NEVER_OVER_HTTP, ...ELSEWHERE, ...OF_CHANGES])).toEqual(
      new Set(Object.keys(PROBLEMS)),
    );
    expect(NEVER_OVER_HTTP.filter((code) => met.has(code))).toEqual([]);
  });

  it.each(Object.keys(PROBLEMS) as ProblemCode[])("explains %s to people", async (code) => {
    const page = await call(service, `GET /problems/${code}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain(PROBLEMS[code].zh);
    expect(page.text).toContain(`HTTP ${PROBLEMS[code].status}`);
  });
});

/** Without Content-Length, so that the limit is found on the way. */
function sendChunked(
  { url, keys }: Service,
  body: Buffer,
  headers: Record<string, string> = { "Content-Type": "application/json" },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${url}/v1/deposits`,
      { method: "POST", headers: { ...headers, Authorization: `Bearer ${keys.bankA}` } },
      (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("end", () => {
          const bytes = Buffer.concat(pieces);
          const text = bytes.toString("utf8");
          const given = new Headers(response.headers as Record<string, string>);
          resolve({ status: response.statusCode ?? 0, headers: given, bytes, text, json: JSON.parse(text) });
        });
      },
    );
    request.on("error", reject);
    request.write(body.subarray(0, 10_000));
    request.end(body.subarray(10_000));
  });
}
