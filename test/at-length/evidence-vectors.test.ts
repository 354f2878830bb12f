/** Every case of test/vectors/evidence/ once more: its report by whichever way it is asked for, and what the report comes to. */
import { readFileSync } from "node:fs";
import { expect, it } from "@jest/globals";
import type { Catalogue } from "../../src/commands/text/report-text.js";
import { conclusionsOf } from "../../src/core/verify/conclusions.js";
import { verdictOf } from "../../src/core/verify/report.js";
import { verifyEvidence } from "../../src/core/verify/verify-evidence.js";
import { timestampAuthorities } from "../../src/pki/timestamps/check-timestamps.js";
import { createDigester, verifyEd25519 } from "../../src/platform/keys/ed25519.js";
import { verifyX509Signature } from "../../src/platform/keys/x509-signature.js";
import { createFileVerifier } from "../../src/programs/verifying/verifier.js";
import { EVIDENCE_CASES, readEvidenceCase } from "../core/verify/evidence-cases.js";

const catalogue = JSON.parse(
  readFileSync(new URL("../../templates/wording/report.json", import.meta.url), "utf8"),
) as Catalogue;
const openTimestampAuthorities = timestampAuthorities(verifyX509Signature);
const verifyAnyFile = createFileVerifier({
  templates: [],
  verifyEd25519,
  createDigester,
  verifyX509Signature,
});

it.each(EVIDENCE_CASES)("%s", async (name) => {
  const { expected, ...input } = readEvidenceCase(name);
  const { parties } = expected;
  const report = verifyEvidence({
    ...input,
    parties,
    verifyEd25519,
    createDigester,
    openTimestampAuthorities,
  });

  // Through the verifier of files that the command line and HTTP use.
  const { evidence: file, ...others } = input;
  expect(await verifyAnyFile({ ...others, file, parties })).toEqual(report);

  // At least one conclusion, with words in both languages, and none that says too much.
  const conclusions = conclusionsOf(report);
  expect(conclusions.length).toBeGreaterThan(0);
  for (const code of conclusions)
    expect(catalogue.limits[code]).toMatchObject({
      zh: expect.stringMatching(/。$/),
      en: expect.stringMatching(/\.$/),
    });
  const evidence = report.checks.filter(({ name }) => !["record-digest", "certificate"].includes(name));
  const isSound = evidence.every(({ result }) => result !== "failed") && !report.trustProblem;
  if (conclusions.some((code) => /^(?:verified|evidence-only|digests-only|.*-holds?)$/.test(code)))
    expect([isSound, verdictOf(evidence)]).toEqual([true, "verified"]);
});
