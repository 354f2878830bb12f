/** The tests against the servers of a cluster: apart from the others, since they need those servers (`npm run test:cluster`). */
import base from "../../jest.config.js";

/**
 * Tests that know of the store no more than the ports, or what a notary shows of it, and measure no time: they run on SQLite
 * elsewhere, and on MongoDB here.
 */
const EVERY = [
  ...["notary/accounts/*", "notary/depositing/deposit", "notary/story"],
  ...["http/handlers/*", "http/intake/uploads", "story/issuer", "story/timestamps"],
];
const LONG = [
  "notary/faults",
  "http/contract/*",
  "http/connections",
  "story/membership",
  "story/lying-nodes",
];
const isLong = !["", "0", undefined].includes(process.env["LONG"]);
if (!isLong) console.log(`cluster: left to LONG=1: test/{${LONG.join(",")}} on MongoDB`);
const BOTH = [...EVERY, ...(isLong ? LONG : [])].map((name) => `<rootDir>/test/${name}.test.ts`);

export default {
  ...base,
  rootDir: "../..",
  testMatch: ["<rootDir>/test/cluster/**/*.test.ts", ...BOTH],
  testPathIgnorePatterns: ["/node_modules/"],
  // The servers need the rest of the machine.
  maxWorkers: 1,
  // A connection to a server that was killed must not keep the run from ending.
  forceExit: true,
};
