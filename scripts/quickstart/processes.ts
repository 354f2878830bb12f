/** The operating-system processes of the sample: started, waited for, and always ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { PROGRAM } from "../project.js";

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when it has ended, by itself or because it was told to. */
  readonly ended: Promise<number | null>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * The channel to the child closes when this process dies, however it dies, and the child takes that as its order to
 * end: nothing is left behind even after `kill -9` of the parent. `launcher` is a command that runs it and becomes
 * it, such as `nsenter`; `program` is another one than ours.
 */
export function startProcess(
  name: string,
  args: readonly string[],
  logFile: string,
  launcher: readonly string[] = [],
  program: string = PROGRAM,
): RunningProcess {
  const log = openSync(logFile, "a", 0o600);
  const [command = process.execPath, ...rest] = [...launcher, process.execPath, program, ...args];
  const child: ChildProcess = spawn(command, rest, { stdio: ["ignore", log, log, "ipc"] });
  closeSync(log);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      resolve(code);
    });
  });
  if (child.pid === undefined) throw new Error(`${name} could not be started`);
  return {
    name,
    pid: child.pid,
    logFile,
    ended,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      const cut = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(cut);
    },
  };
}

/** Resolves when `url` answers 200; rejects when the process ends first or `timeoutMs` have passed. */
export async function waitUntilReady(
  running: RunningProcess,
  url: string,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let ended = false;
  void running.ended.then(() => (ended = true));
  for (;;) {
    if (ended) throw new Error(`${running.name} ended at its start; its log is ${running.logFile}`);
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (performance.now() > deadline)
      throw new Error(
        `${running.name} is not ready at ${url} after ${timeoutMs} ms; its log is ${running.logFile}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
