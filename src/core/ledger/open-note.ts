/**
 * Opening a note: who of the keys that one trusts has signed its text.
 * C2SP signed-note v1.0.0, "Signatures" (type 0x01, plain Ed25519 over the text). What the other types sign, their own
 * files say: `checkpoint.ts` for a log's, `witness/cosignature.ts` for a cosigner's.
 */
import { abbreviate, utf8 } from "../bytes.js";
import { VerificationError } from "../errors.js";
import { verifyEd25519 } from "./ed25519.js";
import type { Note, NoteSignature } from "./note.js";
import type { Verifiers } from "./verifiers.js";
import { SIGNATURE_TYPE, type VerifierKey } from "./vkey.js";

/**
 * Gives the keys that signed, each once, in the note's order; keys of other types than 0x01 take no part. Throws
 * `signature-invalid` when a line of a known key does not verify, `signature-missing` when no known key signed.
 */
export function openNote(
  note: Note,
  vkeys: readonly VerifierKey[],
  { verifyEd25519: verify = verifyEd25519 }: Verifiers = {},
): VerifierKey[] {
  const message = utf8(note.text);
  const known = vkeys.filter((vkey) => vkey.type === SIGNATURE_TYPE.ed25519);
  const signers = openLines(note, known, ({ signature }, claimed) =>
    claimed.find(({ publicKey }) => verify({ publicKey, message, signature })),
  );
  return [...new Set(refuseUnsigned(note, known, signers))];
}

/**
 * Gives what `open` makes of each line of the keys `known`, in the note's order; `claimed` are those of the line's
 * name and id. Throws `signature-invalid` where it makes nothing of one: no such key has signed.
 */
export function openLines<Opened>(
  note: Note,
  known: readonly VerifierKey[],
  open: (line: NoteSignature, claimed: readonly VerifierKey[]) => Opened | undefined,
): Opened[] {
  return note.signatures.flatMap((line) => {
    const claimed = keysOfLine(line, known);
    // SPEC: "Verifiers MUST ignore signatures from unknown keys, even if they share a name or ID (but not both)".
    if (claimed.length === 0) return [];
    // SPEC: "If the key name and ID match a known key, verifiers MUST verify the signature."
    const opened = open(line, claimed);
    if (opened === undefined) throw signatureInvalid(line);
    return [opened];
  });
}

/** Throws `signature-missing` where `signers` are none. */
export function refuseUnsigned<Signer>(
  note: Note,
  known: readonly VerifierKey[],
  signers: readonly Signer[],
): readonly Signer[] {
  if (signers.length > 0) return signers;
  throw new VerificationError("signature-missing", "no trusted key has signed the note", {
    got: abbreviate(note.signatures.map(({ name }) => name).join(", ")),
    want: abbreviate(known.map(({ name }) => name).join(", ")),
  });
}

/**
 * Finds the keys that a line may be of. Usually that is one key or none; ids are four bytes, so two trusted keys of
 * one name may share theirs.
 */
export function keysOfLine(line: NoteSignature, vkeys: readonly VerifierKey[]): VerifierKey[] {
  return vkeys.filter(({ name, keyId }) => name === line.name && keyId === line.keyId);
}

export function signatureInvalid({ name, line }: NoteSignature): VerificationError {
  return new VerificationError("signature-invalid", `the signature of ${name} does not verify`, {
    got: abbreviate(line),
  });
}
