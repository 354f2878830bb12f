/**
 * One worker and two processes that answer requests on a MongoDB store, under load on chains and idempotency keys, while the
 * worker is killed and stopped, and one of the others too: deposits go on meanwhile, recorded by those that answer, and
 * nothing is lost, doubled or forked when a worker leads again.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Connection, createConnection } from "mongoose";
import { randomOfThisRun, tell } from "../../scripts/random.js";
import { type Depositors, faultsOfRefs, NO_FAULTS_OF_REFS, startDepositors } from "../crash/depositors.js";
import { APIS, type House, openHouse, startNodes } from "../crash/house.js";
import { isLate, type Kept, keptPromises } from "../crash/promises.js";
import { statementOf } from "../crash/stored-ledger.js";
import { eventually } from "../story/eventually.js";
import { type SampleService, sampleServices } from "../story/sample-service.js";

interface Row {
  readonly id: string;
  readonly seq: number;
  readonly statement: { readonly buffer: Uint8Array };
}

const random = randomOfThisRun();
const prepare = sampleServices();
let service: SampleService;
let house: House;
let depositors: Depositors;
let database: Connection;
let kept: readonly Kept[];
/** How many were answered while the worker was away, of each time that it was. */
const meanwhile: number[] = [];
/** What each process that answers said of itself then. */
const readiness: Awaited<ReturnType<typeof readinessAt>>[] = [];

async function readinessAt(url: string) {
  const ready = await fetch(`${url}/readyz`);
  const { impairments = [] } = (await ready.json()) as { impairments?: { code: string }[] };
  return { status: ready.status, impairments: impairments.map(({ code }) => code) };
}

/** How many are answered from two and a half seconds after `strike` until it has been undone: no worker leads then. */
async function away(strike: () => Promise<void> | void, undo: () => Promise<void> | void): Promise<void> {
  for (const url of house.urls)
    await eventually("the worker is asked", async () => {
      const { impairments } = await readinessAt(url).catch(() => ({ impairments: ["not there"] }));
      return impairments.length === 0 || undefined;
    });
  await depositors.answered(10);
  await strike();
  await delay(2500);
  const before = depositors.answers.length;
  await delay(4000);
  meanwhile.push(depositors.answers.length - before);
  for (const url of house.urls) readiness.push(await readinessAt(url));
  await undo();
  await depositors.answered(10);
}

beforeAll(async () => {
  service = await prepare({ sealing: { afterMs: 100, promiseMs: 60_000, maxBatchSize: 64 } });
  const { store } = JSON.parse(readFileSync(service.sample.notaryConfig, "utf8")) as { store: string };
  database = await createConnection(store).asPromise();
  await startNodes(service);
  house = await openHouse(service);
  await house.start("worker-a");
  for (const name of APIS) await house.start(name);
  await service.register();
  const begin = async () =>
    (await service.deposit({ begins: "a chain" }, { chain: {} })).json.statement.chain.id;
  const chains = [await begin(), await begin()] as const;
  const own = random.fork();
  depositors = startDepositors(
    { call: (target, sent) => house.call(target, sent, own) },
    random.fork(),
    chains,
  );
  await away(
    () => house.running("worker-a").stop("SIGKILL"),
    () => house.start("worker-a"),
  );
  await away(
    () => void process.kill(house.running("worker-a").pid, "SIGSTOP"),
    () => void process.kill(house.running("worker-a").pid, "SIGCONT"),
  );
  // Whoever records meanwhile is stopped in the middle of it as well.
  await away(
    async () => {
      await house.running("worker-a").stop("SIGKILL");
      await delay(2500);
      process.kill(house.running("api-a").pid, "SIGSTOP");
      await delay(1000);
      process.kill(house.running("api-a").pid, "SIGCONT");
    },
    () => house.start("worker-a"),
  );
  await depositors.end();
  kept = await keptPromises(service, depositors.answers);
  const { answers, unanswered } = depositors;
  tell(
    `worker away on MongoDB (seed ${random.seed}): ${answers.length} deposits answered, ${meanwhile.join(", ")} of them without ` +
      `a worker, ${unanswered.length} cut off, ${answers.filter(({ replayed }) => replayed).length} answered when asked again`,
  );
}, 300_000);

afterAll(async () => {
  depositors?.abandon();
  await house?.end();
  await database?.close(true);
}, 30_000);

describe("deposits while the worker is away", () => {
  it("are taken by whoever answers, each time, and say so in its log", () => {
    expect(meanwhile).toHaveLength(3);
    for (const count of meanwhile) expect(count).toBeGreaterThan(5);
    for (const name of APIS)
      expect(readFileSync(join(service.data, "notary", `${name}.jsonl`), "utf8")).toContain(
        "this process records deposits itself",
      );
    expect(readiness).toEqual(Array(6).fill({ status: 200, impairments: ["worker-away-recording"] }));
    expect(depositors.refusals.map(({ status, text }) => `${status} ${text}`)).toEqual([]);
  });

  it("are final when a worker leads again, sealed by the time that their receipts say", () => {
    expect(kept.map(({ promised }) => promised.id)).toEqual(depositors.answers.map(({ id }) => id));
    expect(
      kept.filter(isLate).map(({ receipt, evidence }) => [receipt.sealBy, evidence.batch.sealedAt]),
    ).toEqual([]);
  });

  it("are each there once, with no gap, no fork, and none that nobody asked for", async () => {
    const steps = await database.collection<{ deposits?: Row[] }>("deposits").find().toArray();
    const rows = steps.flatMap(({ deposits = [] }) => deposits).sort((a, b) => a.seq - b.seq);
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    const statements = rows.map(({ statement }) => statementOf(new Uint8Array(statement.buffer)));
    const places = statements.flatMap(({ chain }) => (chain ? [`${chain.id} ${chain.sequence}`] : []));
    expect(new Set(places).size).toBe(places.length);
    expect(places.length).toBeGreaterThan(20);
    expect(depositors.answers.filter(({ request }) => request.hasKey).length).toBeGreaterThan(10);
    expect(
      faultsOfRefs(
        statements.map(({ clientRef }) => clientRef),
        depositors,
      ),
    ).toEqual(NO_FAULTS_OF_REFS);
  });
});
