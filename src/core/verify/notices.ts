/** What a report says beside its checks: of the verifier's trust file, and of those whom the verifier named. */
import type { Consortium } from "../witness/consortium.js";
import { findIds } from "../witness/identity.js";
import { quorumsIntersect } from "../witness/quorum.js";
import type { Notice } from "./report.js";

/** A slip of the pen must not pass for an exclusion; nor is it one to name a borrower, whom no trust file knows. */
export function noticesOfParties(consortium: Consortium, parties: readonly string[]): Notice[] {
  return parties
    .filter((party) => findIds(consortium, [party]).size === 0)
    .map((party) => ({
      code: "party-not-in-consortium",
      message: `the party ${party} is in the trust file by no id, credit code or name: nobody is excluded for it`,
      party,
    }));
}

/** Whether quorums must share a member is told for a tree of this size; where none is known, for those in the end. */
export function noticesOfTrust(consortium: Consortium, treeSize?: number): Notice[] {
  const { setAside, quorum } = consortium;
  return [
    ...(quorumsIntersect(consortium, treeSize)
      ? []
      : [
          {
            code: "quorum-splits" as const,
            message:
              "two quorums of the trust file need not share a member: two ledgers could both be cosigned",
          },
        ]),
    ...setAside.map(({ name, type }): Notice => ({
      code: "vkey-set-aside",
      message: `the key of ${name} is of type ${type}, which this program does not verify`,
    })),
    ...(quorum.excludeParties
      ? []
      : [
          {
            code: "depositor-counts" as const,
            message: "the trust file lets the depositor's own node count",
          },
        ]),
  ];
}
