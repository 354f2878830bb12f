/**
 * A notary killed under load, again and again, loses no receipt and keeps every promise once. Six operating-system
 * processes; `kill -9` of the notary at random moments while eleven depositors go on. Then, after the last restart:
 *
 * - whatever was answered 201 ends in evidence that the public verifier accepts offline, in one place of one batch;
 * - a request asked again under its idempotency key is the same deposit, however often it was cut off;
 * - chains have no gap, retained originals are there byte for byte and nothing else is;
 * - the ledger that each of the five witnesses holds is the notary's, and none has seen a second branch.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { DEPOSITOR } from "../../scripts/quickstart/sample-consortium.js";
import { equalBytes } from "../../src/core/bytes.js";
import { openCheckpoint } from "../../src/core/ledger/checkpoint.js";
import { hashLeaf } from "../../src/core/merkle/hash.js";
import { rootOfLeaves } from "../../src/core/merkle/tree.js";
import { eventually, inParallel } from "../story/eventually.js";
import { networkOff, verifyOffline } from "../story/offline-verifier.js";
import { randomOfThisRun, tell } from "../../scripts/random.js";
import { ORGANISATION_IDS, type SampleService, sampleServices } from "../story/sample-service.js";
import { type Depositors, startDepositors } from "./depositors.js";
import { type Kill, killAgainAndAgain, ROUNDS } from "./notary-kills.js";
import { isLate, type Kept, keptPromises } from "./promises.js";
import { entriesAt } from "./served-entries.js";
import { faultsOf, readStoredLedger, statementOf, type StoredLedger } from "./stored-ledger.js";

const random = randomOfThisRun();
const prepare = sampleServices();
let kills: readonly Kill[];
let service: SampleService;
let depositors: Depositors;
let kept: readonly Kept[];
let stored: StoredLedger;

beforeAll(async () => {
  service = await prepare({ sealing: { afterMs: 100, promiseMs: 10_000, maxBatchSize: 64 } });
  await service.start();
  const begin = async () =>
    (await service.deposit({ begins: "a chain" }, { chain: {} })).json.statement.chain.id;
  depositors = startDepositors(service, random.fork(), [await begin(), await begin()]);
  const done = await killAgainAndAgain(service, depositors, random);
  kills = done.kills;
  await service.startNotary();
  await depositors.end();
  kept = await keptPromises(service, depositors.answers);
  tellWhatWasDone(done.startings);
}, 400_000);

afterAll(() => depositors.abandon());

const folder = () => join(service.data, "notary");
const keyed = () => depositors.answers.filter(({ request }) => request.hasKey);

function tellWhatWasDone(startings: number): void {
  const { answers, unanswered } = depositors;
  const spread = (numbers: readonly number[]) => `${Math.min(...numbers)} to ${Math.max(...numbers)}`;
  const hit = (isHit: (left: Kill["left"]) => boolean) => kills.filter(({ left }) => isHit(left)).length;
  tell(
    `notary killed ${kills.length} times under load and ${startings} times while starting (seed ${random.seed}): ` +
      `${answers.length} deposits answered, ${unanswered.length} cut off, of those ` +
      `${answers.filter(({ replayed }) => replayed).length} had been committed and were answered when asked again; ` +
      `requests in flight at the kill ${spread(kills.map(({ inFlight }) => inFlight))}; ` +
      `left unsealed ${hit(({ unsealed }) => unsealed > 0)} times, sealed but not on the ledger ` +
      `${hit(({ unledgered }) => unledgered > 0)}, not final ${hit(({ unfinal }) => unfinal > 0)}; ` +
      `receipts sealed late: ${kept.filter(isLate).length}`,
  );
}

describe("a notary killed again and again under load", () => {
  it("was hit while it worked", () => {
    expect(kills).toHaveLength(ROUNDS);
    expect(kills.filter(({ inFlight }) => inFlight > 0).length).toBeGreaterThan(ROUNDS / 2);
    expect(kills.filter(({ left }) => left.unfinal > 0).length).toBeGreaterThan(ROUNDS / 4);
    expect(depositors.unanswered.length).toBeGreaterThan(ROUNDS);
    expect(depositors.refusals.map(({ status, text }) => `${status} ${text}`)).toEqual([]);
  });

  it("keeps the promise of every receipt: final, and verified by the public verifier", () => {
    expect(kept.map(({ promised }) => promised.id)).toEqual(depositors.answers.map(({ id }) => id));
  });

  it("has evidence that a court's own program verifies with the network off", async () => {
    const some = [kept[0], kept.at(kept.length / 2), kept.at(-1)].flatMap((one) => one ?? []);
    for (const [i, { bytes }] of some.entries()) {
      const file = join(service.data, `${i}.evidence.json`);
      writeFileSync(file, bytes);
      const args = [file, "--consortium", service.sample.consortiumFile];
      expect((await verifyOffline(networkOff() ?? [], args)).exitCode).toBe(0);
    }
  });

  it("seals in time, but for what a restart held up longer than was promised", () => {
    const unexplained = kept.filter(isLate).filter(({ evidence: { statement }, receipt }) => {
      const [from, to] = [Date.parse(statement.receivedAt), Date.parse(receipt.sealBy)];
      return !kills.some(({ atMs }) => atMs >= from && atMs <= to);
    });
    expect(unexplained).toEqual([]);
  });

  it("gives one deposit for one idempotency key, whenever it is asked again", async () => {
    const first = new Map(keyed().map((answer) => [answer.request.clientRef, answer]));
    // One answer a key: nobody asks again who has been answered.
    expect(first.size).toBe(keyed().length);
    const again = [...first.values()].filter((_, i) => i % 5 === 0);
    const answers = await inParallel(again, 8, ({ request }) =>
      service.call("POST /v1/deposits", request.sent),
    );
    expect(answers.map(({ status, json }) => ({ status, id: json.id, receipt: json.receipt }))).toEqual(
      again.map(({ id, receipt }) => ({ status: 201, id, receipt })),
    );
  });

  it("gives back every retained original byte for byte", async () => {
    const retained = keyed().filter(({ request }) => request.retained !== undefined);
    expect(retained.length).toBeGreaterThan(0);
    const digests = await inParallel(retained, 4, async ({ id }) => {
      const { status, bytes } = await service.call(`GET /v1/deposits/${id}/original`);
      return status === 200 ? digestOf(bytes) : status;
    });
    expect(digests).toEqual(retained.map(({ request }) => request.retained));
  });

  it("is one ledger for each of its witnesses", async () => {
    const { vkeys } = service.consortium.log;
    const { treeSize } = openCheckpoint(
      await (await fetch(`${service.url}/ledger/checkpoint`)).text(),
      vkeys,
    );
    const entries = await entriesAt(`${service.url}/ledger`, treeSize);
    await Promise.all(
      ORGANISATION_IDS.map(async (id) => {
        const { misconducts, originHash } = await eventually(
          `the node of ${id} has cosigned and copied it all`,
          async () => {
            const status = await service.nodeStatus(id);
            return status.cosignedSize === treeSize && status.copiedSize === treeSize ? status : undefined;
          },
        );
        expect(misconducts).toBe(0);
        const { rootHash } = openCheckpoint(await service.nodeCheckpoint(id), vkeys);
        expect(equalBytes(rootOfLeaves(entries.map(hashLeaf)), rootHash)).toBe(true);
        expect(await entriesAt(`${service.nodeUrl(id)}/${originHash}`, treeSize)).toEqual(entries);
      }),
    );
  }, 120_000);
});

describe("what is left on its disk", () => {
  beforeAll(async () => {
    await service.notary.stop();
    stored = readStoredLedger(folder(), DEPOSITOR);
  }, 30_000);

  it("contradicts itself nowhere: each deposit in one batch, each batch once on the ledger", () => {
    expect(faultsOf(stored, service.consortium)).toEqual([]);
  });

  it("holds each answered deposit where its evidence says, and none that nobody asked for", () => {
    const places = new Map(
      stored.batches.flatMap(({ id: batch, first_seq, last_seq }) =>
        stored.deposits
          .slice(first_seq - 1, last_seq)
          .map(({ id }, leafIndex) => [id, { batch, leafIndex }] as const),
      ),
    );
    for (const { evidence } of kept) {
      const { batch, inclusion, statement } = evidence;
      expect(places.get(statement.id)).toEqual({ batch: batch.id, leafIndex: inclusion.leafIndex });
    }
    const refs = stored.deposits.map(({ statement }) => statementOf(statement).clientRef);
    const asked = [...depositors.answers.map(({ request }) => request), ...depositors.unanswered];
    // The two that began the chains have no name.
    expect(new Set(refs).size).toBe(refs.length - 1);
    expect(
      refs.filter((ref) => ref !== undefined && !asked.some((request) => request.clientRef === ref)),
    ).toEqual([]);
    expect(stored.idempotencyKeys.map(({ key }) => key).sort()).toEqual(
      keyed()
        .map(({ request }) => request.clientRef)
        .sort(),
    );
  });

  it("holds the originals that deposits name, and no other file", () => {
    const originals = join(folder(), "originals");
    const files = readdirSync(originals, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    const digests = files.map(({ parentPath, name }) => digestOf(readFileSync(join(parentPath, name))));
    const named = keyed().flatMap(({ request }) => request.retained ?? []);
    expect(digests.sort()).toEqual(named.sort());
  });
});

const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("base64");
