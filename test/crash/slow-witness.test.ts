/**
 * Slow and dead witnesses delay nobody whose quorum holds without them; where it does not hold, finality stops and
 * resumes by itself. Real processes: SIGSTOP makes a node slow (it keeps its connections and answers nothing), and
 * `kill -9` makes it dead. The quorum is three organisations with a court and a bank among them, never the depositor.
 */
import { beforeAll, describe, expect, it } from "@jest/globals";
import { parseEvidence } from "../../src/core/evidence/evidence.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { parseTlogProof } from "../../src/core/ledger/tlog-proof.js";
import type { Answer } from "../http/client.js";
import { eventually } from "../story/eventually.js";
import { tell } from "../../scripts/random.js";
import {
  type NodeId,
  ORGANISATION_IDS,
  type SampleService,
  sampleServices,
} from "../story/sample-service.js";
import { isLate, keptPromises, type Promised } from "./promises.js";

/** A notary that waited for a dead or slow node would need at least so long. */
const WITNESS_TIMEOUT_MS = 20_000;
const DEPOSITS = 6;

const prepare = sampleServices();
let service: SampleService;
beforeAll(async () => {
  service = await prepare({
    sealing: { afterMs: 100, promiseMs: 60_000, maxBatchSize: 64 },
    witnessTimeoutMs: WITNESS_TIMEOUT_MS,
  });
  await service.start();
  // All are known to answer: what follows is not their being late at the start.
  await cosignedBy((await deposit()).id, ORGANISATION_IDS);
}, 120_000);

let serial = 0;
const deposit = async () => (await service.deposit({ serial: ++serial })).json as Promised;
const state = async (id: string) => (await service.call(`GET /v1/deposits/${id}`)).json;
/** Whose mirrors have cosigned: they are what counts. */
const cosigners = async (id: string): Promise<string[]> =>
  (await state(id)).cosigners
    .filter(({ kind }: { kind: string }) => kind === "mirror")
    .map(({ organisation }: { organisation: { id: string } }) => organisation.id)
    .sort();

/** Once these, and perhaps others, have cosigned the checkpoint that this deposit is shown with. */
const cosignedBy = (id: string, nodes: readonly NodeId[]) =>
  eventually(`${id} is cosigned by ${nodes.join(", ")}`, async () => {
    const names = await cosigners(id);
    return nodes.every((node) => names.includes(node)) ? names : undefined;
  });

const askEvidence = (id: string, query = "", waitSeconds = 0): Promise<Answer> =>
  service.call(`GET /v1/deposits/${id}/evidence${query}`, { headers: { Prefer: `wait=${waitSeconds}` } });

/** Not final, though everybody who answers has cosigned. */
async function expectStopped(id: string, cosigned: readonly NodeId[]): Promise<void> {
  expect(await cosignedBy(id, cosigned)).toEqual([...cosigned].sort());
  const refused = await askEvidence(id, "", 1);
  expect({ status: refused.status, code: refused.json.code }).toEqual({ status: 409, code: "not-final" });
  expect((await state(id)).state).toBe("sealed");
}

/** Whose lines stand in the evidence against the latest checkpoint. */
async function latestCosigners(id: string): Promise<string[]> {
  const { bytes } = await askEvidence(id, "?against=latest");
  const { checkpoint } = parseTlogProof(parseEvidence(new Uint8Array(bytes)).ledgerProof);
  return parseNote(checkpoint)
    .signatures.slice(1)
    .filter(({ name }) => name.endsWith("/mirror"))
    .map(({ name }) => name.replace(/\.example\/.*$/, ""));
}

describe("one node dead, the depositor's own slow, and the quorum holds without them", () => {
  const deposits: Promised[] = [];

  it("makes deposits final without waiting for either", async () => {
    await service.node("example-arbitration").stop("SIGKILL");
    service.hold("example-bank-a");
    const times: number[] = [];
    for (let i = 0; i < DEPOSITS; i++) {
      const promised = await deposit();
      deposits.push(promised);
      await service.evidence(promised.id);
      const { receivedAt, finalAt } = await state(promised.id);
      times.push(Date.parse(finalAt) - Date.parse(receivedAt));
      expect(await cosigners(promised.id)).toEqual([
        "example-bank-b",
        "example-court-east",
        "example-court-west",
      ]);
    }
    tell(
      `one witness killed, one stopped: ${DEPOSITS} deposits final after ${Math.min(...times)} to ` +
        `${Math.max(...times)} ms, against a witness time-out of ${WITNESS_TIMEOUT_MS} ms`,
    );
    expect(Math.max(...times)).toBeLessThan(WITNESS_TIMEOUT_MS / 2);
    expect((await keptPromises(service, deposits)).filter(isLate)).toEqual([]);
  });

  it("gathers the slow one's cosignature when it comes, into evidence of the same deposits", async () => {
    service.release("example-bank-a");
    const newest = await deposit();
    await cosignedBy(newest.id, ["example-bank-a"]);
    const [first] = deposits as [Promised, ...Promised[]];
    const late = await eventually("the slow node stands in later evidence of the first deposit", async () => {
      const names = await latestCosigners(first.id);
      return names.includes("example-bank-a") ? names : undefined;
    });
    expect(late).not.toContain("example-arbitration");
  });

  it("gathers the dead one's too, once it is back", async () => {
    await service.startNode("example-arbitration");
    await cosignedBy((await deposit()).id, ["example-arbitration"]);
  });
});

describe("no quorum", () => {
  const waiting: Promised[] = [];

  it("stops finality while one court is dead and the other slow; deposits are taken and sealed", async () => {
    await service.node("example-court-east").stop("SIGKILL");
    service.hold("example-court-west");
    waiting.push(await deposit());
    await expectStopped(waiting[0]?.id ?? "", ["example-arbitration", "example-bank-a", "example-bank-b"]);
    waiting.push(await deposit(), await deposit());
  });

  it("resumes by itself when the slow one goes on, with no restart of the notary", async () => {
    const { pid } = service.notary;
    service.release("example-court-west");
    const kept = await keptPromises(service, waiting);
    expect(kept.map(({ promised }) => promised)).toEqual(waiting);
    expect(await cosigners(waiting[0]?.id ?? "")).toContain("example-court-west");
    expect(service.notary.pid).toBe(pid);
  });

  it("counts the depositor's own node for nothing, whoever else is missing", async () => {
    // Court west, bank A itself and the arbitration commission are left: three nodes, but two that count.
    await service.node("example-bank-b").stop("SIGKILL");
    const stopped = await deposit();
    await expectStopped(stopped.id, ["example-arbitration", "example-bank-a", "example-court-west"]);
    await service.startNode("example-bank-b");
    expect(await keptPromises(service, [stopped])).toHaveLength(1);
  });

  it("has kept no misconduct at any node", async () => {
    await service.startNode("example-court-east");
    for (const id of ORGANISATION_IDS) expect((await service.nodeStatus(id)).misconducts).toBe(0);
  });
});
