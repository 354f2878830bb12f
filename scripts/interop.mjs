/** `npm run test:interop`: installs, builds, gets the peers (scripts/interop/), then the tests against them. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { installContractTools } from "./contract-tools.mjs";
import { build, installDebianPackages, installPackages, ROOT, run } from "./setup.mjs";

installPackages();
// litewitness signs with a key that only ssh-agent holds.
if (spawnSync("which", ["ssh-agent"]).status !== 0)
  installDebianPackages(["openssh-client"], "litewitness needs ssh-agent");
// schemathesis lives in a virtual environment.
if (spawnSync("python3", ["-c", "import ensurepip"]).status !== 0)
  installDebianPackages(["python3-venv"], "schemathesis needs python3-venv");
installContractTools();
build();
run(process.execPath, [join(ROOT, "dist/scripts/interop/main.js")]);
run(process.execPath, [
  "--experimental-vm-modules",
  "--disable-warning=ExperimentalWarning",
  join(ROOT, "node_modules/jest/bin/jest.js"),
  "--config",
  join(ROOT, "test/interop/jest.config.js"),
  ...process.argv.slice(2),
]);
