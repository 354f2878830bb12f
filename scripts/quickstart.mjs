/** `npm run quickstart`: installs, builds, then hands over to the demonstration (scripts/quickstart/). */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { build, installDebianPackages, installPackages, ROOT } from "./setup.mjs";

installPackages();
if (spawnSync("openssl", ["version"]).status !== 0)
  installDebianPackages(["openssl"], "the sample's time-stamping authority is OpenSSL");
build();
const child = spawn(
  process.execPath,
  [join(ROOT, "dist/scripts/quickstart/main.js"), ...process.argv.slice(2)],
  {
    stdio: "inherit",
  },
);
// The child hears a Ctrl-C itself and ends its processes in order; we wait for it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : code));
