/**
 * A night at the notary's: the data folder is put back from a backup, the service takes and signs nothing, `recover` joins the
 * backup with a mirror's ledger, and the service goes on: nothing that the backup or a mirror holds is lost, no node has seen
 * a second branch, and no place in a chain is given twice. Nodes and notary are the real programs.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { PROGRAM } from "../../../scripts/project.js";
import {
  freePort,
  openSampleConsortium,
  type SampleConsortium,
} from "../../../scripts/quickstart/sample-consortium.js";
import { base64 } from "../../../src/core/bytes.js";
import { parseEvidence } from "../../../src/core/evidence/evidence.js";
import { hashStatement } from "../../../src/core/record/statement.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import { makeBackup } from "../../../src/programs/backup/make-backup.js";
import { restoreBackup } from "../../../src/programs/backup/restore-backup.js";
import { type RunningNotary, startNotary } from "../../../src/programs/services/notary.js";
import { makeOperatorKey } from "../../../src/programs/services/operator-key.js";
import { recover } from "../../../src/programs/recovery/recover.js";
import { createLogger } from "../../../src/platform/logger.js";
import { readWitnessConfiguration } from "../../../src/witness-node/configuration/configuration.js";
import { startWitness } from "../../../src/witness-node/witness.js";
import { type Answer, call, type Json, type Sent } from "../../http/client.js";
import { eventually } from "../../story/eventually.js";
import { temporaryFolders } from "../../temporary-folder.js";
import type { WitnessStatus } from "../../witness-node/running-witness.js";

const temporaryFolder = temporaryFolders();
const BANK = "example-bank-a";
let data: string;
let sample: SampleConsortium;
let nodes: { readonly url: string; close(): Promise<void> }[];
let notary: RunningNotary | undefined;
let key: string;
let originHash: string;
const SILENT = createLogger({ name: "node", level: "error", destination: { write: () => undefined } });

const folder = () => join(data, "notary");
const ask = (target: string, sent: Sent = {}): Promise<Answer> => {
  if (notary === undefined) throw new Error("the notary is not running");
  return call(notary, target, { key, ...sent });
};

function configure(more: object): void {
  const settings = JSON.parse(readFileSync(sample.notaryConfig, "utf8")) as object;
  writeFileSync(sample.notaryConfig, JSON.stringify({ ...settings, ...more }));
}
const sealing = (afterMs: number) => ({ sealing: { afterMs, promiseMs: 10_000, maxBatchSize: 8192 } });

async function start(afterMs = 20): Promise<void> {
  configure({ ...sealing(afterMs), logLevel: "silent" });
  notary = await startNotary(sample.notaryConfig);
}
async function stop(): Promise<void> {
  await notary?.close();
  notary = undefined;
}

async function deposit(metadata: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const body = { metadata: { recordType: "loan.payment", ...metadata }, record: { at: Math.random() } };
  return ask("POST /v1/deposits", { body, headers });
}
async function deposited(metadata: object = {}): Promise<Json> {
  const answer = await deposit(metadata);
  expect([answer.status, answer.json.code]).toEqual([201, undefined]);
  return answer.json;
}
async function evidenceOf(id: string): Promise<Uint8Array> {
  const { status, bytes } = await ask(`GET /v1/deposits/${id}/evidence`, { headers: { Prefer: "wait=20" } });
  expect(status).toBe(200);
  return new Uint8Array(bytes);
}
const verdictOf = (evidence: Uint8Array) =>
  verifyEvidence({ evidence, consortium: new Uint8Array(readFileSync(sample.consortiumFile)) }).verdict;
const statusOf = async ({ url }: { readonly url: string }) =>
  ((await (await fetch(`${url}/status`)).json()) as WitnessStatus).logs[0];
const mirrors = () =>
  eventually("every node has mirrored the ledger", async () => {
    const { json } = await ask("GET /readyz");
    const [, size] = (await ask("GET /ledger/checkpoint")).text.split("\n");
    const sizes = await Promise.all(nodes.map(async (node) => (await statusOf(node))?.mirroredSize));
    return json !== undefined && sizes.every((one) => String(one) === size) ? Number(size) : undefined;
  });

const backUp = (name = "backup") => {
  cpSync(folder(), join(data, name), { recursive: true });
};
const putBack = (name = "backup") => {
  rmSync(folder(), { recursive: true });
  cpSync(join(data, name), folder(), { recursive: true });
};
const mirror = () => `${nodes[0]?.url ?? ""}/mirror/${originHash}`;
const told: string[] = [];
async function recovered(more: Partial<Parameters<typeof recover>[0]> = {}) {
  return recover({
    configFile: sample.notaryConfig,
    from: mirror(),
    without: [],
    tell: (line) => told.push(line),
    ...more,
  });
}
/** The command, a process of its own; false where it ended by itself before it came so far. */
async function recoverKilledAt(killAt: number): Promise<boolean> {
  const preload = fileURLToPath(new URL("killed-at-rename.mjs", import.meta.url));
  const command = ["recover", "--config", sample.notaryConfig, "--from", mirror()];
  const child = spawn(process.execPath, ["--import", preload, PROGRAM, ...command], {
    env: { ...process.env, KILL_AT: String(killAt) },
    stdio: "ignore",
  });
  const [exitCode, signal] = (await once(child, "exit")) as [number | null, string | null];
  if (signal !== "SIGKILL") expect(exitCode).toBe(0);
  return signal === "SIGKILL";
}
/** All nodes but the last `reachable` end. */
async function goAway(reachable: number): Promise<void> {
  for (const node of nodes.splice(0, nodes.length - reachable)) await node.close();
}
const openNode = (config: string) =>
  startWitness(readWitnessConfiguration(config), {
    logger: SILENT,
    now: () => Date.now(),
    copyPauseMs: () => 1000,
  });
async function expectOneBranch(): Promise<void> {
  for (const node of nodes) expect(await statusOf(node)).toMatchObject({ misconducts: 0, refusal: null });
}

beforeEach(async () => {
  told.length = 0;
  data = temporaryFolder();
  sample = await openSampleConsortium(data, await freePort());
  nodes = [];
  for (const { config } of sample.witnessConfigs) nodes.push(await openNode(config));
  originHash = (await statusOf(nodes[0] as { url: string }))?.originHash ?? "";
  const { token } = await makeOperatorKey(sample.notaryConfig);
  await start();
  const operator = { key: token };
  await ask(`PUT /v1/organisations/${BANK}`, { ...operator, body: { name: "示例银行甲" } });
  const made = await ask("POST /v1/api-keys", {
    ...operator,
    body: { organisationId: BANK, role: "depositor" },
  });
  key = made.json.token;
}, 60_000);
afterEach(async () => {
  await stop();
  for (const node of nodes) await node.close();
}, 60_000);

describe("a data folder that is put back from a backup", () => {
  it("signs nothing, is joined with a mirror's ledger, and goes on", async () => {
    const first = await deposited({ chain: {} });
    const chain = first.statement.chain.id as string;
    await evidenceOf(first.id);
    await stop();
    // Deposits that the backup holds and that were sealed after it.
    await start(60_000);
    const unsealed = [await deposited({ retain: true }), await deposited()];
    await stop();
    backUp();
    await start();
    for (const { id } of unsealed) await evidenceOf(id);
    const second = await deposited({ chain: { id: chain } });
    const held = await evidenceOf(second.id);
    const lost = await evidenceOf((await deposited()).id);
    const treeSize = await mirrors();
    await stop();

    putBack();
    await start();
    await eventually("it knows", async () =>
      (await ask("GET /readyz")).json.code === "ledger-behind" ? true : undefined,
    );
    const refused = await deposit();
    expect([refused.status, refused.json.code]).toEqual([503, "ledger-behind"]);
    expect((await ask("GET /readyz")).json.detail).toContain("cunzheng recover");
    await expect(recovered()).rejects.toThrow("in use by another process");
    await stop();
    await expectOneBranch();

    const result = await recovered();
    expect(result).toMatchObject({
      backupSize: 1,
      treeSize,
      foundDeposits: 2,
      unsealedDeposits: 0,
      heldChains: 1,
    });
    expect(result.lost.map(({ deposits }) => deposits)).toEqual([1, 1]);
    expect(JSON.parse(readFileSync(result.listFile ?? "", "utf8"))).toHaveLength(2);
    expect(told.join("\n")).toContain("LOST: 2 batches with 2 deposits");
    expect(existsSync(result.former)).toBe(true);

    await start();
    await evidenceOf((await deposited()).id);
    for (const { id } of unsealed) {
      const evidence = await evidenceOf(id);
      expect(verdictOf(evidence)).toBe("verified");
    }
    expect((await ask(`GET /v1/deposits/${unsealed[0].id}/original`)).status).toBe(200);
    for (const evidence of [held, lost]) expect(verdictOf(evidence)).toBe("verified");
    expect((await ask(`GET /v1/deposits/${second.id}`)).json.code).toBe("deposit-unknown");

    const next = await deposit({ chain: { id: chain } });
    expect([next.status, next.json.code]).toEqual([409, "chain-held"]);
    expect((await ask(`GET /v1/chains/${chain}`)).json).toMatchObject({ length: 1, held: true });
    const resume = (body: object) => ask(`POST /v1/chains/${chain}/resume`, { body });
    const { inclusion: _, ...spoilt } = JSON.parse(Buffer.from(held).toString()) as Record<string, unknown>;
    expect((await resume({ evidence: spoilt })).json.code).toBe("chain-link-invalid");
    const shown = await resume({ evidence: JSON.parse(Buffer.from(held).toString()) as object });
    const leafHash = base64(hashStatement(parseEvidence(held).statement));
    expect(shown.json).toEqual({ id: chain, length: 2, head: leafHash });
    const third = await deposited({ chain: { id: chain } });
    expect(third.statement.chain).toEqual({ id: chain, sequence: 3, previous: leafHash });
    expect(verdictOf(await evidenceOf(third.id))).toBe("verified");
    await mirrors();
    await expectOneBranch();
  }, 180_000);

  it("shows a chain's last link by its receipt also where the whole chain is lost, or says that nothing came after", async () => {
    const known = await deposited({ chain: {} });
    await evidenceOf(known.id);
    await stop();
    backUp();
    await start();
    const lost = await deposited({ chain: {} });
    await evidenceOf(lost.id);
    await mirrors();
    await stop();
    putBack();
    await recovered();
    await start();
    const { statement, receipt } = lost;
    const resume = (id: string, body: object) => ask(`POST /v1/chains/${id}/resume`, { body });
    const lostChain = statement.chain.id as string;
    expect((await resume(lostChain, { nothingAfter: 1 })).json.code).toBe("chain-unknown");
    expect((await resume(lostChain, { statement: known.statement, receipt })).json.code).toBe(
      "chain-link-invalid",
    );
    expect((await resume(lostChain, { statement, receipt })).json.length).toBe(1);
    expect((await deposited({ chain: { id: lostChain } })).statement.chain.sequence).toBe(2);

    const chain = known.statement.chain.id as string;
    expect((await resume(chain, { nothingAfter: 2 })).json.code).toBe("chain-sequence-mismatch");
    expect((await resume(chain, { nothingAfter: 1 })).status).toBe(200);
    expect((await deposited({ chain: { id: chain } })).statement.chain.sequence).toBe(2);
    // What is said later of a place that is given: no.
    expect((await resume(chain, { statement: known.statement, receipt: known.receipt })).json.code).toBe(
      "chain-sequence-mismatch",
    );
  }, 180_000);

  it("is refused by a copy that has less, and leaves the store as it was", async () => {
    await evidenceOf((await deposited()).id);
    await mirrors();
    // The node's files of the time, in a folder.
    const copy = join(data, "copy");
    for (const path of ["checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"]) {
      const bytes = Buffer.from(
        await (await fetch(`${nodes[0]?.url ?? ""}/mirror/${originHash}/${path}`)).arrayBuffer(),
      );
      cpSync(join(data, "consortium.json"), join(copy, path), { recursive: true });
      writeFileSync(join(copy, path), bytes);
    }
    await evidenceOf((await deposited()).id);
    await mirrors();
    await stop();
    const before = readFileSync(join(folder(), "notary.db"));
    await expect(recovered({ from: copy })).rejects.toThrow("has cosigned 2 entries, this copy has 1");
    for (const node of nodes) await node.close();
    await expect(recovered({ from: copy })).rejects.toThrow("not all nodes answer");
    const without = sample.witnessConfigs.map(({ organisation }) => organisation);
    await expect(recovered({ from: copy, without })).rejects.toThrow("--unseen 2");
    await expect(recovered({ from: copy, without, unseen: 2 })).rejects.toThrow("nothing to recover from it");
    expect(readFileSync(join(folder(), "notary.db")).equals(before)).toBe(true);
    expect(readdirSync(folder()).filter((name) => name.startsWith("recovering"))).toEqual([]);
  }, 180_000);

  /**
   * What this machine signed as `own` while no node, or the last alone, could be reached; and two entries that went on
   * without it from the backup. The deposit of the first.
   */
  async function twoBranches(reachable: 0 | 1): Promise<string> {
    await evidenceOf((await deposited()).id);
    await mirrors();
    await stop();
    backUp();
    await start();
    await eventually("it is ready", async () =>
      (await ask("GET /readyz")).status === 200 ? true : undefined,
    );
    await goAway(reachable);
    const { id } = await deposited();
    const markOf = (place: string) => readFileSync(join(place, "log.key.signed"));
    await eventually("its batch is signed", async () =>
      markOf(folder()).equals(markOf(join(data, "backup"))) ? undefined : true,
    );
    for (const node of nodes)
      await eventually("it is cosigned", async () =>
        (await statusOf(node))?.cosignedSize === 2 ? true : undefined,
      );
    await stop();
    backUp("own");
    const [last] = nodes;
    await last?.close();
    nodes = [];
    putBack();
    for (const { config } of sample.witnessConfigs.slice(0, sample.witnessConfigs.length - reachable))
      nodes.push(await openNode(config));
    await start();
    await evidenceOf((await deposited()).id);
    expect(await mirrors()).toBe(2);
    await stop();
    putBack("own");
    return id;
  }

  it("is cut back where its end is a branch that nobody has cosigned", async () => {
    const own = await twoBranches(0);
    await expect(recovered()).rejects.toThrow(/signed another ledger of 2 entries.*--unseen 2/);
    const result = await recovered({ unseen: 2 });
    expect(result).toMatchObject({ backupSize: 2, treeSize: 2, unsealedDeposits: 1, heldChains: 0 });
    expect(told.join("\n")).toContain("nobody has cosigned them");
    await start();
    expect(verdictOf(await evidenceOf(own))).toBe("verified");
    await mirrors();
    await expectOneBranch();
  }, 480_000);

  it("is refused where its end is a branch that one node has cosigned, which is not asked", async () => {
    await twoBranches(1);
    const before = readFileSync(join(folder(), "notary.db"));
    const without = sample.witnessConfigs.slice(-1).map(({ organisation }) => organisation);
    await expect(recovered({ unseen: 2, without })).rejects.toThrow(
      /holds cosignatures on another branch than the copy's, at 2 entries/,
    );
    expect(readFileSync(join(folder(), "notary.db")).equals(before)).toBe(true);
  }, 480_000);

  it("is joined by the next run where one was killed before any of its renames", async () => {
    const chain = (await deposited({ chain: {} })).statement.chain.id as string;
    await mirrors();
    await stop();
    backUp();
    await start();
    const held = await evidenceOf((await deposited({ chain: { id: chain } })).id);
    const treeSize = await mirrors();
    await stop();
    let killAt = 1;
    for (;;) {
      putBack();
      const killed = await recoverKilledAt(killAt);
      const result = await recovered();
      expect({ killAt, result }).toMatchObject({ killAt, result: { treeSize, heldChains: 1 } });
      expect(readdirSync(folder()).filter((name) => name.startsWith("recovering"))).toEqual([]);
      if (!killed) break;
      killAt += 1;
    }
    // The list of what is lost, the former store, the new one, and the mark.
    expect(killAt).toBeGreaterThan(4);
    await start();
    expect((await deposit({ chain: { id: chain } })).json.code).toBe("chain-held");
    const evidence = JSON.parse(Buffer.from(held).toString()) as object;
    expect((await ask(`POST /v1/chains/${chain}/resume`, { body: { evidence } })).status).toBe(200);
    await evidenceOf((await deposited({ chain: { id: chain } })).id);
    await expectOneBranch();
  }, 480_000);
});

describe("a backup that is restored where no node has cosigned more", () => {
  it("gives no place in a chain twice: what was answered and never sealed is its depositor's to show", async () => {
    const first = await deposited({ chain: {} });
    const chain = first.statement.chain.id as string;
    await evidenceOf(first.id);
    await mirrors();
    await stop();
    await start(60_000);
    const backup = join(data, "made");
    const { configFile, tell } = { configFile: sample.notaryConfig, tell: (line: string) => told.push(line) };
    await makeBackup({ configFile, out: backup, withKeys: true, withoutOriginals: [], tell });
    const second = await deposited({ chain: { id: chain } });
    await stop();
    rmSync(folder(), { recursive: true });
    const restored = await restoreBackup({ from: backup, to: folder(), tell });
    expect(told.join("\n")).toContain(
      "1 evidence chain takes no deposit until its depositor has shown the last link",
    );

    notary = await startNotary(restored.configFile ?? "");
    await eventually("it is ready", async () =>
      (await ask("GET /readyz")).status === 200 ? true : undefined,
    );
    const refused = await deposit({ chain: { id: chain } });
    expect([refused.status, refused.json.code]).toEqual([409, "chain-held"]);
    const { statement, receipt } = second;
    const shown = await ask(`POST /v1/chains/${chain}/resume`, { body: { statement, receipt } });
    expect(shown.json.length).toBe(2);
    expect((await deposited({ chain: { id: chain } })).statement.chain.sequence).toBe(3);
    await expectOneBranch();
  }, 180_000);
});
