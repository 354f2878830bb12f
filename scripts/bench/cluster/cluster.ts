/**
 * What several processes on a MongoDB replica set bring and cost beside one process on SQLite: the same load on the same machine,
 * by turns, and how much of the processors each kind of process uses for a deposit. All of it shares this machine, so that the
 * rates are those of its cores; what a kind of process costs is what a machine of its own would be planned by.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../quickstart/sample-consortium.js";
import { startNotary, startSample, type RunningSample } from "../../quickstart/sample.js";
import { runLoad } from "../load/run-load.js";
import { percentile } from "../statistics.js";
import { machine, printTable, type Row } from "../table.js";
import { type Answering, openClusteredNotary } from "./clustered-notary.js";
import { processorMicroseconds } from "./processor-time.js";

const CONNECTIONS = [64, 256, 1024] as const;
/** How many processes answer requests on MongoDB; 0 stands for one process that does all, on SQLite. */
const KINDS = [0, 1, 2, 3] as const;

export interface ClusterBench {
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
}

interface Measured {
  readonly kind: number;
  readonly connections: number;
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly refusals: number;
  /** Microseconds of the processors a deposit, by kind of process. */
  readonly costs: ReadonlyMap<string, number>;
}

const nameOf = (kind: number): string => (kind === 0 ? "embedded" : `${kind} API`);

export async function benchCluster({ rounds, seconds }: ClusterBench): Promise<void> {
  const head = [
    ...machine(),
    "Embedded: `cunzheng serve` on SQLite. N API: N x `serve --api`, one `worker`, MongoDB (three members, journal), Redis; cluster over 127.0.0.1",
    `Five witness nodes each and the load share the machine, the load as a process of its own; ${rounds} rounds by turns, ${seconds} s each; median [lowest to highest]`,
  ];
  const data = await mkdtemp(join(tmpdir(), "cunzheng-bench-"));
  const closers: (() => Promise<void>)[] = [];
  try {
    const [embedded, clustered] = [join(data, "embedded"), join(data, "clustered")];
    const sample = await startSample(embedded, await freePort(), { isTimestamped: false });
    closers.push(() => sample.stop());
    const notary = await openClusteredNotary(clustered);
    closers.push(() => notary.stop());
    const startEmbedded = await embeddedByTurns(sample, embedded);
    const all: Measured[] = [];
    for (let round = 0; round < rounds; round++)
      for (const kind of KINDS) {
        const answering = await (kind === 0 ? startEmbedded() : notary.start(kind));
        for (const connections of CONNECTIONS)
          all.push(await measure(answering, { kind, connections, seconds }));
        await answering.stop();
      }
    printTable(head, rates(all));
    printTable(["Where the time goes: microseconds of the processors a deposit"], costs(all));
  } finally {
    for (const close of closers.reverse()) await close();
    await rm(data, { recursive: true, force: true });
  }
}

/** The sample's notary is stopped, and started again for each turn; its nodes go on. */
async function embeddedByTurns(sample: RunningSample, data: string): Promise<() => Promise<Answering>> {
  const { url, apiKeys, processes } = sample;
  await processes.find(({ name }) => name === "notary")?.stop();
  const nodes = processes.filter(({ name }) => name !== "notary");
  return async () => {
    const notary = await startNotary(data, sample.sample, url);
    const kinds = [
      { what: "notary", pids: [notary.pid] },
      { what: `${nodes.length} witness nodes`, pids: nodes.map(({ pid }) => pid) },
    ];
    return {
      ...{ urls: [url], apiKey: apiKeys.bank },
      kinds: () => Promise.resolve(kinds),
      stop: () => notary.stop(),
    };
  };
}

async function measure(
  { urls, apiKey, kinds }: Answering,
  { kind, connections, seconds }: { kind: number; connections: number; seconds: number },
): Promise<Measured> {
  const load = { urls, apiKey, connections, mayBeRefused: true };
  // Not counted: the compiler warms up, and files and tables get their first pages.
  await runLoad({ ...load, seconds: seconds / 2 });
  const measured = await kinds();
  const used = () =>
    measured.map(({ pids }) => pids.reduce((sum, pid) => sum + processorMicroseconds(pid), 0));
  const before = used();
  const answer = await runLoad({ ...load, seconds });
  const after = used();
  const { perSecond, latencies, refusals } = answer;
  const perDeposit = (microseconds: number) => microseconds / latencies.length;
  return {
    ...{ kind, connections, perSecond, p99Ms: percentile(latencies, 99), refusals },
    costs: new Map([
      ...measured.map(({ what }, i) => [what, perDeposit((after[i] ?? NaN) - (before[i] ?? NaN))] as const),
      ["the load", perDeposit(answer.processorMicroseconds)],
    ]),
  };
}

const of = (all: readonly Measured[], kind: number, connections: number): readonly Measured[] =>
  all.filter((one) => one.kind === kind && one.connections === connections);

const rates = (all: readonly Measured[]): Row[] =>
  CONNECTIONS.flatMap((connections) => {
    const embedded = of(all, 0, connections);
    return KINDS.flatMap((kind): Row[] => {
      const runs = of(all, kind, connections);
      const rate: Row = {
        what: `deposits, ${connections} connections, ${nameOf(kind)}`,
        values: runs.map(({ perSecond }) => perSecond),
        unit: "/s",
      };
      const refusals = runs.map((run) => run.refusals);
      const refused: Row[] = refusals.some((count) => count > 0)
        ? [{ what: "  answered 503 or 408, and asked a second later", values: refusals, unit: "times" }]
        : [];
      const p99: Row = { what: "  time to receipt, p99", values: runs.map(({ p99Ms }) => p99Ms), unit: "ms" };
      if (kind === 0) return [rate, p99, ...refused];
      // Each run against that of the same round: what else the machine does changes from round to round.
      const ratio = runs.map(({ perSecond }, i) => (100 * perSecond) / (embedded[i]?.perSecond ?? NaN));
      return [
        rate,
        p99,
        ...refused,
        { what: "  of what embedded takes in the same round", values: ratio, unit: "%" },
      ];
    });
  });

const costs = (all: readonly Measured[]): Row[] =>
  CONNECTIONS.flatMap((connections) =>
    KINDS.flatMap((kind): Row[] => {
      const runs = of(all, kind, connections);
      const at = `${connections} connections, ${nameOf(kind)}`;
      const total = runs.map((run) => [...run.costs.values()].reduce((sum, one) => sum + one, 0));
      return [
        { what: `${at}: all of it`, values: total, unit: "µs" },
        ...[...(runs[0]?.costs.keys() ?? [])].map((what) => ({
          what: `  ${what}`,
          values: runs.map((run) => run.costs.get(what) ?? NaN),
          unit: "µs",
        })),
      ];
    }),
  );
