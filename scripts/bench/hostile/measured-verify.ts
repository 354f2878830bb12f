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
  const usageFile = join(folder, "usage.json");
  const args = [
    "verify",
    file,
    "--consortium",
    consortium,
    "--json",
    ...(record ? ["--record", record] : []),
  ];
  const start = performance.now();
  const child = spawn(process.execPath, ["--import", HOOK, PROGRAM, ...args], {
    env: { ...process.env, CUNZHENG_USAGE_FILE: usageFile },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  const seconds = (performance.now() - start) / 1000;
  const usage = JSON.parse(readFileSync(usageFile, "utf8")) as { cpuSeconds: number; megabytes: number };
  return { exitCode, ...saidIn(output), seconds, ...usage };
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
