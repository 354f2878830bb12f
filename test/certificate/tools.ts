/**
 * Programs nobody here wrote, that judge our certificates. Where one is missing, the tests that need it fail in CI
 * and are skipped elsewhere, loudly.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";

export function describeWith(tools: readonly string[], name: string, tests: () => void): void {
  const missing = tools.filter((tool) => spawnSync("which", [tool]).status !== 0);
  if (missing.length === 0) {
    describe(name, tests);
  } else if (process.env.CI === "true") {
    it(`${name}: needs ${missing.join(", ")}`, () => expect(missing).toEqual([]));
  } else {
    console.warn(`SKIPPED, not installed: ${missing.join(", ")} (${name})`);
    describe.skip(name, tests);
  }
}

/** Standard output; throws with the program's own words where it fails. */
export function run(tool: string, ...args: string[]): Buffer {
  return execFileSync(tool, args, { stdio: ["ignore", "pipe", "pipe"] });
}

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): { readonly path: string; write(name: string, bytes: Uint8Array): string } {
  const path = mkdtempSync(join(tmpdir(), "certificate-"));
  afterAll(() => rmSync(path, { recursive: true }));
  return {
    path,
    write: (name, bytes) => {
      writeFileSync(join(path, name), bytes);
      return join(path, name);
    },
  };
}
