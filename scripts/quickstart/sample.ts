/** The sample consortium running: six processes and the demonstration's API keys. Also what the bench and the story tests drive. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DemoKeys, openAccounts } from "./accounts.js";
import { type RunningProcess, startProcess, waitUntilReady } from "./processes.js";
import { openSampleConsortium, type SampleConsortium } from "./sample-consortium.js";

export interface RunningSample {
  readonly url: string;
  readonly apiKeys: DemoKeys;
  readonly consortiumFile: string;
  readonly processes: readonly RunningProcess[];
  /** Ends all six; resolves when none is left. */
  stop(): Promise<void>;
}

export async function startSample(data: string, port: number): Promise<RunningSample> {
  const url = `http://127.0.0.1:${port}`;
  const sample = await openSampleConsortium(data, port);
  const accounts = await openAccounts(data, sample);
  const processes: RunningProcess[] = [];
  const stop = async () => {
    await Promise.all(processes.map((running) => running.stop()));
  };
  try {
    const starting = [
      ...sample.witnessConfigs.map((node) => startWitnessNode(data, node)),
      startNotary(data, sample, url),
    ].map(async (started) => processes.push(await started));
    // All must have settled before a failure is told: a process still starting could not be ended.
    for (const outcome of await Promise.allSettled(starting))
      if (outcome.status === "rejected") throw outcome.reason;
    const apiKeys = await accounts.register(url);
    return { url, apiKeys, consortiumFile: sample.consortiumFile, processes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function startWitnessNode(
  data: string,
  { organisation, config }: SampleConsortium["witnessConfigs"][number],
): Promise<RunningProcess> {
  const running = startProcess(
    organisation,
    ["witness", "--config", config],
    join(data, "nodes", organisation, "log.jsonl"),
  );
  const { listen } = JSON.parse(await readFile(config, "utf8")) as { listen: { port: number } };
  return ready(running, `http://127.0.0.1:${listen.port}/status`);
}

export async function startNotary(
  data: string,
  sample: SampleConsortium,
  url: string,
): Promise<RunningProcess> {
  const running = startProcess(
    "notary",
    ["serve", "--config", sample.notaryConfig],
    join(data, "notary", "log.jsonl"),
  );
  return ready(running, `${url}/readyz`);
}

/** A process that does not become ready is ended before the failure is told. */
async function ready(running: RunningProcess, url: string): Promise<RunningProcess> {
  try {
    await waitUntilReady(running, url);
    return running;
  } catch (error) {
    await running.stop("SIGKILL");
    throw error;
  }
}
