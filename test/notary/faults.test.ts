/**
 * A table of faults at the store: each call of the way of a deposit fails once, or fails after it took effect, or is
 * the last thing that the process does. The client does what clients do: it asks again with its idempotency key.
 * Whatever happens, a receipt that was given ends in evidence that verifies, and no deposit is there twice.
 */
import { describe, expect, it } from "@jest/globals";
import { parseEvidence } from "../../src/core/evidence/evidence.js";
import { verifyEvidence } from "../../src/core/verify/verify-evidence.js";
import { type DepositResult, LOCAL_OPERATOR, type Principal } from "../../src/notary/model/model.js";
import { StorageFullError } from "../../src/notary/ports/host.js";
import type { Store } from "../../src/notary/ports/ports.js";
import { Refusal } from "../../src/notary/model/refusal.js";
import { isOnMongo } from "./open-store.js";
import { requestOf, type Running, type World, WITNESSES, worlds } from "./world.js";

const world = worlds();

type Method = Exclude<keyof Store, "close">;
const FAULTS = ["failed", "failed after it took effect"] as const;
const CALLS: readonly (readonly [Method, number])[] = [
  ["record", 1],
  ["record", 3],
  ["unsealedDeposits", 2],
  ["sealBatch", 1],
  ["unledgeredBatches", 2],
  ["tiles", 1],
  ["advanceLedger", 2],
  ["cosign", 1],
  ["cosign", 3],
];
const CASES = CALLS.flatMap(([method, nth]) => FAULTS.map((fault) => ({ method, nth, fault })));

/** The store, but for the `nth` call of `method`; with `crash`, nothing works after it either. */
function faulty(
  store: Store,
  {
    method,
    nth,
    fault,
    crash,
    error,
  }: { method: Method; nth: number; fault: (typeof FAULTS)[number]; crash: boolean; error?: Error },
): Store & { readonly happened: () => boolean } {
  let [calls, crashed, happened] = [0, false, false];
  const wrapped = Object.fromEntries(
    Object.entries(store).map(([name, call]) => [
      name,
      async (...args: unknown[]) => {
        if (crashed && name !== "close") throw new Error("the process is gone");
        const run = () => (call as (...args: unknown[]) => Promise<unknown>)(...args);
        if (name !== method || ++calls !== nth) return run();
        if (fault === "failed after it took effect") await run();
        happened = true;
        crashed = crash;
        throw error ?? new Error(fault);
      },
    ]),
  );
  return { ...(wrapped as unknown as Store), happened: () => happened };
}

/** Sooner than whoever waits gives up; a database that shares the machine with its tests is not measured. */
const PROMPT_MS = isOnMongo ? 9000 : 5000;

/** Asks until it has a receipt. */
async function persistently(
  notary: Running["notary"],
  by: Principal,
  content: string,
  chainId?: string,
): Promise<DepositResult> {
  const request = {
    ...requestOf(content, { chain: chainId === undefined ? {} : { id: chainId } }),
    idempotencyKey: { key: content, fingerprint: new Uint8Array(32) },
  };
  for (;;) {
    try {
      return await notary.deposit(by, request);
    } catch (error) {
      if (error instanceof Refusal && error.code !== "storage-full") throw error;
      if ((error as Error).message === "the process is gone") throw error;
    }
  }
}

async function expectAllFinal(
  { consortium }: World,
  { notary, store }: Running,
  by: Principal,
  results: readonly DepositResult[],
) {
  const chainId = results[0]?.statement.chain?.id as string;
  for (const { statement } of results) {
    const state = await notary.waitForFinality(statement.id, 15_000);
    expect(state.state).toBe("final");
    const evidence = await notary.evidence(by, statement.id);
    expect(verifyEvidence({ evidence, consortium }).verdict).toBe("verified");
    expect(parseEvidence(evidence).statement).toEqual(statement);
  }
  // Exactly once: the chain has each of them in its place, and nothing else was sealed.
  const { links, length } = await notary.chain(by, chainId);
  expect(length).toBe(results.length);
  expect(links.map(({ id }) => id)).toEqual(results.map(({ statement }) => statement.id));
  const newest = await store.newestCheckpoint();
  expect(newest?.lastSeq).toBe(results.length);
}

describe("a call that fails once", () => {
  it.each(CASES)("$method, call $nth, $fault", async (fault) => {
    const one = world();
    let store: ReturnType<typeof faulty> | undefined;
    const running = await one.start({
      ports: (ports) => ({ store: (store = faulty(ports.store, { ...fault, crash: false })) }),
    });
    const bank = await running.principal("bank-a");
    const results: DepositResult[] = [];
    for (const content of ["1", "2", "3"]) {
      results.push(await persistently(running.notary, bank, content, results[0]?.statement.chain?.id));
      // Nothing else comes to set things right: the notary finishes by itself, and tells who waits.
      const since = performance.now();
      await running.notary.waitForFinality(results.at(-1)?.statement.id as string, 10_000);
      expect(performance.now() - since).toBeLessThan(PROMPT_MS);
    }
    await expectAllFinal(one, running, bank, results);
    expect(store?.happened()).toBe(true);
  });
});

describe("a call that is the last thing the process does", () => {
  it.each(CASES)("$method, call $nth, $fault", async (fault) => {
    const one = world();
    let store: ReturnType<typeof faulty> | undefined;
    let bank: Principal | undefined;
    const results: DepositResult[] = [];
    const ask = async (running: Running) => {
      bank ??= await running.principal("bank-a");
      while (results.length < 3) {
        const content = `${results.length + 1}`;
        results.push(await persistently(running.notary, bank, content, results[0]?.statement.chain?.id));
        await running.notary.waitForFinality(results.at(-1)?.statement.id as string, 200);
      }
      return bank;
    };
    // It may die while it starts.
    const before = await one
      .start({ ports: (ports) => ({ store: (store = faulty(ports.store, { ...fault, crash: true })) }) })
      .catch(() => undefined);
    if (before) await ask(before).catch(() => undefined);
    await before?.stop();
    const given = [...results];

    const after = await one.start();
    const by = await ask(after);
    await expectAllFinal(one, after, by, results);
    // What was promised before the crash is what is there after it.
    for (const [i, result] of given.entries()) {
      const again = await persistently(
        after.notary,
        by,
        `${i + 1}`,
        i === 0 ? undefined : results[0]?.statement.chain?.id,
      );
      expect(again).toEqual({ ...result, replayed: true });
    }
    expect(store?.happened()).toBe(true);
  });
});

describe("a full disk", () => {
  it.each(["record", "sealBatch", "advanceLedger", "cosign"] as const)(
    "at %s loses nothing",
    async (method) => {
      const one = world();
      const running = await one.start({
        ports: (ports) => ({
          store: faulty(ports.store, {
            method,
            nth: method === "advanceLedger" ? 2 : 1,
            fault: "failed",
            crash: false,
            error: new StorageFullError("no room"),
          }),
        }),
      });
      const bank = await running.principal("bank-a");
      const chained = requestOf("1", { chain: {} });
      if (method === "record")
        await expect(running.notary.deposit(bank, chained)).rejects.toMatchObject({
          code: "storage-full",
          detail: { retryAfterSeconds: 60 },
        });
      const result = await running.notary.deposit(bank, chained);
      await expectAllFinal(one, running, bank, [result]);
    },
  );
});

describe("a full disk, for an operator", () => {
  it.each(["putOrganisation", "insertApiKey", "revokeApiKey"] as const)("refuses at %s", async (method) => {
    const { notary } = await world().start({
      ports: (ports) => ({
        store: faulty(ports.store, {
          method,
          nth: 2,
          fault: "failed",
          crash: false,
          error: new StorageFullError("no room"),
        }),
      }),
    });
    const change = async () => {
      await notary.putOrganisation(LOCAL_OPERATOR, { id: "bank-z", name: "示例银行" });
      const request = { organisationId: "bank-z", role: "reader" } as const;
      const { key } = await notary.createApiKey(LOCAL_OPERATOR, request);
      await notary.revokeApiKey(LOCAL_OPERATOR, key.id);
    };
    await change();
    await expect(change()).rejects.toMatchObject({ code: "storage-full" });
    await change();
  });
});

describe("witnesses' answers", () => {
  it.each(WITNESSES)("of %s, lost on the way, are asked for again", async (name) => {
    const one = world({ quorum: { total: 5, roles: {}, mirrorsOnly: false } });
    const running = await one.start();
    one.witness(name).lostAnswers = 1;
    const stranger = await running.principal("stranger");
    const result = await running.notary.deposit(stranger, requestOf("1", { chain: {} }));
    await expectAllFinal(one, running, stranger, [result]);
  });
});

describe("the end of the process", () => {
  it("answers what was asked, and refuses what comes later", async () => {
    const one = world();
    const running = await one.start();
    const bank = await running.principal("bank-a");
    const asked = Promise.all(["1", "2"].map((content) => running.notary.deposit(bank, requestOf(content))));
    const closed = running.notary.close();
    const results = await asked;
    await closed;
    await expect(running.notary.deposit(bank, requestOf("3"))).rejects.toMatchObject({ code: "stopping" });
    await running.stop();
    const after = await one.start();
    for (const { statement } of results)
      expect((await after.notary.waitForFinality(statement.id, 8000)).state).toBe("final");
  });

  it("before any witness answered leaves a checkpoint that is cosigned after the next start", async () => {
    const one = world();
    const before = await one.start();
    const bank = await before.principal("bank-a");
    for (const name of WITNESSES) one.witness(name).hold();
    const { statement } = await before.notary.deposit(bank, requestOf("1"));
    await before.notary.waitForFinality(statement.id, 100);
    expect((await before.notary.depositState(statement.id)).state).toBe("sealed");
    await before.stop();
    for (const name of WITNESSES) one.witness(name).gate = Promise.resolve();
    const after = await one.start();
    const state = await after.notary.waitForFinality(statement.id, 8000);
    expect(state).toMatchObject({ state: "final", ledger: { index: 0, treeSize: 1 } });
    await after.stop();
    // Finality is durable: it is the same without any witness.
    for (const name of WITNESSES) one.witness(name).failure = new Error("gone");
    one.clock.nowMs += 60_000;
    const third = await one.start();
    expect(await third.notary.depositState(statement.id)).toEqual(state);
    expect(await third.notary.waitForFinality(statement.id, 8000)).toEqual(state);
  });
});
