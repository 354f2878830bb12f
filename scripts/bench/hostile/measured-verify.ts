/** `cunzheng verify`, run as everybody runs it, and what it has cost. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PROGRAM, PROJECT } from "../../project.js";

export interface Cost {
  readonly exitCode: number | null;
  /** `verified`, `refused` or `incomplete`. */
  readonly verdict: string | undefined;
  /** Of the check that decides: the certificate's of a PDF, else the first that failed. */
  readonly code: string | undefined;
  readonly seconds: number;
  /** Of processor time, which other programs on the machine hardly change. */
  readonly cpuSeconds: number;
  /** The most that the process has held at any time, in megabytes of a million bytes. */
  readonly megabytes: number;
}

export interface Given {
  readonly file: string;
  readonly consortium: string;
  readonly record?: string;
}

const HOOK = pathToFileURL(join(PROJECT, "dist/scripts/bench/hostile/tell-usage.js")).href;

/** `folder` is for a file that tells what it has cost. */
export async function measuredVerify({ file, consortium, record }: Given, folder: string): Promise<Cost> {
  const args = [
    "verify",
    file,
    "--consortium",
    consortium,
    "--json",
    ...(record ? ["--record", record] : []),
  ];
  const { output, ...cost } = await measuredRun(args, { folder });
  return { ...cost, ...saidIn(output) };
}

export interface Run extends Omit<Cost, "verdict" | "code"> {
  /** Of standard output. */
  readonly output: string;
  readonly errors: string;
}

/** Any command of the program. `heapMegabytes` is the most that its heap may have: with more to hold it would end. */
export async function measuredRun(
  args: readonly string[],
  { folder, heapMegabytes }: { readonly folder: string; readonly heapMegabytes?: number },
): Promise<Run> {
  const usageFile = join(folder, "usage.json");
  const heap = heapMegabytes === undefined ? [] : [`--max-old-space-size=${heapMegabytes}`];
  const start = performance.now();
  const child = spawn(process.execPath, [...heap, "--import", HOOK, PROGRAM, ...args], {
    env: { ...process.env, CUNZHENG_USAGE_FILE: usageFile },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  const seconds = (performance.now() - start) / 1000;
  const usage = JSON.parse(readFileSync(usageFile, "utf8")) as { cpuSeconds: number; megabytes: number };
  return { exitCode, output, errors, seconds, ...usage };
}

interface Said {
  readonly verdict?: string;
  readonly checks?: readonly { readonly name: string; readonly result: string; readonly code?: string }[];
  readonly error?: { readonly code: string };
}

function saidIn(output: string): Pick<Cost, "verdict" | "code"> {
  const { verdict, checks = [], error } = (output === "" ? {} : JSON.parse(output)) as Said;
  const failed = checks.filter(({ result }) => result === "failed");
  const decides = failed.find(({ name }) => name === "certificate") ?? failed[0];
  return { verdict, code: decides?.code ?? error?.code };
}
