/**
 * The bell on Redis, between processes, with a server that is away, killed, stopped, emptied and full: rings are heard
 * again soon after, nobody waits, nothing grows, nothing keeps a process from ending, and no password is told.
 */
import { execFileSync, fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  prepareRedis,
  type RedisServer,
  type RedisServerOptions,
} from "../../scripts/cluster/redis-server.js";
import { eventually } from "../story/eventually.js";
import { temporaryFolders } from "../temporary-folder.js";

const temporaryFolder = temporaryFolders();
const ORIGIN = "notary.example/log";
const PASSWORD = "p:a/s@s w%rd";

interface Line {
  readonly level: "error" | "warn" | "info";
  readonly fields: { readonly reason?: string };
  readonly text: string;
}
interface Rung {
  readonly atMs: number;
  readonly tookMs: number;
  readonly heapBytes: number;
}

interface BellProcess {
  /** Times at which it heard, of the clock that all processes share. */
  readonly heard: readonly number[];
  readonly lines: readonly Line[];
  ring(times?: number, everyMs?: number): Promise<Rung>;
  isAway(): Promise<boolean>;
  /** Resolves with how long the bell took to close, when the process has ended by itself. */
  close(): Promise<number>;
  /** What it has written outside the log. */
  written(): string;
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function redis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await prepareRedis(options);
  closers.push(() => server.stop());
  return server;
}

async function startedRedis(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await redis(options);
  await server.start();
  return server;
}

const urlOf = ({ port }: RedisServer) => `redis://127.0.0.1:${port}/0`;

async function bellProcess(url: string, { origin = ORIGIN, env = {} } = {}): Promise<BellProcess> {
  const child: ChildProcess = fork(join(import.meta.dirname, "bell-process.mjs"), [url, origin], {
    execArgv: ["--expose-gc"],
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  closers.push(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  let written = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (piece: Buffer) => (written += piece.toString()));
  const heard: number[] = [];
  const lines: Line[] = [];
  child.on("message", (message: { kind: string; atMs: number } & Line) => {
    if (message.kind === "heard") heard.push(message.atMs);
    if (message.kind === "line") lines.push(message);
  });
  const answer = <T>(kind: string) =>
    new Promise<T>((resolve, reject) => {
      void exited.then((code) => {
        reject(new Error(`the process ended (${code}): ${written}`));
      });
      child.on("message", function take(message: { kind: string } & T) {
        if (message.kind !== kind) return;
        child.off("message", take);
        resolve(message);
      });
    });
  await answer("up");
  return {
    heard,
    lines,
    ring: (times = 1, everyMs = 0) => {
      child.send({ kind: "ring", times, everyMs });
      return answer<Rung>("rung");
    },
    isAway: async () => {
      child.send({ kind: "standing" });
      return (await answer<{ isAway: boolean }>("standing")).isAway;
    },
    close: async () => {
      const closed = answer<{ tookMs: number }>("closed");
      child.send({ kind: "close" });
      const { tookMs } = await closed;
      const code = await Promise.race([exited, delay(2000, "it runs on", { ref: false })]);
      expect([code, written]).toEqual([0, ""]);
      return tookMs;
    },
    written: () => written,
  };
}

/** Rings until the other has heard one of these rings, and says after how long it was. */
async function untilHeard(from: BellProcess, to: BellProcess, timeoutMs = 20_000): Promise<number> {
  const startMs = performance.timeOrigin + performance.now();
  await from.ring();
  const atMs = await eventually(
    "the other hears",
    () => to.heard.find((heardMs) => heardMs > startMs + 1),
    timeoutMs,
  );
  return atMs - startMs;
}

/** Two that hear each other. */
async function pair(url: string, options?: Parameters<typeof bellProcess>[1]) {
  const both = [await bellProcess(url, options), await bellProcess(url, options)] as const;
  for (const [from, to] of [both, [both[1], both[0]]] as const)
    await eventually("each hears the other", async () => {
      const before = to.heard.length;
      await from.ring();
      await delay(100);
      return to.heard.length > before ? true : undefined;
    });
  // What each heard of its own rings is over.
  await delay(200);
  return both;
}

const sinceReturn = async (from: BellProcess, to: BellProcess, back: () => Promise<unknown>) => {
  const heardBefore = to.heard.length;
  await from.ring();
  await delay(300);
  expect(to.heard.slice(heardBefore)).toEqual([]);
  await back();
  const startMs = performance.now();
  await eventually("a ring that was made meanwhile is heard", () =>
    to.heard.length > heardBefore ? true : undefined,
  );
  await untilHeard(from, to);
  return performance.now() - startMs;
};

const AWAY = "the queue is away: processes are not woken by each other, and look by themselves";
const BACK = "the queue is there again";
const textsOf = ({ lines }: BellProcess) => lines.map(({ level, text }) => `${level} ${text}`);
/** From its return to a ring that is heard. */
const RETURN_MS = 2000;
const CLOSE_MS = 2000;

describe("a bell on Redis", () => {
  it("is heard in other processes within tens of milliseconds, by processes of its own log alone", async () => {
    const server = await startedRedis();
    const [a, b] = await pair(urlOf(server));
    const stranger = await bellProcess(urlOf(server), { origin: "other.example/log" });
    await delay(500);
    const strangersOwn = stranger.heard.length;
    const latencies: number[] = [];
    for (let i = 0; i < 50; i++) {
      latencies.push(await untilHeard(a, b));
      await delay(30);
    }
    latencies.sort((one, other) => one - other);
    const [median = Infinity, late] = [latencies[25], latencies[47]];
    console.log(`a ring is heard in another process after ${median.toFixed(1)} ms (median), ${late} (p95)`);
    // A tenth of it on a machine that does nothing else.
    expect(median).toBeLessThan(300);
    expect(stranger.heard).toHaveLength(strangersOwn);
  });

  it("makes one of many rings at a time, and leaves nothing in Redis", async () => {
    const server = await startedRedis();
    const [a, b] = await pair(urlOf(server));
    const jobs = () => Number(server.ask("get", idKey(server)));
    const [before, heardBefore] = [jobs(), b.heard.length];
    await a.ring(10_000);
    await delay(300);
    expect(jobs() - before).toBeGreaterThanOrEqual(1);
    expect(jobs() - before).toBeLessThanOrEqual(2);
    expect(b.heard.length - heardBefore).toBeLessThanOrEqual(4);

    const { tookMs } = await a.ring(10_000, 1);
    await delay(500);
    expect(jobs() - before).toBeLessThan(tookMs / 10 + 10);
    expect(server.ask("keys", "*").split("\n").length).toBeLessThan(10);
    // Also where those that rang are gone.
    await a.close();
    await b.close();
    expect(server.ask("keys", "*").split("\n").length).toBeLessThan(10);
  }, 60_000);

  it("closes soon, and keeps no process from ending", async () => {
    const server = await startedRedis();
    const [a] = await pair(urlOf(server));
    expect(await a.close()).toBeLessThan(CLOSE_MS);
  });
});

describe("a Redis that is away", () => {
  it("at the start: rings are heard once it is there", async () => {
    const server = await redis();
    const [a, b] = [await bellProcess(urlOf(server)), await bellProcess(urlOf(server))];
    await eventually("it is told", () => (textsOf(a).includes(`warn ${AWAY}`) ? true : undefined));
    expect(await a.isAway()).toBe(true);
    expect(await sinceReturn(a, b, () => server.start())).toBeLessThan(RETURN_MS);
    await eventually("its return is told", () => (textsOf(a).includes(`info ${BACK}`) ? true : undefined));
    expect(await a.isAway()).toBe(false);
  });

  it.each(["SIGKILL", "SIGSTOP"] as const)(
    "by %s, is told once; rings are heard after its return",
    async (signal) => {
      const server = await startedRedis();
      const [a, b] = await pair(urlOf(server));
      for (const awayMs of [1500, 7000]) {
        await server.kill(signal);
        await delay(awayMs);
        const back = () => (signal === "SIGKILL" ? server.start() : server.kill("SIGCONT"));
        expect(await sinceReturn(a, b, back)).toBeLessThan(RETURN_MS);
        await delay(2000);
      }
      expect(textsOf(a).filter((text) => text === `warn ${AWAY}`)).toHaveLength(2);
      expect(textsOf(a).at(-1)).toBe(`info ${BACK}`);
    },
    60_000,
  );

  it("for longer than a minute, is told once a minute", async () => {
    const server = await redis();
    const a = await bellProcess(urlOf(server));
    await delay(65_000);
    expect(textsOf(a)).toEqual([`warn ${AWAY}`, `warn ${AWAY}`]);
  }, 90_000);

  it.each([
    ["not started", undefined],
    ["stopped", "SIGSTOP"],
  ] as const)("(%s) holds nobody up, holds no memory and lets go", async (_, signal) => {
    const server = await redis();
    if (signal !== undefined) await server.start();
    const a = await bellProcess(urlOf(server));
    await delay(1000);
    if (signal !== undefined) await server.kill(signal);
    await a.ring(100_000);
    const first = await a.ring(10, 20);
    const { tookMs } = await a.ring(200_000);
    expect(tookMs).toBeLessThan(1000);
    const last = await a.ring(200, 20);
    expect(last.heapBytes - first.heapBytes).toBeLessThan(2_000_000);
    expect(await a.close()).toBeLessThan(CLOSE_MS);
  });

  it.each(["SIGKILL", "SIGSTOP"] as const)("by %s lets go at any time after that", async (signal) => {
    const server = await startedRedis({ args: ["--requirepass", PASSWORD], login: ["-a", PASSWORD] });
    const url = `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}/0`;
    const moments = [0, 100, 500, 1500, 3500, 5000];
    const all = await Promise.all(moments.map(() => bellProcess(url)));
    await delay(1500);
    await server.kill(signal);
    await Promise.all(
      all.map(async (one, i) => {
        await delay(moments[i]);
        await one.ring();
        expect(await one.close()).toBeLessThan(CLOSE_MS);
      }),
    );
  });

  it("is closed right after it was opened", async () => {
    const server = await redis();
    const a = await bellProcess(urlOf(server));
    expect(await a.close()).toBeLessThan(CLOSE_MS);
  });
});

describe("a Redis that is there and useless", () => {
  it("emptied again and again: rings are heard", async () => {
    const server = await startedRedis();
    const [a, b] = await pair(urlOf(server));
    const ringing = a.ring(200, 5);
    for (let i = 0; i < 20; i++) server.ask("flushall");
    await ringing;
    expect(await untilHeard(a, b)).toBeLessThan(RETURN_MS);
    server.ask("script", "flush");
    server.ask("flushall");
    expect(await untilHeard(a, b)).toBeLessThan(RETURN_MS);
    await delay(1000);
    expect(server.ask("keys", "*").split("\n").length).toBeLessThan(10);
    expect(textsOf(a)).toEqual([]);
  });

  it("full: it is told, and rings are heard when there is room", async () => {
    const server = await startedRedis({ args: ["--maxmemory-policy", "noeviction"] });
    const [a, b] = await pair(urlOf(server));
    server.ask("config", "set", "maxmemory", "1");
    await a.ring();
    await eventually("it is told", () => (textsOf(a).includes(`warn ${AWAY}`) ? true : undefined));
    expect(a.lines[0]?.fields.reason).toMatch(/^OOM /);
    await a.ring(1000, 1);
    const back = async () => void server.ask("config", "set", "maxmemory", "0");
    expect(await sinceReturn(a, b, back)).toBeLessThan(RETURN_MS);
    await delay(1500);
    expect(server.ask("keys", "*").split("\n").length).toBeLessThan(10);
  });
});

describe("what a URL says", () => {
  const encoded = encodeURIComponent(PASSWORD);
  const login = ["-a", PASSWORD, "--no-auth-warning"];

  it("a password and a database, whose rings are heard", async () => {
    const server = await startedRedis({ args: ["--requirepass", PASSWORD], login });
    await pair(`redis://:${encoded}@127.0.0.1:${server.port}/3`);
    expect(server.ask("-n", "3", "keys", "*")).toContain(":wake-ups:id");
    await pair(`redis://default:${encoded}@127.0.0.1:${server.port}/3`);
  });

  it("a password that is wrong, which is told nowhere", async () => {
    const server = await startedRedis({ args: ["--requirepass", "another"], login: ["-a", "another"] });
    await refusesUntold(server, /WRONGPASS/);
  });

  it("a password that a server repeats, which is told nowhere", async () => {
    const server = await startedRedis({ args: ["--rename-command", "AUTH", ""] });
    await refusesUntold(server, /'auth'.*\(password\)/);
  });

  async function refusesUntold(server: RedisServer, reason: RegExp): Promise<void> {
    const a = await bellProcess(`redis://:${encoded}@127.0.0.1:${server.port}/0`);
    await a.ring();
    await eventually("it is told", () => (textsOf(a).includes(`warn ${AWAY}`) ? true : undefined));
    await delay(1000);
    expect(a.lines[0]?.fields.reason).toMatch(reason);
    const told = JSON.stringify(a.lines) + a.written();
    for (const secret of [PASSWORD, encoded]) expect(told).not.toContain(secret);
    await a.close();
  }

  it("TLS, where the server's certificate is one that the machine trusts", async () => {
    const folder = temporaryFolder();
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    execFileSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      ...["-keyout", key, "-out", certificate],
    ]);
    const server = await startedRedis({
      isTls: true,
      args: [
        ...["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate],
        ...["--tls-auth-clients", "no", "--requirepass", PASSWORD],
      ],
      login: ["--tls", "--cacert", certificate, ...login],
    });
    const url = `rediss://:${encoded}@localhost:${server.port}/0`;
    await pair(url, { env: { NODE_EXTRA_CA_CERTS: certificate } });
    const untrusting = await bellProcess(url);
    await eventually("it is told", () => (textsOf(untrusting).includes(`warn ${AWAY}`) ? true : undefined));
    expect(untrusting.lines[0]?.fields.reason).toMatch(/self[- ]signed/);
    await untrusting.close();
  });
});

/** Of the counter of all jobs that there ever were. */
function idKey(server: RedisServer): string {
  return server.ask("keys", "*:wake-ups:id");
}
