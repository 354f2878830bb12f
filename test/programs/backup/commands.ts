/** `cunzheng backup` and `cunzheng restore` as an operator types them, each a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { PROGRAM } from "../../../scripts/project.js";

export interface Ended {
  readonly exitCode: number | null;
  /** Standard output, then standard error. */
  readonly text: string;
}

export interface RunningCommand {
  readonly ended: Promise<Ended>;
  kill(): void;
}

export function startCommand(args: readonly string[], launcher: readonly string[] = []): RunningCommand {
  const [command = process.execPath, ...rest] = [...launcher, process.execPath, PROGRAM, ...args];
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const texts = [child.stdout, child.stderr].map(async (stream) => {
    let text = "";
    for await (const chunk of stream.setEncoding("utf8")) text += String(chunk);
    return text;
  });
  return {
    ended: once(child, "exit").then(async ([exitCode]) => ({
      exitCode: exitCode as number | null,
      text: (await Promise.all(texts)).join(""),
    })),
    kill: () => child.kill("SIGKILL"),
  };
}

export const cunzheng = (...args: readonly string[]): Promise<Ended> => startCommand(args).ended;

/** Every file below a folder, with its mode, and every folder, which ends in a slash. */
export function modesBelow(folder: string, prefix = ""): Map<string, number> {
  return new Map(
    readdirSync(folder).flatMap((name): [string, number][] => {
      const path = join(folder, name);
      const status = statSync(path);
      const mode = status.mode & 0o777;
      return status.isDirectory()
        ? [[`${prefix}${name}/`, mode], ...modesBelow(path, `${prefix}${name}/`)]
        : [[`${prefix}${name}`, mode]];
    }),
  );
}
