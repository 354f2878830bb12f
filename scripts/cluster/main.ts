/** Starts a replica set unless the environment names one, runs the tests of test/cluster against it, and ends it. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { PROJECT } from "../project.js";
import { findMongod } from "./mongod.js";
import { startReplicaSet } from "./replica-set.js";

const mongod = findMongod();
const named = process.env["CUNZHENG_TEST_MONGODB"];
const set = named === undefined ? await startReplicaSet(mongod) : undefined;
const tests = spawn(
  process.execPath,
  [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    join(PROJECT, "node_modules/jest/bin/jest.js"),
    "--config",
    join(PROJECT, "test/cluster/jest.config.js"),
    ...process.argv.slice(2),
  ],
  {
    cwd: PROJECT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, CUNZHENG_TEST_MONGODB: named ?? set?.url, CUNZHENG_TEST_MONGOD: mongod },
  },
);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void tests.kill(signal));
process.exitCode = await new Promise<number>((resolve) => {
  tests.once("error", () => {
    resolve(1);
  });
  tests.once("exit", (code) => {
    resolve(code ?? 1);
  });
});
await set?.stop();
