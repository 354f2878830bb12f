/**
 * Judges of openapi.yaml that nobody here wrote: Redocly's and Spectral's recommended rules, without a waiver. They and what
 * the contract's clients are made with stand in a lock of their own (scripts/contract), and are installed into
 * .cache/contract when they are asked for: `npm ci` brings nothing of them.
 */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT, run } from "./setup.mjs";

const SOURCE = join(ROOT, "scripts/contract");
/** Where the tools are: `node_modules` lies in it. */
export const CONTRACT_TOOLS = join(ROOT, ".cache/contract");

/** Installs what the lock names, by its hashes; no package runs a script. Doing it twice does nothing. */
export function installContractTools() {
  const lock = readFileSync(join(SOURCE, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex");
  const stamp = join(CONTRACT_TOOLS, "node_modules/.installed-for");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  mkdirSync(CONTRACT_TOOLS, { recursive: true });
  for (const name of ["package.json", "package-lock.json"])
    copyFileSync(join(SOURCE, name), join(CONTRACT_TOOLS, name));
  rmSync(join(CONTRACT_TOOLS, "node_modules"), { recursive: true, force: true });
  run("npm", [
    "ci",
    "--prefix",
    CONTRACT_TOOLS,
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel",
    "error",
  ]);
  writeFileSync(stamp, wanted);
}

/** Ends the process where a rule is not kept, be it one that only warns. */
export function judgeContract() {
  const contract = join(ROOT, "openapi.yaml");
  const redocly = ["lint", contract, "--config", join(SOURCE, "redocly.yaml"), "--format", "json"];
  // Redocly's exit code does not know its warnings.
  const { totals, problems } = JSON.parse(output("redocly", redocly));
  for (const { ruleId, message, location } of problems)
    console.error(`redocly: ${ruleId}: ${message} (${location?.[0]?.pointer ?? ""})`);
  if (totals.errors + totals.warnings + totals.ignored > 0) process.exit(1);
  const ruleset = join(SOURCE, "spectral.yaml");
  run(bin("spectral"), ["lint", contract, "--ruleset", ruleset, "--fail-severity", "hint", "--quiet"]);
  console.log("openapi.yaml keeps the recommended rules of redocly and spectral");
}

const bin = (name) => join(CONTRACT_TOOLS, "node_modules/.bin", name);

function output(name, args) {
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
  const { stdout, stderr, error } = spawnSync(bin(name), args, { cwd: ROOT, encoding: "utf8", env });
  if (error === undefined && stdout.trim().startsWith("{")) return stdout;
  console.error(`${name} said nothing of the contract: ${error?.message ?? stderr}`);
  process.exit(1);
}
