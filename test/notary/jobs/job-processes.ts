/** Processes that run jobs on one store, each a process of its own that a test can kill or stop. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach } from "@jest/globals";

const PROGRAM = new URL("job-process.mjs", import.meta.url).pathname;

export interface JobProcess {
  readonly pid: number;
  /** Milliseconds that asking took. */
  ask(...keys: string[]): Promise<number>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Ends it as a service ends. */
  close(): Promise<void>;
}

export interface JobHouse {
  start(): Promise<JobProcess>;
  /** Each run as it began: of which job, by which process. */
  runs(): readonly { readonly pid: number; readonly key: string }[];
  /** Keys of the jobs that have had their effect. */
  effects(): readonly string[];
  letHangingGoOn(): void;
}

/** For a test file: all processes are gone after the test. */
export function jobHouses(): (folder: string, address: string, redis?: string) => JobHouse {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  return (folder, address, redis = "") => {
    const [runs, effects] = [join(folder, "runs"), join(folder, "effects")];
    mkdirSync(effects);
    return {
      start: async () => {
        const child = fork(PROGRAM, [address, folder, redis], {
          stdio: ["ignore", "ignore", "inherit", "ipc"],
        });
        children.push(child);
        const told = (wanted: string) =>
          new Promise<{ tookMs?: number }>((resolve, reject) => {
            const listen = (message: { kind: string; tookMs?: number }) => {
              if (message.kind !== wanted) return;
              child.off("message", listen);
              resolve(message);
            };
            child.on("message", listen);
            child.once("exit", (code) => {
              reject(new Error(`the process ended (${code})`));
            });
          });
        await told("up");
        return {
          pid: child.pid as number,
          ask: async (...keys) => {
            const asked = told("asked");
            child.send({ kind: "ask", keys });
            return (await asked).tookMs ?? 0;
          },
          kill: async (signal) => {
            const exit = once(child, "exit");
            child.kill(signal);
            if (signal === "SIGKILL") await exit;
          },
          close: async () => {
            const exit = once(child, "exit");
            child.send({ kind: "close" });
            await exit;
          },
        };
      },
      runs: () => {
        if (!existsSync(runs)) return [];
        const lines = readFileSync(runs, "utf8").trimEnd().split("\n");
        return lines.map((line) => {
          const [pid = "", ...key] = line.split(" ");
          return { pid: Number(pid), key: key.join(" ") };
        });
      },
      effects: () => readdirSync(effects).sort(),
      letHangingGoOn: () => {
        writeFileSync(join(folder, "go-on"), "");
      },
    };
  };
}
