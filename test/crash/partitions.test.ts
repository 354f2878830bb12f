/**
 * Partitions: each node stands behind a network link of its own, which is cut, slowed or made to flap while deposits go
 * on and a reader follows the ledger. Finality stops where the quorum is cut off and resumes without anybody's help; what
 * was promised is kept; nobody ever sees two ledgers.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openCheckpoint } from "../../src/core/ledger/checkpoint.js";
import { eventually } from "../story/eventually.js";
import { randomOfThisRun, tell } from "../../scripts/random.js";
import {
  type NodeId,
  ORGANISATION_IDS,
  type SampleService,
  sampleServices,
} from "../story/sample-service.js";
import { type LedgerReader, readLedger } from "./ledger-reader.js";
import { NetworkLink } from "./network-link.js";
import { keptPromises, type Promised } from "./promises.js";

/** A cut link is noticed by the notary only so: nobody answers for so long. */
const WITNESS_TIMEOUT_MS = 1000;
const FLAPPING_MS = 8000;
const random = randomOfThisRun();

const prepare = sampleServices();
const links = new Map<NodeId, NetworkLink>();
let service: SampleService;
let reader: LedgerReader;

beforeAll(async () => {
  service = await prepare({
    sealing: { afterMs: 50, promiseMs: 60_000, maxBatchSize: 64 },
    witnessTimeoutMs: WITNESS_TIMEOUT_MS,
  });
  const { consortiumFile } = service.sample;
  let trustFile = readFileSync(consortiumFile, "utf8");
  for (const id of ORGANISATION_IDS) {
    const url = service.nodeUrl(id);
    const link = await NetworkLink.to(Number(new URL(url).port));
    links.set(id, link);
    trustFile = trustFile.replaceAll(url, `http://127.0.0.1:${link.port}`);
  }
  writeFileSync(consortiumFile, trustFile);
  await service.start();
  reader = readLedger(`${service.url}/ledger`, service.consortium.log.vkeys);
  await final(await deposit());
}, 120_000);
afterAll(async () => {
  await Promise.all([...links.values()].map((link) => link.close()));
});

const all: Promised[] = [];
const deposit = async (): Promise<Promised> => {
  const promised = (await service.deposit({ serial: all.length })).json as Promised;
  all.push(promised);
  return promised;
};
const final = ({ id }: Promised) => service.evidence(id);
const stateOf = async ({ id }: Promised) => (await service.call(`GET /v1/deposits/${id}`)).json;
const link = (id: NodeId): NetworkLink => links.get(id) as NetworkLink;
const each = (ids: readonly NodeId[], act: (one: NetworkLink) => void) => ids.forEach((id) => act(link(id)));
const mirroredSize = async (id: NodeId) => (await service.nodeStatus(id)).mirroredSize;
/** All nodes have all of the ledger, which stands still. */
const caughtUp = () =>
  eventually("every mirror stands at the ledger's end", async () => {
    const sizes = await Promise.all(ORGANISATION_IDS.map(mirroredSize));
    const { treeSize } = openCheckpoint((await service.call("GET /ledger/checkpoint")).text, [
      ...service.consortium.log.vkeys,
    ]);
    return sizes.every((size) => size === treeSize) ? treeSize : undefined;
  });

describe("one node cut off and two slow", () => {
  it("delays nobody, and all three have everything when the network is whole again", async () => {
    link("example-arbitration").cut();
    each(["example-court-west", "example-bank-b"], (one) => one.slow(150));
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const promised = await deposit();
      await final(promised);
      const { receivedAt, finalAt } = await stateOf(promised);
      times.push(Date.parse(finalAt) - Date.parse(receivedAt));
    }
    tell(`final after ${times.join(", ")} ms, two links slow by 150 ms each way, one cut`);
    // Nobody waited for the one that is cut off: it is not known to be before its time-out, at each checkpoint anew.
    expect(Math.min(...times)).toBeLessThan(5 * WITNESS_TIMEOUT_MS);
    link("example-arbitration").heal();
    each(["example-court-west", "example-bank-b"], (one) => one.slow(0));
    await caughtUp();
  }, 60_000);
});

describe("the notary with a minority on one side, the majority on the other", () => {
  const AWAY = ["example-court-east", "example-court-west", "example-bank-b"] as const;

  it("stops finality, and says who is missing", async () => {
    each(AWAY, (one) => one.cut());
    const stopped = [await deposit(), await deposit()];
    await sleep(3 * WITNESS_TIMEOUT_MS);
    for (const promised of stopped) {
      const { state, quorum } = await stateOf(promised);
      expect(state).toBe("sealed");
      const awaited = quorum.awaited.map(
        ({ organisation }: { organisation: { id: string } }) => organisation.id,
      );
      expect(awaited).toEqual(expect.arrayContaining([...AWAY]));
    }
  }, 30_000);

  it("resumes when the network is whole, without a restart or a human", async () => {
    each(AWAY, (one) => one.heal());
    await keptPromises(service, all);
    await caughtUp();
  }, 60_000);
});

describe("the notary cut off from everybody", () => {
  it("takes deposits, makes none final, and goes on by itself", async () => {
    each(ORGANISATION_IDS, (one) => one.cut());
    const stopped = await deposit();
    await sleep(2 * WITNESS_TIMEOUT_MS);
    expect((await stateOf(stopped)).state).toBe("sealed");
    each(ORGANISATION_IDS, (one) => {
      one.heal();
      one.reset();
    });
    await final(stopped);
  }, 60_000);
});

describe(`links that flap (SEED=${random.seed})`, () => {
  it("lose nothing: everything taken becomes final when they have settled", async () => {
    const until = performance.now() + FLAPPING_MS;
    const flap = async (one: NetworkLink) => {
      const own = random.fork();
      const acts = [() => one.cut(), () => one.reset(), () => one.slow(own.between(0, 80)), () => one.heal()];
      while (performance.now() < until) {
        acts[own.between(0, acts.length - 1)]?.();
        await sleep(own.between(20, 400));
        one.heal();
        await sleep(own.between(20, 200));
      }
      one.slow(0);
      one.heal();
    };
    const depositing = async () => {
      while (performance.now() < until) {
        await deposit();
        await sleep(random.between(0, 60));
      }
    };
    await Promise.all([...[...links.values()].map(flap), depositing()]);
    await keptPromises(service, all);
    tell(`${all.length} deposits in all, on a ledger of ${await caughtUp()} entries`);
  }, 120_000);
});

it("one ledger: its reader missed nothing at any instant, and no node has seen another branch", async () => {
  await reader.end();
  tell(`the reader proved ${reader.count.checkpoints} checkpoints, ${reader.count.sizes} of them new`);
  expect(reader.count.sizes).toBeGreaterThan(10);
  for (const id of ORGANISATION_IDS) expect(await service.nodeStatus(id)).toMatchObject({ misconducts: 0 });
});
