import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Unzip, UnzipPassThrough } from "fflate";
import { openTimestampAuthority } from "../../../scripts/timestamp-authority/openssl.js";
import { readCertificate } from "../../../src/certificate/verify/read-certificate.js";
import { parseEvidence } from "../../../src/core/evidence/evidence.js";
import { describeWith } from "../../certificate/tools.js";
import { Authority } from "../../notary/timestamping/authority.js";
import { call } from "../client.js";
import { type Service, startService } from "../service.js";

let service: Service;
let ids: string[] = [];

const deposit = async (record: unknown, key = service.keys.bankA) => {
  const body = { metadata: { recordType: "loan.contract" }, record };
  return (await call(service, "POST /v1/deposits", { key, body })).json.id as string;
};
const certificate = (id: string, { key = service.keys.bankA, lang = "zh" } = {}) =>
  call(service, `GET /v1/deposits/${id}/certificate?lang=${lang}`, { key, headers: { Prefer: "wait=20" } });
const many = (body: object, key = service.keys.bankA) =>
  call(service, "POST /v1/certificates", { key, body });

/** Names and contents, by the library's own streaming reader: it never looks at the directory at the end. */
function unzip(zip: Uint8Array): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  const reader = new Unzip((file) => {
    const chunks: Uint8Array[] = [];
    file.ondata = (error, chunk, final) => {
      if (error) throw error;
      chunks.push(chunk);
      if (final) files.set(file.name, Buffer.concat(chunks));
    };
    file.start();
  });
  reader.register(UnzipPassThrough);
  reader.push(zip, true);
  return files;
}

beforeAll(async () => {
  service = await startService();
  ids = await Promise.all(["a", "b", "c", "d", "e", "f", "g"].map((record) => deposit(record)));
  for (const id of ids) await certificate(id);
}, 60_000);
afterAll(() => service.close());

describe("a certificate", () => {
  it("is the same file at every download, and says so", async () => {
    const id = await deposit("issued once");
    const first = await certificate(id);
    expect(first.status).toBe(200);
    const digest = createHash("sha256").update(first.bytes).digest("base64");
    expect(first.headers.get("repr-digest")).toBe(`sha-256=:${digest}:`);
    for (let i = 0; i < 3; i++) expect(Buffer.compare((await certificate(id)).bytes, first.bytes)).toBe(0);
    expect(Buffer.compare((await certificate(id, { lang: "en" })).bytes, first.bytes)).not.toBe(0);
  });

  it("is issued once, however many ask for it at one time", async () => {
    const id = await deposit("asked for by many");
    await call(service, `GET /v1/deposits/${id}/evidence`, {
      key: service.keys.bankA,
      headers: { Prefer: "wait=20" },
    });
    const answers = await Promise.all(Array.from({ length: 8 }, () => certificate(id)));
    expect(new Set(answers.map(({ bytes }) => bytes.toString("latin1"))).size).toBe(1);
  });
});

describe("an issue of a certificate", () => {
  const issue = (id: string, which: string, key = service.keys.bankA) =>
    call(service, `GET /v1/deposits/${id}/certificate?issue=${which}`, { key });

  it("says which it is, and stays beside the next, which its depositor alone asks for", async () => {
    const id = await deposit("issued more than once");
    const first = await certificate(id);
    expect(first.headers.get("cunzheng-certificate-issue")).toBe("1");
    expect(first.headers.get("cunzheng-certificate-timestamps")).toBe("0");
    const second = await issue(id, "new");
    expect([second.status, second.headers.get("cunzheng-certificate-issue")]).toEqual([200, "2"]);
    expect(second.headers.get("content-disposition")).toContain(`${id}.issue-2.pdf`);
    expect(Buffer.compare(second.bytes, first.bytes)).not.toBe(0);
    for (const again of [await certificate(id), await issue(id, "2")])
      expect(Buffer.compare(again.bytes, second.bytes)).toBe(0);
    const earlier = await issue(id, "1", service.keys.readerA);
    expect(Buffer.compare(earlier.bytes, first.bytes)).toBe(0);
    expect(earlier.headers.get("content-disposition")).toContain(`${id}.pdf`);
    for (const { bytes } of [earlier, second]) {
      const form = new FormData();
      form.set("evidence", new Blob([bytes]), "certificate.pdf");
      const answer = await fetch(`${service.url}/v1/verify`, { method: "POST", body: form });
      expect(await answer.json()).toMatchObject({ report: { verdict: "verified" } });
    }
    const refused = async (which: string, key?: string) => {
      const { status, json } = await issue(id, which, key);
      return [status, json.code];
    };
    expect(await refused("new", service.keys.readerA)).toEqual([403, "role-insufficient"]);
    expect(await refused("new", service.keys.operator)).toEqual([403, "role-insufficient"]);
    expect(await refused("new", service.keys.bankB)).toEqual([403, "deposit-of-another-organisation"]);
    expect(await refused("3")).toEqual([404, "certificate-issue-unknown"]);
    for (const which of ["0", "-1", "newest", "1.5", ""])
      expect(await refused(which)).toEqual([400, "query-invalid"]);
  }, 60_000);
});

describeWith(["openssl"], "where the service has a time-stamping authority", () => {
  it("carries its tokens when it is asked for at once, by itself and among many", async () => {
    const folder = mkdtempSync(join(tmpdir(), "certificates-"));
    const files = await openTimestampAuthority(join(folder, "alpha"), { organisation: "Example alpha" });
    const alpha = await new Authority("alpha", files).start();
    const stamped = await startService({ timestampAuthorities: [slow(alpha)] });
    try {
      const key = stamped.keys.bankA;
      for (let i = 0; i < 3; i++) {
        const body = { metadata: { recordType: "loan.contract" }, record: i };
        const { json } = await call(stamped, "POST /v1/deposits", { key, body });
        const headers = { Prefer: "wait=10" };
        const answer = await call(stamped, `GET /v1/deposits/${json.id}/certificate`, { key, headers });
        expect(answer.headers.get("cunzheng-certificate-timestamps")).toBe("1");
        expect(answer.headers.get("cunzheng-certificate-issue")).toBe("1");
      }
      const body = { metadata: { recordType: "loan.contract" }, record: "among many" };
      const { json } = await call(stamped, "POST /v1/deposits", { key, body });
      await stamped.notary.waitForFinality(json.id, 20_000);
      const zip = await call(stamped, "POST /v1/certificates", { key, body: { ids: [json.id] } });
      const [pdf = Buffer.alloc(0)] = [...unzip(zip.bytes).values()];
      const evidence = readCertificate(pdf).evidence;
      expect(parseEvidence(evidence).timestamps).toHaveLength(1);
    } finally {
      await stamped.close();
      await alpha.close();
      rmSync(folder, { recursive: true });
    }
  }, 60_000);
});

/** Its answers take longer than a deposit's finality. */
const slow = (authority: Authority) => ({
  ...{ name: authority.name, url: authority.url, rootPem: authority.rootPem },
  request: async (body: Uint8Array, signal: AbortSignal) => {
    await delay(400);
    return authority.request(body, signal);
  },
});

describe("many certificates", () => {
  it("come as one zip file, each as it comes by itself, in the order asked", async () => {
    const asked = [...ids].reverse();
    const answer = await many({ ids: asked });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/zip");
    expect(answer.headers.get("content-disposition")).toContain("certificates.zip");
    const files = unzip(answer.bytes);
    expect([...files.keys()]).toEqual(asked.map((id) => `${id}.pdf`));
    for (const id of asked)
      expect(Buffer.compare(files.get(`${id}.pdf`) as Buffer, (await certificate(id)).bytes)).toBe(0);
  });

  it("are read by a program that nobody here wrote", async () => {
    const folder = mkdtempSync(join(tmpdir(), "certificates-"));
    try {
      const file = join(folder, "certificates.zip");
      writeFileSync(file, (await many({ ids, language: "en" })).bytes);
      execFileSync("python3", ["-m", "zipfile", "-e", file, join(folder, "out")]);
      expect(readdirSync(join(folder, "out")).sort()).toEqual([...ids].sort().map((id) => `${id}.pdf`));
      const [id = ""] = ids;
      const own = await certificate(id, { lang: "en" });
      expect(Buffer.compare(readFileSync(join(folder, "out", `${id}.pdf`)), own.bytes)).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("are refused as a whole where one would be, before the file begins", async () => {
    const [id = ""] = ids;
    const nobody = "01KAT4M0Z6R2A8Q0F3X5B7C9DE";
    const theirs = await deposit("of another bank", service.keys.bankB);
    const code = async (body: object, key?: string) => {
      const answer = await many(body, key);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      return [answer.status, answer.json.code, answer.json.field];
    };
    expect(await code({ ids: [id, nobody] })).toEqual([404, "deposit-unknown", "/ids/1"]);
    expect(await code({ ids: [id, theirs] })).toEqual([403, "deposit-of-another-organisation", "/ids/1"]);
    expect(await code({ ids: [id] }, service.keys.operator)).toEqual([403, "role-insufficient", undefined]);
    expect(await code({ ids: [id, id] })).toEqual([400, "value-range", "/ids"]);
    expect(await code({ ids: [] })).toEqual([400, "value-range", "/ids"]);
    expect(await code({ ids: Array.from({ length: 5001 }, () => id) })).toEqual([400, "value-range", "/ids"]);
    expect(await code({ ids: ["x"] })).toEqual([400, "id-invalid", "/ids/0"]);
    expect(await code({ ids: id })).toEqual([400, "value-type", "/ids"]);
    expect(await code({ ids: [id], language: "fr" })).toEqual([400, "value-range", "/language"]);
    expect(await code({ ids: [id], lang: "en" })).toEqual([400, "member-unknown", "/lang"]);
    expect(await code({})).toEqual([400, "member-missing", "/ids"]);
    const slow = await startService({ isCosigned: false });
    try {
      const body = { metadata: { recordType: "x" }, record: 1 };
      const { json } = await call(slow, "POST /v1/deposits", { key: slow.keys.bankA, body });
      const answer = await call(slow, "POST /v1/certificates", {
        key: slow.keys.bankA,
        body: { ids: [json.id] },
      });
      expect([answer.status, answer.json.code, answer.json.field]).toEqual([409, "not-final", "/ids/0"]);
    } finally {
      await slow.close();
    }
  });
});
