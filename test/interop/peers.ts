/**
 * Running the peers: each a real process, ended after the test file however its tests went, by its own id. Where one
 * is absent the tests that need it are skipped and that is said loudly; in CI it is a failure.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "@jest/globals";
import { isThere, programPath } from "../../scripts/interop/lock.js";
import { eventually } from "../story/eventually.js";

/** `describe`, for tests that need these programs of the lock. */
export function describeWith(programs: readonly string[], title: string, body: () => void): void {
  const absent = programs.filter((name) => !isThere(name));
  describeIf(absent.length === 0, absent.join(", "), title, body);
}

/** `describe` where what is needed is there; `needed` names it. */
export function describeIf(isPresent: boolean, needed: string, title: string, body: () => void): void {
  if (isPresent) {
    describe(title, body);
    return;
  }
  const message = `${title}: NOT TESTED, without ${needed} (npm run test:interop says why)`;
  if (!["", "false", undefined].includes(process.env["CI"])) throw new Error(message);
  // Not the console, which jest does not print of a file whose tests are all skipped.
  process.stderr.write(`\n!!! ${message}\n`);
  describe.skip(title, body);
}

export interface PeerAnswer {
  /** Undefined where it was cut off by the deadline. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A program of the lock, or a command of the system, to its end. */
export function runPeer(
  name: string,
  args: readonly string[],
  { input = "", env = {}, timeoutMs = 60_000 }: RunOptions = {},
): Promise<PeerAnswer> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      commandOf(name),
      args,
      {
        env: { ...process.env, ...env },
        timeout: timeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ exitCode: 0, stdout, stderr });
        else if (typeof error.code === "number") resolve({ exitCode: error.code, stdout, stderr });
        else if (error.killed) resolve({ exitCode: undefined, stdout, stderr });
        else reject(error);
      },
    );
    // One that does not read its input may have ended before we wrote it.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/** Its standard output; throws where it fails. */
export async function askPeer(name: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await runPeer(name, args, options);
  if (exitCode !== 0) throw new Error(`${name} ${args.join(" ")}: exit code ${exitCode}\n${stderr}${stdout}`);
  return stdout;
}

export interface RunningPeer {
  /** What it has printed, on both streams. */
  output(): string;
  /** Resolves with the first match in its output; rejects when it ends before, or after 30 s. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  stop(): Promise<void>;
}

/** For a test file: a folder, and servers of others, all gone after its last test. */
export function peers() {
  const folder = mkdtempSync(join(tmpdir(), "cunzheng-interop-"));
  const running: RunningPeer[] = [];
  afterAll(async () => {
    for (const peer of running.reverse()) await peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);
  return {
    folder,
    start: (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
      const peer = startPeer(name, args, { env, logFile: join(folder, `${running.length}-${name}.log`) });
      running.push(peer);
      return peer;
    },
  };
}

function startPeer(
  name: string,
  args: readonly string[],
  { env, logFile }: { env: Readonly<Record<string, string>>; logFile: string },
): RunningPeer {
  const log = openSync(logFile, "a");
  const child: ChildProcess = spawn(commandOf(name), args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      hasEnded = true;
      resolve();
    };
    child.once("exit", end);
    child.once("error", end);
  });
  const output = () => readFileSync(logFile, "utf8");
  return {
    output,
    printed: (pattern) =>
      eventually(`${name} has printed ${pattern}`, () => {
        const match = pattern.exec(output());
        if (match === null && hasEnded) throw new Error(`${name} ended:\n${output()}`);
        return match ?? undefined;
      }),
    stop: async () => {
      child.kill("SIGTERM");
      const cut = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(cut);
    },
  };
}

const commandOf = (name: string): string => (isThere(name) ? programPath(name) : name);
