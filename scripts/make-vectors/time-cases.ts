/** The cases of test/vectors/evidence/ about times: the bounds that follow from them, and those that lie far apart. */
import { base64 } from "../../src/core/bytes.js";
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import * as der from "../../src/pki/der/der-writer.js";
import type { EvidenceCase } from "./evidence-cases.js";
import type { DerivedTimes } from "./evidence-vectors.js";
import {
  consortium,
  COSIGNED_AT_SECONDS,
  cosigners,
  sampleEvidence,
  statement,
  type WorldOptions,
} from "./sample-world.js";
import { sampleAuthority, type TokenOptions } from "./timestamp-authority.js";

const east = sampleAuthority("Example TSA East", 0x61);
const { courtEast, bankB, arbitration } = cosigners;
const AT_ONCE = {
  finalAt: "2026-11-24T08:00:01.000Z",
  existedNotLaterThan: "2026-11-24T08:00:02.000Z",
} as const;
const HOUR = 3600;
const DAY = 24 * HOUR;

interface Said {
  readonly notices?: readonly string[];
  readonly times?: DerivedTimes;
}
const said = (why: string, world: WorldOptions, { notices = [], times = AT_ONCE }: Said): EvidenceCase => ({
  why,
  evidence: encodeEvidence(sampleEvidence(world).evidence),
  verdict: "verified",
  timeNotices: notices,
  times,
});

function stamped(
  why: string,
  token: Partial<TokenOptions>,
  bounds: DerivedTimes,
  notices: readonly string[] = [],
) {
  const { evidence, checkpointText } = sampleEvidence();
  const bytes = east.stamp(checkpointText, token);
  const timestamps = [{ token: base64(bytes) }];
  return {
    why,
    evidence: encodeEvidence({ ...evidence, timestamps }),
    consortium: { ...consortium(), timestampAuthorities: [east.pem] },
    verdict: "verified",
    timestamps: ["counted"],
    timeNotices: notices,
    times: { ...AT_ONCE, ...bounds },
  } as const;
}

const created = (createdAt: string): WorldOptions => ({ statement: statement({ createdAt }) });
const at = (seconds: number): WorldOptions => ({
  cosigners: [
    [courtEast, seconds],
    [bankB, seconds],
    [arbitration, seconds],
  ],
});

export function timeCases(): Readonly<Record<string, EvidenceCase>> {
  return {
    "cosigned-in-the-second-of-receipt": said(
      "a cosigner's second is cut off: the bound is the next one, and never before receipt",
      {
        statement: statement({ receivedAt: "2026-11-24T08:00:01.604Z" }),
        batch: { sealedAt: "2026-11-24T08:00:01.900Z" },
      },
      {},
    ),
    "cosigners-behind-the-service": said(
      "the bound is never before sealing, where the cosigners' clocks are behind",
      at(COSIGNED_AT_SECONDS - 4),
      { times: { finalAt: "2026-11-24T07:59:57.000Z", existedNotLaterThan: "2026-11-24T08:00:02.000Z" } },
    ),
    "created-30-days-before-receipt": said(
      "thirty days are not far apart",
      created("2026-10-25T08:00:00.250Z"),
      {},
    ),
    "created-long-before-receipt": said(
      "a millisecond more than thirty days",
      created("2026-10-25T08:00:00.249Z"),
      { notices: ["created-long-before-received"] },
    ),
    "created-five-seconds-after-receipt": said(
      "clocks may differ by five seconds",
      created("2026-11-24T08:00:05.250Z"),
      {},
    ),
    "created-after-receipt": said(
      "a millisecond more than five seconds",
      created("2026-11-24T08:00:05.251Z"),
      {
        notices: ["created-after-received"],
      },
    ),
    "received-a-day-before-sealing": said(
      "a day is not far apart",
      { statement: statement({ receivedAt: "2026-11-23T08:00:01.250Z" }) },
      {},
    ),
    "received-long-before-sealing": said(
      "a millisecond more than a day from receipt to sealing",
      { statement: statement({ receivedAt: "2026-11-23T08:00:01.249Z" }) },
      { notices: ["received-long-before-sealed"] },
    ),
    "sealed-in-1999": said(
      "the operator says 1999, and the cosigners the time of their signing",
      {
        statement: statement({ receivedAt: "1999-12-31T00:00:00.000Z" }),
        batch: { sealedAt: "1999-12-31T00:00:01.000Z" },
      },
      { notices: ["sealed-long-before-final"] },
    ),
    "cosigned-a-day-after-sealing": said("a day and less is not far apart", at(COSIGNED_AT_SECONDS + DAY), {
      times: { finalAt: "2026-11-25T08:00:01.000Z", existedNotLaterThan: "2026-11-25T08:00:02.000Z" },
    }),
    "cosigned-long-after-sealing": said("more than a day after sealing", at(COSIGNED_AT_SECONDS + DAY + 1), {
      notices: ["sealed-long-before-final"],
      times: { finalAt: "2026-11-25T08:00:02.000Z", existedNotLaterThan: "2026-11-25T08:00:03.000Z" },
    }),
    "one-cosigner-an-hour-later": said(
      "an hour is not far apart",
      { cosigners: [courtEast, bankB, [arbitration, COSIGNED_AT_SECONDS + HOUR]] },
      { times: { finalAt: "2026-11-24T09:00:01.000Z", existedNotLaterThan: "2026-11-24T09:00:02.000Z" } },
    ),
    "one-cosigner-far-from-the-others": said(
      "a second more than an hour from the median of those that count",
      { cosigners: [courtEast, bankB, [arbitration, COSIGNED_AT_SECONDS + HOUR + 1]] },
      {
        notices: ["cosigner-time-apart"],
        times: { finalAt: "2026-11-24T09:00:02.000Z", existedNotLaterThan: "2026-11-24T09:00:03.000Z" },
      },
    ),
    "one-cosigner-that-does-not-count-far-from-the-others": said(
      "a line that is too early to count is compared too",
      { cosigners: [courtEast, bankB, arbitration, [cosigners.courtWest, COSIGNED_AT_SECONDS - HOUR - 1]] },
      { notices: ["cosigner-time-apart"] },
    ),
    "timestamp-in-whole-seconds": stamped(
      "a genTime without fraction and accuracy is not later than the next second",
      { genTime: "2026-11-24T08:00:03.000Z" },
      { timestampedAt: "2026-11-24T08:00:03.000Z", timestampedNotLaterThan: "2026-11-24T08:00:04.000Z" },
    ),
    "timestamp-with-an-accuracy": stamped(
      "2.5 s and a microsecond later than 08:00:03.499, to the next whole second",
      {
        genTime: "2026-11-24T08:00:03.499Z",
        moreInfo: [
          der.sequence(
            der.integer(2),
            der.tlv(0x80, Uint8Array.of(0x01, 0xf4)),
            der.tlv(0x81, Uint8Array.of(1)),
          ),
        ],
      },
      { timestampedAt: "2026-11-24T08:00:03.499Z", timestampedNotLaterThan: "2026-11-24T08:00:07.000Z" },
    ),
    "timestamp-with-an-accuracy-of-ages": stamped(
      "an accuracy that leads beyond the year 9999 gives no bound",
      { moreInfo: [der.sequence(der.tlv(0x02, Uint8Array.of(0x7f, 255, 255, 255, 255, 255)))] },
      { timestampedAt: "2026-11-24T08:00:03.500Z" },
    ),
    "timestamp-a-day-after-the-cosignatures": stamped(
      "a day is not far apart",
      { genTime: "2026-11-25T08:00:01.000Z" },
      { timestampedAt: "2026-11-25T08:00:01.000Z", timestampedNotLaterThan: "2026-11-25T08:00:02.000Z" },
    ),
    "timestamp-far-from-the-cosignatures": stamped(
      "a millisecond more than a day",
      { genTime: "2026-11-25T08:00:01.001Z" },
      { timestampedAt: "2026-11-25T08:00:01.001Z", timestampedNotLaterThan: "2026-11-25T08:00:02.000Z" },
      ["timestamp-apart"],
    ),
    "timestamp-before-sealing": stamped(
      "a token whose bound is more than five seconds before the sealing that its checkpoint covers",
      { genTime: "2026-11-24T07:59:55.200Z" },
      { timestampedAt: "2026-11-24T07:59:55.200Z", timestampedNotLaterThan: "2026-11-24T07:59:56.000Z" },
      ["timestamp-before-sealed"],
    ),
  };
}
