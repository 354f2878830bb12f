/** Changes of the consortium: from which trust file, as which entry of the ledger, and what comes of it. */
import { beginHistory, continueHistory } from "../../src/core/membership/history.js";
import { hashTrustFile } from "../../src/core/membership/change.js";
import type { TrustFile } from "../../src/core/trust/trust-file.js";
import { utf8 } from "../../src/core/bytes.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import { ACCEPTED_CHANGES, HISTORIES, type MembershipCase, REFUSED_CHANGES } from "./membership-cases.js";
import { encodeVectorFile, type VectorCase } from "./vector-file.js";

function judged({ before, index, entry }: MembershipCase) {
  const { happened, present } = continueHistory(
    beginHistory(before),
    { index, entry: utf8(entry) },
    VERIFIERS,
  );
  const [only] = happened;
  if (only === undefined) throw new Error("the entry does not claim to be a change");
  return { only, present };
}

function accept({ name, ...given }: MembershipCase): VectorCase {
  const { only, present } = judged(given as MembershipCase);
  if (only.applied === undefined) throw new Error(`${name}: ${only.problem?.code} ${only.problem?.message}`);
  const approvals = only.applied.approvals.cosigners.map((each) => ({
    name: each.name,
    reason: each.reason,
  }));
  return { name, ...given, after: hashTrustFile(present), approvals };
}

function refuse({ name, code, ...given }: MembershipCase & { readonly code: string }): VectorCase {
  const { only } = judged(given as MembershipCase);
  if (only.problem?.code !== code)
    throw new Error(`${name}: ${code} was expected, got ${only.problem?.code} ${only.problem?.message}`);
  return { name, ...given, code };
}

interface HistoryCase {
  readonly name: string;
  readonly start: TrustFile;
  readonly entries: readonly string[];
}

function history({ name, start, entries }: HistoryCase) {
  const whole = entries.reduce(
    (so, entry, index) => continueHistory(so, { index, entry: utf8(entry) }, VERIFIERS),
    beginHistory(start),
  );
  const happened = whole.happened.map(({ index, problem }) => ({ index, code: problem?.code ?? null }));
  return { name, start, entries, present: hashTrustFile(whole.present), happened };
}

export function membershipVectors(): ReadonlyMap<string, string> {
  const histories = HISTORIES.map(history);
  const isWhole = ({ happened }: (typeof histories)[number]) => happened.every(({ code }) => code === null);
  return new Map([
    [
      "consortium-change/changes.json",
      encodeVectorFile({
        about:
          "`before`: the trust file in force. `entry`: the ledger's entry, of this `index`. Accepted: `after`, the base64 SHA-256 of the trust file that comes of it, and of each approval whether it counts. Refused: `code`.",
        accepted: ACCEPTED_CHANGES.map(accept),
        refused: REFUSED_CHANGES.map(refuse),
      }),
    ],
    [
      "consortium-change/histories.json",
      encodeVectorFile({
        about:
          "`start`: the reader's trust file. `entries`: the ledger's, from 0. `present`: the base64 SHA-256 of the trust file in force after them; `happened`: the entries that claim to be changes, with the code of why they changed nothing. Refused: histories in which at least one changed nothing, `code` the first.",
        accepted: histories.filter(isWhole),
        refused: histories
          .filter((each) => !isWhole(each))
          .map((each) => ({ ...each, code: each.happened.find(({ code }) => code !== null)?.code })),
      }),
    ],
  ]);
}
