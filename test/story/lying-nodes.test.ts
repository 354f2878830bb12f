/**
 * A notary asks before it signs what its nodes have cosigned, and some of them lie. Notary and nodes are operating-system
 * processes; one node is gone for good, another's address is answered by a stranger's program. Whatever is shown there, the
 * notary starts again, signs once enough honest nodes have answered, and halts for no lie; and where its store was put back
 * it halts whatever they say, since an honest node shows the log's own signature.
 */
import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { LOG_ORIGIN } from "../../scripts/quickstart/sample-consortium.js";
import { encodeCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { encodeNote } from "../../src/core/ledger/note.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { signNote } from "../../src/notary/ledger/signed-note.js";
import { openSigningKey, readSigningKey } from "../../src/platform/keys/keys.js";
import { cosigner } from "../../src/witness-node/signing/cosign.js";
import { eventually } from "./eventually.js";
import { type LyingNode, startLyingNode } from "./lying-node.js";
import { type NodeId, type SampleService, sampleServices } from "./sample-service.js";

const prepare = sampleServices();
const GONE = "example-court-west";
const LIAR = "example-arbitration";
/** With these two a quorum could have formed: a court, a bank and a third. */
const THIRD = "example-bank-b";
const HONEST: readonly NodeId[] = ["example-court-east", "example-bank-a", THIRD];

let service: SampleService;
/** Of a depositor without a node, for whom the three honest ones are a quorum. */
let lender: string;
/** The liar's own, from when it was honest and the ledger smaller. */
let replayed: string;
let liar: LyingNode | undefined;

beforeAll(async () => {
  service = await prepare({
    sealing: { afterMs: 100, promiseMs: 60_000, maxBatchSize: 64 },
    witnessTimeoutMs: 1000,
  });
  await service.start();
  const key = service.keys.operator;
  const organisation = { name: "示例小额贷款公司", creditCode: "EXAMPLE0000000000L" };
  await service.call("PUT /v1/organisations/example-lender", { key, body: organisation });
  const body = { organisationId: "example-lender", role: "depositor" };
  lender = (await service.call("POST /v1/api-keys", { key, body })).json.token as string;
  await final("1");
  await mirroredBy(LIAR);
  replayed = await service.nodeCheckpoint(LIAR);
  await final("2");
  await Promise.all(HONEST.map(mirroredBy));
  for (const id of [GONE, LIAR] as const) await service.node(id).stop("SIGKILL");
}, 120_000);
afterAll(() => liar?.stop());

const call: SampleService["call"] = (target, sent = {}) => service.call(target, { key: lender, ...sent });
const deposit = (record: string) =>
  call("POST /v1/deposits", { body: { metadata: { recordType: "loan.repayment" }, record } });

async function final(record: string): Promise<void> {
  const { status, json } = await deposit(record);
  expect(status).toBe(201);
  await finality(json.id as string);
}
const finality = (id: string) =>
  eventually(`${id} is final`, async () => {
    const { status } = await call(`GET /v1/deposits/${id}/evidence`, { headers: { Prefer: "wait=5" } });
    return status === 200 ? true : undefined;
  });
async function ledgerSize(): Promise<number> {
  return Number((await (await fetch(`${service.url}/ledger/checkpoint`)).text()).split("\n")[1]);
}
async function mirroredBy(id: NodeId): Promise<void> {
  const size = await ledgerSize();
  await eventually(`the node of ${id} has it all`, async () =>
    (await service.nodeStatus(id)).mirroredSize === size ? true : undefined,
  );
}
async function standing(): Promise<{ halts: { code: string }[]; awaitedNodes: string[] }> {
  return (await service.call("GET /v1/status", { key: service.keys.operator })).json;
}
async function lie(id: NodeId, note: string): Promise<LyingNode> {
  await liar?.stop();
  liar = await startLyingNode(service.nodeUrl(id), note);
  return liar;
}

const other = () =>
  encodeCheckpointText({ origin: LOG_ORIGIN, treeSize: 99, rootHash: new Uint8Array(32).fill(9) });
const ofAStranger = () => {
  const file = join(service.data, "stranger.key");
  return signNote(other(), openSigningKey(file, { name: LOG_ORIGIN, type: SIGNATURE_TYPE.ed25519 }).key);
};
const ofItsOwnKeys = () => {
  const keys = ["witness.key", "mirror.key"].map((name) =>
    readSigningKey(join(service.data, "nodes", LIAR, name)),
  );
  return encodeNote(other(), cosigner(keys)(other(), Math.floor(Date.now() / 1000)));
};

describe("with a node that is gone, and one that shows", () => {
  it.each<[string, () => string]>([
    ["another ledger, by the signature of a key of its own", ofAStranger],
    ["another ledger, cosigned by itself alone", ofItsOwnKeys],
    ["what it had cosigned before, and nothing since", () => replayed],
    ["no checkpoint", () => "<html>It works!</html>"],
  ])(
    "%s: the notary starts again and signs",
    async (_, note) => {
      const lying = await lie(LIAR, note());
      await service.notary.stop();
      await service.startNotary();
      await final("after a restart");
      await final("and later");
      expect(await standing()).toMatchObject({ halts: [], awaitedNodes: [] });
      expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
      expect(lying.shown()).toBeGreaterThan(0);
    },
    120_000,
  );

  it("signs nothing while a quorum could have formed among those and a third that is away, and goes on with it", async () => {
    await lie(LIAR, ofAStranger());
    await service.notary.stop();
    const size = await service.nodeStatus("example-court-east");
    await service.node(THIRD).stop("SIGKILL");
    await service.startNotary();
    const { status, json } = await deposit("taken meanwhile");
    expect(status).toBe(201);
    const waiting = await eventually("it is sealed", async () => {
      const state = (await call(`GET /v1/deposits/${json.id}`)).json;
      return state.state === "sealed" ? state : undefined;
    });
    expect(waiting.ledger).toBeUndefined();
    expect((await standing()).awaitedNodes.map((name) => name.split(".")[0]).sort()).toEqual(
      [GONE, LIAR, THIRD].sort(),
    );
    expect(await service.nodeStatus("example-court-east")).toMatchObject({ cosignedSize: size.cosignedSize });
    await service.startNode(THIRD);
    await finality(json.id as string);
    expect(await standing()).toMatchObject({ halts: [], awaitedNodes: [] });
  }, 120_000);
});

describe("a store that was put back with the mark beside its key", () => {
  it("halts, whatever a lying node shows", async () => {
    const folder = dirname(service.sample.notaryConfig);
    const PLACES = ["notary.db", "log.key.signed"];
    await service.notary.stop();
    for (const name of PLACES) copyFileSync(join(folder, name), join(service.data, name));
    await service.startNotary();
    const old = await (await fetch(`${service.url}/ledger/checkpoint`)).text();
    await final("after the copy");
    await Promise.all(HONEST.map(mirroredBy));
    const size = await ledgerSize();
    await service.notary.stop();
    for (const name of PLACES) copyFileSync(join(service.data, name), join(folder, name));

    // It confirms the very state that was put back.
    await lie(LIAR, old);
    service.spawnNotary();
    const halted = await eventually("it halts", async () => {
      const answer = await fetch(`${service.url}/readyz`).catch(() => undefined);
      const text = await answer?.text();
      return text?.includes("ledger-behind") === true ? answer : undefined;
    });
    expect(halted.status).toBe(503);
    const refused = await deposit("refused");
    expect([refused.status, refused.json.code]).toEqual([503, "ledger-behind"]);
    expect((await standing()).halts.map(({ code }) => code)).toEqual(["ledger-behind"]);
    for (const id of HONEST)
      expect(await service.nodeStatus(id)).toMatchObject({ misconducts: 0, cosignedSize: size });
  }, 120_000);
});
