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

export interface House<Name extends string = MemberName> {
  readonly urls: readonly string[];
  start(name: Name): Promise<void>;
  running(name: Name): RunningProcess;
  /** Asks one of those that answer, another one where that is not there; throws where none answers with anything final. */
  call(target: string, sent: Sent | undefined, random: Random): Promise<Answer>;
  /** Ends all, also those that are stopped. */
  end(): Promise<void>;
}

/** What says that nothing is known yet: asked again by whoever may. */
const PASSING: ReadonlySet<string> = new Set(["worker-away", "store-away", "overloaded", "stopping"]);

/** One process of a house. */
export interface Plan {
  /** notary.json. */
  readonly config: string;
  /** Where it answers; absent: it is a worker. */
  readonly url?: string;
  /** It works besides. */
  readonly isWhole?: boolean;
  /** A command that runs the process and becomes it. */
  readonly launcher?: readonly string[];
}

/** `patienceMs`: so long an answer is waited for; absent: for ever. */
export function houseOf<Name extends string>(
  service: SampleService,
  plans: ReadonlyMap<Name, Plan>,
  patienceMs?: number,
): House<Name> {
  const members = new Map<Name, RunningProcess>();
  const urls = [...plans.values()].flatMap(({ url }) => url ?? []);
  return {
    urls,
    start: async (name) => {
      const { config = "", url, isWhole, launcher } = plans.get(name) ?? {};
      const args = url === undefined ? ["worker"] : ["serve", ...(isWhole ? [] : ["--api"])];
      const started = startProcess(
        name,
        [...args, "--config", config],
        join(service.data, "notary", `${name}.jsonl`),
        launcher,
      );
      members.set(name, started);
      if (url !== undefined) await waitUntilReady(started, `${url}/readyz`, 60_000);
    },
    running: (name) => {
      const one = members.get(name);
      if (one === undefined) throw new Error(`${name} was never started`);
      return one;
    },
    call: async (target, sent = {}, random) => {
      const first = random.between(0, urls.length - 1);
      for (let i = 0; ; i++)
        try {
          const url = urls[(first + i) % urls.length] ?? "";
          const late = patienceMs === undefined ? [] : [AbortSignal.timeout(patienceMs)];
          const signals = [...(sent.signal ? [sent.signal] : []), ...late];
          const signal = signals.length > 0 ? { signal: AbortSignal.any(signals) } : {};
          const answer = await call({ url }, target, { key: service.keys.bank, ...sent, ...signal });
          if (!PASSING.has((answer.json as { code?: string } | undefined)?.code ?? "")) return answer;
          throw new Error(`not now: ${answer.text}`);
        } catch (error) {
          const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
          if (code !== "ECONNREFUSED" || i + 1 >= urls.length) throw error;
        }
    },
    end: async () => {
      await Promise.all([...members.values()].map((one) => one.stop("SIGKILL")));
    },
  };
}

/** `launcher` is a command that runs each process and becomes it. */
export async function openHouse(service: SampleService, launcher: readonly string[] = []): Promise<House> {
  const { notaryConfig: config } = service.sample;
  const second = await secondConfiguration(config);
  return houseOf(
    service,
    new Map<MemberName, Plan>([
      ...WORKERS.map((name) => [name, { config, launcher }] as const),
      ["api-a", { config, launcher, url: service.url }],
      ["api-b", { config: second.file, launcher, url: second.url }],
    ]),
  );
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
