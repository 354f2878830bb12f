/** The thread that draws and signs, as it runs: keys from files, templates from a folder and from what was kept. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type * as WorkerModule from "../../src/adapters/certificate-worker/certificate-worker.js";
import type * as PoolModule from "../../src/programs/verifying/verification-pool.js";
import type * as BuildModule from "../../src/programs/build-template.js";
import type * as KeptModule from "../../src/programs/verifying/verify-kept.js";
import type { CertificateOrder } from "../../src/notary/ports/certificates.js";
import type { Report } from "../../src/core/verify/report.js";
import { makeFixture, VERIFY_URL } from "../certificate/fixture.js";
import { pemOf, ROOT, rsaKey, rsaSigner } from "../certificate/signer.js";
import { temporaryFolders } from "../temporary-folder.js";

// Threads run what was built.
const dist = (path: string) =>
  import(new URL(`../../dist/src/${path}`, import.meta.url).href) as Promise<unknown>;
const { startCertificateWorker } = (await dist(
  "adapters/certificate-worker/certificate-worker.js",
)) as typeof WorkerModule;
const { createVerificationPool } = (await dist(
  "programs/verifying/verification-pool.js",
)) as typeof PoolModule;
const { verifyWithKept } = (await dist("programs/verifying/verify-kept.js")) as typeof KeptModule;

const { buildTemplateOf } = (await dist("programs/build-template.js")) as typeof BuildModule;

const OWN = new URL("../../templates/", import.meta.url).pathname;
const temporaryFolder = temporaryFolders();
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const fixture = makeFixture();
let folder: string;
let files: { key: string; chain: string };
beforeEach(() => {
  folder = temporaryFolder();
  files = { key: join(folder, "signer.key"), chain: join(folder, "signer.pem") };
  writeFileSync(files.key, rsaKey().export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  writeFileSync(files.chain, pemOf(rsaSigner().certificates[0] as Uint8Array) + pemOf(ROOT));
});

const kept = new Map<string, Uint8Array>();
const findArtifact = async (sha256: Uint8Array) => kept.get(Buffer.from(sha256).toString("base64"));

async function started(templates = OWN, signer: typeof files | null = files) {
  const worker = startCertificateWorker({
    ...{ templates, template: "v1", findArtifact },
    ...(signer && { signer: { files: signer, notBeforeMs: 0, notAfterMs: Infinity } }),
  });
  undo.push(() => worker.close());
  for (const [digest, content] of worker.template.files) kept.set(digest, content);
  return worker;
}
const order = (template: string, language: "zh" | "en" = "zh"): CertificateOrder => ({
  ...fixture,
  ...{ template, language, verifyUrl: VERIFY_URL, issuedAtMs: Date.parse("2026-11-24T08:00:09.120Z") },
});

/** A copy of the templates, in which an operator has changed a word. */
async function reworded(): Promise<string> {
  const templates = join(temporaryFolder(), "templates");
  mkdirSync(templates);
  for (const part of ["certificate", "fonts"])
    cpSync(join(OWN, part), join(templates, part), { recursive: true });
  const file = join(templates, "certificate/v1/wording.json");
  const wording = JSON.parse(readFileSync(file, "utf8"));
  wording.title.zh = "电子数据存证证明";
  writeFileSync(file, JSON.stringify(wording));
  await buildTemplateOf({ templates, name: "v1" });
  return templates;
}

async function verifiedBy(templates: readonly string[], pdf: Uint8Array): Promise<Report> {
  const pool = createVerificationPool({ templates });
  undo.push(() => pool.close());
  const verify = verifyWithKept(pool, findArtifact);
  return (await verify({ file: pdf, consortium: fixture.consortium, parties: [] })) as Report;
}

describe("the certificate's thread", () => {
  it("signs, and makes the same file again, also in another thread without a key", async () => {
    const worker = await started();
    const { digest } = worker.template;
    const { signature, pdf } = await worker.sign(order(digest));
    expect(Buffer.compare(await worker.make(order(digest), signature), pdf)).toBe(0);
    expect((await verifiedBy([OWN], pdf)).verdict).toBe("verified");
    const keyless = await started(OWN, null);
    expect(keyless.signer).toBeUndefined();
    expect(Buffer.compare(await keyless.make(order(digest), signature), pdf)).toBe(0);
    await expect(keyless.sign(order(digest))).rejects.toThrow("no key to sign with");
  }, 30_000);

  it("makes certificates of a changed template again, and verifies them, out of what was kept", async () => {
    const first = await started();
    const { digest } = first.template;
    const { signature, pdf } = await first.sign(order(digest));
    const templates = await reworded();
    const second = await started(templates);
    expect(second.template.digest).not.toBe(digest);
    for (let i = 0; i < 2; i++)
      expect(Buffer.compare(await second.make(order(digest), signature), pdf)).toBe(0);
    const report = await verifiedBy([templates], pdf);
    expect([report.verdict, report.checks.at(-1)?.result]).toEqual(["verified", "passed"]);

    const renewed = await second.sign(order(second.template.digest));
    expect((await verifiedBy([templates], renewed.pdf)).verdict).toBe("verified");
    const still = new Set(Array.from(first.template.files, ([one]) => one));
    for (const [one] of second.template.files) if (!still.has(one)) kept.delete(one);
    const elsewhere = await verifiedBy([OWN], renewed.pdf);
    expect([elsewhere.verdict, elsewhere.checks.at(-1)?.code]).toEqual([
      "incomplete",
      "certificate-template-unknown",
    ]);
    expect(elsewhere.certificate).toMatchObject({ judgedBy: "claimed-time" });
    expect((await verifiedBy([OWN, templates], renewed.pdf)).verdict).toBe("verified");
  }, 60_000);

  it("hands out nothing that the verifier would refuse", async () => {
    const worker = await started();
    const { digest } = worker.template;
    const stranger = makeFixture({ certificateAuthorities: [] });
    await expect(worker.sign({ ...order(digest), ...stranger })).rejects.toThrow(
      "no certification authority",
    );
    const { signature } = await worker.sign(order(digest));
    await expect(worker.make(order(digest, "en"), signature)).rejects.toThrow(
      "other bytes than these were signed",
    );
    await expect(worker.make(order(Buffer.alloc(32).toString("base64")), signature)).rejects.toThrow(
      "no template",
    );
    // And goes on after what failed.
    expect((await worker.sign(order(digest))).signature).toEqual(signature);
  }, 30_000);

  it("is not started with a template that was changed and not built, or that names what there is not", async () => {
    const broken = await reworded();
    const wording = join(broken, "certificate/v1/wording.json");
    const text = readFileSync(wording, "utf8");
    writeFileSync(wording, text.replace('"digestsOnly":{"zh":"', '"digestsOnly":{"zh":"{amount}'));
    await expect(started(broken)).rejects.toThrow(
      "certificate/v1/wording.json: not the file that certificate/v1/built.json was built of",
    );
    await expect(buildTemplateOf({ templates: broken, name: "v1" })).rejects.toThrow(
      "certificate/v1/wording.json at /statement/digestsOnly/zh",
    );
  });
});
