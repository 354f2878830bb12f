/**
 * A whole cluster on machines of its own: three members of a replica set, a Redis, three processes that answer, two workers and
 * five nodes. Each of the first, and each process, can be killed, stopped and cut off by itself.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { prepareRedis, type RedisServer } from "../../scripts/cluster/redis-server.js";
import { type Member, type ReplicaSet, startReplicaSet } from "../../scripts/cluster/replica-set.js";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import type { Random } from "../../scripts/random.js";
import { migrateMongoStore } from "../../src/adapters/mongo/schema/make-store.js";
import { createClusterKey } from "../../src/platform/keys/cluster-key.js";
import { type House, houseOf, type Plan, startNodes } from "../crash/house.js";
import {
  type NodeId,
  ORGANISATION_IDS,
  type SampleService,
  type NotarySettings,
} from "../story/sample-service.js";
import { type Balancer, openBalancer } from "./balancer.js";
import { type Machine, type Machines, machinesOrThisOne } from "./machines.js";

export const APIS = ["api-a", "api-b", "api-c"] as const;
export const WORKERS = ["worker-a", "worker-b"] as const;
type Name = (typeof APIS)[number] | (typeof WORKERS)[number];

export interface Cluster {
  readonly service: SampleService;
  readonly house: House<Name>;
  readonly set: ReplicaSet;
  /** Address of the database. */
  readonly store: string;
  /** One blow by chance, with all its consequences for as long as it lasts; everything is whole again afterwards. */
  strike(random: Random): Promise<Blow>;
  end(): Promise<void>;
}

export interface Blow {
  readonly to: string;
  readonly kind: "killed" | "stopped" | "cut off" | "emptied";
  readonly atMs: number;
  readonly forMs: number;
}

/** A process behind a machine that no answer comes from must not hold a client for ever. */
const PATIENCE_MS = 10_000;
const LONGEST_BLOW_MS = 6000;
const MEMBERS = 3;

/** `prepare` makes a service with these settings at this host. What was started before a failure is ended. */
export async function openCluster(
  prepare: (settings: NotarySettings, host: string) => Promise<SampleService>,
  mongod: string,
): Promise<Cluster> {
  const closers: (() => Promise<void> | void)[] = [];
  const end = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const machines: Machines = machinesOrThisOne(MEMBERS + APIS.length + WORKERS.length);
    closers.push(() => {
      machines.close();
    });
    const databases = machines.all.slice(0, MEMBERS);
    const set = await startReplicaSet(mongod, MEMBERS, databases);
    closers.push(() => set.stop());
    const store = set.url.replace("/?", "/notary?");
    await migrateMongoStore(store);
    const redis = await prepareRedis({
      args: ["--bind", machines.host, "127.0.0.1", "--protected-mode", "no"],
    });
    closers.push(() => redis.stop());
    await redis.start();
    const service = await prepare(
      {
        ...{ store, queue: `redis://${machines.host}:${redis.port}/0` },
        sealing: { afterMs: 200, promiseMs: 60_000, maxBatchSize: 256 },
      },
      machines.host,
    );
    const placed = new Map<Name, Machine>(
      [...APIS, ...WORKERS].map((name, i) => [name, machines.all[MEMBERS + i] as Machine]),
    );
    const house = houseOf(service, await plansOf(service, placed), PATIENCE_MS);
    closers.push(() => house.end());
    await startNodes(service);
    for (const name of [...WORKERS, ...APIS]) await house.start(name);
    const balancer: Balancer = await openBalancer(
      { host: machines.host, port: Number(new URL(service.url).port) },
      house.urls,
    );
    closers.push(() => balancer.close());
    await service.register();
    const parts = { service, house, set, redis, placed, databases };
    return { service, house, set, store, strike: (random) => strike(parts, random), end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Each process with a notary.json of its own: where it answers, or can be asked. */
async function plansOf(
  { sample }: SampleService,
  placed: ReadonlyMap<Name, Machine>,
): Promise<Map<Name, Plan>> {
  const whole = JSON.parse(readFileSync(sample.notaryConfig, "utf8")) as object;
  const folder = join(sample.notaryConfig, "..");
  createClusterKey(join(folder, "cluster.key"));
  const plans = new Map<Name, Plan>();
  for (const [name, { host, launcher }] of placed) {
    const isApi = (APIS as readonly string[]).includes(name);
    const [port, lineAt] = [await freePort(), await freePort()];
    const config = join(folder, `${name}.json`);
    writeFileSync(
      config,
      JSON.stringify({
        ...{ ...whole, listen: { host, port } },
        cluster: { keyFile: "cluster.key", ...(!isApi && { listen: { host, port: lineAt } }) },
      }),
    );
    plans.set(name, { config, launcher, ...(isApi && { url: `http://${host}:${port}` }) });
  }
  return plans;
}

interface Parts {
  readonly service: SampleService;
  readonly house: House<Name>;
  readonly set: ReplicaSet;
  readonly redis: RedisServer;
  readonly placed: ReadonlyMap<Name, Machine>;
  /** Of the members, in their order. */
  readonly databases: readonly Machine[];
}

/** What can be done to one, and undone. */
interface Deed {
  readonly to: string;
  readonly kind: Blow["kind"];
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

const pick = <T>(random: Random, all: readonly T[]): T => all[random.between(0, all.length - 1)] as T;

async function strike(parts: Parts, random: Random): Promise<Blow> {
  const deed = await pick(random, [
    processDeed,
    processDeed,
    processDeed,
    memberDeed,
    memberDeed,
    queueDeed,
    nodeDeed,
  ])(parts, random);
  const forMs = deed.kind === "emptied" ? 0 : random.between(500, LONGEST_BLOW_MS);
  const atMs = performance.now();
  await deed.begin();
  await delay(forMs);
  await deed.end();
  return { to: deed.to, kind: deed.kind, atMs, forMs };
}

function processDeed({ house, placed }: Parts, random: Random): Deed {
  const to = pick(random, [...APIS, ...WORKERS, ...WORKERS]);
  const kind = pick(random, kindsOn(placed.get(to)));
  const { pid } = house.running(to);
  if (kind === "killed")
    return { to, kind, begin: () => house.running(to).stop("SIGKILL"), end: () => house.start(to) };
  return { to, kind, ...(kind === "stopped" ? stopped(pid) : cutOff(placed.get(to))) };
}

/** The primary, mostly. */
async function memberDeed({ set, databases }: Parts, random: Random): Promise<Deed> {
  const primary = await set.primary();
  const member: Member = random.between(1, 3) > 1 ? primary : pick(random, set.members);
  const machine = databases[set.members.indexOf(member)];
  const kind = pick(random, kindsOn(machine));
  const to = member === primary ? "primary" : "member";
  switch (kind) {
    case "killed":
      return {
        ...{ to, kind },
        begin: () => {
          member.kill("SIGKILL");
        },
        end: () => {
          member.restart();
        },
      };
    case "stopped":
      return {
        ...{ to, kind },
        begin: () => {
          member.kill("SIGSTOP");
        },
        end: () => {
          member.kill("SIGCONT");
        },
      };
    case "cut off":
      return { to, kind, ...cutOff(machine) };
  }
}

function queueDeed({ redis }: Parts, random: Random): Deed {
  const to = "queue";
  const kind = pick(random, ["killed", "stopped", "emptied"] as const);
  switch (kind) {
    case "killed":
      return { to, kind, begin: () => redis.kill("SIGKILL"), end: () => redis.start() };
    case "stopped":
      return { to, kind, begin: () => redis.kill("SIGSTOP"), end: () => redis.kill("SIGCONT") };
    case "emptied":
      return { to, kind, begin: () => void redis.ask("flushall"), end: () => undefined };
  }
}

function nodeDeed({ service }: Parts, random: Random): Deed {
  const id: NodeId = pick(random, ORGANISATION_IDS);
  const kind = pick(random, ["killed", "stopped"] as const);
  const to = `node of ${id}`;
  if (kind === "stopped") return { to, kind, ...stopped(service.node(id).pid) };
  return {
    ...{ to, kind },
    begin: () => service.node(id).stop("SIGKILL"),
    end: () => service.startNode(id),
  };
}

const stopped = (pid: number): Pick<Deed, "begin" | "end"> => ({
  begin: () => void process.kill(pid, "SIGSTOP"),
  end: () => void process.kill(pid, "SIGCONT"),
});

const cutOff = (machine: Machine | undefined): Pick<Deed, "begin" | "end"> => ({
  begin: () => machine?.network?.cut(),
  end: () => machine?.network?.heal(),
});

/** What can be done to whoever runs on this machine. */
const kindsOn = (machine: Machine | undefined): readonly ("killed" | "stopped" | "cut off")[] =>
  machine?.network ? ["killed", "stopped", "cut off"] : ["killed", "stopped"];
