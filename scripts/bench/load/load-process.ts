/** Sends one load, as its parent orders it, and answers with what came of it. */
import { setTimeout as delay } from "node:timers/promises";
import { Load, RefusedForNow } from "./load.js";

export interface LoadOrder {
  /** The connections are spread evenly over these, and each stays with its own. */
  readonly urls: readonly string[];
  readonly apiKey: string;
  readonly connections: number;
  readonly seconds: number;
  /** Who is refused for now asks again after a second, and is counted; otherwise the load ends with an error. */
  readonly mayBeRefused?: boolean;
}

export interface LoadAnswer {
  readonly perSecond: number;
  /** In milliseconds, one a deposit. */
  readonly latencies: readonly number[];
  /** How often a deposit was answered 503 or 408. */
  readonly refusals: number;
  /** Of this process while it sent the load, in microseconds. */
  readonly processorMicroseconds: number;
}

process.once("message", (order) => {
  void run(order as LoadOrder).then((answer) => {
    process.send?.(answer, () => process.exit(0));
  });
});

/** Closed loop: every connection sends its next deposit as soon as it holds the receipt of the last. */
async function run({ urls, apiKey, connections, seconds, mayBeRefused }: LoadOrder): Promise<LoadAnswer> {
  const shares = urls.map((_, i) => Math.floor((connections + i) / urls.length));
  const loads = urls.map((url, i) => ({
    load: new Load(url, apiKey, shares[i]),
    connections: shares[i] ?? 0,
  }));
  const latencies: number[] = [];
  let refusals = 0;
  const deposit = async (load: Load) => {
    try {
      latencies.push((await load.deposit()).ms);
    } catch (error) {
      if (!mayBeRefused || !(error instanceof RefusedForNow)) throw error;
      refusals++;
      await delay(1000);
    }
  };
  const usedBefore = process.cpuUsage();
  const begun = performance.now();
  await Promise.all(
    loads.flatMap(({ load, connections: own }) =>
      Array.from({ length: own }, async () => {
        while (performance.now() - begun < seconds * 1000) await deposit(load);
      }),
    ),
  );
  const perSecond = latencies.length / ((performance.now() - begun) / 1000);
  const { user, system } = process.cpuUsage(usedBefore);
  await Promise.all(loads.map(({ load }) => load.close()));
  return { perSecond, latencies, refusals, processorMicroseconds: user + system };
}
