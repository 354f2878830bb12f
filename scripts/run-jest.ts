/** Tests run by a script that has started what they need, and ends it after them. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { PROJECT } from "./project.js";

/**
 * Runs Jest with this configuration (a path within the project) and the script's own arguments, and resolves with its exit code.
 * A signal reaches the tests, which end what is theirs; then the script goes on, and ends what is its own.
 */
export function runJest(
  config: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const tests = spawn(
    process.execPath,
    [
      "--experimental-vm-modules",
      "--disable-warning=ExperimentalWarning",
      join(PROJECT, "node_modules/jest/bin/jest.js"),
      "--config",
      join(PROJECT, config),
      ...process.argv.slice(2),
    ],
    { cwd: PROJECT, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...environment } },
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void tests.kill(signal));
  return new Promise((resolve) => {
    tests.once("error", () => {
      resolve(1);
    });
    tests.once("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}
