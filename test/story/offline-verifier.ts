/**
 * `cunzheng verify` as a court runs it: the built program, in a process whose network is off. Linux gives a process
 * a network namespace of its own with `unshare -n`, in which not even 127.0.0.1 can be reached.
 */
import { execFile, spawnSync } from "node:child_process";
import { PROGRAM } from "../../scripts/project.js";
import type { Report } from "../../src/core/verify/report.js";

export interface CliAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Verification extends CliAnswer {
  readonly report: Report;
  /** The code of each check that failed, by the check's name. */
  readonly failed: Readonly<Record<string, string>>;
}

/** As root, and as anybody where the kernel lets users make namespaces. */
const WAYS = [
  ["unshare", "-n"],
  ["unshare", "-rn"],
] as const;

/** The command that takes the network away. Undefined, and said so loudly, where it may not be had; in CI that fails. */
export function networkOff(): readonly string[] | undefined {
  const way = WAYS.find(([command, option]) => spawnSync(command, [option, "true"]).status === 0);
  if (way !== undefined) return way;
  const message =
    "`unshare -n` is not permitted here: the offline verification can't be proven to be offline";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`\n!!! ${message}\n!!! The tests below run the verifier WITH the network on.\n`);
  return undefined;
}

export function runProgram(launcher: readonly string[], args: readonly string[]): Promise<CliAnswer> {
  return run([...launcher, process.execPath, PROGRAM, ...args]);
}

export function run([command, ...args]: readonly string[]): Promise<CliAnswer> {
  if (command === undefined) throw new Error("no command to run");
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === "number") resolve({ exitCode: code, stdout, stderr });
      else reject(new Error(`${command} did not end by itself: ${error?.message}`));
    });
  });
}

/** With `--json`. Throws where it prints no report. */
export async function verifyOffline(
  launcher: readonly string[],
  args: readonly string[],
): Promise<Verification> {
  const answer = await runProgram(launcher, ["verify", ...args, "--json"]);
  let report: Report;
  try {
    report = JSON.parse(answer.stdout) as Report;
  } catch {
    throw new Error(`no report: exit code ${answer.exitCode}, ${answer.stdout}${answer.stderr}`);
  }
  const failed = (report.checks ?? []).filter(({ result }) => result === "failed");
  return {
    ...answer,
    report,
    failed: Object.fromEntries(failed.map(({ name, code }) => [name, code ?? "no code"])),
  };
}
