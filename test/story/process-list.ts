/** What the kernel says is running: for proving that nothing was left behind. Linux's /proc. */
import { readdirSync, readFileSync } from "node:fs";

export interface ListedProcess {
  readonly pid: number;
  readonly command: string;
}

/** Every process whose command line names `text`, this one apart. One that has ended and was not waited for has none. */
export function processesNaming(text: string): ListedProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), command: commandOf(name) }))
    .filter(({ command }) => command.includes(text));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return ""; // It ended between the two looks.
  }
}
