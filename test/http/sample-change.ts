/** Changes of the sample consortium, approved by its own nodes. */
import { type ApprovalSigner, signApproval } from "../../src/core/membership/approval.js";
import {
  type Change,
  CHANGE_TYPE,
  type ConsortiumChange,
  encodeConsortiumChange,
  hashTrustFile,
} from "../../src/core/membership/change.js";
import { applyChange } from "../../src/core/membership/apply-change.js";
import { parseTrustFile, type TrustFile } from "../../src/core/trust/trust-file.js";
import type { SampleConsortium } from "./sample-consortium.js";

export interface SampleChange {
  readonly change: Change;
  /** The trust file in force; the sample's own where absent. */
  readonly before?: TrustFile;
  /** How many nodes approve, in the order of the sample. */
  readonly approvals?: number;
  readonly proposal?: Partial<ConsortiumChange>;
}

export function sampleChange(
  {
    json,
    witnesses,
  }: Pick<SampleConsortium, "json"> & { readonly witnesses: ReadonlyMap<string, { key: ApprovalSigner }> },
  { change, before = parseTrustFile(json), approvals = 4, proposal = {} }: SampleChange,
): ConsortiumChange {
  const proposed: ConsortiumChange = {
    type: CHANGE_TYPE,
    id: "01KATVRA0TEXAMP1E0000000C1",
    origin: before.log.origin,
    before: hashTrustFile(before),
    after: afterOf(before, change),
    proposedAt: "2026-11-25T08:00:00.000Z",
    reason: "示例原因",
    change,
    approvals: [],
    ...proposal,
  };
  const keys = [...witnesses.values()].slice(0, approvals).map(({ key }) => key);
  const lines = keys.map((key) => signApproval(proposed, 1_795_600_000, key));
  return { ...proposed, approvals: [...proposed.approvals, ...lines] };
}

export const bodyOf = (change: ConsortiumChange): Uint8Array => encodeConsortiumChange(change);

/** Of a change that is refused for what it is, any hash does. */
function afterOf(before: TrustFile, change: Change): string {
  try {
    return hashTrustFile(applyChange(before, change));
  } catch {
    return hashTrustFile(before);
  }
}
