/** Where the project lies, from its sources as from what is built of them. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT = nearestPackage(dirname(fileURLToPath(import.meta.url)));
/** The built command-line program. */
export const PROGRAM = join(PROJECT, "dist/src/main.js");
export const SAMPLE_DOSSIER = join(PROJECT, "templates/samples/loan");

function nearestPackage(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : nearestPackage(dirname(folder));
}
