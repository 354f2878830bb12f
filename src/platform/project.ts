/** Where the installed program lies, and which one it is. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of package.json, from the sources as from what is built of them. */
export const PROJECT = nearestPackage(dirname(fileURLToPath(import.meta.url)));

function nearestPackage(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : nearestPackage(dirname(folder));
}

/** `<version> <commit>`, as the build wrote it down. */
export function softwareVersion(): string {
  const text = readFileSync(join(PROJECT, "dist/build-info.json"), "utf8");
  const { version, commit } = JSON.parse(text) as { version: string; commit: string };
  return `${version} ${commit}`;
}
