/**
 * Approvals: signature lines by which cosigners of the trust file in force agree to a change. A node's own key signs,
 * so nothing further needs to be trusted; but what it signs is neither a cosignature nor a checkpoint and can't be
 * shown as one. A cosignature's message begins with `cosignature/v1`, ML-DSA-44's with `subtree/v1`, and this one with
 * a line of its own. SPEC (tlog-cosignature v1.0.1): "Future cosignature formats MAY reuse the same cosigner public
 * key with [...] a different newline-terminated prefix". Taken for a checkpoint's text, its second line would have to
 * be a decimal. So a mirror that cosigns whatever the log appends approves nothing by it.
 */
import { utf8 } from "../bytes.js";
import { atField, VerificationError } from "../errors.js";
import { verifyEd25519 } from "../ledger/ed25519.js";
import { verifyMlDsa44 } from "../ledger/ml-dsa-44.js";
import {
  formatSignatureLine,
  MAX_SIGNATURES,
  parseSignatureLine,
  tooManySignatures,
} from "../ledger/note.js";
import { keysOfLine, signatureInvalid } from "../ledger/open-note.js";
import { encodeTimestampedSignature, parseTimestampedSignature } from "../ledger/timestamped-signature.js";
import { SIGNATURE_ALGORITHMS, type Verifiers } from "../ledger/verifiers.js";
import { algorithmOf } from "../ledger/vkey.js";
import type { Consortium } from "../trust/consortium.js";
import { type Cosignature, isCosignerKey } from "../witness/cosignature.js";
import { type ConsortiumChange, hashProposal } from "./change.js";

const HEADER = "cunzheng/consortium-approval@v1";

/**
 * Gives the bytes that a cosigner signs to approve a change. The hash is of the whole proposal; the origin is there
 * for whoever looks at what is signed.
 */
export function approvalMessage(change: ConsortiumChange, timeSeconds: number): Uint8Array {
  return utf8(`${HEADER}\ntime ${timeSeconds}\n${change.origin}\n${hashProposal(change)}\n`);
}

/** An approval signer is a key that signs, as its holder has it. */
export interface ApprovalSigner {
  readonly name: string;
  readonly keyId: number;
  sign(message: Uint8Array): Uint8Array;
}

export function signApproval(change: ConsortiumChange, timeSeconds: number, key: ApprovalSigner): string {
  const signature = key.sign(approvalMessage(change, timeSeconds));
  return formatSignatureLine(key.name, key.keyId, encodeTimestampedSignature({ timeSeconds, signature }));
}

/**
 * Opens every approval, in the order of the change. It is stricter than a note: it throws `approval-unknown` for a
 * line of a key that the trust file does not name, `approval-repeated` for a second line of a key,
 * `signature-invalid`, and as `parseSignatureLine` and `parseTimestampedSignature`.
 */
export function openApprovals(
  change: ConsortiumChange,
  { witnesses }: Consortium,
  verifiers: Verifiers = {},
): Cosignature[] {
  const { approvals } = change;
  if (approvals.length > MAX_SIGNATURES) throw tooManySignatures(String(approvals.length), "/approvals");
  const known = witnesses.flatMap(({ vkeys }) => vkeys.filter(isCosignerKey));
  const verify = {
    ed25519: verifiers.verifyEd25519 ?? verifyEd25519,
    "ml-dsa-44": verifiers.verifyMlDsa44 ?? verifyMlDsa44,
  };
  const seen = new Set<string>();
  return approvals.map((text, i) => {
    const field = `/approvals/${i}`;
    const { line, claimed, algorithm, timeSeconds, signature } = atField(field, () => {
      const parsed = parseSignatureLine(text);
      const keys = keysOfLine(parsed, known);
      const algorithms =
        keys.length === 0 ? SIGNATURE_ALGORITHMS : keys.flatMap((vkey) => algorithmOf(vkey) ?? []);
      return { line: parsed, claimed: keys, ...parseTimestampedSignature(parsed.signature, algorithms) };
    });
    if (claimed.length === 0)
      throw new VerificationError(
        "approval-unknown",
        "an approval by a key that the trust file does not name",
        {
          field,
          got: line.name,
        },
      );
    const message = approvalMessage(change, timeSeconds);
    const vkey = claimed
      .filter((key) => algorithmOf(key) === algorithm)
      .find(({ publicKey }) => verify[algorithm]({ publicKey, message, signature }));
    if (vkey === undefined) throw signatureInvalid(line);
    if (seen.has(vkey.text))
      throw new VerificationError("approval-repeated", "one key approves twice", { field, got: line.name });
    seen.add(vkey.text);
    return { vkey, timeSeconds, line: text };
  });
}
