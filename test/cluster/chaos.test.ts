/**
 * The whole cluster under load on chains and idempotency keys, while processes, members of the replica set, the queue and nodes
 * are killed, stopped, cut off and emptied at random: each receipt ends in exactly one final deposit whose evidence verifies,
 * chains have no gap and no fork, the ledger is one for every node, nothing is sealed twice, revoked keys are refused by
 * everybody within two seconds, and a killed primary holds up receipts for less than ten.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Connection, createConnection } from "mongoose";
import { DEPOSITOR } from "../../scripts/quickstart/sample-consortium.js";
import { randomOfThisRun, tell } from "../../scripts/random.js";
import { openCheckpoint } from "../../src/core/ledger/checkpoint.js";
import { type Depositors, faultsOfRefs, NO_FAULTS_OF_REFS, startDepositors } from "../crash/depositors.js";
import { isLate, type Kept, keptPromises } from "../crash/promises.js";
import { statementOf } from "../crash/stored-ledger.js";
import { type Answer, call } from "../http/client.js";
import { runsOfLongProof } from "../long-proof.js";
import { eventually, inParallel } from "../story/eventually.js";
import { ORGANISATION_IDS, sampleServices } from "../story/sample-service.js";
import { type Blow, type Cluster, openCluster } from "./cluster.js";

interface Row {
  readonly seq: number;
  readonly id: string;
  readonly statement: { readonly buffer: Uint8Array };
}

interface Batch {
  readonly _id: number;
  readonly lastSeq: number;
}

const { numRuns: BLOWS } = runsOfLongProof("blows at a cluster", { part: 8, whole: 120 });
/** A killed primary holds up receipts no longer. */
const LONGEST_OUTAGE_MS = 10_000;
const REVOKED_WITHIN_MS = 2000;

const random = randomOfThisRun();
const prepare = sampleServices();
let cluster: Cluster;
let depositors: Depositors;
let database: Connection;
let kept: readonly Kept[];
const blows: Blow[] = [];
/** When each receipt came. */
const answeredMs: number[] = [];
/** By the process that was asked. */
const shown = new Map<string, number[]>();
/** Answers that a revoked key had, two seconds after. */
const afterRevocation: number[] = [];

beforeAll(async () => {
  cluster = await openCluster(prepare, process.env["CUNZHENG_TEST_MONGOD"] ?? "mongod");
  const { service, house, store } = cluster;
  database = await createConnection(store).asPromise();
  const begin = async () =>
    (await service.deposit({ begins: "a chain" }, { chain: {} })).json.statement.chain.id;
  const chains = [await begin(), await begin()] as const;
  const own = random.fork();
  depositors = startDepositors(
    {
      call: async (target, sent) => {
        const answer = await house.call(target, sent, own);
        if (answer.status === 201) answeredMs.push(performance.now());
        return answer;
      },
    },
    random.fork(),
    chains,
  );
  let isEnding = false;
  const watching = Promise.all([
    ...house.urls.map((url) => follow(url, () => isEnding)),
    revokeNowAndThen(() => isEnding),
  ]);
  const begunMs = performance.now();
  for (let i = 0; i < BLOWS; i++) {
    await depositors.answered(random.between(1, 20));
    blows.push(await cluster.strike(random));
  }
  const lastedMs = performance.now() - begunMs;
  isEnding = true;
  await watching;
  await depositors.end();
  kept = await keptPromises(service, depositors.answers);
  const { answers, unanswered } = depositors;
  const counted = new Map<string, number>();
  for (const { to, kind } of blows) counted.set(`${to} ${kind}`, (counted.get(`${to} ${kind}`) ?? 0) + 1);
  tell(
    `${blows.length} blows in ${Math.round(lastedMs / 1000)} s (seed ${random.seed}): ` +
      `${[...counted].map(([what, times]) => `${what} ${times}`).join(", ")}`,
  );
  tell(
    `${answers.length} deposits answered, ${unanswered.length} cut off, ${answers.filter(({ replayed }) => replayed).length} ` +
      `answered when asked again, sealed late ${kept.filter(isLate).length}, ${afterRevocation.length} questions with revoked keys; ` +
      `longest without a receipt after a killed primary ${
        outages()
          .map((ms) => `${Math.round(ms)} ms`)
          .join(", ") || "-"
      }, ` +
      `at all ${Math.round(longestGap(0, Infinity))} ms`,
  );
}, 3_600_000);

afterAll(async () => {
  depositors?.abandon();
  await database?.close(true);
  await cluster?.end();
}, 60_000);

/** Asks one process for the checkpoint again and again, each time when the answer before has come. */
async function follow(url: string, isEnding: () => boolean): Promise<void> {
  const sizes: number[] = [];
  shown.set(url, sizes);
  while (!isEnding()) {
    const text = await fetch(`${url}/ledger/checkpoint`, { signal: AbortSignal.timeout(2000) })
      .then((answer) => (answer.ok ? answer.text() : undefined))
      .catch(() => undefined);
    if (text !== undefined) sizes.push(openCheckpoint(text, cluster.service.consortium.log.vkeys).treeSize);
    await delay(50);
  }
}

/** Makes a key, revokes it, and asks everybody with it two seconds after that was answered. */
async function revokeNowAndThen(isEnding: () => boolean): Promise<void> {
  const { service, house } = cluster;
  const own = random.fork();
  const key = service.keys.operator;
  const settled = async (target: string, body?: object): Promise<Answer> => {
    for (;;) {
      const answer = await house.call(target, { key, ...(body && { body }) }, own).catch(() => undefined);
      if (answer !== undefined) return answer;
      await delay(200);
    }
  };
  while (!isEnding()) {
    const made = await settled("POST /v1/api-keys", { organisationId: DEPOSITOR, role: "reader" });
    const { token } = made.json as { token: string };
    const id = depositors.answers[0]?.id ?? "none";
    const ask = (url: string) =>
      call({ url }, `GET /v1/deposits/${id}/evidence`, {
        ...{ key: token, signal: AbortSignal.timeout(3000) },
      }).then(
        ({ status }) => status,
        () => 0,
      );
    // Everybody has seen it: what is known of it may be remembered.
    await Promise.all(house.urls.map(ask));
    await settled(`DELETE /v1/api-keys/${/^cz_([0-9A-Z]{26})_/.exec(token)?.[1]}`);
    await delay(REVOKED_WITHIN_MS);
    afterRevocation.push(...(await Promise.all(house.urls.map(ask))));
    await delay(own.between(0, 1000));
  }
}

/** The longest time between two receipts, one of which came in this time. */
function longestGap(fromMs: number, toMs: number): number {
  const gaps = answeredMs.slice(1).map((ms, i) => ({ ms, sinceMs: answeredMs[i] as number }));
  return gaps
    .filter(({ ms, sinceMs }) => ms >= fromMs && sinceMs <= toMs)
    .reduce((longest, { ms, sinceMs }) => Math.max(longest, ms - sinceMs), 0);
}

const outages = (): readonly number[] =>
  blows
    .filter(({ to, kind }) => to === "primary" && kind === "killed")
    .map(({ atMs, forMs }) => longestGap(atMs, atMs + forMs));

describe("a cluster whose parts die, stand still and can't be reached", () => {
  it("was hit while it worked, and refused nothing for good", () => {
    expect(blows).toHaveLength(BLOWS);
    expect(depositors.answers.length).toBeGreaterThan(BLOWS);
    expect(depositors.refusals.map(({ status, text }) => `${status} ${text}`)).toEqual([]);
  });

  it("keeps the promise of every receipt: final, and verified by the public verifier", () => {
    expect(kept.map(({ promised }) => promised.id)).toEqual(depositors.answers.map(({ id }) => id));
    expect(kept.filter(isLate).map(({ receipt }) => receipt.sealBy)).toEqual([]);
  });

  it("goes on giving receipts within ten seconds when its primary is killed", () => {
    expect(outages().filter((ms) => ms > LONGEST_OUTAGE_MS)).toEqual([]);
  });

  it("shows no smaller checkpoint than before, at any of its processes", () => {
    for (const sizes of shown.values()) {
      expect(sizes.length).toBeGreaterThan(BLOWS);
      expect(sizes.filter((size, i) => size < (sizes[i - 1] ?? 0))).toEqual([]);
    }
  });

  it("refuses a revoked key everywhere within two seconds", () => {
    expect(afterRevocation.length).toBeGreaterThan(0);
    expect(afterRevocation).toContain(401);
    expect(afterRevocation.filter((status) => status >= 200 && status < 300)).toEqual([]);
  });

  it("is one ledger for each of the nodes", async () => {
    const states = await inParallel(ORGANISATION_IDS, 5, (id) =>
      eventually(`the node of ${id} answers`, () => cluster.service.nodeStatus(id).catch(() => undefined)),
    );
    expect(states.map(({ misconducts }) => misconducts)).toEqual(states.map(() => 0));
  });

  it("holds each answered deposit once, in chains without gap or fork, and none that nobody asked for", async () => {
    const steps = await database.collection<{ deposits?: Row[] }>("deposits").find().toArray();
    const rows = steps.flatMap(({ deposits = [] }) => deposits).sort((a, b) => a.seq - b.seq);
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    const statements = rows.map(({ statement }) => statementOf(new Uint8Array(statement.buffer)));
    const chains = new Map<string, number[]>();
    for (const { chain } of statements)
      if (chain) chains.set(chain.id, [...(chains.get(chain.id) ?? []), chain.sequence]);
    expect(chains.size).toBe(2);
    for (const places of chains.values()) expect(places).toEqual(places.map((_, i) => i + 1));
    expect(
      faultsOfRefs(
        statements.map(({ clientRef }) => clientRef),
        depositors,
      ),
    ).toEqual(NO_FAULTS_OF_REFS);
  });

  it("seals each deposit in one batch, and each batch is one entry of the ledger", async () => {
    const batches = await database.collection<Batch>("batches").find().sort({ _id: 1 }).toArray();
    expect(batches.map(({ _id }) => _id)).toEqual(batches.map((_, i) => (batches[i - 1]?.lastSeq ?? 0) + 1));
    const entries = await database
      .collection<{ _id: number; batch?: { firstSeq: number } }>("ledgerEntries")
      .find()
      .sort({ _id: 1 })
      .toArray();
    expect(entries.map(({ _id }) => _id)).toEqual(entries.map((_, i) => i));
    expect(entries.map(({ batch }) => batch?.firstSeq)).toEqual(batches.map(({ _id }) => _id));
  });
});
