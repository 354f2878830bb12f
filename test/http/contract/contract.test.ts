import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { createApp } from "../../../src/http/app.js";
import { parseContract } from "../../../src/http/contract/contract.js";
import type { ApiDescription, Schema } from "../../../src/http/contract/contract-description.js";
import { FORMATS } from "../../../src/http/intake/formats.js";
import { type ProblemCode, PROBLEMS } from "../../../src/http/problems/problems.js";
import { call, form, metadataHeader, OPENAPI, type Sent } from "../client.js";
import { createValidators } from "./described.js";
import { sampleChange } from "../sample-change.js";
import { type Service, startService } from "../service.js";

const description = parse(OPENAPI) as ApiDescription;
const operations = parseContract(OPENAPI);
const validatorOf = createValidators(description);

/** The first file of its kind that the vectors accept. */
function vectorOf(kind: string): string {
  const cases = new URL(`../../vectors/${kind}/cases.json`, import.meta.url);
  const { accepted } = JSON.parse(readFileSync(cases, "utf8")) as { accepted: { file: string }[] };
  return accepted[0]?.file ?? "";
}

let service: Service;
/** What the examples speak of. */
const known: { deposit: string; chain: string; apiKey: string; evidence: Uint8Array } = {
  deposit: "",
  chain: "",
  apiKey: "",
  evidence: new Uint8Array(),
};

beforeAll(async () => {
  service = await startService();
  const { bankA, operator } = service.keys;
  const metadata = { recordType: "loan.contract", name: "合同", retain: true, chain: {} };
  const { json } = await call(service, "POST /v1/deposits", { key: bankA, body: { metadata, record: [1] } });
  known.deposit = json.id;
  known.chain = json.statement.chain.id;
  const key = await call(service, "POST /v1/api-keys", {
    key: operator,
    body: { organisationId: "example-bank-b", role: "reader" },
  });
  known.apiKey = key.json.key.id;
  const evidence = await call(service, `GET /v1/deposits/${known.deposit}/evidence`, {
    key: bankA,
    headers: { Prefer: "wait=20" },
  });
  known.evidence = evidence.bytes;
});
afterAll(() => service.close());

/** A request that succeeds, for every operation; a description without one fails. */
const EXAMPLES: Readonly<Record<string, () => { path: string; sent: Sent; status?: number }[]>> = {
  deposit: () => {
    const metadata = { recordType: "loan.contract" };
    const key = service.keys.bankA;
    return [
      { path: "/v1/deposits", status: 201, sent: { key, body: { metadata, record: {} } } },
      {
        path: "/v1/deposits",
        status: 201,
        sent: { key, body: "x", type: "application/octet-stream", headers: metadataHeader(metadata) },
      },
      {
        path: "/v1/deposits",
        status: 201,
        sent: {
          key,
          ...form([
            { name: "metadata", content: JSON.stringify(metadata), type: "application/json" },
            { name: "file", content: "x" },
          ]),
        },
      },
    ];
  },
  depositState: () => [
    { path: `/v1/deposits/${known.deposit}?sha-256=${"0".repeat(64)}`, sent: {} },
    { path: `/v1/deposits/${known.deposit}`, sent: { key: service.keys.readerA } },
  ],
  evidence: () => ofDeposit("evidence?against=latest"),
  ledgerProof: () => ofDeposit("ledger-proof"),
  certificate: () => ofDeposit("certificate?lang=en"),
  certificates: () => [
    { path: "/v1/certificates", sent: { key: service.keys.readerA, body: { ids: [known.deposit] } } },
  ],
  original: () => ofDeposit("original"),
  chain: () => [{ path: `/v1/chains/${known.chain}?after=0&limit=10`, sent: { key: service.keys.bankA } }],
  resumeChain: () => [
    {
      path: `/v1/chains/${known.chain}/resume`,
      sent: {
        key: service.keys.bankA,
        body: { evidence: JSON.parse(Buffer.from(known.evidence).toString()) as object },
      },
    },
    {
      path: `/v1/chains/${known.chain}/resume`,
      sent: { key: service.keys.bankA, body: { nothingAfter: 1 } },
    },
  ],
  whoami: () => [{ path: "/v1/whoami", sent: { key: service.keys.readerA } }],
  organisations: () => [{ path: "/v1/organisations", sent: { key: service.keys.operator } }],
  organisation: () => [{ path: "/v1/organisations/example-bank-a", sent: { key: service.keys.operator } }],
  putOrganisation: () => [
    {
      path: "/v1/organisations/example-bank-c",
      sent: { key: service.keys.operator, body: { name: "示例银行丙" } },
    },
  ],
  apiKeys: () => [
    { path: "/v1/api-keys?organisationId=example-bank-b", sent: { key: service.keys.operator } },
  ],
  createApiKey: () => [
    {
      path: "/v1/api-keys",
      status: 201,
      sent: { key: service.keys.operator, body: { organisationId: "example-bank-b", role: "reader" } },
    },
  ],
  appendChange: () => {
    const change = sampleChange(service.consortium, {
      change: { kind: "change-log", url: "https://new.example" },
    });
    const sent = { key: service.keys.operator, body: change };
    return [
      { path: "/v1/consortium/changes", status: 201, sent },
      { path: "/v1/consortium/changes", status: 200, sent },
    ];
  },
  serviceStatus: () => [{ path: "/v1/status", sent: { key: service.keys.operator } }],
  revokeApiKey: () => [{ path: `/v1/api-keys/${known.apiKey}`, sent: { key: service.keys.operator } }],
  verify: () => [
    { path: "/v1/verify", sent: { body: known.evidence, type: "application/vnd.cunzheng.evidence+json" } },
    { path: "/v1/verify", sent: { body: "%PDF-1.7 of somebody", type: "application/pdf" } },
    ...["misconduct", "challenge"].map((kind) => ({
      path: "/v1/verify",
      sent: { body: vectorOf(kind), type: `application/vnd.cunzheng.${kind}+json` },
    })),
    {
      path: "/v1/verify",
      sent: form([
        { name: "evidence", content: known.evidence },
        { name: "record", content: "[ 1 ]" },
        { name: "parties", content: '["example-bank-b"]', type: "application/json" },
      ]),
    },
  ],
  checkpoint: () => [{ path: "/ledger/checkpoint", sent: {} }],
  tile: () => [{ path: "/ledger/tile/0/000", status: 404, sent: {} }],
  tileOfTwoParts: () => [
    { path: "/ledger/tile/0/000.p/1", sent: {} },
    { path: "/ledger/tile/entries/000.p/1", sent: {} },
  ],
  tileOfThreeParts: () => [{ path: "/ledger/tile/0/x001/000.p/1", status: 404, sent: {} }],
  tileOfFourParts: () => [{ path: "/ledger/tile/0/x001/x000/000.p/1", status: 404, sent: {} }],
  consortium: () => [{ path: "/consortium.json", sent: {} }],
  lookupPage: () => [
    { path: `/d/${known.deposit}`, sent: {} },
    { path: "/d/mistyped", status: 404, sent: {} },
  ],
  problemType: () => [{ path: "/problems/not-final", sent: {} }],
  description: () => [{ path: "/openapi.yaml", sent: {} }],
  health: () => [{ path: "/healthz", sent: {} }],
  readiness: () => [{ path: "/readyz", sent: {} }],
};

function ofDeposit(what: string) {
  return [{ path: `/v1/deposits/${known.deposit}/${what}`, sent: { key: service.keys.readerA } }];
}

/** What strings of each kind look like, mostly. */
const PATTERNED = {
  ulid: /^[0-8][0-9A-JKMNP-TV-Z]{24,26}$/,
  slug: /^[a-z0-9]-?-?[a-z0-9]{0,70}-?$/,
  time: /^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](?:\.[0-9]{3})?Z$/,
  words: /^[a-z0-9]{1,60}[._-]{1,2}[a-z0-9]{0,60}$/,
  type: /^[a-z]{1,5}\/[a-z]{0,5}; {0,2}[a-z]=(?:"[a-z ,]"|[a-z])$/,
};

interface Shown {
  readonly at: string;
  readonly schema: Schema;
  readonly value: unknown;
}

/** Every example, whether it stands beside a schema or in it. */
function examplesIn(value: unknown, at = ""): readonly Shown[] {
  if (typeof value !== "object" || value === null) return [];
  const { schema, example, examples, ...rest } = value as Record<string, unknown>;
  const beside = schema === undefined ? [] : Object.values(examples ?? {}).map((one) => (one as Shown).value);
  const inside = Array.isArray(examples) ? examples : [];
  const own = [...(example === undefined ? [] : [example]), ...beside];
  return [
    ...own.map((one) => ({ at, schema: schema as Schema, value: one })),
    ...inside.map((one: unknown) => ({ at, schema: rest as Schema, value: one })),
    ...Object.entries({ ...rest, schema }).flatMap(([name, inner]) => examplesIn(inner, `${at}/${name}`)),
  ];
}

/** The operation's path with something in each of its parameters. */
const somePath = (path: string) =>
  path
    .replace("{level}", "0")
    .replace("{first}/{second}", "000.p/1")
    .replace("{first}", "000")
    .replace("{code}", "not-final")
    .replace(/\{id\}/, "01KAT4M0Z6R2A8Q0F3X5B7C9DE");

describe("openapi.yaml", () => {
  it("describes every route of the app, and each of its operations is routed", () => {
    const { app } = createApp({
      openapi: OPENAPI,
      notary: service.notary,
      verify: () => Promise.reject(new Error("not asked")),
      consortiumJson: service.consortium.json,
      publicUrl: "https://notary.example",
      addressOf: () => "192.0.2.1",
      logger: { info: () => undefined, error: () => undefined },
      templates: {
        lookup: "",
        problem: "",
        archive: "",
        wording: { states: {}, roles: {}, reasons: {}, kinds: {}, digestsBy: {}, notices: {} },
      },
    });
    const stack = (app as unknown as { router: { stack: { route?: Route }[] } }).router.stack;
    interface Route {
      readonly path: string;
      readonly methods: Readonly<Record<string, boolean>>;
    }
    const routed = stack.flatMap(({ route }) => {
      const methods = Object.keys(route?.methods ?? {});
      // A route for all methods is the one that refuses the others.
      return methods.length === 1 ? [`${String(methods[0]).toUpperCase()} ${route?.path ?? ""}`] : [];
    });
    expect(routed.sort()).toEqual(operations.map(({ method, route }) => `${method} ${route}`).sort());
  });

  it("lists every problem code, and no other", () => {
    const { properties = {} } = description.components.schemas["Problem"] ?? {};
    const { code } = properties;
    expect(code === false ? [] : [...(code?.enum ?? [])].sort()).toEqual(Object.keys(PROBLEMS).sort());
  });

  it("names beside a status only codes that have it", () => {
    const named = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.entries(responses).flatMap(([status, response]) =>
          [...((response as { description?: string }).description ?? "").matchAll(/`([a-z0-9-]+)`/g)]
            .filter(() => /^[45]/.test(status))
            .map(([, code = ""]) => ({ path, method, code, status: Number(status) })),
        ),
      ),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named).toEqual(
      named.map((one) => ({ ...one, status: PROBLEMS[one.code as ProblemCode]?.status })),
    );
  });

  it("shows deposits that are taken", async () => {
    const { requestBody } = description.paths["/v1/deposits"]?.["post"] as unknown as {
      requestBody: { content: Record<string, Shown> };
    };
    const bodies = Object.values(requestBody.content["application/json"]?.examples ?? {});
    expect(bodies).toHaveLength(3);
    for (const { value: body } of bodies) {
      const answer = await call(service, "POST /v1/deposits", { key: service.keys.bankA, body });
      expect([answer.status, answer.text]).toEqual([201, answer.text]);
    }
    interface Shown {
      readonly examples?: Readonly<Record<string, { readonly value: object }>>;
    }
  });

  it("shows examples that are as described", () => {
    const shown = examplesIn(description);
    expect(shown.length).toBeGreaterThan(20);
    for (const { at, schema, value } of shown) {
      const validate = validatorOf(schema);
      expect({ at, valid: validate(value), errors: validate.errors }).toMatchObject({ valid: true });
    }
  });

  it("says by a pattern what the functions say that read such strings", () => {
    const samples = fc.oneof(
      ...Object.values(PATTERNED).map((pattern) => fc.stringMatching(pattern)),
      fc.string(),
    );
    for (const { isValid, schema } of Object.values(FORMATS)) {
      const described = validatorOf({ $ref: `#/components/schemas/${schema}` });
      fc.assert(
        fc.property(samples, (text) => {
          expect({ schema, text, valid: isValid(text) }).toEqual({ schema, text, valid: described(text) });
        }),
        { numRuns: 1000 },
      );
    }
  });

  it("enumerates what is answered", () => {
    const statuses = Object.values(description.paths).flatMap((methods) =>
      Object.values(methods).flatMap(({ responses }) => Object.keys(responses)),
    );
    expect(statuses.filter((status) => !/^[2-5][0-9]{2}$/.test(status))).toEqual([]);
  });

  it("has an example here for every operation", () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual(operations.map(({ id }) => id).sort());
  });

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "%s answers as described",
    async (id, { method, produces }) => {
      for (const example of EXAMPLES[id]?.() ?? []) {
        const answer = await call(service, `${method} ${example.path}`, example.sent);
        expect([answer.status, answer.status < 500 && answer.text]).toEqual([
          example.status ?? 200,
          answer.text,
        ]);
        expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
        expect(answer.headers.get("request-id")).toMatch(/^[0-9a-f-]{36}$/);
        if (method !== "GET" || produces.length === 0) continue;
        const head = await call(service, `HEAD ${example.path}`, example.sent);
        expect([head.status, head.text]).toEqual([answer.status, ""]);
        expect(head.headers.get("content-type")).toBe(answer.headers.get("content-type"));
      }
    },
  );

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "%s refuses what is not as described",
    async (_, { method, path, login, roles, consumes, produces }) => {
      const somewhere = somePath(path);
      const { operator, bankA, readerA } = service.keys;
      const key = roles?.includes("operator") === false ? bankA : operator;
      for (const [role, other] of Object.entries({ operator, depositor: bankA, reader: readerA })) {
        if (roles?.includes(role) !== false) continue;
        // Before the body is looked at, of whatever type it is.
        const sent = consumes.length > 0 ? { body: "x", type: "application/json" } : {};
        const answer = await call(service, `${method} ${somewhere}`, { key: other, ...sent });
        expect([role, answer.status, answer.json?.code]).toEqual([role, 403, "role-insufficient"]);
        expect([answer.json?.got, answer.json?.want]).toEqual([role, roles.join(", ")]);
      }
      if (login === "required") {
        const answer = await call(service, `${method} ${somewhere}`);
        expect([answer.status, answer.json?.code]).toEqual([401, "unauthenticated"]);
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer /);
      }
      if (login !== "none") {
        const answer = await call(service, `${method} ${somewhere}`, {
          headers: { Authorization: "Basic eDp5" },
        });
        expect([answer.status, answer.json?.code]).toEqual([401, "unauthenticated"]);
      }
      if (consumes.length > 0) {
        const answer = await call(service, `${method} ${somewhere}`, { key, body: "x", type: "text/plain" });
        expect([answer.status, answer.json?.code]).toEqual([415, "content-type-unsupported"]);
      } else {
        const answer = await call(service, `${method} ${somewhere}?no-such=1`, { key });
        expect([answer.status, answer.json?.code, answer.json?.field]).toEqual([
          400,
          "query-invalid",
          "/query/no-such",
        ]);
      }
      if (produces.length > 0) {
        const answer = await call(service, `${method} ${somewhere}`, { headers: { Accept: "image/png" } });
        expect([answer.status, answer.json?.code]).toEqual([406, "not-acceptable"]);
      }
      const patch = await call(service, `PATCH ${somewhere}`, { key });
      const allow = patch.headers.get("allow") ?? "";
      expect([patch.status, patch.json?.code]).toEqual([405, "method-not-allowed"]);
      expect(allow.split(", ")).toEqual(expect.arrayContaining([method, "OPTIONS"]));
      const options = await call(service, `OPTIONS ${somewhere}`);
      expect([options.status, options.headers.get("allow"), options.text]).toEqual([204, allow, ""]);
    },
  );
});
