/** A MongoDB replica set of its own, on free ports of 127.0.0.1 and in a temporary folder; nothing of it stays. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, createConnection } from "mongoose";

export interface Member {
  /** HOST:PORT, as the set knows it. */
  readonly address: string;
  /** Of its process as of now. */
  pid(): number;
  /** Signals reach the process of this server alone. */
  kill(signal: NodeJS.Signals): void;
  /** After a kill: with its data, at its address. */
  restart(): void;
}

/** Where a member runs. */
export interface ServerPlace {
  /** An address at which all others reach it. */
  readonly host: string;
  /** A command that runs another one there and becomes it. */
  readonly launcher: readonly string[];
}

const HERE: ServerPlace = { host: "127.0.0.1", launcher: [] };

export interface ReplicaSet {
  readonly url: string;
  readonly members: readonly Member[];
  /** Of the member that takes writes now. */
  primary(): Promise<Member>;
  stop(): Promise<void>;
}

const STARTED_WITHIN_MS = 60_000;
const NAME = "cunzheng";

/** Resolves when there is a primary; what was started is ended where that fails. `places` are of the first members. */
export async function startReplicaSet(
  mongod: string,
  count = 1,
  places: readonly ServerPlace[] = [],
): Promise<ReplicaSet> {
  const folder = mkdtempSync(join(tmpdir(), "cunzheng-mongod-"));
  const servers = new Map<string, ChildProcess>();
  const stop = async () => {
    await Promise.all([...servers.values()].map(end));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const members: Member[] = [];
    for (let i = 0; i < count; i++) {
      const port = await freePort();
      const place = places[i] ?? HERE;
      const address = `${place.host}:${port}`;
      const own = join(folder, String(i));
      mkdirSync(own);
      const restart = () => void servers.set(address, startServer(mongod, own, port, place));
      restart();
      const pid = () => {
        const id = servers.get(address)?.pid;
        if (id === undefined) throw new Error(`${mongod} could not be started`);
        return id;
      };
      members.push({ address, pid, restart, kill: (signal) => void servers.get(address)?.kill(signal) });
    }
    await initiate(members, folder);
    const hosts = members.map(({ address }) => address).join(",");
    return {
      url: `mongodb://${hosts}/?replicaSet=${NAME}`,
      members,
      primary: () => primaryOf(members),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startServer(mongod: string, folder: string, port: number, place: ServerPlace): ChildProcess {
  const parameters = ["transactionLifetimeLimitSeconds=5", "diagnosticDataCollectionEnabled=false"];
  const [command = mongod, ...before] = [...place.launcher, mongod];
  return spawn(
    command,
    [
      ...before,
      ...["--dbpath", folder, "--port", String(port), "--bind_ip", place.host, "--replSet", NAME],
      ...["--wiredTigerCacheSizeGB", "0.25", "--logpath", `${folder}.log`, "--nounixsocket"],
      ...parameters.flatMap((parameter) => ["--setParameter", parameter]),
    ],
    { stdio: "ignore" },
  );
}

async function initiate(members: readonly Member[], folder: string): Promise<void> {
  const endMs = performance.now() + STARTED_WITHIN_MS;
  const config = {
    _id: NAME,
    members: members.map(({ address }, i) => ({ _id: i, host: address })),
    settings: { electionTimeoutMillis: 2500, heartbeatIntervalMillis: 500 },
  };
  for (let isInitiated = false; ; await sleep(100)) {
    try {
      for (const { address } of isInitiated ? [] : members) await ask(address, { ping: 1 });
      if (!isInitiated && members[0]) await ask(members[0].address, { replSetInitiate: config });
      isInitiated = true;
      await primaryOf(members);
      return;
    } catch (error) {
      if (performance.now() < endMs) continue;
      const log = readFileSync(join(folder, "0.log"), "utf8").split("\n").slice(-5).join("\n");
      throw new Error(`the replica set doesn't start: ${(error as Error).message}\n${log}`, { cause: error });
    }
  }
}

async function primaryOf(members: readonly Member[]): Promise<Member> {
  for (const member of members) {
    const hello = await ask(member.address, { hello: 1 }).catch(() => undefined);
    if (hello?.["isWritablePrimary"] === true) return member;
  }
  throw new Error("no member is the primary");
}

async function ask(address: string, command: object): Promise<Record<string, unknown>> {
  const connection: Connection = createConnection(`mongodb://${address}/?directConnection=true`, {
    serverSelectionTimeoutMS: 1000,
    connectTimeoutMS: 1000,
    socketTimeoutMS: 5000,
  });
  try {
    await connection.asPromise();
    return (await connection.db?.admin().command({ ...command })) ?? {};
  } finally {
    await connection.close(true);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Its data are thrown away: no server is given time to end well, and one that was stopped could not take it. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await exited;
}
