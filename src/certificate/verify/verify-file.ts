/**
 * The verifier's one entrance for every door: evidence, a certificate PDF, a misconduct file or a challenge, told apart
 * by what they say of themselves.
 */
import { CHALLENGE_TYPE } from "../../core/evidence/challenge.js";
import { parseEvidence } from "../../core/evidence/evidence.js";
import { hasTokens, type JsonFile, openJsonFile } from "../../core/evidence/json-file.js";
import { MISCONDUCT_TYPE } from "../../core/evidence/misconduct.js";
import { ParseError } from "../../core/errors.js";
import type { Report } from "../../core/verify/report.js";
import { type ChallengeReport, verifyChallenge } from "../../core/verify/verify-challenge.js";
import { verifyEvidence, type VerifyInput } from "../../core/verify/verify-evidence.js";
import { type MisconductReport, verifyMisconduct } from "../../core/verify/verify-misconduct.js";
import type { VerifyX509Signature } from "../../pki/der/algorithms.js";
import { evidenceWithin } from "./evidence-within.js";
import { isPdf } from "./read-certificate.js";
import type { FindTemplate } from "../template/template.js";
import { openGivenTrust } from "./given-trust.js";

export interface VerifyFileInput extends Omit<
  VerifyInput,
  "evidence" | "consortium" | "openTimestampAuthorities"
> {
  readonly consortium: Uint8Array;
  readonly file: Uint8Array;
  /** The answer is evidence or a certificate, shown in answer to a challenge. */
  readonly answer?: Uint8Array;
  /** Gives the templates that this verifier has; they are asked for only when a certificate comes. */
  readonly templates: () => Promise<FindTemplate>;
  /** The host may have a faster implementation. */
  readonly verifyX509Signature?: VerifyX509Signature;
}

export type FileReport = Report | MisconductReport | ChallengeReport;

/**
 * Verifies a file of any kind. Throws `ParseError`: `input-unused` where something was given of which this kind of
 * file has no use, and as `verifyEvidence` does; everything else is in the report.
 */
export async function verifyFile({ answer, ...input }: VerifyFileInput): Promise<FileReport> {
  const { file, record, parties = [], verifyEd25519, verifyMlDsa44 } = input;
  const { consortium, checkAuthorities } = await openGivenTrust(input.consortium);
  const verifier = {
    consortium,
    ...(checkAuthorities && { checkAuthorities }),
    ...(verifyEd25519 && { verifyEd25519 }),
    ...(verifyMlDsa44 && { verifyMlDsa44 }),
  };
  // Read once, whoever then asks for its type and its members.
  const json = isPdf(file) ? undefined : openJsonFile(file);
  switch (json?.type) {
    case MISCONDUCT_TYPE:
      refuseUnused({ record, answer, parties: parties.length > 0 || undefined }, "a misconduct file");
      return verifyMisconduct({ misconduct: json ?? file, ...verifier });
    case CHALLENGE_TYPE: {
      refuseUnused({ record }, "a challenge");
      const shown = answer && (await verifyDeposit({ ...input, file: answer }));
      return verifyChallenge({
        challenge: json ?? file,
        ...verifier,
        parties,
        ...(shown && { answer: shown }),
      });
    }
    default:
      // Of a file that is too large nobody knows what it is, and what would be of use for it.
      if (!json?.isTooLarge) refuseUnused({ answer }, "evidence");
      return verifyDeposit(input, json);
  }
}

/**
 * Tells the size of the record that a file's evidence is of, as the statement says: a record of another size need not
 * be read. It is undefined where that can't be told, be it for what the file is.
 */
export function recordSizeOf(file: Uint8Array): number | undefined {
  try {
    const evidence = isPdf(file) ? evidenceWithin(file) : file;
    return evidence && parseEvidence(evidence).statement.size;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function refuseUnused(given: Readonly<Record<string, unknown>>, kind: string): void {
  for (const [name, value] of Object.entries(given))
    if (value !== undefined)
      throw new ParseError("input-unused", `${kind} has no use for it`, { field: `/parts/${name}` });
}

async function verifyDeposit(
  { file, templates, ...input }: VerifyFileInput,
  json = isPdf(file) ? undefined : openJsonFile(file),
): Promise<Report> {
  if (json !== undefined) return verifyEvidenceFile(json, input);
  // Drawing is much code: whoever verifies an evidence file should not wait for it.
  const { verifyCertificate } = await import("./verify-certificate.js");
  return verifyCertificate({ ...input, pdf: file, findTemplate: await templates() });
}

async function verifyEvidenceFile(
  evidence: JsonFile,
  { verifyX509Signature, ...given }: Omit<VerifyFileInput, "file" | "answer" | "templates">,
): Promise<Report> {
  const { consortium, hasAuthorities } = await openGivenTrust(given.consortium);
  const input = { ...given, evidence, consortium };
  // Nor for X.509, where neither side has a certificate: then check 9 has nothing to say.
  if (!hasAuthorities && !hasTokens(evidence)) return verifyEvidence(input);
  const { timestampAuthorities } = await import("../../pki/timestamps/check-timestamps.js");
  return verifyEvidence({ ...input, openTimestampAuthorities: timestampAuthorities(verifyX509Signature) });
}
