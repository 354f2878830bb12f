/**
 * Opening a note: who of the keys that one trusts has signed its text.
 * C2SP signed-note v1.0.0, "Signatures" (type 0x01, plain Ed25519 over the text).
 */
import { abbreviate, utf8 } from "../bytes.js";
import { VerificationError } from "../errors.js";
import { type VerifyEd25519, verifyEd25519 } from "./ed25519.js";
import { type Note, type NoteSignature } from "./note.js";
import { SIGNATURE_TYPE, type VerifierKey } from "./vkey.js";

/**
 * The keys that signed, each once, in the note's order; keys of other types than 0x01 take no part.
 * Throws `signature-invalid` when a line of a known key does not verify, `signature-missing` when no known key signed.
 */
export function openNote(
  note: Note,
  vkeys: readonly VerifierKey[],
  verify: VerifyEd25519 = verifyEd25519,
): VerifierKey[] {
  const message = utf8(note.text);
  const known = vkeys.filter((vkey) => vkey.type === SIGNATURE_TYPE.ed25519);
  const signers = new Set<VerifierKey>();
  for (const line of note.signatures) {
    const claimed = keysOfLine(line, known);
    // SPEC: "Verifiers MUST ignore signatures from unknown keys, even if they share a name or ID (but not both)".
    if (claimed.length === 0) continue;
    // SPEC: "If the key name and ID match a known key, verifiers MUST verify the signature."
    const { signature } = line;
    const signer = claimed.find(({ publicKey }) => verify({ publicKey, message, signature }));
    if (signer === undefined) throw signatureInvalid(line);
    signers.add(signer);
  }
  if (signers.size === 0) {
    throw new VerificationError("signature-missing", "no trusted key has signed the note", {
      got: abbreviate(note.signatures.map(({ name }) => name).join(", ")),
      want: abbreviate(known.map(({ name }) => name).join(", ")),
    });
  }
  return [...signers];
}

/** Usually one key or none; ids are four bytes, so two trusted keys of one name may share theirs. */
export function keysOfLine(line: NoteSignature, vkeys: readonly VerifierKey[]): VerifierKey[] {
  return vkeys.filter(({ name, keyId }) => name === line.name && keyId === line.keyId);
}

export function signatureInvalid({ name, line }: NoteSignature): VerificationError {
  return new VerificationError("signature-invalid", `the signature of ${name} does not verify`, {
    got: abbreviate(line),
  });
}
