/** Two processes that answer requests and two workers on one data folder, each of which can be killed and stopped by itself. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import { type RunningProcess, startProcess, waitUntilReady } from "../../scripts/quickstart/processes.js";
import type { Random } from "../../scripts/random.js";
import { type Answer, call, type Sent } from "../http/client.js";
import { ORGANISATION_IDS, type SampleService } from "../story/sample-service.js";

export const APIS = ["api-a", "api-b"] as const;
export const WORKERS = ["worker-a", "worker-b"] as const;
export type MemberName = (typeof APIS)[number] | (typeof WORKERS)[number];

export interface House {
  readonly urls: readonly string[];
  start(name: MemberName): Promise<void>;
  running(name: MemberName): RunningProcess;
  /** Asks one of the two, the other one where that is not there; throws where neither answers with anything final. */
  call(target: string, sent: Sent | undefined, random: Random): Promise<Answer>;
  /** Ends all, also those that are stopped. */
  end(): Promise<void>;
}

/** What says that nothing is known yet: asked again by whoever may. */
const PASSING: ReadonlySet<string> = new Set(["worker-away", "overloaded", "stopping"]);

/** `launcher` is a command that runs each process and becomes it. */
export async function openHouse(service: SampleService, launcher: readonly string[] = []): Promise<House> {
  const members = new Map<MemberName, RunningProcess>();
  const { notaryConfig } = service.sample;
  const second = await secondConfiguration(notaryConfig);
  const configs = new Map<MemberName, string>([
    ...WORKERS.map((name) => [name, notaryConfig] as const),
    ["api-a", notaryConfig],
    ["api-b", second.file],
  ]);
  const urls = [service.url, second.url];
  const urlOf = (name: MemberName) => urls[APIS.indexOf(name as (typeof APIS)[number])];

  return {
    urls,
    start: async (name) => {
      const config = configs.get(name) ?? "";
      const url = urlOf(name);
      const args = url === undefined ? ["worker"] : ["serve", "--api"];
      const started = startProcess(
        name,
        [...args, "--config", config],
        join(service.data, "notary", `${name}.jsonl`),
        launcher,
      );
      members.set(name, started);
      if (url !== undefined) await waitUntilReady(started, `${url}/readyz`);
    },
    running: (name) => {
      const one = members.get(name);
      if (one === undefined) throw new Error(`${name} was never started`);
      return one;
    },
    call: async (target, sent = {}, random) => {
      const first = random.between(0, 1);
      for (const i of [first, 1 - first])
        try {
          const answer = await call({ url: urls[i] ?? "" }, target, { key: service.keys.bank, ...sent });
          if (!PASSING.has((answer.json as { code?: string } | undefined)?.code ?? "")) return answer;
          throw new Error(`not now: ${answer.text}`);
        } catch (error) {
          const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
          if (code !== "ECONNREFUSED" || i !== first) throw error;
        }
      throw new Error("internal: no process was asked");
    },
    end: async () => {
      await Promise.all([...members.values()].map((one) => one.stop("SIGKILL")));
    },
  };
}

/** The same, at another port. */
async function secondConfiguration(notaryConfig: string) {
  const port = await freePort();
  const whole = JSON.parse(readFileSync(notaryConfig, "utf8")) as object;
  const file = join(dirname(notaryConfig), "second.json");
  writeFileSync(file, JSON.stringify({ ...whole, listen: { port } }));
  return { url: `http://127.0.0.1:${port}`, file };
}

export async function startNodes(service: SampleService): Promise<void> {
  await Promise.all(ORGANISATION_IDS.map((id) => service.startNode(id)));
}

export interface Blow {
  readonly name: MemberName;
  readonly kind: "killed" | "stopped";
  readonly forMs: number;
}

/** Longer than a standby waits before it takes over, now and then. */
const LONGEST_STOP_MS = 5000;

const pick = <T>(random: Random, all: readonly T[]): T => all[random.between(0, all.length - 1)] as T;

/** Kills or stops one of the four at a time, and lets it come back. */
export async function strike(house: House, random: Random): Promise<Blow> {
  const name = pick(random, [...APIS, ...WORKERS, ...WORKERS]);
  const kind = pick(random, ["killed", "stopped"] as const);
  const forMs = random.between(0, kind === "killed" ? 1500 : LONGEST_STOP_MS);
  const { pid } = house.running(name);
  if (kind === "killed") {
    await house.running(name).stop("SIGKILL");
    await delay(forMs);
    await house.start(name);
  } else {
    process.kill(pid, "SIGSTOP");
    await delay(forMs);
    process.kill(pid, "SIGCONT");
  }
  return { name, kind, forMs };
}

/** Waits at every process that answers requests for the evidence of a new deposit; gives the statuses of their answers. */
export async function waitEverywhere(house: House, service: SampleService): Promise<readonly number[]> {
  const { id } = (await service.deposit({ waits: true })).json as { id: string };
  const wait = { key: service.keys.bank, headers: { Prefer: "wait=30" } };
  const answers = await Promise.all(
    house.urls.map((url) => call({ url }, `GET /v1/deposits/${id}/evidence`, wait)),
  );
  return answers.map(({ status }) => status);
}
