/** The quickstart as a newcomer runs it: the built program in a process of its own, watched by what it prints. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { PROJECT } from "../../scripts/project.js";

export interface RunningQuickstart {
  readonly pid: number;
  /** What it has printed so far, on both streams. */
  output(): string;
  /** Resolves when it has printed `text`; rejects when it ends without. */
  printed(text: string): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** As a terminal does it: to the program and to all that it started. */
  signalGroup(signal: NodeJS.Signals): void;
  signal(signal: NodeJS.Signals): void;
}

export function startQuickstart(args: readonly string[]): RunningQuickstart {
  const program = join(PROJECT, "dist/scripts/quickstart/main.js");
  // Detached: the leader of a process group, as a shell starts it.
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("the quickstart could not be started");
  let output = "";
  const listeners = new Set<() => void>();
  const take = (chunk: Buffer) => {
    output += chunk.toString("utf8");
    for (const listener of [...listeners]) listener();
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  const ended: RunningQuickstart["ended"] = new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  return {
    pid,
    output: () => output,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!output.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended before it printed "${text}":\n${output}`)));
      }),
    ended,
    signalGroup: (signal) => process.kill(-pid, signal),
    signal: (signal) => process.kill(pid, signal),
  };
}
