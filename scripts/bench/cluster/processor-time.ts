/** How much of the processors a process has used, all its threads together (proc(5), /proc/PID/stat). */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Fields 14 and 15 are `utime` and `stime`; the second is the program's name, in which there may be spaces and parentheses. */
const [USER, SYSTEM, AFTER_NAME] = [14, 15, 3];
let ticksPerSecond: number | undefined;

/** In microseconds, since its start; the kernel counts in ticks of mostly 10 ms. Throws where there is no such process. */
export function processorMicroseconds(pid: number): number {
  ticksPerSecond ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[USER - AFTER_NAME]) + Number(fields[SYSTEM - AFTER_NAME]);
  if (!Number.isSafeInteger(ticks)) throw new Error(`/proc/${pid}/stat tells no utime and stime: ${stat}`);
  return (ticks / ticksPerSecond) * 1e6;
}
