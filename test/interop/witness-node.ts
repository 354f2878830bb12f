/** Our witness node as a process of its own, for a log that others run. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "@jest/globals";
import { type RunningProcess, startProcess, waitUntilReady } from "../../scripts/quickstart/processes.js";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import type { NodeStatus } from "../story/sample-service.js";

export interface WitnessedLog {
  readonly origin: string;
  readonly vkey: string;
  /** Of its tiles. */
  readonly url: string;
}

export interface OurWitness {
  readonly name: string;
  readonly vkey: string;
  readonly url: string;
  status(): Promise<NodeStatus>;
  /** The latest checkpoint that it has cosigned. */
  checkpoint(): Promise<string>;
}

/** For a test file: nodes in folders below `folder`, ended after its last test. */
export function ourWitnesses(folder: string) {
  const running: RunningProcess[] = [];
  afterAll(async () => {
    for (const node of running) await node.stop();
  }, 30_000);
  return async (name: string, log: WitnessedLog): Promise<OurWitness> => {
    const dataFolder = join(folder, name.replaceAll("/", "-"));
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    const port = await freePort();
    const config = join(dataFolder, "witness.json");
    const { origin, vkey: logKey, url: logUrl } = log;
    const listen = { host: "127.0.0.1", port };
    const logs = [{ origin, vkeys: [logKey], url: logUrl }];
    writeFileSync(config, JSON.stringify({ name, listen, dataFolder, logs }));
    const node = startProcess(name, ["witness", "--config", config], join(dataFolder, "log.jsonl"));
    running.push(node);
    const url = `http://127.0.0.1:${port}`;
    await waitUntilReady(node, `${url}/status`);
    const get = async (path: string) => {
      const answer = await fetch(url + path);
      if (!answer.ok) throw new Error(`GET ${path} of ${name}: ${answer.status}`);
      return answer;
    };
    const statusOfNode = async () =>
      (await (await get("/status")).json()) as { vkey: string; logs: readonly NodeStatus[] };
    const status = async () => {
      const [only] = (await statusOfNode()).logs;
      if (only === undefined) throw new Error(`${name} watches no log`);
      return only;
    };
    return {
      name,
      vkey: (await statusOfNode()).vkey,
      url,
      status,
      checkpoint: async () => (await get(`/${(await status()).originHash}/checkpoint`)).text(),
    };
  };
}
