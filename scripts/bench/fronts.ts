/**
 * What processes that answer requests bring (`fronts` of notary.json): the same load on the same machine, by turns with one
 * process that does all and with fronts and one that works. The load comes from a process of its own, on the same cores.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../quickstart/sample-consortium.js";
import { startNotary, startSample, type RunningSample } from "../quickstart/sample.js";
import { runLoad } from "./load/run-load.js";
import { percentile } from "./statistics.js";
import { machine, printTable, type Row } from "./table.js";

const ROUNDS = 3;
const SECONDS = 6;
const KINDS = [0, 2] as const;
const CONNECTIONS = [64, 256] as const;

interface Measured {
  readonly fronts: number;
  readonly connections: number;
  readonly perSecond: number;
  readonly latencies: readonly number[];
}

async function measure(sample: RunningSample, data: string): Promise<Measured[]> {
  const { url, apiKeys } = sample;
  const { notaryConfig } = sample.sample;
  const configured = JSON.parse(await readFile(notaryConfig, "utf8")) as object;
  const notaries = sample.processes.filter(({ name }) => name === "notary");
  const measured: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++)
    for (const fronts of KINDS) {
      for (const notary of notaries.splice(0)) await notary.stop();
      await writeFile(notaryConfig, JSON.stringify({ ...configured, fronts }, null, 2));
      const notary = await startNotary(data, sample.sample, url);
      notaries.push(notary);
      for (const connections of CONNECTIONS) {
        await runLoad({ urls: [url], apiKey: apiKeys.bank, connections, seconds: 2 });
        const answer = await runLoad({ urls: [url], apiKey: apiKeys.bank, connections, seconds: SECONDS });
        measured.push({ fronts, connections, ...answer });
      }
    }
  for (const notary of notaries) await notary.stop();
  return measured;
}

export async function benchFronts(): Promise<void> {
  const head = [
    ...machine(),
    `Notary, five witness nodes and the load share it; ${ROUNDS} rounds by turns, ${SECONDS} s each; median [lowest to highest]`,
  ];
  const data = await mkdtemp(join(tmpdir(), "cunzheng-bench-"));
  let sample: RunningSample | undefined;
  try {
    sample = await startSample(data, await freePort(), { isTimestamped: false });
    const all = await measure(sample, data);
    const of = (fronts: number, connections: number) =>
      all.filter((one) => one.fronts === fronts && one.connections === connections);
    const rows = CONNECTIONS.flatMap((connections): Row[] => [
      ...KINDS.flatMap((fronts): Row[] => {
        const who = fronts === 0 ? "one process" : `${fronts} fronts`;
        return [
          {
            what: `deposits, ${connections} connections, ${who}`,
            values: of(fronts, connections).map(({ perSecond }) => perSecond),
            unit: "/s",
          },
          {
            what: "  time to receipt, p99",
            values: of(fronts, connections).map(({ latencies }) => percentile([...latencies], 99)),
            unit: "ms",
          },
        ];
      }),
      {
        what: `  fronts to one process, ${connections} connections`,
        values: of(2, connections).map(
          ({ perSecond }, i) => perSecond / (of(0, connections)[i]?.perSecond ?? NaN),
        ),
        unit: "times",
        mark: "> 2",
      },
    ]);
    printTable(head, rows);
  } finally {
    await sample?.stop();
    await rm(data, { recursive: true, force: true });
  }
}
