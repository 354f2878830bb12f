/** `npm run test:cluster`: installs, builds, gets the servers (scripts/cluster/; Redis is Debian's), then the tests against them. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build, installDebianPackages, installPackages, installServersNeeds, ROOT, run } from "./setup.mjs";

installPackages();
installServersNeeds("the test of the queue");
if (spawnSync("ip", ["-V"]).status !== 0)
  installDebianPackages(["iproute2"], "machines of a test's own need it");
build();
run(process.execPath, [join(ROOT, "dist/scripts/cluster/main.js"), ...process.argv.slice(2)]);
