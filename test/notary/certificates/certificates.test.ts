/** Certificates are issued once: whatever happens afterwards, the same deposit gives the same file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";
import {
  openTimestampAuthority,
  type TimestampAuthorityFiles,
} from "../../../scripts/timestamp-authority/openssl.js";
import { PdfReader } from "../../../src/certificate/pdf/pdf-reader.js";
import { readSignature, withoutSignature } from "../../../src/certificate/pdf/signature-object.js";
import { verifyCertificate } from "../../../src/certificate/verify/verify-certificate.js";
import { parseEvidence } from "../../../src/core/evidence/evidence.js";
import type { Report } from "../../../src/core/verify/report.js";
import type { CertificateMaker } from "../../../src/notary/ports/certificates.js";
import type { Ports } from "../../../src/notary/ports/ports.js";
import type { TimestampAuthority } from "../../../src/notary/ports/timestamps.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { findTemplate } from "../../certificate/fixture.js";
import { makerInThisThread, TEMPLATES } from "../../certificate/maker.js";
import { ecSigner, pemOf, rsaSigner, strangerRoot, strangerSigner } from "../../certificate/signer.js";
import { describeWith } from "../../certificate/tools.js";
import { eventually } from "../../story/eventually.js";
import { Authority } from "../timestamping/authority.js";
import { requestOf, type Running, worlds } from "../world.js";

const world = worlds();
const folder = mkdtempSync(join(tmpdir(), "certificates-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function finalDeposit({ notary, principal }: Running, content = "a record"): Promise<string> {
  const { statement } = await notary.deposit(await principal("bank-a"), requestOf(content));
  expect(await notary.waitForFinality(statement.id, 5000)).toMatchObject({ state: "final" });
  return statement.id;
}
const certificateOf = async (
  { notary, principal }: Running,
  id: string,
  language: "zh" | "en" = "zh",
  issue: number | "newest" = "newest",
) => (await notary.certificate(await principal("bank-a"), id, { language, issue })).pdf;
const noneAwaitsTimestamp = ({ store }: Running, what: string) =>
  eventually(
    what,
    async () => ((await store.certificatesAwaitingTimestamp({ limit: 9 })).length === 0 ? true : undefined),
    20_000,
  );
const evidenceOf = async ({ notary, principal }: Running, id: string) =>
  notary.evidence(await principal("bank-a"), id);
const verify = (pdf: Uint8Array, consortium: Uint8Array): Report =>
  verifyCertificate({ pdf, consortium, findTemplate, verifyX509Signature });
const unsigned = (pdf: Uint8Array) => withoutSignature(pdf, readSignature(new PdfReader(pdf)).hole);
const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

it("is the same after a restart, more cosignatures and another trust file, though evidence goes on growing", async () => {
  const one = world();
  one.witness("arbitration").failure = new Error("away");
  const running = await one.start();
  const id = await finalDeposit(running);
  const first = await certificateOf(running, id);
  expect(verify(first, one.consortium).verdict).toBe("verified");
  const evidence = await evidenceOf(running, id);

  one.witness("arbitration").failure = undefined;
  await eventually("cosigned by all", async () =>
    isSame(await evidenceOf(running, id), evidence) ? undefined : true,
  );
  expect(isSame(await certificateOf(running, id), first)).toBe(true);
  await finalDeposit(running, "a later record");
  await running.stop();

  one.clock.nowMs += 86_400_000;
  const again = await one.start({
    ports: () => ({ certificates: makerInThisThread(TEMPLATES, rsaSigner()) }),
    settings: {
      consortium: Buffer.concat([one.consortium, Buffer.from("\n")]),
      publicUrl: "https://elsewhere.example",
    },
  });
  expect(isSame(await certificateOf(again, id), first)).toBe(true);
  const english = await certificateOf(again, id, "en");
  expect(verify(english, one.consortium)).toMatchObject({ verdict: "verified" });
  expect(isSame(english, first)).toBe(false);
});

it("is issued anew where a change of the consortium has made worthless what it rested on", async () => {
  const one = world();
  one.witness("arbitration").failure = new Error("away");
  const running = await one.start();
  const id = await finalDeposit(running);
  const first = await certificateOf(running, id);
  one.witness("arbitration").failure = undefined;
  await finalDeposit(running, "a later record");
  await eventually("a later checkpoint cosigned by all", async () =>
    (await running.store.cosignatures(2)).length === 5 ? true : undefined,
  );
  await running.stop();
  // A court's key was stolen: from the second entry on it counts no more, and neither does what was final by it alone.
  const changed = JSON.parse(Buffer.from(one.consortium).toString());
  for (const witness of changed.witnesses)
    if (witness.organisation === "court-east") Object.assign(witness, { from: 2 });
  const consortium = Buffer.from(JSON.stringify(changed));
  const again = await one.start({ settings: { consortium } });
  const second = await certificateOf(again, id);
  expect(isSame(second, first)).toBe(false);
  expect(verify(second, consortium).verdict).toBe("verified");
  expect(isSame(await certificateOf(again, id), second)).toBe(true);
  expect(await again.store.findCertificate(id, "zh")).toMatchObject({ issue: 2 });
});

it("is issued anew where the trust file has dropped the authority of its signer", async () => {
  const one = world();
  const running = await one.start();
  const id = await finalDeposit(running);
  const first = await certificateOf(running, id);
  await running.stop();
  const value = JSON.parse(Buffer.from(one.consortium).toString());
  const consortium = Buffer.from(
    JSON.stringify({ ...value, certificateAuthorities: [pemOf(strangerRoot())] }),
  );
  const again = await one.start({
    ports: () => ({ certificates: makerInThisThread(TEMPLATES, strangerSigner()) }),
    settings: { consortium },
  });
  const second = await certificateOf(again, id);
  expect(verify(first, consortium).checks.at(-1)?.code).toBe("certificate-authority-unknown");
  expect(verify(second, consortium)).toMatchObject({
    verdict: "verified",
    certificate: { authority: "Unknown CA" },
  });
  expect(isSame(await certificateOf(again, id), second)).toBe(true);
});

it("is refused without a key to sign, or with one whose certificate has ended; what was issued stays", async () => {
  const one = world();
  const running = await one.start();
  const id = await finalDeposit(running);
  const first = await certificateOf(running, id);
  await running.stop();
  const ended = ecSigner({ notAfter: new Date(one.clock.nowMs - 1000).toISOString() });
  for (const signer of [undefined, ended]) {
    const again = await one.start({ ports: () => ({ certificates: makerInThisThread(TEMPLATES, signer) }) });
    await expect(certificateOf(again, id, "en")).rejects.toMatchObject({ code: "certificates-unavailable" });
    expect(await again.store.findCertificate(id, "en")).toBeUndefined();
    expect(isSame(await certificateOf(again, id), first)).toBe(true);
    expect((await evidenceOf(again, id)).length).toBeGreaterThan(1000);
    await again.stop();
  }
});

describeWith(["openssl"], "with an authority run by openssl", () => {
  let files: TimestampAuthorityFiles;
  beforeAll(async () => {
    files = await openTimestampAuthority(join(folder, "alpha"), { organisation: "Example alpha" });
  });

  const asking = (...timestampAuthorities: readonly TimestampAuthority[]) => ({
    ports: (): Partial<Ports> => ({ timestampAuthorities }),
  });
  async function start() {
    const alpha = await new Authority("alpha", files).start();
    undo.push(() => alpha.close());
    const one = world({ timestampAuthorities: [alpha.rootPem] });
    one.clock.nowMs = Date.now();
    return { alpha, one, running: await one.start(asking(alpha)) };
  }

  it("carries the time of its signature, and the evidence's tokens as they were then", async () => {
    const { one, running } = await start();
    const id = await finalDeposit(running);
    await eventually("a token in evidence", async () =>
      parseEvidence(await evidenceOf(running, id)).timestamps.length === 1 ? true : undefined,
    );
    const pdf = await certificateOf(running, id);
    const report = verify(pdf, one.consortium);
    expect(report.verdict).toBe("verified");
    expect(report.certificate).toMatchObject({ judgedBy: "token", timestampAuthority: "Example alpha" });
    expect(report.notices.map(({ code }) => code)).not.toContain("certificate-time-claimed");
    expect(report.timestamps).toHaveLength(1);
    expect(isSame(await certificateOf(running, id), pdf)).toBe(true);
    expect(await running.store.certificatesAwaitingTimestamp({ limit: 9 })).toEqual([]);
  });

  it("does not wait for a dead authority, and gains its token when that is back, in the hole and nowhere else", async () => {
    const { alpha, one, running } = await start();
    await alpha.stop();
    const id = await finalDeposit(running);
    const beginMs = performance.now();
    const early = await certificateOf(running, id);
    const tookMs = performance.now() - beginMs;
    const otherId = await finalDeposit(running, "another");
    const other = await certificateOf(running, otherId, "en");
    expect(tookMs).toBeLessThan(2500);
    expect(verify(early, one.consortium)).toMatchObject({
      verdict: "verified",
      certificate: { judgedBy: "claimed-time" },
    });
    expect(await running.store.certificatesAwaitingTimestamp({ limit: 9 })).toHaveLength(2);
    expect(isSame(await certificateOf(running, id), early)).toBe(true);
    // And not even a crash in between loses what is owed.
    await running.stop();
    await alpha.start();
    const again = await one.start(asking(alpha));
    await noneAwaitsTimestamp(again, "signatures time-stamped");
    const late = await certificateOf(again, id, "zh", 1);
    expect(verify(late, one.consortium)).toMatchObject({
      verdict: "verified",
      certificate: { judgedBy: "token", timestampAuthority: "Example alpha" },
    });
    expect(isSame(unsigned(late), unsigned(early))).toBe(true);
    expect(isSame(late, early)).toBe(false);
    expect(isSame(await certificateOf(again, id, "zh", 1), late)).toBe(true);
    expect(isSame(unsigned(await certificateOf(again, otherId, "en", 1)), unsigned(other))).toBe(true);
  }, 60_000);

  it("loses no token, neither the evidence's nor its own, to a thread that dies", async () => {
    const { alpha, one, running } = await start();
    const id = await finalDeposit(running);
    await eventually("a token in evidence", async () =>
      parseEvidence(await evidenceOf(running, id)).timestamps.length === 1 ? true : undefined,
    );
    await running.stop();
    const whole = makerInThisThread(TEMPLATES, rsaSigner());
    const deaths = { sign: 0, make: 0 };
    const dying = (of: keyof typeof deaths) => {
      if (deaths[of]++ === 0) throw new Error("the certificate thread ended (1)");
    };
    const certificates: CertificateMaker = {
      ...whole,
      sign: async (order) => (dying("sign"), whole.sign(order)),
      make: async (order, signature) => (dying("make"), whole.make(order, signature)),
    };
    const again = await one.start({ ports: () => ({ timestampAuthorities: [alpha], certificates }) });
    await expect(certificateOf(again, id)).rejects.toThrow("the certificate thread ended");
    // The signature's own token is the second thing that fails.
    const early = verify(await certificateOf(again, id), one.consortium);
    expect(early.timestamps).toHaveLength(1);
    expect(early.certificate).toMatchObject({ judgedBy: "claimed-time" });
    await noneAwaitsTimestamp(again, "its signature time-stamped");
    const late = verify(await certificateOf(again, id), one.consortium);
    expect(late).toMatchObject({ verdict: "verified", certificate: { judgedBy: "token" } });
  }, 60_000);

  it("stays as it was handed out where the token would come too late for the signer's certificate", async () => {
    const { alpha, one, running } = await start();
    await running.stop();
    await alpha.stop();
    const signer = ecSigner({ notAfter: new Date(Date.now() + 4000).toISOString() });
    const certificates = makerInThisThread(TEMPLATES, signer);
    const short = await one.start({ ports: () => ({ timestampAuthorities: [alpha], certificates }) });
    const early = await certificateOf(short, await finalDeposit(short));
    await short.stop();
    await new Promise((resolve) => setTimeout(resolve, 5100));
    await alpha.start();
    const again = await one.start({ ports: () => ({ timestampAuthorities: [alpha], certificates }) });
    const id = await eventually("its job is dead", async () => {
      const [dead] = await again.store.listJobs({ fate: "dead", limit: 9 });
      return dead?.key.split("/")[0];
    });
    expect(isSame(await certificateOf(again, id, "zh", 1), early)).toBe(true);
    expect(verify(early, one.consortium).verdict).toBe("verified");
  }, 60_000);
});
