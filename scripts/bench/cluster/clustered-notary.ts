/**
 * A notary as several machines would run it, on one: a replica set of three, a Redis, five nodes, one worker that is reached over
 * TCP, and as many processes that answer requests as are asked for, each with a data folder of its own.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { migrateMongoStore } from "../../../src/adapters/mongo/schema/make-store.js";
import { findMongod } from "../../cluster/mongod.js";
import { prepareRedis } from "../../cluster/redis-server.js";
import { startReplicaSet } from "../../cluster/replica-set.js";
import { PROGRAM } from "../../project.js";
import { openAccounts } from "../../quickstart/accounts.js";
import { type RunningProcess, startProcess, waitUntilReady } from "../../quickstart/processes.js";
import { freePort, openSampleConsortium } from "../../quickstart/sample-consortium.js";
import { startWitnessNode } from "../../quickstart/sample.js";

const MEMBERS = 3;
/** On a machine where others are at work too: it also waits for the worker to lead. */
const READY_WITHIN_MS = 120_000;

/** A kind of process, as the table calls it, and those that are of it. */
export interface Kind {
  readonly what: string;
  readonly pids: readonly number[];
}

export interface Answering {
  readonly urls: readonly string[];
  readonly apiKey: string;
  /** All that runs for it but the load, as of now: which member takes the writes may change. */
  kinds(): Promise<readonly Kind[]>;
  stop(): Promise<void>;
}

export interface ClusteredNotary {
  /** Resolves when `count` processes answer. One call at a time: the one before has been stopped. */
  start(count: number): Promise<Answering>;
  stop(): Promise<void>;
}

/** What was started is ended where it fails. */
export async function openClusteredNotary(data: string): Promise<ClusteredNotary> {
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const set = await startReplicaSet(findMongod(), MEMBERS);
    closers.push(() => set.stop());
    const redis = await prepareRedis();
    closers.push(() => redis.stop());
    await redis.start();
    const store = set.url.replace("/?", "/bench?");
    await migrateMongoStore(store);

    const port = await freePort();
    const sample = await openSampleConsortium(data, port);
    const configs = await configure(sample.notaryConfig, {
      store,
      queue: `redis://127.0.0.1:${redis.port}/0`,
    });
    const accounts = await openAccounts(data, sample);
    const nodes: RunningProcess[] = [];
    closers.push(async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    });
    for (const config of sample.witnessConfigs) nodes.push(await startWitnessNode(data, config));

    let apiKey: string | undefined;
    const start = async (count: number): Promise<Answering> => {
      const running: RunningProcess[] = [];
      const stopRunning = async () => {
        await Promise.all(running.splice(0).map((one) => one.stop()));
      };
      closers.push(stopRunning);
      const run = (name: string, args: readonly string[]): RunningProcess => {
        const started = startProcess(name, args, join(data, "notary", `${name}.jsonl`));
        running.push(started);
        return started;
      };
      const worker = run("worker", ["worker", "--config", sample.notaryConfig]);
      const apis = await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const { file, url } = await configs.ofApi(i);
          const api = run(`api-${i}`, ["serve", "--api", "--config", file]);
          await waitUntilReady(api, `${url}/readyz`, READY_WITHIN_MS);
          return { pid: api.pid, url };
        }),
      );
      const urls = apis.map(({ url }) => url);
      apiKey ??= (await accounts.register(urls[0] ?? "")).bank;
      const kinds = async (): Promise<readonly Kind[]> => {
        const primary = await set.primary();
        const others = set.members.filter(({ address }) => address !== primary.address);
        return [
          {
            what: count === 1 ? "the API process" : `${count} API processes`,
            pids: apis.map(({ pid }) => pid),
          },
          { what: "worker", pids: [worker.pid] },
          { what: "mongod, the primary", pids: [primary.pid()] },
          ...others.map(({ pid }, i) => ({ what: `mongod, secondary ${i + 1}`, pids: [pid()] })),
          { what: "redis", pids: redis.pid === undefined ? [] : [redis.pid] },
          { what: `${nodes.length} witness nodes`, pids: nodes.map(({ pid }) => pid) },
        ];
      };
      return { urls, apiKey, kinds, stop: stopRunning };
    };
    return { start, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes the sample's notary.json that of the worker, and writes one for each process that answers. */
async function configure(notaryConfig: string, servers: { readonly store: string; readonly queue: string }) {
  const own = JSON.parse(await readFile(notaryConfig, "utf8")) as { dataFolder: string };
  const folder = own.dataFolder;
  const keyFile = join(folder, "cluster.key");
  await promisify(execFile)(process.execPath, [PROGRAM, "keygen", "cluster-key", "--out", keyFile]);
  const shared = {
    ...own,
    ...servers,
    keys: { log: join(folder, "log.key"), receipt: join(folder, "receipt.key") },
  };
  const workerPort = await freePort();
  const cluster = { keyFile, listen: { host: "127.0.0.1", port: workerPort } };
  await write(notaryConfig, { ...shared, cluster });
  const files: { readonly file: string; readonly url: string }[] = [];
  const ofApi = async (i: number) => {
    const there = files[i];
    if (there !== undefined) return there;
    const dataFolder = join(folder, `api-${i}`);
    await mkdir(dataFolder, { mode: 0o700 });
    const listen = { host: "127.0.0.1", port: await freePort() };
    const made = { file: join(dataFolder, "notary.json"), url: `http://127.0.0.1:${listen.port}` };
    await write(made.file, { ...shared, dataFolder, listen, cluster: { keyFile } });
    files[i] = made;
    return made;
  };
  return { ofApi };
}

const write = (file: string, value: object): Promise<void> =>
  writeFile(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
