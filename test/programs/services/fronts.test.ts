/** `fronts` of notary.json as operating-system processes: they answer at one port, come back when killed, and end together. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "@jest/globals";
import { DEPOSITOR } from "../../../scripts/quickstart/sample-consortium.js";
import { eventually, inParallel } from "../../story/eventually.js";
import { type SampleService, sampleServices } from "../../story/sample-service.js";
import { readStoredLedger } from "../../crash/stored-ledger.js";

const prepare = sampleServices();
let service: SampleService;

beforeAll(async () => {
  service = await prepare({ fronts: 2, sealing: { afterMs: 100, promiseMs: 30_000, maxBatchSize: 64 } });
  await service.start();
}, 120_000);

/** Process ids of the fronts that the notary has started. */
function fronts(): number[] {
  try {
    return execFileSync("pgrep", ["-P", String(service.notary.pid), "-f", "services/front.js"], {
      encoding: "utf8",
    })
      .trim()
      .split("\n")
      .map(Number);
  } catch {
    return []; // pgrep says so where there is none.
  }
}

it("take deposits into one chain without a gap, whichever of them is asked", async () => {
  expect(fronts()).toHaveLength(2);
  const first = await service.deposit({ begins: true }, { chain: {} });
  const { id } = first.json.statement.chain as { id: string };
  const answers = await inParallel(Array.from({ length: 40 }), 16, (_, i) =>
    service.deposit({ link: i }, { chain: { id } }),
  );
  const sequences = answers.map(({ json }) => json.statement.chain.sequence as number);
  expect(sequences.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 2));
  const last = answers.at(-1)?.json.id as string;
  expect((await service.evidence(last)).length).toBeGreaterThan(0);
}, 60_000);

it("are started again when they are killed, and lose nothing that they answered", async () => {
  const [victim] = fronts();
  const before = await service.deposit({ before: "the kill" });
  process.kill(victim ?? 0, "SIGKILL");
  const now = await eventually("there are two again", () => {
    const running = fronts();
    return running.length === 2 && !running.includes(victim ?? 0) ? running : undefined;
  });
  expect(now).toHaveLength(2);
  const again = await eventually("it answers", () =>
    service.deposit({ after: "the kill" }).catch(() => undefined),
  );
  const { deposits } = readStoredLedger(join(service.data, "notary"), DEPOSITOR);
  expect(deposits.map(({ id }) => id)).toEqual(expect.arrayContaining([before.json.id, again.json.id]));
}, 60_000);

it("are killed and started again when they hang", async () => {
  const [victim = 0, other] = fronts();
  process.kill(victim, "SIGSTOP");
  const now = await eventually(
    "another one takes its place",
    () => {
      const running = fronts();
      return running.length === 2 && !running.includes(victim) ? running : undefined;
    },
    60_000,
  );
  expect(now).toContain(other);
  expect(readFileSync(service.notary.logFile, "utf8")).toContain("a front process hangs");
  await service.deposit({ after: "it hung" });
}, 90_000);

it("end when the notary is told to end, and when it is killed", async () => {
  const told = fronts();
  await service.notary.stop();
  expect(told.filter(isRunning)).toEqual([]);
  await service.startNotary();
  const left = fronts();
  expect(left).toHaveLength(2);
  await service.notary.stop("SIGKILL");
  // Nothing of the killed one is in the way of the next one: no port, no lock, and soon no process.
  await service.startNotary();
  await service.deposit({ after: "the kill of all" });
  expect(left.filter(isRunning)).toEqual([]);
}, 60_000);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
