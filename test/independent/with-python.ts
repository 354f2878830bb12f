/** Suites that need Python: where it is missing they are skipped, but in CI, where they fail. */
import { spawnSync } from "node:child_process";
import { describe } from "@jest/globals";

export const hasPython = spawnSync("python3", ["--version"]).status === 0;
const isCi = (process.env["CI"] ?? "") !== "";
export const isPythonExpected = hasPython || isCi;
export const withPython: typeof describe.skip = isPythonExpected ? describe : describe.skip;
