/** What a report claims: of whose digests, and by when. */
import { describe, expect, it } from "@jest/globals";
import {
  consortium,
  COSIGNED_AT_SECONDS,
  cosigners,
  json,
  sampleEvidence,
  SEALED_AT,
  statement,
  type WorldOptions,
} from "../../../scripts/make-vectors/sample-world.js";
import { encodeEvidence } from "../../../src/core/evidence/evidence.js";
import { parseTime } from "../../../src/core/record/time.js";
import { existedNotLaterThan } from "../../../src/core/verify/bounds.js";
import type { Report } from "../../../src/core/verify/report.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";

const report = (options: WorldOptions = {}): Report =>
  verifyEvidence({
    evidence: encodeEvidence(sampleEvidence(options).evidence),
    consortium: json(consortium()),
  });
const { courtEast, bankB, arbitration } = cosigners;

describe("digests", () => {
  it("of content that the service received are said to be so, without a notice", () => {
    const { subject, notices } = report();
    expect(subject?.digestsBy).toBe("service");
    expect(notices.map(({ code }) => code)).not.toContain("digests-by-depositor");
  });

  it("that nobody but the depositor has checked are said to be so, and verify all the same", () => {
    const { verdict, subject, notices } = report({ statement: statement({ digestsBy: "depositor" }) });
    expect([verdict, subject?.digestsBy]).toEqual(["verified", "depositor"]);
    expect(notices.map(({ code }) => code)).toContain("digests-by-depositor");
  });
});

describe("existedNotLaterThan", () => {
  it("is the second after the one that cosigners cut off, so that nothing existed before it was received", () => {
    const receivedAt = "2026-11-24T08:00:01.604Z";
    const { verdict, times } = report({
      statement: statement({ receivedAt }),
      batch: { sealedAt: "2026-11-24T08:00:01.900Z" },
    });
    expect(verdict).toBe("verified");
    // The cosignature's own second lies before receipt: on its own it would claim what nobody signed.
    expect(times?.finalAt).toBe("2026-11-24T08:00:01.000Z");
    expect(times?.existedNotLaterThan).toBe("2026-11-24T08:00:02.000Z");
  });

  it("follows the cosignature with which the quorum is complete", () => {
    const { times } = report({
      cosigners: [courtEast, [bankB, COSIGNED_AT_SECONDS + 9], [arbitration, COSIGNED_AT_SECONDS + 20]],
    });
    expect(times?.existedNotLaterThan).toBe("2026-11-24T08:00:22.000Z");
  });

  it("never precedes receipt or sealing where the cosigners' clocks are behind the service's", () => {
    const behind = COSIGNED_AT_SECONDS - 4;
    const { verdict, times } = report({
      cosigners: [
        [courtEast, behind],
        [bankB, behind],
        [arbitration, behind],
      ],
    });
    expect(verdict).toBe("verified");
    expect(parseTime(times?.existedNotLaterThan ?? "")).toBeGreaterThanOrEqual(parseTime(SEALED_AT));
    expect(times?.existedNotLaterThan).toBe("2026-11-24T08:00:02.000Z");
  });

  it("is absent, as finalAt is, where the quorum is never complete", () => {
    const { times } = report({ cosigners: [courtEast] });
    expect([times?.finalAt, times?.existedNotLaterThan]).toEqual([undefined, undefined]);
  });

  it.each([
    ["on the second itself", "2026-11-24T08:00:07.000Z", "2026-11-24T08:00:07.000Z"],
    ["a millisecond after it", "2026-11-24T08:00:07.001Z", "2026-11-24T08:00:08.000Z"],
  ])("is the least whole second that is not before sealing: %s", (_, sealedAt, want) => {
    const receivedAt = "2026-11-24T08:00:00.000Z";
    expect(existedNotLaterThan({ metAtSeconds: COSIGNED_AT_SECONDS, receivedAt, sealedAt })).toBe(want);
  });

  it("is absent where it would lie in the year 10000", () => {
    const last = "9999-12-31T23:59:59.000Z";
    const bounded = { receivedAt: last, sealedAt: last, metAtSeconds: parseTime(last) / 1000 - 1 };
    expect(existedNotLaterThan(bounded)).toBe(last);
    expect(existedNotLaterThan({ ...bounded, metAtSeconds: parseTime(last) / 1000 })).toBeUndefined();
    expect(existedNotLaterThan({ ...bounded, receivedAt: "9999-12-31T23:59:59.001Z" })).toBeUndefined();
  });
});
