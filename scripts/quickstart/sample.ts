/**
 * The sample consortium running: a notary, five nodes, a time-stamping authority, and the demonstration's API keys. Also
 * what the bench and the story tests drive.
 */
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT } from "../project.js";
import { openTimestampAuthority } from "../timestamp-authority/openssl.js";
import { type DemoKeys, openAccounts } from "./accounts.js";
import { type RunningProcess, startProcess, waitUntilReady } from "./processes.js";
import {
  freePort,
  openSampleConsortium,
  type SampleConsortium,
  type SampleTimestampAuthority,
  TIMESTAMP_AUTHORITY,
} from "./sample-consortium.js";

export interface RunningSample {
  readonly url: string;
  readonly apiKeys: DemoKeys;
  readonly consortiumFile: string;
  readonly sample: SampleConsortium;
  readonly processes: readonly RunningProcess[];
  /** Undefined where OpenSSL is missing, which is the authority. */
  readonly timestampAuthority: PreparedAuthority | undefined;
  /** Ends all; resolves when none is left. */
  stop(): Promise<void>;
}

export async function startSample(
  data: string,
  port: number,
  { isTimestamped = hasOpenssl() }: { readonly isTimestamped?: boolean } = {},
): Promise<RunningSample> {
  const url = `http://127.0.0.1:${port}`;
  const authority = isTimestamped ? await prepareTimestampAuthority(data) : undefined;
  const sample = await openSampleConsortium(data, port, authority);
  const accounts = await openAccounts(data, sample);
  const processes: RunningProcess[] = [];
  const stop = async () => {
    await Promise.all(processes.map((running) => running.stop()));
  };
  try {
    const starting = [
      ...sample.witnessConfigs.map((node) => startWitnessNode(data, node)),
      startNotary(data, sample, url),
      ...(authority ? [startTimestampAuthority(data, authority)] : []),
    ].map(async (started) => processes.push(await started));
    // All must have settled before a failure is told: a process still starting could not be ended.
    for (const outcome of await Promise.allSettled(starting))
      if (outcome.status === "rejected") throw outcome.reason;
    const apiKeys = await accounts.register(url);
    const { consortiumFile } = sample;
    return { url, apiKeys, consortiumFile, sample, processes, timestampAuthority: authority, stop };
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
  const { listen } = JSON.parse(await readFile(config, "utf8")) as { listen: { host: string; port: number } };
  return ready(running, `http://${listen.host}:${listen.port}/status`);
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

const hasOpenssl = (): boolean => spawnSync("openssl", ["version"]).status === 0;

export interface PreparedAuthority extends SampleTimestampAuthority {
  readonly port: number;
}

/** Its keys and certificates are made before the trust file that names them; its port stays what it was. */
async function prepareTimestampAuthority(data: string): Promise<PreparedAuthority> {
  const folder = authorityFolder(data);
  const { rootPem } = await openTimestampAuthority(folder);
  const portFile = join(folder, "port");
  const kept = await readFile(portFile, "utf8").catch(() => undefined);
  const port = kept === undefined ? await freePort() : Number(kept);
  await writeFile(portFile, String(port));
  return { rootPem, port, url: `http://127.0.0.1:${port}/` };
}

export async function startTimestampAuthority(
  data: string,
  { port, url }: PreparedAuthority,
): Promise<RunningProcess> {
  const folder = authorityFolder(data);
  const log = join(folder, "log.jsonl");
  return ready(startProcess(TIMESTAMP_AUTHORITY, [folder, String(port)], log, [], AUTHORITY_PROGRAM), url);
}

const authorityFolder = (data: string): string => join(data, "timestamp-authority");
const AUTHORITY_PROGRAM = join(PROJECT, "dist/scripts/timestamp-authority/main.js");

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
