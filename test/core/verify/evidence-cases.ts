/** The cases of test/vectors/evidence/: a folder each, with the files that a verifier is given and what it must answer. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Expected } from "../../../scripts/make-vectors/evidence-vectors.js";

const FOLDER = join(import.meta.dirname, "../../vectors/evidence");

export const EVIDENCE_CASES = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

export function readEvidenceCase(name: string) {
  const read = (file: string) => new Uint8Array(readFileSync(join(FOLDER, name, file)));
  return {
    evidence: read("evidence.json"),
    consortium: read("consortium.json"),
    ...(readdirSync(join(FOLDER, name)).includes("record") && { record: read("record") }),
    expected: JSON.parse(Buffer.from(read("expected.json")).toString()) as Expected,
  };
}
