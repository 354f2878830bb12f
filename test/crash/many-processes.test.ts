/**
 * Two processes that answer requests and two workers on one data folder, under load on chains and idempotency keys, while
 * each of them is killed and stopped at random moments: nothing is lost, doubled or forked; waits for finality end wherever
 * they were begun; the checkpoint that is served never goes back, whoever is asked; a key that is revoked in one process is
 * refused in all within two seconds.
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { DEPOSITOR } from "../../scripts/quickstart/sample-consortium.js";
import { randomOfThisRun, tell } from "../../scripts/random.js";
import { openCheckpoint } from "../../src/core/ledger/checkpoint.js";
import { call } from "../http/client.js";
import { runsOfLongProof } from "../long-proof.js";
import { eventually, inParallel } from "../story/eventually.js";
import { ORGANISATION_IDS, type SampleService, sampleServices } from "../story/sample-service.js";
import { type Depositors, faultsOfRefs, NO_FAULTS_OF_REFS, startDepositors } from "./depositors.js";
import {
  APIS,
  type Blow,
  type House,
  openHouse,
  startNodes,
  strike,
  waitEverywhere,
  WORKERS,
} from "./house.js";
import { isLate, type Kept, keptPromises } from "./promises.js";
import { faultsOf, readStoredLedger, statementOf } from "./stored-ledger.js";

const { numRuns: BLOWS } = runsOfLongProof("blows at processes of one data folder", { part: 12, whole: 100 });
const random = randomOfThisRun();
const prepare = sampleServices();
let service: SampleService;
let house: House;
let depositors: Depositors;
const blows: Blow[] = [];
const shownSizes: number[] = [];
let kept: readonly Kept[];

beforeAll(async () => {
  service = await prepare({ sealing: { afterMs: 100, promiseMs: 30_000, maxBatchSize: 64 } });
  await startNodes(service);
  house = await openHouse(service);
  for (const name of [...WORKERS, ...APIS]) await house.start(name);
  await service.register();
  const begin = async () =>
    (await service.deposit({ begins: "a chain" }, { chain: {} })).json.statement.chain.id;
  const [shared, owned] = [await begin(), await begin()];
  const own = random.fork();
  depositors = startDepositors({ call: (target, sent) => house.call(target, sent, own) }, random.fork(), [
    shared,
    owned,
  ]);
  const following = follow();
  for (let i = 0; i < BLOWS; i++) {
    await depositors.answered(random.between(1, 20));
    blows.push(await strike(house, random));
  }
  await depositors.end();
  following.end();
  await following.ended;
  kept = await keptPromises(service, depositors.answers);
  const { answers, unanswered } = depositors;
  const hit = [...APIS, ...WORKERS].map(
    (name) =>
      `${name} ${blows.filter((blow) => blow.name === name && blow.kind === "killed").length} killed, ` +
      `${blows.filter((blow) => blow.name === name && blow.kind === "stopped").length} stopped`,
  );
  tell(
    `${hit.join("; ")} (seed ${random.seed}): ${answers.length} deposits answered, ${unanswered.length} cut off, ` +
      `${answers.filter(({ replayed }) => replayed).length} answered when asked again, ` +
      `${shownSizes.length} checkpoints seen, receipts sealed late ${kept.filter(isLate).length}`,
  );
}, 1_200_000);

afterAll(async () => {
  depositors.abandon();
  await house.end();
}, 30_000);

/** Asks both in turn for the checkpoint, each question after the answer to the one before. */
function follow() {
  let isEnding = false;
  const own = random.fork();
  const ended = (async () => {
    while (!isEnding) {
      const url = house.urls[own.between(0, 1)] ?? "";
      const text = await fetch(`${url}/ledger/checkpoint`, { signal: AbortSignal.timeout(2000) })
        .then((answer) => (answer.ok ? answer.text() : undefined))
        .catch(() => undefined);
      if (text !== undefined) shownSizes.push(openCheckpoint(text, service.consortium.log.vkeys).treeSize);
      await delay(20);
    }
  })();
  return { end: () => (isEnding = true), ended };
}

describe("several processes on one data folder, killed and stopped under load", () => {
  it("were hit while they worked, and refused nothing for good", () => {
    expect(blows).toHaveLength(BLOWS);
    expect(depositors.answers.length).toBeGreaterThan(BLOWS);
    expect(depositors.refusals.map(({ status, text }) => `${status} ${text}`)).toEqual([]);
  });

  it("keep the promise of every receipt: final, and verified by the public verifier", () => {
    expect(kept.map(({ promised }) => promised.id)).toEqual(depositors.answers.map(({ id }) => id));
  });

  it("never show a smaller checkpoint than before, whichever is asked", () => {
    expect(shownSizes.length).toBeGreaterThan(BLOWS);
    expect(shownSizes.filter((size, i) => size < (shownSizes[i - 1] ?? 0))).toEqual([]);
  });

  it("end a wait for finality wherever it was begun", async () => {
    expect(await waitEverywhere(house, service)).toEqual([200, 200]);
  });

  it("refuse a revoked key everywhere within two seconds", async () => {
    const [a = "", b = ""] = house.urls;
    const operator = service.keys.operator;
    const body = { organisationId: DEPOSITOR, role: "reader" };
    const made = await call({ url: a }, "POST /v1/api-keys", { key: operator, body });
    const { token, id } = made.json as { token: string; id: string };
    const statusAt = async (url: string) =>
      (await call({ url }, `GET /v1/deposits/${depositors.answers[0]?.id}/evidence`, { key: token })).status;
    for (const url of [a, b]) expect(await statusAt(url)).toBe(200);
    const keyId = id ?? /^cz_([0-9A-Z]{26})_/.exec(token)?.[1];
    const revoked = await call({ url: a }, `DELETE /v1/api-keys/${keyId}`, { key: operator });
    expect(revoked.status).toBeLessThan(300);
    const begunMs = performance.now();
    expect(await statusAt(a)).toBe(401);
    await eventually("the other process refuses it", async () =>
      (await statusAt(b)) === 401 ? true : undefined,
    );
    expect(performance.now() - begunMs).toBeLessThan(2000);
  });

  it("are one ledger for each of the witnesses", async () => {
    const states = await inParallel(ORGANISATION_IDS, 5, (id) => service.nodeStatus(id));
    expect(states.map(({ misconducts }) => misconducts)).toEqual(states.map(() => 0));
  });
});

describe("what is left on the disk", () => {
  it("contradicts itself nowhere, and holds each answered deposit once, and none that nobody asked for", async () => {
    await house.end();
    const stored = readStoredLedger(join(service.data, "notary"), DEPOSITOR);
    expect(faultsOf(stored, service.consortium)).toEqual([]);
    const refs = stored.deposits.map(({ statement }) => statementOf(statement).clientRef);
    expect(faultsOfRefs(refs, depositors)).toEqual(NO_FAULTS_OF_REFS);
  });
});
