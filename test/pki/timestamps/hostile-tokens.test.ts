/** What strangers hand in to hold up a verifier costs what its size explains, and is refused by its code or ignored. */
import { describe, expect, it } from "@jest/globals";
import { pem } from "../../../scripts/make-vectors/timestamp-authority.js";
import type { VerifyX509Signature } from "../../../src/pki/der/algorithms.js";
import { timestampAuthorities } from "../../../src/pki/timestamps/check-timestamps.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { judged, MESSAGE, trusting } from "../check.js";
import { authority, hostileTokens, MAX_TOKEN_BYTES, mazes } from "./hostile-tokens.js";

/** Processor time of this process: others on the machine hardly change it. */
function costMs(task: () => void): number {
  const before = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** An eighth of what evidence may have: a hundred, in 4 MiB (docs/evidence-format.md, section 1.4). */
const TOKENS = 12;
/** Of them. Each was thought of because a reader took long for it: a second and more. */
const MOST_MS = 1_500;

/** A verifier of signatures that counts them. */
function counting(): { readonly verify: VerifyX509Signature; count(): number } {
  let count = 0;
  return {
    verify: (signature) => {
      count += 1;
      return verifyX509Signature(signature);
    },
    count: () => count,
  };
}

describe.each(hostileTokens)("a token of %s", (_, { outcome, make }) => {
  it("is as the format says", () => {
    const token = make();
    expect(token.length).toBeLessThanOrEqual(MAX_TOKEN_BYTES);
    expect(judged(token, [authority.pem])).toEqual(outcome);
  });

  it(`holds nobody up, ${TOKENS} of them`, () => {
    const { verify, count } = counting();
    const open = timestampAuthorities(verify)(trusting(authority.pem));
    let [looks, leastMs] = [0, Infinity];
    for (; looks < 3 && leastMs > MOST_MS; looks += 1) {
      const tokens = Array.from({ length: TOKENS }, make);
      leastMs = Math.min(
        leastMs,
        costMs(() => open({ tokens, message: MESSAGE })),
      );
    }
    expect(leastMs).toBeLessThanOrEqual(MOST_MS);
    // The token's own, by two readings of its attributes, and that of each certificate by the one authority.
    expect(count()).toBeLessThanOrEqual(looks * TOKENS * (2 + 16));
  });
});

describe.each(mazes)("a maze of certificates, %s", (_, make) => {
  const [invalid, late] = [["failed", "timestamp-chain-invalid"], ["failed", "timestamp-certificate-time"]]; // prettier-ignore

  it("leads nowhere where no authority has signed any of it", () => {
    const { token, strangers } = make();
    expect(judged(token, [pem(strangers)])).toEqual(invalid);
    const { verify, count } = counting();
    timestampAuthorities(verify)(trusting(pem(strangers)))({ tokens: [token], message: MESSAGE });
    // The token's own, and each certificate's by the one authority.
    expect(count()).toBeLessThanOrEqual(1 + 16);
  });

  it("is left after some steps where an authority has signed all of it, and no path holds", () => {
    const { token, expired } = make();
    expect(judged(token, [pem(expired)])).toEqual(late);
    const { verify, count } = counting();
    const open = timestampAuthorities(verify)(trusting(pem(expired)));
    const usedMs = costMs(() => open({ tokens: [token], message: MESSAGE }));
    expect(usedMs).toBeLessThan(500);
    // The token's own, and no more than one for each of the certificates by each of them and the authority.
    expect(count()).toBeLessThanOrEqual(1 + 16 * 16);
  });
});
