/** What a process has held of the machine's memory, as the kernel counts it. */
import { readFileSync, writeFileSync } from "node:fs";

/**
 * The most that a process has held at one time since it began its program, or since `forgetPeak`, in megabytes of a
 * million bytes (`VmHWM`, proc_pid_status(5)). `getrusage` would also count what the parent held when it forked.
 */
export function peakMegabytes(pid: number | "self" = "self"): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  if (kibibytes === undefined) throw new Error(`/proc/${pid}/status tells no VmHWM`);
  return (Number(kibibytes) * 1024) / 1e6;
}

/** From now on the peak is that of what follows (proc_pid_clear_refs(5)); answers with what is held now. */
export function forgetPeak(pid: number): number {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return peakMegabytes(pid);
}
