/** Tests run as ES modules (`--experimental-vm-modules`): the sources are what ships, not a CommonJS copy of them. */
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  // Others' programs are needed for the first (`npm run test:interop`), servers for the second (`npm run test:cluster`), a Docker
  // Engine for the third (`npm run test:compose`), a quiet machine for the last.
  testPathIgnorePatterns: [
    "/node_modules/",
    "<rootDir>/test/interop/",
    "<rootDir>/test/cluster/",
    "<rootDir>/test/compose/",
    "<rootDir>/test/alone/",
  ],
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/data/", "<rootDir>/.cache/"],
  extensionsToTreatAsEsm: [".ts"],
  moduleFileExtensions: ["ts", "js", "json", "node"],
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "es6" } },
    ],
  },
  reporters: ["default", "<rootDir>/scripts/summary-reporter.mjs"],
  testTimeout: 120_000,
  // Jest leaves a core idle by itself; with two that is half of the machine.
  maxWorkers: "100%",
  // Modules of ES kind are not given back after their test file; a worker that holds so much is begun anew.
  workerIdleMemoryLimit: "1500MB",
};
