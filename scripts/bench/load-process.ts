/** Sends one load, as its parent orders it, and answers with what came of it. */
import { Load } from "./load.js";

export interface LoadOrder {
  readonly url: string;
  readonly apiKey: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadAnswer {
  readonly perSecond: number;
  /** In milliseconds, one a deposit. */
  readonly latencies: readonly number[];
}

process.once("message", (order) => {
  void run(order as LoadOrder).then((answer) => {
    process.send?.(answer, () => process.exit(0));
  });
});

/** Closed loop: every connection sends its next deposit as soon as it holds the receipt of the last. */
async function run({ url, apiKey, connections, seconds }: LoadOrder): Promise<LoadAnswer> {
  const load = new Load(url, apiKey, connections);
  const latencies: number[] = [];
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() - begun < seconds * 1000) latencies.push((await load.deposit()).ms);
    }),
  );
  const perSecond = latencies.length / ((performance.now() - begun) / 1000);
  await load.close();
  return { perSecond, latencies };
}
