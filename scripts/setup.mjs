/**
 * What a fresh machine lacks: the packages of package-lock.json, and on Debian the compiler that better-sqlite3 needs
 * where no prebuilt file can be had. Plain Node, since nothing is installed yet. Doing it twice does nothing.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];

/** Runs a command in the repository, its output shown; ends the process with its code when it fails. */
export function run(command, args, env = {}) {
  const { status } = tryRun(command, args, env);
  if (status !== 0) {
    console.error(`\n${command} ${args.join(" ")} failed (${status ?? "not found"})`);
    process.exit(typeof status === "number" ? status : 1);
  }
}

export function tryRun(command, args, env = {}) {
  return spawnSync(command, args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
}

/** Installs Debian packages where we may; `why` is said where we may not. */
export function installDebianPackages(packages, why) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || spawnSync("apt-get", ["--version"]).status !== 0) {
    console.error(`${why}: please install ${packages.join(" ")} (Debian names)`);
    return false;
  }
  console.log(`${why}: installing ${packages.join(" ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  tryRun("apt-get", ["update", "-qq"], env);
  return (
    tryRun("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], env).status === 0
  );
}

export function installPackages() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    console.error(`Node ${OLDEST_NODE.join(".")} or later is needed; this is ${process.versions.node}`);
    process.exit(1);
  }
  const stamp = join(ROOT, "node_modules", ".installed-for");
  const lock = createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .digest("hex");
  const wanted = `${lock} node-abi-${process.versions.modules}\n`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;

  // Headers beside this Node spare node-gyp a download, which many a bank's network refuses.
  const prefix = dirname(dirname(process.execPath));
  const env = existsSync(join(prefix, "include/node/node.h")) ? { npm_config_nodedir: prefix } : {};
  if (tryRun("npm", ["ci", "--no-audit", "--no-fund"], env).status !== 0 || !loadsSqlite()) {
    installDebianPackages(["build-essential", "python3"], "better-sqlite3 must be compiled here");
    run("npm", ["ci", "--no-audit", "--no-fund"], env);
    if (!loadsSqlite()) {
      console.error("better-sqlite3 could not be loaded after its installation");
      process.exit(1);
    }
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function loadsSqlite() {
  return (
    spawnSync(process.execPath, ["-e", 'require("better-sqlite3")(":memory:").close()'], { cwd: ROOT })
      .status === 0
  );
}

export function build() {
  run("npm", ["run", "--silent", "build"]);
}

/** What the servers of scripts/cluster/ need of the machine; mongod itself is found or fetched there. */
export function installServersNeeds(who) {
  // mongod, where it is not the machine's own, stands on it.
  if (!/libcurl\.so\.4/.test(spawnSync("ldconfig", ["-p"], { encoding: "utf8" }).stdout ?? ""))
    installDebianPackages(["libcurl4"], "mongod needs libcurl");
  if (spawnSync("redis-server", ["--version"]).status !== 0)
    installDebianPackages(["redis-server", "redis-tools"], `${who} needs redis-server`);
}
