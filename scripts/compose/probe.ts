/**
 * Whether the container's program lives, for its health check. Ends with 0 or 1.
 *
 *     probe URL              an HTTP listener answers 200
 *     probe --process NAME   of a program without one: its main thread goes to sleep and wakes, as it does several times a second while it
 *                            looks at the store. One that is stopped, or is caught in a loop, does not.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const ANSWER_MS = 4000;
const WATCHED_MS = 3000;

const [what, name] = process.argv.slice(2);
if (what === undefined) throw new Error("usage: probe URL | probe --process NAME");
process.exitCode = (await (what === "--process" && name !== undefined ? wakes(name) : answers(what))) ? 0 : 1;

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  await answer.arrayBuffer();
  if (!answer.ok) console.error(`${url}: ${answer.status}`);
  return answer.ok;
}

async function wakes(command: string): Promise<boolean> {
  const pid = processOf(command);
  if (pid === undefined) {
    console.error(`no process runs ${command}`);
    return false;
  }
  const before = sleepsOf(pid);
  await sleep(WATCHED_MS);
  const isAwake = sleepsOf(pid) > before;
  if (!isAwake) console.error(`process ${pid} (${command}) has stood still for ${WATCHED_MS} ms`);
  return isAwake;
}

/** The process of `node dist/src/main.js COMMAND`, of which a container has one. */
function processOf(command: string): string | undefined {
  return readdirSync("/proc").find((entry) => {
    if (!/^\d+$/.test(entry) || entry === String(process.pid)) return false;
    try {
      const words = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      return words[0]?.endsWith("node") === true && words[2] === command;
    } catch {
      return false; // It has ended meanwhile.
    }
  });
}

/** How often its main thread has gone to sleep (proc(5), "voluntary_ctxt_switches"). */
function sleepsOf(pid: string): number {
  const status = readFileSync(`/proc/${pid}/task/${pid}/status`, "utf8");
  return Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1] ?? 0);
}
