/** `npm run test:cluster`: installs, builds, gets the servers (scripts/cluster/; Redis is Debian's), then the tests against them. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build, installDebianPackages, installPackages, ROOT, run } from "./setup.mjs";

installPackages();
// mongod, where it is not the machine's own, stands on it.
if (!/libcurl\.so\.4/.test(spawnSync("ldconfig", ["-p"], { encoding: "utf8" }).stdout ?? ""))
  installDebianPackages(["libcurl4"], "mongod needs libcurl");
if (spawnSync("redis-server", ["--version"]).status !== 0)
  installDebianPackages(["redis-server", "redis-tools"], "the tests of the queue need redis-server");
if (spawnSync("ip", ["-V"]).status !== 0)
  installDebianPackages(["iproute2"], "machines of a test's own need it");
build();
run(process.execPath, [join(ROOT, "dist/scripts/cluster/main.js"), ...process.argv.slice(2)]);
