/**
 * `npm run test:compose`: installs, builds, gets a Docker Engine (Debian's packages), makes images that stand in for those that are
 * pulled elsewhere, and runs the tests of test/compose against docker-compose.yml as it is (scripts/compose/main.ts). Needs root.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build, installDebianPackages, installPackages, ROOT, run } from "./setup.mjs";

const PROGRAMS = {
  dockerd: "docker.io",
  "docker-compose": "docker-compose",
  iptables: "iptables",
  debootstrap: "debootstrap",
};

installPackages();
const missing = Object.entries(PROGRAMS).filter(([command]) => spawnSync("which", [command]).status !== 0);
if (missing.length > 0)
  installDebianPackages(
    missing.map(([, name]) => name),
    "The tests of the containers need Docker",
  );
if (!/libcurl\.so\.4/.test(spawnSync("ldconfig", ["-p"], { encoding: "utf8" }).stdout ?? ""))
  installDebianPackages(["libcurl4"], "mongod needs libcurl");
build();
run(process.execPath, [join(ROOT, "dist/scripts/compose/main.js"), ...process.argv.slice(2)]);
