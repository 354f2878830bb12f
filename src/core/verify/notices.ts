/** What a report says beside its checks: of the verifier's trust file, those whom the verifier named, and the record. */
import { coreDigester } from "../digest/digests.js";
import type { Statement } from "../record/statement.js";
import { findTextForm, isText, type TextForm } from "../record/text-forms.js";
import type { Consortium } from "../trust/consortium.js";
import { findIds } from "../trust/identity.js";
import { quorumsIntersect } from "../trust/quorum.js";
import type { Check, Notice } from "./report.js";
import type { VerifyInput } from "./verify-input.js";

/**
 * Names the parties that the trust file does not know: a slip of the pen must not pass for an exclusion; nor is it
 * one to name a borrower, whom no trust file knows.
 */
export function noticesOfParties(consortium: Consortium, parties: readonly string[]): Notice[] {
  return parties
    .filter((party) => findIds(consortium, [party]).size === 0)
    .map((party) => ({
      code: "party-not-in-consortium",
      message: `the party ${party} is in the trust file by no id, credit code or name: nobody is excluded for it`,
      party,
    }));
}

/**
 * Names what is to be known of the trust file. Whether quorums must share a member is told for a tree of this size;
 * where none is known, for those in the end.
 */
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

const DIFFERENT: ReadonlySet<string> = new Set(["record-size", "record-sha-256", "record-sm3"]);

/**
 * Says, where it is so, that a text that differs is what was deposited but for its line ends: a mail program may have
 * changed them.
 */
export function noticesOfRecord(
  { record, createDigester = coreDigester }: Pick<VerifyInput, "record" | "createDigester">,
  { code }: Check,
  statement: Statement,
): Notice[] {
  if (record === undefined)
    return [{ code: "evidence-only", message: "only the evidence was checked: no record was given" }];
  const isCompared = record instanceof Uint8Array && statement.canonicalization === undefined;
  if (!isCompared || code === undefined || !DIFFERENT.has(code) || !isText(record)) return [];
  const form = findTextForm(statement, record, createDigester);
  return form === undefined
    ? [
        {
          code: "record-agrees-in-no-other-form",
          message: "nor does the record agree with other line ends, byte order mark or last newline",
        },
      ]
    : [
        {
          code: "record-agrees-in-another-form",
          message: `the record agrees in another form: ${describeForm(form)}`,
          form,
        },
      ];
}

const describeForm = ({ lineEnds, byteOrderMark, lastNewline }: TextForm): string =>
  [
    ...(byteOrderMark ? [`byte order mark ${byteOrderMark}`] : []),
    ...(lineEnds ? [`every line end ${lineEnds}`] : []),
    ...(lastNewline ? [`last newline ${lastNewline}`] : []),
  ].join(", ");
