/**
 * Peers that are Go programs, built from the modules that the lock names. The module's content is compared with the
 * lock; what it depends on its own go.mod fixes, which is part of that content, and Go's checksum database guards.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../project.js";
import { getAbsent } from "./get-absent.js";
import { type GoProgram, lock, programPath } from "./lock.js";

/** One package at a time: a machine that runs tests beside it should notice little. No other toolchain is fetched. */
const ENVIRONMENT = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-p=1", GOWORK: "off" };

/** Each problem is a sentence for whoever runs this. */
export const getGoPeers = (): string[] =>
  getAbsent([...lock.go.programs, ...lock.go.ours], {
    doing: "building",
    failed: "could not be built",
    problemOfToolchain,
    get: (program, staging) => {
      if ("package" in program) install(program, staging);
      else go(["build", "-mod=readonly", "-o", `${staging}/`, "."], join(PROJECT, program.folder));
      renameSync(join(staging, program.name), programPath(program.name));
    },
  });

function install({ package: path, module, version, sum }: GoProgram, folder: string): void {
  const downloaded = JSON.parse(go(["mod", "download", "-json", `${module}@${version}`], folder)) as {
    Sum?: string;
  };
  if (downloaded.Sum !== sum)
    throw new Error(`${module}@${version} is ${downloaded.Sum ?? "unknown"}, and the lock says ${sum}`);
  go(["install", `${path}@${version}`], folder, { GOBIN: folder });
}

function problemOfToolchain(): string | undefined {
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8", env: ENVIRONMENT });
  const wanted = `Go ${lock.go.oldest} or later is needed; the golang package of Debian 12 is older`;
  if (status !== 0) return `${wanted}; there is none here`;
  const [, major = 0, minor = 0] = (/^go(\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = lock.go.oldest.split(".").map(Number);
  const isOld = major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  return isOld ? `${wanted}; here is ${stdout.trim()}` : undefined;
}

function go(args: readonly string[], cwd: string, extra: Readonly<Record<string, string>> = {}): string {
  return execFileSync("go", args, {
    cwd,
    encoding: "utf8",
    env: { ...ENVIRONMENT, ...extra },
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
  });
}
