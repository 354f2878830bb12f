/** The time-stamps that certificates' signatures lack at their issue are jobs, one a certificate, with a real authority. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";
import {
  openTimestampAuthority,
  type TimestampAuthorityFiles,
} from "../../../scripts/timestamp-authority/openssl.js";
import { verifyCertificate } from "../../../src/certificate/verify/verify-certificate.js";
import { LOCAL_OPERATOR } from "../../../src/notary/model/model.js";
import { type CertificateMaker, NotMadeError } from "../../../src/notary/ports/certificates.js";
import type { Ports, Store } from "../../../src/notary/ports/ports.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { findTemplate } from "../../certificate/fixture.js";
import { makerInThisThread, TEMPLATES } from "../../certificate/maker.js";
import { ecSigner } from "../../certificate/signer.js";
import { describeWith } from "../../certificate/tools.js";
import { eventually } from "../../story/eventually.js";
import { Authority } from "../timestamping/authority.js";
import { requestOf, type Running, worlds } from "../world.js";

const world = worlds();
const folder = mkdtempSync(join(tmpdir(), "signature-jobs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const KIND = "certificate-timestamp";
const untilSo = (what: string, isSo: () => boolean | Promise<boolean>) =>
  eventually(what, async () => ((await isSo()) ? true : undefined), 20_000);
const dead = (store: Store) => store.listJobs({ fate: "dead", limit: 9 });
const standings = async ({ notary }: Running) => {
  const { jobs, impairments } = await notary.status(LOCAL_OPERATOR);
  const { impairments: ready } = await notary.readiness();
  expect(ready).toEqual(impairments);
  return { jobs, codes: impairments.map(({ code }) => code) };
};

async function issue({ notary, principal }: Running, content: string): Promise<string> {
  const bank = await principal("bank-a");
  const { statement } = await notary.deposit(bank, requestOf(content));
  expect(await notary.waitForFinality(statement.id, 5000)).toMatchObject({ state: "final" });
  await notary.certificate(bank, statement.id, { language: "zh" });
  return statement.id;
}

describeWith(["openssl"], "signatures that lack their time-stamp", () => {
  let files: TimestampAuthorityFiles;
  beforeAll(async () => {
    files = await openTimestampAuthority(join(folder, "alpha"), { organisation: "Example alpha" });
  });

  async function begin() {
    const alpha = await new Authority("alpha", files).start();
    undo.push(() => alpha.close());
    const one = world({ timestampAuthorities: [alpha.rootPem] });
    one.clock.nowMs = Date.now();
    const start = (change?: (ports: Ports) => Partial<Ports>) =>
      one.start({ ports: (ports) => ({ timestampAuthorities: [alpha], ...change?.(ports) }) });
    /** Who judged the time of the first issue's signature. */
    const judgedBy = async ({ notary, principal }: Running, id: string) => {
      const { pdf } = await notary.certificate(await principal("bank-a"), id, { language: "zh", issue: 1 });
      const report = verifyCertificate({
        pdf,
        consortium: one.consortium,
        findTemplate,
        verifyX509Signature,
      });
      expect(report.verdict).toBe("verified");
      return report.certificate?.judgedBy;
    };
    return { alpha, start, judgedBy };
  }

  it("wait without an attempt while no authority answers, and have it as soon as one does", async () => {
    const { alpha, start, judgedBy } = await begin();
    let claims = 0;
    const running = await start(({ store }) => ({
      store: { ...store, claimJobs: (wanted) => (claims++, store.claimJobs(wanted)) },
    }));
    await alpha.stop();
    const ids = [await issue(running, "a"), await issue(running, "b"), await issue(running, "c")];
    expect((await standings(running)).jobs).toMatchObject([{ kind: KIND, waiting: 3, running: 0, dead: 0 }]);
    claims = 0;
    await delay(2500);
    expect(claims).toBe(0);
    for (const { attempts } of await running.store.listJobs({ fate: "open", limit: 9 }))
      expect(attempts).toBeLessThan(2);
    await alpha.start();
    await untilSo("none is left", async () => (await running.store.countJobs()).length === 0);
    for (const id of ids) expect(await judgedBy(running, id)).toBe("token");
    expect((await standings(running)).codes).not.toContain("jobs-dead");
  }, 60_000);

  it("are found again where the process died before the job was stored, or it could not be", async () => {
    const { alpha, start, judgedBy } = await begin();
    await alpha.stop();
    // As a process that dies between the two: nothing of the job is in the store.
    let bury: (error: Error) => void = () => undefined;
    const stored = new Promise<boolean>((_, reject) => (bury = reject));
    const dying = await start(({ store }) => ({ store: { ...store, askForJob: () => stored } }));
    const bank = await dying.principal("bank-a");
    const { statement } = await dying.notary.deposit(bank, requestOf("a"));
    await dying.notary.waitForFinality(statement.id, 5000);
    void dying.notary.certificate(bank, statement.id, { language: "zh" }).catch(() => undefined);
    await untilSo(
      "it is issued",
      async () => (await dying.store.findCertificate(statement.id, "zh")) !== undefined,
    );
    expect(await dying.store.countJobs()).toEqual([]);
    let refused = 0;
    const failing = await start(({ store }) => ({
      store: {
        ...store,
        askForJob: async (job) => {
          if (refused++ < 3) throw new Error("disk I/O error");
          return store.askForJob(job);
        },
      },
    }));
    const other = await issue(failing, "b");
    await untilSo("both are asked for", async () => (await failing.store.countJobs())[0]?.waiting === 2);
    expect(refused).toBeGreaterThan(3);
    await alpha.start();
    await untilSo("none is left", async () => (await failing.store.countJobs()).length === 0);
    for (const id of [statement.id, other]) expect(await judgedBy(failing, id)).toBe("token");
    bury(new Error("it is gone"));
  }, 60_000);

  it("are dead where they can't have it, hold up none behind them, are seen, and are done when they are replayed", async () => {
    const { alpha, start, judgedBy } = await begin();
    await alpha.stop();
    const whole = makerInThisThread(TEMPLATES, ecSigner());
    let isBroken = true;
    let broken = "";
    const certificates: CertificateMaker = {
      ...whole,
      make: async (order, signature) => {
        if (isBroken && order.verifyUrl.endsWith(broken)) throw new NotMadeError("its drawing is broken");
        return whole.make(order, signature);
      },
    };
    const running = await start(() => ({ certificates }));
    broken = await issue(running, "a");
    const behind = await issue(running, "b");
    await alpha.start();
    await untilSo("one is dead, and none waits", async () => {
      const [count] = await running.store.countJobs();
      return count?.dead === 1 && count.waiting === 0 && count.running === 0;
    });
    expect(await judgedBy(running, behind)).toBe("token");
    expect(await dead(running.store)).toMatchObject([
      { kind: KIND, key: `${broken}/zh/1`, lastError: "its drawing is broken" },
    ]);
    await untilSo("it is told", async () => (await standings(running)).codes.includes("jobs-dead"));
    expect((await standings(running)).jobs).toEqual([
      { kind: KIND, waiting: 0, running: 0, dead: 1, oldestSeconds: 0 },
    ]);
    isBroken = false;
    expect(await judgedBy(running, broken)).toBe("claimed-time");
    await running.stop();

    // Nobody takes it up again by himself.
    const again = await start();
    await delay(1500);
    expect(await dead(again.store)).toHaveLength(1);
    expect(await again.store.replayJob({ kind: KIND, key: `${broken}/zh/1` })).toBe(true);
    await untilSo("none is left", async () => (await again.store.countJobs()).length === 0);
    expect(await judgedBy(again, broken)).toBe("token");
    await untilSo("it is told no more", async () => !(await standings(again)).codes.includes("jobs-dead"));
  }, 60_000);

  it("have one token, though two notaries work at one time", async () => {
    const { alpha, start, judgedBy } = await begin();
    await alpha.stop();
    const running = await start();
    const id = await issue(running, "a");
    let stamps = 0;
    const counted = ({ store }: Ports): Partial<Ports> => ({
      store: {
        ...store,
        stampCertificate: async (key, signature) => {
          const isStamped = await store.stampCertificate(key, signature);
          if (isStamped) stamps += 1;
          return isStamped;
        },
        // Its claims are seen by nobody else, as where a process stood still for longer than its claim lasts.
        claimJobs: async ({ kind }) =>
          kind === KIND && stamps === 0 ? [{ kind, key: `${id}/zh/1`, claim: "lost", attempts: 1 }] : [],
      },
    });
    await running.stop();
    await alpha.start();
    const late = await start(counted);
    const right = await start((ports) => ({
      store: { ...counted(ports).store, claimJobs: ports.store.claimJobs } as Store,
    }));
    await untilSo("none is left", async () => (await right.store.countJobs()).length === 0);
    await untilSo("it is stamped", () => stamps === 1);
    await delay(500);
    expect(stamps).toBe(1);
    expect(await judgedBy(right, id)).toBe("token");
    await late.stop();
  }, 60_000);
});
