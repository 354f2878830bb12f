/** The tests against the servers of a cluster: apart from the others, since they need those servers (`npm run test:cluster`). */
import base from "../../jest.config.js";

/** Tests of the notary that know of its store no more than the ports, and measure no time: they run on SQLite elsewhere, and on MongoDB here. */
const isLong = !["", "0", undefined].includes(process.env["LONG"]);
const NOTARY = ["accounts/*", "depositing/deposit", "story", ...(isLong ? ["faults"] : [])].map(
  (name) => `<rootDir>/test/notary/${name}.test.ts`,
);
if (!isLong) console.log("cluster: test/notary/faults is left to LONG=1 (two minutes)");

export default {
  ...base,
  rootDir: "../..",
  testMatch: ["<rootDir>/test/cluster/**/*.test.ts", ...NOTARY],
  testPathIgnorePatterns: ["/node_modules/"],
  // The servers need the rest of the machine.
  maxWorkers: 1,
  // A connection to a server that was killed must not keep the run from ending.
  forceExit: true,
};
