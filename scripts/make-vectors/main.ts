/**
 * Writes test/vectors/: for evidence one folder a case, with the files a verifier is given and what it must answer;
 * for the formats below it one file of cases each. Run it after a change of the formats (`npm run vectors`) and review
 * the difference as data; the tests check that the files are still what this makes.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildTemplates } from "../build-templates.js";
import { PROJECT } from "../project.js";
import { writeCertificateVectors } from "./certificate-vectors.js";
import { challengeVectors } from "./challenge-vectors.js";
import { evidenceVectors } from "./evidence-vectors.js";
import { ledgerVectors } from "./ledger-vectors.js";
import { membershipVectors } from "./membership-vectors.js";
import { merkleVectors } from "./merkle-vectors.js";
import { misconductVectors } from "./misconduct-vectors.js";
import { policyVectors } from "./policy-vectors.js";
import { withWorkedExample } from "./worked-example.js";

// First: certificates are drawn with them.
buildTemplates();

const vectors = join(PROJECT, "test/vectors");
rmSync(join(vectors, "evidence"), { recursive: true, force: true });
for (const [path, bytes] of evidenceVectors()) write(join("evidence", path), bytes);
for (const [path, text] of [
  ...ledgerVectors(),
  ...merkleVectors(),
  ...policyVectors(),
  ...membershipVectors(),
  ...misconductVectors(),
  ...challengeVectors(),
])
  write(path, text);

writeCertificateVectors();

const specification = join(PROJECT, "docs/evidence-format.md");
writeFileSync(specification, withWorkedExample(readFileSync(specification, "utf8")));

function write(path: string, content: Uint8Array | string): void {
  const file = join(vectors, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
