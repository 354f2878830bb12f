/** Tokens of a real authority (`openssl ts`) over HTTP: in evidence, and never in the way of finality. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";
import {
  openTimestampAuthority,
  type TimestampAuthorityFiles,
} from "../../../scripts/timestamp-authority/openssl.js";
import { bytesFromBase64, utf8 } from "../../../src/core/bytes.js";
import { parseEvidence } from "../../../src/core/evidence/evidence.js";
import { parseNote } from "../../../src/core/ledger/note.js";
import { parseConsortium } from "../../../src/core/trust/consortium.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import { createBatchProofs } from "../../../src/notary/ledger/batch-proofs.js";
import { assembleEvidence, makeEvidence } from "../../../src/notary/reading/evidence.js";
import { depositorClasses } from "../../../src/notary/finality/finality.js";
import type { Ports } from "../../../src/notary/ports/ports.js";
import type { TimestampAuthority } from "../../../src/notary/ports/timestamps.js";
import type { NotarySettings } from "../../../src/notary/model/settings.js";
import { startTimestamping, type Timestamping } from "../../../src/notary/timestamping/timestamping.js";
import { timestampAuthorities } from "../../../src/pki/timestamps/check-timestamps.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { describeWith } from "../../certificate/tools.js";
import { eventually } from "../../story/eventually.js";
import { Authority } from "./authority.js";
import { requestOf, type Running, type World, type WorldOptions, worlds } from "../world.js";

const world = worlds();
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const folder = mkdtempSync(join(tmpdir(), "timestamping-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const real = new Map<string, TimestampAuthorityFiles>();

async function authority(name = "alpha"): Promise<Authority> {
  const one = await new Authority(name, real.get(name) as TimestampAuthorityFiles).start();
  undo.push(() => one.close());
  return one;
}

/** Takes the request and never answers. */
const hanging: TimestampAuthority = {
  name: "hanging",
  url: "http://127.0.0.1/",
  request: (_, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        reject(new Error("no answer in time"));
      });
    }),
};

const worldWith = (trusted: readonly Authority[], options: WorldOptions = {}): World => {
  const one = world({ ...options, timestampAuthorities: trusted.map(({ rootPem }) => rootPem) });
  // The authorities' clock is this machine's.
  one.clock.nowMs = Date.now();
  return one;
};

const asking = (...timestampAuthorities: readonly TimestampAuthority[]) => ({
  ports: (): Partial<Ports> => ({ timestampAuthorities }),
});

async function finalDeposit({ notary, principal }: Running, content: string): Promise<string> {
  const { statement } = await notary.deposit(await principal("bank-a"), requestOf(content));
  expect(await notary.waitForFinality(statement.id, 5000)).toMatchObject({ state: "final" });
  return statement.id;
}

const evidenceOf = async ({ notary, principal }: Running, id: string) =>
  notary.evidence(await principal("bank-a"), id);
const tokensIn = (evidence: Uint8Array) =>
  parseEvidence(evidence).timestamps.map(({ token }) => bytesFromBase64(token));
const reportOf = (evidence: Uint8Array, consortium: Uint8Array) =>
  verifyEvidence({
    evidence,
    consortium,
    openTimestampAuthorities: timestampAuthorities(verifyX509Signature),
  });

/** Evidence of the deposit as soon as it has so many tokens. */
const stampedEvidence = (running: Running, id: string, count = 1) =>
  eventually(`${count} tokens in evidence`, async () => {
    const evidence = await evidenceOf(running, id);
    return tokensIn(evidence).length === count ? evidence : undefined;
  });

describeWith(["openssl"], "time-stamping with an authority run by openssl", () => {
  beforeAll(async () => {
    for (const name of ["alpha", "beta", "alpha-2"]) {
      const organisation = `Example ${name.replace("-2", "")}`;
      real.set(name, await openTimestampAuthority(join(folder, name), { organisation }));
    }
  });

  it("puts a token into the evidence, by which the verifier tells the time", async () => {
    const alpha = await authority();
    const { start, consortium, clock } = worldWith([alpha]);
    const running = await start(asking(alpha));
    const id = await finalDeposit(running, "a record");
    const evidence = await stampedEvidence(running, id);
    const report = reportOf(evidence, consortium);
    expect(report.verdict).toBe("verified");
    expect(report.checks.find(({ name }) => name === "timestamps")).toMatchObject({ result: "passed" });
    const [timestamp] = report.timestamps ?? [];
    expect(timestamp).toMatchObject({ authority: "Example alpha", counted: true });
    expect(Math.abs(Date.parse(timestamp?.genTime ?? "") - clock.nowMs)).toBeLessThan(30_000);

    // And OpenSSL says the same of it.
    const note = parseNote((await running.store.findCheckpoint(1))?.note ?? "").text;
    writeFileSync(join(folder, "token"), tokensIn(evidence)[0] as Uint8Array);
    writeFileSync(join(folder, "note"), utf8(note));
    execFileSync("openssl", ["ts", "-verify", "-in", join(folder, "token"), "-token_in", "-data", join(folder, "note"), "-CAfile", join(folder, "alpha/root.pem")]); // prettier-ignore
  });

  it("makes evidence once more as it was, when cosignatures and tokens have come since", async () => {
    const alpha = await authority();
    const one = worldWith([alpha]);
    one.witness("arbitration").failure = new Error("away");
    const running = await one.start(asking(alpha));
    await alpha.stop();
    const id = await finalDeposit(running, "a record");
    const deposit = await running.store.findDeposit(id);
    if (deposit === undefined) throw new Error("no deposit");
    const trusted = parseConsortium(one.consortium);
    const settings = {
      classes: depositorClasses(trusted),
      batchProofs: createBatchProofs(running.ports),
      consortium: trusted,
    };
    const make = (against: Parameters<typeof assembleEvidence>[3]) =>
      assembleEvidence(running.ports, settings, deposit, against);
    await eventually("cosigned", async () => (await running.store.cosignatures(1)).length === 4 || undefined);
    const first = await make("final");
    expect(first.asOf).toEqual({ treeSize: 1, cosignatures: 4, timestamps: 0 });

    one.witness("arbitration").failure = undefined;
    await alpha.start();
    await stampedEvidence(running, id);
    await eventually("cosigned", async () => (await running.store.cosignatures(1)).length === 5 || undefined);
    const second = await make("final");
    expect(second.asOf).toEqual({ treeSize: 1, cosignatures: 5, timestamps: 1 });
    expect(second.evidence).not.toEqual(first.evidence);
    expect((await make(first.asOf)).evidence).toEqual(first.evidence);
    await finalDeposit(running, "a later record");
    expect((await make(second.asOf)).evidence).toEqual(second.evidence);
    expect((await make("latest")).asOf.treeSize).toBe(2);
    await expect(make({ ...second.asOf, timestamps: 9 })).rejects.toThrow("internal: the store has 1");
    // As of a moment when the quorum did not hold there is no evidence.
    await expect(make({ ...second.asOf, cosignatures: 1 })).rejects.toMatchObject({ code: "not-final" });
  });

  it("gets a token of each authority, though one of them is dead, and both when it is back", async () => {
    const [alpha, beta] = [await authority("alpha"), await authority("beta")];
    const one = worldWith([alpha, beta]);
    const running = await one.start(asking(alpha, beta));
    await beta.stop();
    const id = await finalDeposit(running, "a record");
    await stampedEvidence(running, id);
    await beta.start();
    const report = reportOf(await stampedEvidence(running, id, 2), one.consortium);
    expect(report.checks.find(({ name }) => name === "timestamps")?.compared).toEqual([
      { what: "authorities", got: "2", want: "at least 1" },
    ]);
  });

  it("lets deposits become final as fast with authorities that hang as with none", async () => {
    const measure = async (...authorities: readonly TimestampAuthority[]) => {
      const running = await worldWith([await authority()]).start(asking(...authorities));
      const times: number[] = [];
      for (let i = 0; i < 20; i++) {
        const begun = performance.now();
        await finalDeposit(running, `record ${i}`);
        times.push(performance.now() - begun);
      }
      return times.sort((a, b) => a - b)[10] as number;
    };
    const [without, with2] = [await measure(), await measure(hanging, { ...hanging, name: "hanging-2" })];
    console.log(
      `finality, median: ${without.toFixed(1)} ms without, ${with2.toFixed(1)} ms with two that hang`,
    );
    expect(with2).toBeLessThan(without * 2 + 50);
  });

  it("goes on after a restart with what had no token, and asks nothing twice", async () => {
    const alpha = await authority();
    const one = worldWith([alpha]);
    const first = await one.start(asking(alpha));
    await alpha.stop();
    const ids = [await finalDeposit(first, "a"), await finalDeposit(first, "b")];
    await first.stop();
    await alpha.start();
    const second = await one.start(asking(alpha));
    for (const id of ids) await stampedEvidence(second, id);
    expect(alpha.queries).toBe(2);
    await second.stop();
    const third = await one.start(asking(alpha));
    await stampedEvidence(third, await finalDeposit(third, "c"));
    expect(alpha.queries).toBe(3);
  });

  it("begins with the newest checkpoint that was there when the authority was first configured", async () => {
    const alpha = await authority();
    const one = worldWith([alpha]);
    const before = await one.start();
    const ids = [await finalDeposit(before, "a"), await finalDeposit(before, "b")];
    await before.stop();
    const running = await one.start(asking(alpha));
    await stampedEvidence(running, ids[1] as string);
    await stampedEvidence(running, await finalDeposit(running, "c"));
    expect(tokensIn(await evidenceOf(running, ids[0] as string))).toEqual([]);
    expect(alpha.queries).toBe(2);
  });

  it.each([
    ["no longer names the authority", ["beta"]],
    ["names another key under the authority's name", ["alpha-2"]],
    ["names nobody", []],
  ])("makes evidence that verifies also under a trust file that %s", async (_, names) => {
    const alpha = await authority();
    const one = worldWith([alpha]);
    const running = await one.start(asking(alpha));
    const id = await finalDeposit(running, "a record");
    await stampedEvidence(running, id);
    const deposit = await running.store.findDeposit(id);
    if (deposit === undefined) throw new Error("no deposit");
    const timestampAuthoritiesOf = names.map((name) => (real.get(name) as TimestampAuthorityFiles).rootPem);
    const file = JSON.parse(Buffer.from(one.consortium).toString()) as object;
    const changed = utf8(JSON.stringify({ ...file, timestampAuthorities: timestampAuthoritiesOf }));
    const trusted = parseConsortium(changed);
    const settings = { classes: depositorClasses(trusted), batchProofs: createBatchProofs(running.ports) };
    const made = await makeEvidence(running.ports, { ...settings, consortium: trusted }, deposit, "final");
    expect(reportOf(made.evidence, changed).verdict).toBe("verified");
    expect(made.asOf.timestamps).toBe(1);
    expect(tokensIn(made.evidence)).toHaveLength(names.length === 0 ? 1 : 0);
  });

  it("takes up a smaller size that becomes final later, and a restart finds it too", async () => {
    const alpha = await authority();
    const one = worldWith([alpha]);
    for (const witness of one.witnesses.values()) witness.hold();
    const running = await one.start(asking(alpha));
    const bank = await running.principal("bank-a");
    for (const treeSize of [1, 2, 3]) {
      await running.notary.deposit(bank, requestOf(`record ${treeSize}`));
      await eventually("on the ledger", async () => (await running.store.findCheckpoint(treeSize)) !== undefined || undefined); // prettier-ignore
    }
    const { store } = running;
    const makeFinal = (depositorClass: string, treeSize: number) =>
      store.cosign({ treeSize, depositorClasses: [] }, () => ({
        add: [],
        met: [{ depositorClass, treeSize, finalAtMs: 1, sealedUpToMs: Infinity }],
      }));
    const { ports } = running;
    const timestamping = await startTimestamping(
      { ...ports, timestampAuthorities: [alpha] },
      {
        consortium: parseConsortium(one.consortium),
        timeoutMs: 2000,
        toleranceMs: 60_000,
        certificateWaitMs: 5000,
      },
    );
    undo.push(() => timestamping.close());
    const stamped = (treeSize: number) =>
      eventually(`a token of ${treeSize}`, async () => (await store.timestamps(treeSize))[0]);
    await makeFinal("", 3);
    timestamping.look(3);
    await stamped(3);
    await makeFinal("bank-a", 2);
    timestamping.look(2);
    await stamped(2);
    await makeFinal("court-east", 1);
    await timestamping.close();
    await alpha.stop();
    await alpha.start();
    const again = await startTimestamping(
      { ...ports, timestampAuthorities: [alpha] },
      {
        consortium: parseConsortium(one.consortium),
        timeoutMs: 2000,
        toleranceMs: 60_000,
        certificateWaitMs: 5000,
      },
    );
    undo.push(() => again.close());
    await stamped(1);
  });

  it("keeps nothing of an authority that the trust file does not name, and says so", async () => {
    const [alpha, beta] = [await authority("alpha"), await authority("beta")];
    const one = worldWith([alpha]);
    const running = await one.start(asking(beta));
    const id = await finalDeposit(running, "a record");
    const told = await eventually("told", () => one.logged.find(({ message }) => message === "no timestamp"));
    expect(told.fields).toMatchObject({ authority: "beta", failures: 1 });
    expect(String((told.fields as { err: Error }).err)).toContain("the trust file names no authority of");
    expect(tokensIn(await evidenceOf(running, id))).toEqual([]);
  });

  async function stamper(
    authorities: readonly TimestampAuthority[],
    settings: Partial<NotarySettings["timestamps"]> = {},
  ): Promise<Timestamping> {
    const trusted = authorities.filter((one) => one instanceof Authority);
    const one = worldWith(trusted);
    const { ports } = await one.start();
    const timestamping = await startTimestamping(
      { ...ports, timestampAuthorities: authorities },
      {
        consortium: parseConsortium(one.consortium),
        timeoutMs: 2000,
        toleranceMs: 60_000,
        certificateWaitMs: 5000,
        ...settings,
      },
    );
    undo.push(() => timestamping.close());
    return timestamping;
  }
  const MESSAGE = utf8("a signature value");

  it("stamps what somebody waits for, also several at one time", async () => {
    const { stamp, states } = await stamper([await authority()]);
    const stamped = await Promise.all([1, 2, 3].map(() => stamp(MESSAGE, { waitMs: 5000 })));
    expect(stamped.map((token) => token?.authority)).toEqual(Array(3).fill("Example alpha"));
    expect(await states()).toMatchObject([{ name: "alpha", alive: true, failures: 0, pending: 0 }]);
  });

  it("gives nothing without authorities, and with none that is alive at once", async () => {
    expect(await (await stamper([])).stamp(MESSAGE, { waitMs: 5000 })).toBeUndefined();
    const alpha = await authority();
    const { stamp, states } = await stamper([alpha]);
    await alpha.stop();
    const begun = performance.now();
    expect(await stamp(MESSAGE, { waitMs: 60_000 })).toBeUndefined();
    expect(await stamp(MESSAGE, { waitMs: 60_000 })).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(await states()).toMatchObject([{ alive: false }]);
    await alpha.start();
    // It comes back by the background's probes, without anybody waiting.
    await eventually("alive", async () => (await states())[0]?.alive || undefined);
    expect(await stamp(MESSAGE, { waitMs: 5000 })).toBeDefined();
  });

  it("waits no longer than it may for one that hangs, once, and takes the other's token", async () => {
    const alpha = await authority();
    const { stamp, states } = await stamper([hanging, alpha], { timeoutMs: 60_000 });
    const timed = async () => {
      const begun = performance.now();
      const token = await stamp(MESSAGE, { waitMs: 2000 });
      return { token: token?.authority, ms: performance.now() - begun };
    };
    const first = await timed();
    expect(first.token).toBe("Example alpha");
    expect(first.ms).toBeGreaterThan(900);
    expect(first.ms).toBeLessThan(2000);
    const second = await timed();
    expect(second.token).toBe("Example alpha");
    expect(second.ms).toBeLessThan(900);
    expect((await states()).map(({ alive }) => alive)).toEqual([false, true]);
    const alone = await stamper([hanging], { timeoutMs: 60_000 });
    const begun = performance.now();
    expect(await alone.stamp(MESSAGE, { waitMs: 200 })).toBeUndefined();
    expect(await alone.stamp(MESSAGE, { waitMs: 60_000 })).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
