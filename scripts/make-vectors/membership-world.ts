/** Changes of the sample consortium, approved by whom a case says: what the membership vectors are made of. */
import { encodeConsortiumChange, hashTrustFile } from "../../src/core/membership/change.js";
import { type Change, CHANGE_TYPE, type ConsortiumChange } from "../../src/core/membership/change.js";
import { approvalMessage } from "../../src/core/membership/approval.js";
import { applyChange } from "../../src/core/membership/apply-change.js";
import { formatSignatureLine } from "../../src/core/ledger/note.js";
import { encodeTimestampedSignature } from "../../src/core/ledger/timestamped-signature.js";
import { parseTrustFile, type TrustFile } from "../../src/core/trust/trust-file.js";
import { consortium, COSIGNED_AT_SECONDS, cosigners, json, ORIGIN, type Signer } from "./sample-world.js";

export const trustFile = (): TrustFile => parseTrustFile(json(consortium()));

/** Two courts and a bank: the quorum of the sample, and no more. */
export const QUORUM: readonly Signer[] = [cosigners.courtEast, cosigners.courtWest, cosigners.bankB];

export interface Made {
  readonly before?: TrustFile;
  readonly change: Change;
  readonly approvers?: readonly Signer[];
  /** Changes the proposal before it is approved. */
  readonly proposal?: Partial<ConsortiumChange>;
  /** Signs something else than what is to be signed. */
  readonly message?: (change: ConsortiumChange, timeSeconds: number) => Uint8Array;
  readonly timeSeconds?: number;
}

export function madeChange({
  before = trustFile(),
  change,
  approvers = QUORUM,
  proposal = {},
  message = approvalMessage,
  timeSeconds = COSIGNED_AT_SECONDS,
}: Made): ConsortiumChange {
  const proposed: ConsortiumChange = {
    type: CHANGE_TYPE,
    id: "01KATVRA0TEXAMP1E0000000C1",
    origin: ORIGIN,
    before: hashTrustFile(before),
    after: afterOf(before, change),
    proposedAt: "2026-11-24T08:00:00.000Z",
    reason: "示例：according to the resolution of the example consortium",
    change,
    approvals: [],
    ...proposal,
  };
  const approvals = approvers.map(({ vkey, sign }) => {
    const signature = sign(message(proposed, timeSeconds));
    return formatSignatureLine(vkey.name, vkey.keyId, encodeTimestampedSignature({ timeSeconds, signature }));
  });
  return { ...proposed, approvals: [...proposed.approvals, ...approvals] };
}

/** Of a change that is refused for what it is, any hash does. */
function afterOf(before: TrustFile, change: Change): string {
  try {
    return hashTrustFile(applyChange(before, change));
  } catch {
    return hashTrustFile(before);
  }
}

export const textOf = (change: ConsortiumChange): string =>
  Buffer.from(encodeConsortiumChange(change)).toString("utf8");
