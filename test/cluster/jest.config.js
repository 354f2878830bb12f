/** The tests against the servers of a cluster: apart from the others, since they need those servers (`npm run test:cluster`). */
import base from "../../jest.config.js";

export default {
  ...base,
  rootDir: "../..",
  testMatch: ["<rootDir>/test/cluster/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
};
