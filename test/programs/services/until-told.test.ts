/** A service ends when it is told to, and when nobody is left who could tell it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { eventually } from "../../story/eventually.js";

/** Resolves with what it said and how it ended, once `end` has been called when it had said `at`. */
async function run(at: string, end: (child: ReturnType<typeof fork>) => void) {
  const child = fork(join(import.meta.dirname, "slow-start.mjs"), { silent: true });
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const exited = once(child, "exit");
  await eventually(`it says ${at}`, () => (said.includes(`${at}\n`) ? true : undefined));
  end(child);
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  const [code] = (await exited) as [number | null];
  clearTimeout(late);
  return { code, said: said.trim().split("\n") };
}

const WHOLE = ["starting", "started", "closed"];

it.each(["starting", "started"])("ends when the process that has started it goes away: %s", async (at) => {
  expect(await run(at, (child) => child.disconnect())).toEqual({ code: 0, said: WHOLE });
});

it("ends at a signal, having closed", async () => {
  expect(await run("started", (child) => child.kill("SIGTERM"))).toEqual({ code: 0, said: WHOLE });
});
