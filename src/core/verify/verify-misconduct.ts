/**
 * Verifying a misconduct file: whether its two checkpoints contradict each other, and who signed both. Nobody's word is
 * taken for it, neither ours nor whoever made the file. docs/evidence-format.md, "Misconduct".
 */
import { abbreviate, base64, bytesFromBase64, equalBytes } from "../bytes.js";
import { ParseError, type ParseErrorCode, VerificationError, type VerificationErrorCode } from "../errors.js";
import type { JsonFile } from "../evidence/json-file.js";
import { type Misconduct, parseMisconduct } from "../evidence/misconduct.js";
import { type Checkpoint, openLogSignatures, parseCheckpointText } from "../ledger/checkpoint.js";
import { type Note, parseNote } from "../ledger/note.js";
import type { Verifiers } from "../ledger/verifiers.js";
import { verifyConsistency } from "../merkle/consistency.js";
import { emptyRootHash } from "../merkle/hash.js";
import { type Consortium, cosignersByOrganisation } from "../trust/consortium.js";
import { openCosignatures } from "../witness/cosignature.js";
import { type GivenTrust, openTrust } from "./open-trust.js";
import type { Verdict } from "./report.js";

/** A convicted one is somebody who signed both checkpoints. */
export interface Convicted {
  readonly kind: "log" | "witness" | "mirror";
  /** The name is the log's origin, or the cosigner's name. */
  readonly name: string;
  /** This is the organisation's id in the trust file. */
  readonly organisation: string;
  readonly organisationName: { readonly zh: string; readonly en: string };
}

export interface MisconductReport {
  readonly type: "cunzheng/misconduct-report@v1";
  /**
   * The verdict is `verified` where the misconduct is proved, `refused` where this file proves none, and `incomplete`
   * under a broken trust file.
   */
  readonly verdict: Verdict;
  /** The problem is absent where the verdict is `verified`. */
  readonly problem?: { readonly code: ParseErrorCode | VerificationErrorCode; readonly message: string };
  readonly checkpoints: readonly {
    readonly origin: string;
    readonly treeSize: number;
    /** The root hash is in base64. */
    readonly rootHash: string;
  }[];
  /** The convicted stand in the order of the trust file; there is none unless the verdict is `verified`. */
  readonly convicted: readonly Convicted[];
}

export interface VerifyMisconductInput extends Verifiers, GivenTrust {
  readonly misconduct: Uint8Array | JsonFile;
}

interface Opened extends Checkpoint {
  readonly note: Note;
}

/**
 * Verifies misconduct by steps 1 to 5 of docs/evidence-format.md, section 12, in their order. It never throws for
 * what the files hold.
 */
export function verifyMisconduct(input: VerifyMisconductInput): MisconductReport {
  let consortium: Consortium;
  try {
    consortium = openTrust(input);
  } catch (error) {
    return reportOf("incomplete", [], error);
  }
  let opened: readonly Opened[] = [];
  try {
    const misconduct = parseMisconduct(input.misconduct);
    opened = misconduct.checkpoints.map(openCheckpoint);
    refuseOtherLogs(opened, consortium);
    refuseUncontradicted(opened, misconduct);
    return { ...reportOf("verified", opened), convicted: convict(opened, consortium, input) };
  } catch (error) {
    return reportOf("refused", opened, error);
  }
}

/** Step 2: "each note and its checkpoint". Throws as their parsers. */
function openCheckpoint(text: string): Opened {
  const note = parseNote(text);
  return { ...parseCheckpointText(note.text), note };
}

/** Step 3: "Each checkpoint's origin is the trust file's (`origin-mismatch`)." */
function refuseOtherLogs(opened: readonly Opened[], { log }: Consortium): void {
  for (const { origin } of opened)
    if (origin !== log.origin)
      throw new VerificationError("origin-mismatch", "a checkpoint of another log", {
        got: abbreviate(origin),
        want: log.origin,
      });
}

/** Step 4: "They contradict each other (`not-contradictory`)". Throws that code, and as `verifyConsistency`. */
function refuseUncontradicted(opened: readonly Opened[], { consistency }: Misconduct): void {
  const fail = (message: string): never => {
    throw new VerificationError("not-contradictory", message);
  };
  const [one, other, ...more] = opened;
  if (one === undefined || more.length > 0) return fail("one checkpoint or two are wanted");
  if (other === undefined) {
    if (consistency !== undefined) return fail("a consistency proof needs two checkpoints");
    if (one.treeSize !== 0 || equalBytes(one.rootHash, emptyRootHash()))
      return fail("alone, only the checkpoint of an empty tree with another root is false");
    return;
  }
  if (one.treeSize > other.treeSize) return fail("the smaller tree comes first");
  if (one.treeSize === 0 && other.treeSize > 0) return fail("every tree begins with the empty one");
  if (one.treeSize === other.treeSize) {
    if (consistency !== undefined) return fail("between trees of one size there is nothing to prove");
    if (equalBytes(one.rootHash, other.rootHash)) return fail("both checkpoints have the same root");
    return;
  }
  if (consistency === undefined) return fail("the larger tree may begin with the smaller one");
  // SPEC (RFC 6962, 2.1.2): a proof fixes the old root together with the new one, so what the larger tree's signer has
  // signed is that its first leaves have this root, and no other.
  const rootHash = bytesFromBase64(consistency.rootHash);
  const path = consistency.path.map((hash) => bytesFromBase64(hash));
  verifyConsistency({ oldSize: one.treeSize, newSize: other.treeSize, path }, rootHash, other.rootHash);
  if (equalBytes(rootHash, one.rootHash)) return fail("the larger tree begins with the smaller one");
}

/**
 * Step 5: "Convicted is everyone of the trust file with a signature on every checkpoint of the file", the log first, the
 * others in the order of the trust file. Throws `nobody-convicted`, and `signature-invalid` for a bad line.
 */
function convict(opened: readonly Opened[], consortium: Consortium, verifiers: Verifiers): Convicted[] {
  const { log, organisations } = consortium;
  const nameOf = new Map(organisations.map(({ id, name }) => [id, name]));
  // Whatever the sizes for which its keys sign: it has signed.
  const logKeys = [...log.vkeys, ...log.former.map(({ vkey }) => vkey)];
  const suspects = [
    {
      kind: "log" as const,
      name: log.origin,
      organisation: log.organisation,
      hasSigned: (checkpoint: Opened) => signedByLog(checkpoint, logKeys, verifiers),
    },
    ...cosignersByOrganisation(consortium).map(({ kind, name, organisation, vkeys }) => ({
      kind,
      name,
      organisation,
      hasSigned: ({ note }: Opened) => openCosignatures(note, vkeys, verifiers).length > 0,
    })),
  ];
  const convicted = suspects
    .filter(({ hasSigned }) => opened.filter(hasSigned).length === opened.length)
    .map(({ kind, name, organisation }) => {
      const organisationName = nameOf.get(organisation);
      if (organisationName === undefined) throw new Error(`internal: no organisation ${organisation}`);
      return { kind, name, organisation, organisationName };
    });
  if (convicted.length === 0)
    throw new VerificationError("nobody-convicted", "nobody whom the trust file names has signed both");
  return convicted;
}

function signedByLog(checkpoint: Opened, vkeys: Consortium["log"]["vkeys"], verifiers: Verifiers): boolean {
  try {
    return openLogSignatures(checkpoint.note, checkpoint, vkeys, verifiers).length > 0;
  } catch (error) {
    if (error instanceof VerificationError && error.code === "signature-missing") return false;
    throw error;
  }
}

function reportOf(verdict: Verdict, opened: readonly Opened[], error?: unknown): MisconductReport {
  if (error !== undefined && !(error instanceof ParseError) && !(error instanceof VerificationError))
    throw error;
  return {
    type: "cunzheng/misconduct-report@v1",
    verdict,
    ...(error !== undefined && { problem: { code: error.code, message: error.message } }),
    checkpoints: opened.map(({ origin, treeSize, rootHash }) => ({
      origin,
      treeSize,
      rootHash: base64(rootHash),
    })),
    convicted: [],
  };
}
