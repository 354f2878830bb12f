/**
 * How fast the whole way is on this machine, as a table. The notary and five witness nodes run as
 * their own processes, the load comes from this one, all on the same cores: figures of one machine, not of a cluster.
 * Each is the median of several runs with the lowest and highest beside it.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyEvidence } from "../../src/core/verify/verify-evidence.js";
import { parseConsortium } from "../../src/core/trust/consortium.js";
import { createDigester, verifyEd25519 } from "../../src/platform/keys/ed25519.js";
import { freePort } from "../quickstart/sample-consortium.js";
import { startSample, type RunningSample } from "../quickstart/sample.js";
import { CONNECTIONS, Load } from "./load/load.js";
import { percentile } from "./statistics.js";
import { machine, printTable, type Row } from "./table.js";

const RUNS = 3;
const SECONDS = 8;
const STEADY_RATE = 500;

/** Closed loop: every connection sends its next deposit as soon as it holds the receipt of the last. */
async function throughput({ url, apiKeys }: RunningSample): Promise<Row[]> {
  const runs: { perSecond: number; latencies: number[] }[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const load = new Load(url, apiKeys.bank);
    const latencies: number[] = [];
    const begun = performance.now();
    const seconds = run === 0 ? 2 : SECONDS;
    const worker = async () => {
      while (performance.now() - begun < seconds * 1000) latencies.push((await load.deposit()).ms);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    const elapsed = (performance.now() - begun) / 1000;
    await load.close();
    // The first run warms the compiler up and is not counted.
    if (run > 0) runs.push({ perSecond: latencies.length / elapsed, latencies });
  }
  return [
    { what: `deposits, ${CONNECTIONS} connections`, values: runs.map((r) => r.perSecond), unit: "/s" },
    { what: "  time to receipt, p50", values: runs.map((r) => percentile(r.latencies, 50)), unit: "ms" },
    { what: "  time to receipt, p99", values: runs.map((r) => percentile(r.latencies, 99)), unit: "ms" },
  ];
}

/** Open loop: deposits leave at a fixed rate whether or not earlier ones have been answered. */
async function steady({ url, apiKeys }: RunningSample): Promise<Row[]> {
  const runs: { receipts: number[]; finalities: number[] }[] = [];
  for (let run = 0; run < RUNS; run++) {
    const load = new Load(url, apiKeys.bank);
    const pending: Promise<{ id: string; ms: number }>[] = [];
    const begun = performance.now();
    const total = STEADY_RATE * SECONDS;
    while (pending.length < total) {
      const due = Math.min(total, Math.floor(((performance.now() - begun) / 1000) * STEADY_RATE) + 1);
      while (pending.length < due) pending.push(load.deposit());
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const deposits = await Promise.all(pending);
    const finalities: number[] = [];
    const sampled = deposits.filter((_, i) => i % 20 === 0);
    for (const { id } of sampled) finalities.push(await load.finality(id));
    await load.close();
    runs.push({ receipts: deposits.map(({ ms }) => ms), finalities });
  }
  const of = (pick: (run: (typeof runs)[number]) => number[], p: number) =>
    runs.map((run) => percentile(pick(run), p));
  const at = `at ${STEADY_RATE} deposits/s`;
  return [
    { what: `time to receipt ${at}, p50`, values: of((r) => r.receipts, 50), unit: "ms" },
    { what: `time to receipt ${at}, p99`, values: of((r) => r.receipts, 99), unit: "ms", mark: "< 50" },
    { what: `time to finality ${at}, p50`, values: of((r) => r.finalities, 50), unit: "ms", mark: "< 1500" },
    { what: `time to finality ${at}, p99`, values: of((r) => r.finalities, 99), unit: "ms" },
  ];
}

/** The whole procedure on one core, over evidence just made, with Node's own crypto and with core's portable one. */
async function verification({ url, apiKeys, consortiumFile }: RunningSample): Promise<Row[]> {
  const load = new Load(url, apiKeys.bank);
  const consortium = new Uint8Array(await readFile(consortiumFile));
  const { id } = await load.deposit();
  const evidence = await load.evidence(id);
  await load.close();
  const parsedOnce = parseConsortium(consortium);
  const rate = (
    options: object,
    seconds: number,
    trust: typeof consortium | typeof parsedOnce = consortium,
  ) => {
    let count = 0;
    const begun = performance.now();
    while (performance.now() - begun < seconds * 1000) {
      const { verdict } = verifyEvidence({ evidence, consortium: trust, ...options });
      if (verdict !== "verified") throw new Error(`the evidence is ${verdict}`);
      count++;
    }
    return count / ((performance.now() - begun) / 1000);
  };
  const fast = { verifyEd25519, createDigester };
  rate(fast, 0.5);
  rate({}, 0.5);
  const runs = Array.from({ length: RUNS }, () => ({
    many: rate(fast, 2, parsedOnce),
    fast: rate(fast, 2),
    portable: rate({}, 2),
  }));
  const row = (what: string, pick: (run: (typeof runs)[number]) => number): Row => ({
    what: `verifications, one core, ${what}`,
    values: runs.map(pick),
    unit: "/s",
  });
  return [
    row("trust file read once", (run) => run.many),
    row("trust file each time", (run) => run.fast),
    row("the same, portable", (run) => run.portable),
  ];
}

export async function benchService(): Promise<void> {
  const head = [
    ...machine(),
    `Notary, five witness nodes and the load share it; ${RUNS} runs of ${SECONDS} s; median [lowest to highest]`,
  ];
  const data = await mkdtemp(join(tmpdir(), "cunzheng-bench-"));
  let sample: RunningSample | undefined;
  try {
    sample = await startSample(data, await freePort(), { isTimestamped: false });
    printTable(head, [
      ...(await throughput(sample)),
      ...(await steady(sample)),
      ...(await verification(sample)),
    ]);
  } finally {
    await sample?.stop();
    await rm(data, { recursive: true, force: true });
  }
}
