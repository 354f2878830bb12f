/**
 * Time-stamping as processes: the authority is killed, deposits become final as before, the notary is killed meanwhile,
 * and when both are back every deposit's evidence gets its token, which the command line verifies offline.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { RunningProcess } from "../../scripts/quickstart/processes.js";
import {
  type PreparedAuthority,
  type RunningSample,
  startNotary,
  startSample,
  startTimestampAuthority,
} from "../../scripts/quickstart/sample.js";
import { freePort, TIMESTAMP_AUTHORITY } from "../../scripts/quickstart/sample-consortium.js";
import { parseEvidence } from "../../src/core/evidence/evidence.js";
import { call } from "../http/client.js";
import { eventually } from "./eventually.js";
import { verifyOffline } from "./offline-verifier.js";

const folder = mkdtempSync(join(tmpdir(), "cunzheng-timestamps-"));
const data = join(folder, "data");
let running: RunningSample;
let authority: PreparedAuthority;
const further: RunningProcess[] = [];

beforeAll(async () => {
  running = await startSample(data, await freePort());
  if (running.timestampAuthority === undefined) throw new Error("OpenSSL is missing");
  authority = running.timestampAuthority;
}, 120_000);
afterAll(async () => {
  await Promise.all(further.map((each) => each.stop()));
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

const kill = async (name: string) => running.processes.find((each) => each.name === name)?.stop("SIGKILL");

/** Its id, and how long it took to be final. */
async function finalDeposit(record: string): Promise<{ id: string; ms: number }> {
  const begun = performance.now();
  const key = running.apiKeys.bank;
  const body = { metadata: { recordType: "test.record" }, record };
  const { json } = await call(running, "POST /v1/deposits", { key, body });
  const id = json.id as string;
  await evidenceOf(id);
  return { id, ms: performance.now() - begun };
}

async function evidenceOf(id: string): Promise<Uint8Array> {
  const headers = { Prefer: "wait=20" };
  const sent = { key: running.apiKeys.bank, headers };
  const { status, bytes } = await call(running, `GET /v1/deposits/${id}/evidence`, sent);
  expect(status).toBe(200);
  return bytes;
}

const stamped = (id: string) =>
  eventually(`a token for ${id}`, async () => {
    const evidence = await evidenceOf(id);
    return parseEvidence(evidence).timestamps.length > 0 ? evidence : undefined;
  });

async function authorityState(): Promise<{ alive: boolean; pending: number; lastError?: string }> {
  const { json } = await call(running, "GET /v1/status", { key: running.apiKeys.operator });
  const [state] = json.timestampAuthorities as [{ alive: boolean; pending: number; lastError?: string }];
  return state;
}

async function expectTimestamped(id: string): Promise<void> {
  const file = join(folder, `${id}.evidence.json`);
  writeFileSync(file, await stamped(id));
  const { exitCode, report } = await verifyOffline([], [file, "--consortium", running.consortiumFile]);
  expect({ exitCode, verdict: report.verdict }).toEqual({ exitCode: 0, verdict: "verified" });
  expect(report.checks.find(({ name }) => name === "timestamps")).toMatchObject({ result: "passed" });
  expect(report.times?.timestampedAt).toMatch(/Z$/);
}

it("stamps every deposit, also those of while the authority and then the notary were killed", async () => {
  const before = await finalDeposit("before");
  await expectTimestamped(before.id);
  await kill(TIMESTAMP_AUTHORITY);

  const during = [];
  for (let i = 0; i < 3; i++) during.push(await finalDeposit(`while it is dead ${i}`));
  const slowest = Math.max(...during.map(({ ms }) => ms));
  console.log(
    `final after ${before.ms.toFixed(0)} ms with the authority, at most ${slowest.toFixed(0)} without`,
  );
  expect(slowest).toBeLessThan(before.ms + 5000);
  expect(await authorityState()).toMatchObject({ alive: false, pending: 3 });
  expect((await call(running, "GET /readyz", {})).status).toBe(200);

  await kill("notary");
  further.push(await startTimestampAuthority(data, authority));
  further.push(await startNotary(data, running.sample, running.url));
  for (const { id } of during) await expectTimestamped(id);
  expect(await authorityState()).toMatchObject({ alive: true, pending: 0 });
}, 240_000);
