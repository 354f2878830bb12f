/** Starts a replica set unless the environment names one, runs the tests of test/cluster against it, and ends it. */
import { runJest } from "../run-jest.js";
import { findMongod } from "./mongod.js";
import { startReplicaSet } from "./replica-set.js";

const mongod = findMongod();
const named = process.env["CUNZHENG_TEST_MONGODB"];
const set = named === undefined ? await startReplicaSet(mongod) : undefined;
process.exitCode = await runJest("test/cluster/jest.config.js", {
  CUNZHENG_TEST_MONGODB: named ?? set?.url,
  CUNZHENG_TEST_MONGOD: mongod,
});
await set?.stop();
