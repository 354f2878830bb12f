/**
 * Peers in Python, each in a virtual environment of its own: pip installs what a requirements file of this project names, and
 * refuses every file whose SHA-256 is not there.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../project.js";
import { getAbsent } from "./get-absent.js";
import { CACHE, lock, type PythonProgram, programPath } from "./lock.js";

/** Each problem is a sentence for whoever runs this. */
export const getPythonPeers = (): string[] =>
  getAbsent(lock.python.programs, {
    doing: "installing",
    failed: "could not be installed",
    problemOfToolchain,
    get: install,
  });

function install({ name, requirements, command }: PythonProgram): void {
  // Its scripts name the folder in which it was made: it can't be moved there when it is whole.
  const folder = join(CACHE, "python", name);
  rmSync(folder, { recursive: true, force: true });
  execFileSync("python3", ["-m", "venv", folder], { encoding: "utf8", stdio: "pipe" });
  const options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"];
  const file = join(PROJECT, requirements);
  execFileSync(join(folder, "bin/pip"), ["install", ...options, "--requirement", file], {
    encoding: "utf8",
    stdio: "pipe",
  });
  symlinkSync(join(folder, "bin", command), programPath(name));
}

function problemOfToolchain(): string | undefined {
  const script = "import sys, ensurepip; print(sys.version_info >= tuple(map(int, sys.argv[1].split('.'))))";
  const { status, stdout } = spawnSync("python3", ["-c", script, lock.python.oldest], { encoding: "utf8" });
  if (status === 0 && stdout.trim() === "True") return undefined;
  return `Python ${lock.python.oldest} or later with venv is needed (python3-venv of Debian 12)`;
}
