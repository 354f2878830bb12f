/** `npm run test:cluster`: installs, builds, gets the servers (scripts/cluster/), then the tests against them. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build, installDebianPackages, installPackages, ROOT, run } from "./setup.mjs";

installPackages();
// mongod, where it is not the machine's own, stands on it.
if (!/libcurl\.so\.4/.test(spawnSync("ldconfig", ["-p"], { encoding: "utf8" }).stdout ?? ""))
  installDebianPackages(["libcurl4"], "mongod needs libcurl");
build();
run(process.execPath, [join(ROOT, "dist/scripts/cluster/main.js"), ...process.argv.slice(2)]);
