/**
 * Times that lie far apart are said. None of them is impossible, and none changes the verdict, but a reader must not
 * have to compare them himself: a contract "created" a year before it was deposited, a batch "sealed" in 1999.
 * docs/evidence-format.md, section 8.3: a closed list, with exact bounds.
 */
import { parseTime } from "../record/time.js";
import type { Cosigner } from "../trust/quorum.js";
import type { Notice, ReportTimes, ReportTimestamp } from "./report.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Times are far apart whose difference exceeds one of these, in milliseconds. */
export const FAR_APART = {
  createdBeforeReceived: 30 * DAY_MS,
  createdAfterReceived: 5000,
  receivedBeforeSealed: DAY_MS,
  sealedBeforeFinal: DAY_MS,
  cosigners: HOUR_MS,
  timestampFromFinal: DAY_MS,
  timestampBeforeSealed: 5000,
} as const;

/** These are all codes of this kind, in their order in a report. */
export const TIME_NOTICES = [
  "created-long-before-received",
  "created-after-received",
  "received-long-before-sealed",
  "sealed-long-before-final",
  "cosigner-time-apart",
  "timestamp-apart",
  "timestamp-before-sealed",
] as const;
export type TimeNoticeCode = (typeof TIME_NOTICES)[number];

export interface ComparedTimes {
  readonly times: ReportTimes;
  readonly cosigners: readonly Pick<Cosigner, "name" | "timeSeconds" | "counted">[];
  readonly timestamps: readonly Pick<ReportTimestamp, "genTime" | "notLaterThan" | "counted">[];
}

/** Gives the notices about times, each code at most once, in the order of `TIME_NOTICES`. */
export function timeNotices({ times, cosigners, timestamps }: ComparedTimes): Notice[] {
  const received = parseTime(times.receivedAt);
  const sealed = parseTime(times.sealedAt);
  const created = times.createdAt === undefined ? undefined : parseTime(times.createdAt);
  const final = times.finalAt === undefined ? undefined : parseTime(times.finalAt);
  const tokens = timestamps.filter(({ counted }) => counted);
  const apart = cosignersApart(cosigners);
  const said: Readonly<Record<TimeNoticeCode, string | false>> = {
    "created-long-before-received":
      created !== undefined &&
      received - created > FAR_APART.createdBeforeReceived &&
      `created, as the depositor claims, more than 30 days before receipt`,
    "created-after-received":
      created !== undefined &&
      created - received > FAR_APART.createdAfterReceived &&
      `created, as the depositor claims, after it was received`,
    "received-long-before-sealed":
      sealed - received > FAR_APART.receivedBeforeSealed && `sealed more than a day after receipt`,
    "sealed-long-before-final":
      final !== undefined &&
      final - sealed > FAR_APART.sealedBeforeFinal &&
      `cosigned more than a day after sealing: receipt and sealing are the operator's word`,
    "cosigner-time-apart":
      apart.length > 0 && `more than an hour from the others' times: ${apart.join(", ")}`,
    "timestamp-apart":
      final !== undefined &&
      tokens.some(
        ({ genTime }) =>
          genTime !== undefined && Math.abs(parseTime(genTime) - final) > FAR_APART.timestampFromFinal,
      ) &&
      `a time-stamp is more than a day from the cosignatures`,
    "timestamp-before-sealed":
      tokens.some(
        ({ notLaterThan }) =>
          notLaterThan !== undefined && sealed - parseTime(notLaterThan) > FAR_APART.timestampBeforeSealed,
      ) && `a time-stamp is from before the time of sealing, which is the operator's word`,
  };
  return TIME_NOTICES.flatMap((code) => {
    const message = said[code];
    return message === false ? [] : [{ code, message }];
  });
}

/** Names of those that are far from the lower median of the cosignatures that count. */
function cosignersApart(cosigners: ComparedTimes["cosigners"]): readonly string[] {
  const counted = cosigners.flatMap((one) => (one.counted ? [one.timeSeconds] : [])).sort((a, b) => a - b);
  const median = counted[Math.floor((counted.length - 1) / 2)];
  if (median === undefined) return [];
  const far = cosigners.filter(
    ({ timeSeconds }) => Math.abs(timeSeconds - median) * 1000 > FAR_APART.cosigners,
  );
  return [...new Set(far.map(({ name }) => name))];
}
