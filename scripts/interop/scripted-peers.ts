/**
 * Python and Node with packages of their registries, for scripts of ours. Their own clients compare each package with
 * the hash that the lock file beside the scripts names; no package's own code runs meanwhile.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../project.js";
import { getAbsent } from "./get-absent.js";
import { CACHE, lock, programPath, type ScriptedPrograms } from "./lock.js";

interface Interpreter {
  readonly command: string;
  /** The variable in which the interpreter looks for the folder of packages. */
  readonly variable: string;
  readonly install: (lockFile: string, folder: string) => void;
}

const run = (command: string, args: readonly string[], cwd?: string): void => {
  execFileSync(command, args, {
    ...(cwd !== undefined && { cwd }),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
};

const INTERPRETERS: Readonly<Record<ScriptedPrograms["name"], Interpreter>> = {
  "python-clients": {
    command: "python3",
    variable: "PYTHONPATH",
    install: (lockFile, folder) =>
      run("python3", [
        ...[
          "-m",
          "pip",
          "install",
          "--quiet",
          "--disable-pip-version-check",
          "--no-deps",
          "--only-binary=:all:",
        ],
        ...["--require-hashes", "--target", folder, "-r", lockFile],
      ]),
  },
  "node-clients": {
    command: process.execPath,
    variable: "NODE_PATH",
    install: (lockFile, folder) => {
      for (const file of ["package.json", "package-lock.json"])
        copyFileSync(join(lockFile, "..", file), join(folder, "..", file));
      run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], join(folder, ".."));
    },
  },
};

/** Each problem is a sentence for whoever runs this. */
export const getScriptedPeers = (): string[] =>
  getAbsent(lock.scripted, { doing: "fetching", failed: "can't be had", problemOfToolchain, get: install });

function install({ name, folder, lock: file }: ScriptedPrograms, staging: string): void {
  const { command, variable, install: fetch } = INTERPRETERS[name];
  const fetched = join(staging, "node_modules");
  fetch(join(PROJECT, folder, file), fetched);
  const kept = join(CACHE, `${name}-packages`);
  rmSync(kept, { recursive: true, force: true });
  renameSync(fetched, kept);
  const starter = join(staging, name);
  writeFileSync(starter, `#!/bin/sh\n${variable}="${kept}" exec "${command}" "$@"\n`, { mode: 0o755 });
  renameSync(starter, programPath(name));
}

function problemOfToolchain(): string | undefined {
  const { status } = spawnSync("python3", ["-m", "pip", "--version"]);
  return status === 0 ? undefined : "Python 3.11 or later with pip is needed; there is none here";
}
