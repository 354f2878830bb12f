import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { base64, bytesFromBase64, utf8 } from "../../../src/core/bytes.js";
import { parseEvidence } from "../../../src/core/evidence/evidence.js";
import { openReceipt } from "../../../src/core/evidence/receipt.js";
import { parseVkey } from "../../../src/core/ledger/vkey.js";
import { parseJson } from "../../../src/core/record/json.js";
import { hashStatement, parseStatement } from "../../../src/core/record/statement.js";
import { call, form, metadataHeader } from "../client.js";
import { type Service, startService } from "../service.js";
import { eventually } from "../../story/eventually.js";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const metadata = { recordType: "loan.disbursement" };
const deposit = async (sent: Parameters<typeof call>[2]) =>
  call(service, "POST /v1/deposits", { key: service.keys.bankA, ...sent });
const digestsOf = (content: string | Uint8Array) => ({
  "sha-256": createHash("sha256").update(content).digest("base64"),
  sm3: createHash("sm3").update(content).digest("base64"),
});

describe("POST /v1/deposits", () => {
  it("digests a JSON record over its RFC 8785 bytes, whatever its spelling", async () => {
    const canonical = '{"amount":200000,"names":["示例","é"]}';
    const { status, headers, json } = await deposit({
      body: `{"record": {"names":["\\u793a例", "é"], "amount": 2.00000e5}, "metadata": {"recordType":"loan.disbursement"}}`,
    });
    expect(status).toBe(201);
    expect(json.statement).toMatchObject({
      depositor: { id: "example-bank-a", name: "示例银行甲" },
      recordType: "loan.disbursement",
      digests: digestsOf(canonical),
      digestsBy: "service",
      size: Buffer.byteLength(canonical),
      mediaType: "application/json",
      canonicalization: "rfc8785",
    });
    expect(headers.get("location")).toBe(`/v1/deposits/${json.id}`);
    expect(json.links.self).toBe(`/v1/deposits/${json.id}`);
  });

  it("answers with the leaf hash of the statement and a receipt that the receipt key signed", async () => {
    const { json } = await deposit({ body: { metadata, record: null } });
    const statement = parseStatement(
      parseJson(utf8(JSON.stringify(json.statement)), { numbers: "canonical" }),
    );
    expect(json.leafHash).toBe(base64(hashStatement(statement)));
    const receipt = openReceipt(json.receipt, [parseVkey(service.consortium.receiptSigner.vkey)]);
    expect(receipt).toMatchObject({ id: json.id, leafHash: bytesFromBase64(json.leafHash) });
  });

  it("takes a file's bytes as they are, in a stream or in a form", async () => {
    const content = Buffer.from([0, 13, 10, 45, 45, 255, 254]);
    const stream = await deposit({
      body: content,
      type: "application/octet-stream",
      headers: metadataHeader({ ...metadata, mediaType: "image/png", name: "合影.png" }),
    });
    expect(stream.status).toBe(201);
    expect(stream.json.statement).toMatchObject({
      digests: digestsOf(content),
      digestsBy: "service",
      size: 7,
      mediaType: "image/png",
      name: "合影.png",
    });
    expect(stream.json.statement.canonicalization).toBeUndefined();
    const parts = await deposit(
      form([
        { name: "metadata", content: JSON.stringify(metadata), type: "application/json; charset=utf-8" },
        { name: "file", content, type: "text/plain; charset=gb18030", filename: "x.txt" },
      ]),
    );
    expect(parts.status).toBe(201);
    expect(parts.json.statement).toMatchObject({
      digests: digestsOf(content),
      digestsBy: "service",
      size: 7,
      mediaType: "text/plain; charset=gb18030",
    });
  });

  it("takes an empty file, of no type in particular", async () => {
    const stream = await deposit({
      body: new Uint8Array(0),
      type: "application/octet-stream",
      headers: metadataHeader(metadata),
    });
    expect(stream.json.statement).toMatchObject({ size: 0, mediaType: "application/octet-stream" });
    const parts = await deposit(
      form([
        { name: "metadata", content: JSON.stringify(metadata), type: "application/json" },
        { name: "file", content: "" },
      ]),
    );
    expect(parts.json.statement).toMatchObject({ size: 0, mediaType: "application/octet-stream" });
  });

  it("takes digests alone, and retains nothing then", async () => {
    const { status, json } = await deposit({
      body: {
        metadata,
        digests: { "sha-256": digestsOf("private")["sha-256"] },
        size: 7,
        mediaType: "application/pdf",
      },
    });
    expect(status).toBe(201);
    expect(json.statement.digests).toEqual({ "sha-256": digestsOf("private")["sha-256"] });
    expect(json.statement.digestsBy).toBe("depositor");
    // Anybody who asks is told so, too.
    expect((await call(service, `GET /v1/deposits/${json.id}`)).json.digestsBy).toBe("depositor");
    expect(json.links.original).toBeUndefined();
  });

  it("keeps all that the metadata says", async () => {
    const said = {
      ...metadata,
      name: "放款凭证",
      createdAt: "2026-11-24T08:00:00.000Z",
      source: { system: "core-banking", operator: "U1", method: "export", tool: "exporter 3.2" },
      clientRef: "CORE-1",
    };
    const { json } = await deposit({ body: { metadata: said, record: 1 } });
    expect(json.statement).toMatchObject(said);
  });

  it("continues a chain, each statement naming the one before", async () => {
    const first = await deposit({ body: { metadata: { ...metadata, chain: {} }, record: 1 } });
    const { id } = first.json.statement.chain;
    const second = await deposit({
      body: { metadata: { ...metadata, chain: { id, sequence: 2 } }, record: 2 },
    });
    expect(first.json.statement.chain).toEqual({ id, sequence: 1 });
    expect(second.json.statement.chain).toEqual({ id, sequence: 2, previous: first.json.leafHash });
    const { json } = await call(service, `GET /v1/chains/${id}?limit=1`, { key: service.keys.readerA });
    expect(json).toMatchObject({ id, length: 2, head: second.json.leafHash });
    expect(json.deposits.map((link: { id: string }) => link.id)).toEqual([first.json.id]);
    const rest = await call(service, `GET ${json.next}`, { key: service.keys.readerA });
    expect(rest.json.deposits).toMatchObject([{ id: second.json.id, sequence: 2 }]);
    expect(rest.json.next).toBeUndefined();
  });
});

describe("Idempotency-Key", () => {
  const headers = { "Idempotency-Key": '"8e03978e \\"1\\""' };

  it("gives the same deposit for the same content, in whatever spelling, and stores it once", async () => {
    const first = await deposit({ headers, body: { metadata, record: { a: 1, b: 2 } } });
    const before = await service.traces();
    const again = await deposit({
      headers,
      body: '{"record":{"b":2.0,"a":1},"metadata":{"recordType":"loan.disbursement"}}',
    });
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    expect(again.status).toBe(201);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.json).toEqual(first.json);
    expect(await service.traces()).toEqual(before);
  });

  it("is the same key bare and in quotes", async () => {
    const body = { metadata, record: "once" };
    const quoted = await deposit({ headers: { "Idempotency-Key": '"CORE-1/7"' }, body });
    const bare = await deposit({ headers: { "Idempotency-Key": "CORE-1/7" }, body });
    expect(bare.json).toEqual(quoted.json);
    expect(bare.headers.get("idempotent-replayed")).toBe("true");
  });

  it("is an organisation's own", async () => {
    const other = await deposit({ key: service.keys.bankB, headers, body: { metadata, record: 5 } });
    expect(other.status).toBe(201);
  });

  it("forgets what a replay staged", async () => {
    const sent = {
      headers: { "Idempotency-Key": '"kept"' },
      body: { metadata: { ...metadata, retain: true }, record: "kept once" },
    };
    const first = await deposit(sent);
    const before = await service.traces();
    const again = await deposit(sent);
    expect(again.json).toEqual(first.json);
    expect(await service.traces()).toEqual(before);
  });
});

describe("a deposit's state", () => {
  it("is public without its content, and whole for its depositor and that organisation's readers", async () => {
    const { json: deposited } = await deposit({
      body: { metadata: { ...metadata, chain: {} }, record: "secret" },
    });
    const { id } = deposited;
    await service.notary.waitForFinality(id, 5000);
    // It is final by a quorum; whoever cosigns later is named as well.
    const open = await eventually("the fourth node has cosigned", async () => {
      const answer = await call(service, `GET /v1/deposits/${id}`);
      return answer.json.cosigners.length === 4 ? answer : undefined;
    });
    expect(open.json).toMatchObject({
      id,
      state: "final",
      depositor: { id: "example-bank-a" },
    });
    expect(open.json.batch.leafIndex).toBeLessThan(open.json.batch.size);
    expect(open.json.receivedAt <= open.json.sealedAt && open.json.sealedAt <= open.json.finalAt).toBe(true);
    expect(Object.keys(open.json)).not.toEqual(expect.arrayContaining(["statement"]));
    expect(open.text).not.toContain(deposited.statement.digests["sha-256"]);
    expect(open.json.quorum).toMatchObject({ roles: [{ role: "court" }, { role: "bank" }], awaited: [] });
    expect(open.json.cosigners).toContainEqual(
      expect.objectContaining({
        organisation: { id: "example-bank-a", name: { zh: "示例银行甲", en: "Example Bank A" } },
        role: "bank",
        counted: false,
        reason: "depositor",
      }),
    );
    for (const key of [service.keys.bankB, service.keys.operator])
      expect((await call(service, `GET /v1/deposits/${id}`, { key })).json).toEqual(open.json);
    for (const key of [service.keys.bankA, service.keys.readerA])
      expect((await call(service, `GET /v1/deposits/${id}`, { key })).json).toMatchObject({
        ...open.json,
        statement: deposited.statement,
        leafHash: deposited.leafHash,
        receipt: deposited.receipt,
      });
  });

  it("confirms a digest that the asker names, and denies another", async () => {
    const { json } = await deposit({ body: { metadata, record: "known" } });
    const ask = async (text: string) => {
      const digest = createHash("sha256").update(text).digest("hex");
      return (await call(service, `GET /v1/deposits/${json.id}?sha-256=${digest}`)).json.digestMatches;
    };
    expect(await ask('"known"')).toBe(true);
    expect(await ask("unknown")).toBe(false);
  });
});

describe("what proves a deposit", () => {
  it("is had by waiting, and verifies", async () => {
    const { json } = await deposit({ body: { metadata, record: "proved" } });
    const own = { key: service.keys.bankA, headers: { Prefer: "respond-async, wait=20" } };
    const evidence = await call(service, `GET ${json.links.evidence}`, own);
    expect(evidence.status).toBe(200);
    expect(evidence.headers.get("preference-applied")).toBe("wait=20");
    expect(evidence.headers.get("content-disposition")).toContain(`filename="${json.id}.evidence.json"`);
    expect(parseEvidence(evidence.bytes).statement).toEqual(json.statement);
    const proof = await call(service, `GET ${json.links.ledgerProof}`, own);
    expect(proof.text).toBe(evidence.json.ledgerProof);
    const { json: verification } = await call(service, "POST /v1/verify", {
      body: evidence.bytes,
      type: "application/vnd.cunzheng.evidence+json",
    });
    expect(verification.report.verdict).toBe("verified");
    const latest = await call(service, `GET ${json.links.evidence}?against=latest`, own);
    expect(parseEvidence(latest.bytes).statement).toEqual(json.statement);
    for (const lang of ["zh", "en"]) {
      const certificate = await call(service, `GET ${json.links.certificate}?lang=${lang}`, own);
      expect(certificate.headers.get("content-type")).toBe("application/pdf");
      const report = await call(service, "POST /v1/verify", {
        body: certificate.bytes,
        type: "application/pdf",
      });
      expect(report.json.report).toMatchObject({ verdict: "verified", subject: { id: json.id } });
    }
  });

  it("is asked for by a challenge, whose answer may come with it", async () => {
    const { json } = await deposit({ body: { metadata, record: "promised" } });
    const own = { key: service.keys.bankA, headers: { Prefer: "respond-async, wait=20" } };
    const evidence = await call(service, `GET ${json.links.evidence}`, own);
    const { text: checkpoint } = await call(service, "GET /ledger/checkpoint");
    const challenge = JSON.stringify({ type: "cunzheng/challenge@v1", receipt: json.receipt, checkpoint });
    const { json: early } = await call(service, "POST /v1/verify", {
      body: challenge,
      type: "application/vnd.cunzheng.challenge+json",
    });
    expect(early.report).toMatchObject({
      type: "cunzheng/challenge-report@v1",
      verdict: "refused",
      problem: { code: "quorum-not-met" },
      receipt: { id: json.id },
    });
    const parts = [
      { name: "evidence", content: challenge },
      { name: "answer", content: evidence.text },
    ];
    const { json: answered } = await call(service, "POST /v1/verify", form(parts));
    expect(answered.report.problem.code).toBe("quorum-not-met");
  });

  it("comes back as the retained original, byte for byte, under a name that breaks no header", async () => {
    const content = Buffer.from('"\r\n<script>alert(1)</script>');
    const name = '../"合同";\\ 终稿.html';
    const { json } = await deposit({
      body: content,
      type: "application/octet-stream",
      headers: metadataHeader({ ...metadata, retain: true, mediaType: "text/html", name }),
    });
    const own = { key: service.keys.readerA };
    const original = await call(service, `GET ${json.links.original}`, own);
    expect(original.bytes.equals(content)).toBe(true);
    expect(original.headers.get("content-type")).toBe("text/html");
    expect(original.headers.get("content-security-policy")).toContain("sandbox");
    expect(original.headers.get("x-content-type-options")).toBe("nosniff");
    expect(original.headers.get("repr-digest")).toBe(`sha-256=:${digestsOf(content)["sha-256"]}:`);
    expect(original.headers.get("content-disposition")).toBe(
      `attachment; filename="________ __.html"; filename*=UTF-8''__%22%E5%90%88%E5%90%8C%22%3B_%20%E7%BB%88%E7%A8%BF.html`,
    );
    const head = await call(service, `HEAD ${json.links.original}`, own);
    expect([head.status, head.headers.get("content-length"), head.text]).toEqual([
      200,
      String(content.length),
      "",
    ]);
  });
});
