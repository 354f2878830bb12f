/**
 * Writes test/vectors/evidence/: one folder a case, with the files a verifier is given and what it must answer. Run it
 * after a change of the formats (`npm run vectors`) and review the difference as data; the tests check that the files
 * are still what this makes.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PROJECT } from "../project.js";
import { evidenceVectors } from "./evidence-vectors.js";

const folder = join(PROJECT, "test/vectors/evidence");
rmSync(folder, { recursive: true, force: true });
for (const [path, bytes] of evidenceVectors()) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}
