/**
 * Peers that are Java libraries, each behind a source file of ours. Maven brings the jars into a folder of this lock, with a
 * repository of its own that is thrown away; each is compared with the lock, and a jar that the lock does not name is refused.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../project.js";
import { getAbsent } from "./get-absent.js";
import { CACHE, type JavaProgram, lock, programPath, sha256Of } from "./lock.js";

const COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";

/** Each problem is a sentence for whoever runs this. */
export const getJavaPeers = (): string[] =>
  getAbsent(lock.java.programs, {
    doing: "fetching",
    failed: "can't be had",
    problemOfToolchain,
    get: install,
  });

function install({ name, folder, source, jars }: JavaProgram, staging: string): void {
  const fetched = join(staging, "jars");
  maven(join(PROJECT, folder), [
    COPY_DEPENDENCIES,
    `-DoutputDirectory=${fetched}`,
    `-Dmaven.repo.local=${join(staging, "repository")}`,
  ]);
  compare(fetched, jars);
  const kept = join(CACHE, `${name}-jars`);
  rmSync(kept, { recursive: true, force: true });
  renameSync(fetched, kept);
  const starter = join(staging, name);
  const named = source === undefined ? "" : `"${join(PROJECT, folder, source)}"`;
  const command = `exec java -cp "${kept}/*" ${named} "$@"`;
  writeFileSync(starter, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  renameSync(starter, programPath(name));
}

function compare(folder: string, jars: JavaProgram["jars"]): void {
  const got = readdirSync(folder);
  for (const missing of Object.keys(jars).filter((jar) => !got.includes(jar)))
    throw new Error(`Maven brought no ${missing}`);
  for (const jar of got) {
    const sha256 = sha256Of(join(folder, jar));
    if (jars[jar] !== sha256)
      throw new Error(`${jar} has the SHA-256 ${sha256}, and the lock says ${jars[jar] ?? "nothing of it"}`);
  }
}

/** A registry that does not answer at once is asked again. What is wrong Maven says in the first line that it prints. */
function maven(cwd: string, args: readonly string[], attempts = 3): void {
  const { status, stdout, error } = spawnSync("mvn", ["--batch-mode", "--quiet", ...args], {
    cwd,
    encoding: "utf8",
  });
  if (status === 0) return;
  if (attempts === 1)
    throw new Error(stdout.trim().split("\n")[0] || `mvn ended with ${status}`, { cause: error });
  maven(cwd, args, attempts - 1);
}

function problemOfToolchain(): string | undefined {
  const { oldest } = lock.java;
  const wanted = `Java ${oldest} or later and Maven are needed`;
  const java = spawnSync("java", ["-version"], { encoding: "utf8" });
  if (java.status !== 0) return `${wanted}; there is no Java here`;
  const major = Number(/version "(\d+)/.exec(java.stderr)?.[1] ?? 0);
  if (major < oldest) return `${wanted}; here is Java ${major}`;
  return spawnSync("mvn", ["-version"]).status === 0 ? undefined : `${wanted}; there is no Maven here`;
}
