/**
 * The rehearsal of a bad night, at every stage of a deposit's way: depositors go on under load with chains and idempotency keys,
 * a backup is made, more is deposited, the notary is killed and its disk is gone. The backup is restored into another folder,
 * halts where the nodes have cosigned more, is joined with a mirror's ledger by `cunzheng recover`, and goes on. After each:
 *
 * - no node has seen a second branch, and every node cosigns what comes next;
 * - what the backup holds becomes evidence that verifies, also of deposits that were in no batch then;
 * - evidence that a depositor had fetched of what came after the backup verifies as before;
 * - no chain gives a place twice.
 *
 * Every restore is the next round's service. Notary, nodes and commands are operating-system processes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import Database from "better-sqlite3";
import { type RunningProcess, startProcess, waitUntilReady } from "../../../scripts/quickstart/processes.js";
import { randomOfThisRun, tell } from "../../../scripts/random.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import { VERIFIERS } from "../../../src/platform/keys/verifiers.js";
import { type Answered, type Depositors, startDepositors } from "../../crash/depositors.js";
import { eventually, inParallel } from "../../story/eventually.js";
import { ORGANISATION_IDS, type SampleService, sampleServices } from "../../story/sample-service.js";
import { cunzheng } from "./commands.js";
import { reachedIn, SEALING, type Sealing, type Stage, STAGES } from "./stages.js";

const random = randomOfThisRun();
const prepare = sampleServices();
let service: SampleService;
let running: RunningProcess;
let config: string;
let depositors: Depositors | undefined;
let serial = 0;

beforeAll(async () => {
  service = await prepare({ sealing: SEALING });
  await service.start();
  [running, config] = [service.notary, service.sample.notaryConfig];
}, 120_000);

afterAll(async () => {
  depositors?.abandon();
  await running.stop("SIGKILL");
}, 30_000);

const idsIn = (backup: string): ReadonlySet<string> => {
  const database = new Database(join(backup, "notary.db"), { readonly: true });
  try {
    return new Set(database.prepare<[], string>("SELECT id FROM deposits").pluck().all());
  } finally {
    database.close();
  }
};

/** By HTTP, when it is final; all that a verifier is told is the trust file. */
async function expectEvidence(ids: readonly string[]): Promise<void> {
  const evidence = await inParallel(ids, 4, (id) => service.evidence(id));
  for (const bytes of evidence) expectVerified(bytes);
}
function expectVerified(evidence: Uint8Array): void {
  const { verdict } = verifyEvidence({ evidence, consortium: service.consortiumBytes, ...VERIFIERS });
  expect(verdict).toBe("verified");
}

async function start(configFile: string): Promise<void> {
  config = configFile;
  running = startProcess("notary", ["serve", "--config", config], join(service.data, `log-${serial}.jsonl`));
}
const readiness = async () => {
  const answer = await fetch(`${service.url}/readyz`).catch(() => undefined);
  return answer && { status: answer.status, text: await answer.text() };
};

const chainOf = async () => (await service.deposit({ begins: "a chain" }, { chain: {} })).json;

function setSealing(configFile: string, sealing: Sealing): void {
  const settings = JSON.parse(readFileSync(configFile, "utf8")) as object;
  writeFileSync(configFile, JSON.stringify({ ...settings, sealing }));
}
async function restart(sealing: Sealing): Promise<void> {
  await running.stop("SIGKILL");
  setSealing(config, sealing);
  await start(config);
}
/** The nodes have shown what they have cosigned: until then whatever has come is sealed at once. */
const confirmed = () =>
  eventually("the notary signs", async () => {
    const headers = { Authorization: `Bearer ${service.keys.operator}` };
    const answer = await fetch(`${service.url}/v1/status`, { headers }).catch(() => undefined);
    const status = answer?.ok === true ? ((await answer.json()) as { awaitedNodes: unknown[] }) : undefined;
    return status?.awaitedNodes.length === 0 ? true : undefined;
  });

/** Resolves when the running notary's deposits stand at the stage and come no further, but for those of another. */
async function bringTo(stage: Stage, load: Depositors): Promise<void> {
  const { held, startsAnew } = stage;
  for (const id of held) service.hold(id);
  if (startsAnew !== undefined) {
    await restart(startsAnew.sealing);
    if (startsAnew.areNodesAsked) await confirmed();
  }
  if (stage.isEnded === true) {
    await load.end();
    const id = load.answers.at(-1)?.id ?? "";
    await service.evidence(id);
    expect((await service.call(`GET /v1/deposits/${id}/certificate`)).status).toBe(200);
  } else await load.answered(40);
  await eventually("the stage is met", () => stage.isMet(reachedIn(dirname(config))) || undefined);
}
async function bringOn({ held, startsAnew, isEnded }: Stage, load: Depositors): Promise<void> {
  for (const id of held) service.release(id);
  if (startsAnew !== undefined) await restart(SEALING);
  if (isEnded === undefined) await load.answered(40);
  await load.end();
}

describe("a restore of a backup that was made when deposits were", () => {
  it.each(Object.keys(STAGES))(
    "%s",
    async (name) => {
      const stage = STAGES[name] as Stage;
      const first = await chainOf();
      const chain = first.statement.chain.id as string;
      depositors = startDepositors(service, random.fork(), [chain, (await chainOf()).statement.chain.id]);
      await depositors.answered(60);
      await bringTo(stage, depositors);
      const backup = join(service.data, `backup-${++serial}`);
      const made = await cunzheng("backup", "--config", config, "--out", backup);
      expect(made).toMatchObject({ exitCode: 0 });
      const reached = reachedIn(backup);
      expect({ reached, isMet: stage.isMet(reached) }).toEqual({ reached, isMet: true });
      await bringOn(stage, depositors);
      const after = await service.deposit({ came: "after the backup" }, { chain: { id: chain } });
      const fetched = await service.evidence(after.json.id);
      const mirror = await mirrored();
      await running.stop("SIGKILL");

      const restored = join(service.data, `restored-${serial}`);
      expect(await cunzheng("restore", "--from", backup, "--to", restored)).toMatchObject({ exitCode: 0 });
      setSealing(join(restored, "notary.json"), SEALING);
      await start(join(restored, "notary.json"));
      const halted = await eventually("the restored notary halts", async () => {
        const ready = await readiness();
        return ready?.text.includes("ledger-behind") ? ready : undefined;
      });
      expect(halted.status).toBe(503);
      const refused = await service.call("POST /v1/deposits", {
        body: { metadata: { recordType: "loan.repayment" }, record: {} },
      });
      expect([refused.status, refused.json.code]).toEqual([503, "ledger-behind"]);
      await running.stop();

      const recovered = await cunzheng("recover", "--config", config, "--from", mirror);
      expect(recovered).toMatchObject({ exitCode: 0 });
      await start(config);
      await waitUntilReady(running, `${service.url}/readyz`);

      const kept = idsIn(backup);
      const answers: readonly Answered[] = depositors.answers;
      const held0 = answers.filter(({ id }) => kept.has(id));
      const lost = answers.filter(({ id }) => !kept.has(id));
      expect(held0.length).toBeGreaterThan(50);
      await expectEvidence(held0.map(({ id }) => id));
      expectVerified(fetched);
      const place = { chain: { id: chain } };
      const body = { metadata: { recordType: "loan.repayment", ...place }, record: { next: serial } };
      const next = await service.call("POST /v1/deposits", { body });
      expect([next.status, next.json.code]).toEqual([409, "chain-held"]);
      const shown = { evidence: JSON.parse(Buffer.from(fetched).toString()) as object };
      expect((await service.call(`POST /v1/chains/${chain}/resume`, { body: shown })).status).toBe(200);
      const { statement } = (await service.deposit({ next: serial }, place)).json;
      expect(statement.chain.sequence).toBe(after.json.statement.chain.sequence + 1);
      await expectEvidence([statement.id]);
      await mirrored();
      for (const id of ORGANISATION_IDS)
        expect(await service.nodeStatus(id)).toMatchObject({ misconducts: 0 });
      tell(
        `${name} (${JSON.stringify(reached)}): ${held0.length} deposits of the backup are final, ${lost.length + 1} came after it`,
      );
    },
    240_000,
  );
});

/** The prefix of a mirror that has all that the notary shows, as every other. */
async function mirrored(): Promise<string> {
  const [, size] = (await (await fetch(`${service.url}/ledger/checkpoint`)).text()).split("\n");
  const statuses = await eventually("every node has mirrored the ledger", async () => {
    const all = await Promise.all(ORGANISATION_IDS.map((id) => service.nodeStatus(id)));
    return all.every(({ mirroredSize }) => (mirroredSize ?? 0) >= Number(size)) ? all : undefined;
  });
  return `${service.nodeUrl("example-court-east")}/mirror/${statuses[0]?.originHash ?? ""}`;
}
