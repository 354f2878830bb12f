/** What a newcomer sees at the end: one line a deposit, who cosigned, the verdict, and what to do next. */
import { relative } from "node:path";
import type { DepositView, DossierRecord } from "./bank.js";
import type { DemoKeys } from "./accounts.js";
import { ORGANISATIONS } from "./sample-consortium.js";

export interface Verified {
  readonly record: DossierRecord;
  readonly id: string;
  readonly receiptMs: number;
  readonly state: DepositView;
  readonly verdict: string;
  /** Of `cunzheng verify` for the evidence and for the certificate. */
  readonly exitCodes: readonly number[];
  /** By the earliest token that counts; undefined where there is none. */
  readonly timestampedAt: string | undefined;
}

interface Summary {
  readonly url: string;
  readonly out: string;
  readonly apiKeys: DemoKeys;
  readonly verified: readonly Verified[];
  /** Whether there is still a service to go to. */
  readonly isServing: boolean;
}

export function printSummary({ url, out, apiKeys, verified, isServing }: Summary): void {
  const here = (path: string) => {
    const short = relative(process.cwd(), path);
    return short === "" ? "." : short.startsWith("..") ? path : short;
  };
  const lines = [
    "",
    "  deposit                       record                                   receipt    final after   verdict",
    ...verified.map(({ record, id, receiptMs, state, verdict }) =>
      [
        `  ${id}  `,
        record.file.padEnd(39),
        `${receiptMs.toFixed(0)} ms`.padStart(9),
        `${finalitySeconds(state).toFixed(2)} s`.padStart(14),
        `   ${verdict}`,
      ].join(""),
    ),
    "",
    "  Cosigned by (of the last deposit's checkpoint):",
    ...(verified.at(-1)?.state.cosigners ?? []).map(
      ({ name, kind, counted, reason }) =>
        `    ${counted ? "counts        " : "does not count"}  ${kind.padEnd(7)}  ${nameOf(name)}${counted ? "" : `  (${reason})`}`,
    ),
    "",
    ...timestampLines(verified),
    `  ${verified.length} deposits, each verified twice offline (evidence and certificate, with the record): ${verdictOf(verified)}`,
    `  Files:     ${here(out)}/{consortium.json,records,evidence,certificates}`,
    `  Try:       npx --no-install cunzheng verify ${here(out)}/certificates/04-contract.pdf --consortium ${here(out)}/consortium.json`,
    ...(isServing
      ? [
          `  Service:   ${url}   (API: ${url}/openapi.yaml)`,
          `  Demo keys: bank      ${apiKeys.bank}`,
          `             reader    ${apiKeys.reader}`,
          `             operator  ${apiKeys.operator}`,
        ]
      : []),
    "",
  ];
  console.log(lines.join("\n"));
}

const finalitySeconds = ({ receivedAt, finalAt }: DepositView): number =>
  finalAt === undefined ? Number.NaN : (Date.parse(finalAt) - Date.parse(receivedAt)) / 1000;

function timestampLines(verified: readonly Verified[]): string[] {
  const times = verified.flatMap(({ timestampedAt }) => (timestampedAt === undefined ? [] : [timestampedAt]));
  const last = times.sort().at(-1);
  if (last === undefined) return ["  Time-stamped: none", ""];
  return [
    `  Time-stamped (RFC 3161) by 示例授时机构 Example Time Authority: ${times.length} of ${verified.length}, the last at ${last}`,
    "",
  ];
}

function nameOf(witnessName: string): string {
  const organisation = ORGANISATIONS.find(({ id }) => witnessName.startsWith(`${id}.`));
  return organisation === undefined
    ? witnessName
    : `${organisation.name.zh} ${organisation.name.en} (${organisation.role})`;
}

const verdictOf = (verified: readonly Verified[]): string =>
  verified.every(({ verdict }) => verdict === "verified") ? "all verified" : "NOT ALL VERIFIED";
