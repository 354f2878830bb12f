/**
 * A checkpoint as several sources have it, counted under a trust file: unlike evidence, where one false line of a known key
 * spoils the whole, a line that does not verify is left out and named, since whoever handed it on need not be its maker.
 */
import { ParseError, VerificationError } from "../errors.js";
import { type Checkpoint, openLogSignatures } from "../ledger/checkpoint.js";
import type { Note, NoteSignature } from "../ledger/note.js";
import type { Verifiers } from "../ledger/verifiers.js";
import type { VerifierKey } from "../ledger/vkey.js";
import { type Consortium, cosignerVkeys, logKeysAt, parseConsortium, quorumAt } from "../trust/consortium.js";
import { type Cosignature, openCosignatures } from "../witness/cosignature.js";
import { countQuorum, type QuorumCount } from "../trust/quorum.js";
import { meetsDemand } from "../trust/signature-demand.js";
import type { TrustFile } from "../trust/trust-file.js";
import { encodeTrustFile } from "./change.js";

export interface CountedCheckpoint {
  /**
   * This says whether the log has signed the checkpoint with what the trust file demands, and the quorum has cosigned
   * it.
   */
  readonly holds: boolean;
  readonly isSignedByLog: boolean;
  readonly count: QuorumCount;
  /** These are the names of known keys with a line that does not verify. */
  readonly invalid: readonly string[];
}

/**
 * Counts a checkpoint's signatures for no depositor and no party: the question is the ledger as a whole. Nothing is
 * thrown for what the note holds.
 */
export function countCheckpoint(
  trustFile: TrustFile,
  { note, checkpoint }: { readonly note: Note; readonly checkpoint: Checkpoint },
  verifiers: Verifiers = {},
): CountedCheckpoint {
  const consortium = parseConsortium(encodeTrustFile(trustFile));
  const { treeSize } = checkpoint;
  const logKeys = logKeysAt(consortium, treeSize);
  const lines = sortLines({ note, checkpoint }, { logKeys, cosigners: cosignerVkeys(consortium) }, verifiers);
  const isSignedByLog =
    checkpoint.origin === consortium.log.origin &&
    lines.signers.length > 0 &&
    meetsDemand(quorumAt(consortium, treeSize).signatures, lines.signers);
  const { cosignatures, invalid } = lines;
  const count = countQuorum({ consortium, cosignatures, treeSize, depositor: undefined, parties: [] });
  return { holds: isSignedByLog && count.holds, isSignedByLog, count, invalid };
}

/**
 * Gives the note with those lines alone that convict who made them: of keys that the trust file names for any size.
 */
export function convictingLines(
  { log, ...rest }: Consortium,
  { note, checkpoint }: { readonly note: Note; readonly checkpoint: Checkpoint },
  verifiers: Verifiers = {},
): readonly string[] {
  const logKeys = [...log.vkeys, ...log.former.map(({ vkey }) => vkey)];
  const cosigners = cosignerVkeys({ log, ...rest });
  return sortLines({ note, checkpoint }, { logKeys, cosigners }, verifiers).lines;
}

interface SortedLines {
  readonly signers: readonly VerifierKey[];
  readonly cosignatures: readonly Cosignature[];
  /** These are the lines of `signers` and `cosignatures`, as they stand in the note. */
  readonly lines: readonly string[];
  readonly invalid: readonly string[];
}

/** Line by line: whose it is, and whether it verifies. Lines of unknown keys are in none of the lists. */
function sortLines(
  { note, checkpoint }: { readonly note: Note; readonly checkpoint: Checkpoint },
  keys: { readonly logKeys: readonly VerifierKey[]; readonly cosigners: readonly VerifierKey[] },
  verifiers: Verifiers,
): SortedLines {
  const signers = new Set<VerifierKey>();
  const cosignatures: Cosignature[] = [];
  const lines: string[] = [];
  const invalid = new Set<string>();
  for (const signature of note.signatures) {
    const alone: Note = { text: note.text, signatures: [signature] };
    const opened = openLine(signature, invalid, () => ({
      signers: signersOf(alone, checkpoint, keys.logKeys, verifiers),
      cosignatures: openCosignatures(alone, keys.cosigners, verifiers),
    }));
    if (opened === undefined || opened.signers.length + opened.cosignatures.length === 0) continue;
    for (const signer of opened.signers) signers.add(signer);
    cosignatures.push(...opened.cosignatures);
    lines.push(signature.line);
  }
  return { signers: [...signers], cosignatures, lines, invalid: [...invalid] };
}

function openLine<T>({ name }: NoteSignature, invalid: Set<string>, open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof ParseError) && !(error instanceof VerificationError)) throw error;
    invalid.add(name);
    return undefined;
  }
}

/** Finds the log's keys that signed, as `openLogSignatures` does, which throws where nobody has signed. */
function signersOf(
  note: Note,
  checkpoint: Checkpoint,
  logKeys: readonly VerifierKey[],
  verifiers: Verifiers,
): VerifierKey[] {
  try {
    return openLogSignatures(note, checkpoint, logKeys, verifiers);
  } catch (error) {
    if (error instanceof VerificationError && error.code === "signature-missing") return [];
    throw error;
  }
}
