/** A Redis of its own, on a free port of 127.0.0.1 and in a temporary folder, which can be killed and come back; nothing of it stays. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../quickstart/sample-consortium.js";

export interface RedisServer {
  readonly port: number;
  /** Of its process; undefined while there is none. */
  readonly pid: number | undefined;
  /** Resolves when it answers; at the same port after a kill, with nothing of what was in it. */
  start(): Promise<void>;
  /** Resolves when it has ended, where the signal ends it. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** What redis-cli says to a command. */
  ask(...command: readonly string[]): string;
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** Of redis-server, such as `--requirepass`. */
  readonly args?: readonly string[];
  /** Of redis-cli. */
  readonly login?: readonly string[];
  /** It speaks TLS alone. */
  readonly isTls?: boolean;
}

const STARTED_WITHIN_MS = 20_000;

/** Not started yet. Needs redis-server and redis-cli on the PATH (Debian: redis-server, redis-tools). */
export async function prepareRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const { args = [], login = [], isTls = false } = options;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "cunzheng-redis-"));
  let server: ChildProcess | undefined;
  const ask = (...command: readonly string[]) =>
    execFileSync("redis-cli", ["-h", "127.0.0.1", "-p", String(port), ...login, ...command], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 5000,
    }).trim();
  const kill = async (signal: NodeJS.Signals) => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = new Promise((resolve) => server?.once("exit", resolve));
    server.kill(signal);
    if (signal === "SIGKILL" || signal === "SIGTERM") await exited;
  };
  return {
    port,
    get pid() {
      return server?.pid;
    },
    start: async () => {
      const listen = isTls ? ["--port", "0", "--tls-port", String(port)] : ["--port", String(port)];
      const started = spawn(
        "redis-server",
        [...listen, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no", ...args],
        { stdio: "ignore" },
      );
      server = started;
      const failed = new Promise<never>((_, reject) => {
        started.once("error", (error) => {
          reject(new Error(`redis-server is needed (npm run test:cluster gets it): ${error.message}`));
        });
      });
      failed.catch(() => undefined);
      for (const endMs = performance.now() + STARTED_WITHIN_MS; ; await Promise.race([failed, sleep(20)]))
        try {
          // Also a refusal (NOAUTH) is an answer.
          ask("ping");
          return;
        } catch (error) {
          if (performance.now() > endMs) throw new Error("redis-server doesn't start", { cause: error });
        }
    },
    kill,
    ask,
    stop: async () => {
      await kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
