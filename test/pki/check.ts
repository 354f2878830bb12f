/** Check 9 alone, under a trust file that names these authorities and no other, by both hosts' signatures at once. */
import { expect } from "@jest/globals";
import { consortium, json } from "../../scripts/make-vectors/sample-world.js";
import { utf8 } from "../../src/core/bytes.js";
import type { TimestampOutcome } from "../../src/core/verify/verify-input.js";
import { type Consortium, parseConsortium } from "../../src/core/trust/consortium.js";
import { timestampAuthorities } from "../../src/pki/timestamps/check-timestamps.js";
import { verifyX509Signature as portable } from "../../src/pki/der/portable-signature.js";
import { verifyX509Signature as native } from "../../src/platform/keys/x509-signature.js";

export const MESSAGE = utf8("the note text that the log signs\n");

/** Parsed once for each choice of authorities. */
const parsed = new Map<string, Consortium>();

/** PEMs of the authorities of time, and of those of document signers. */
export const trusting = (...pems: readonly string[]): Consortium => trustingBoth(pems, []);

function trustingBoth(timestampAuthorities: readonly string[], others: readonly string[]): Consortium {
  const key = JSON.stringify([timestampAuthorities, others]);
  const file = { ...consortium(), timestampAuthorities, certificateAuthorities: others };
  const trust = parsed.get(key) ?? parseConsortium(json(file));
  parsed.set(key, trust);
  return trust;
}

export function check(
  tokens: readonly Uint8Array[],
  pems: readonly string[],
  message: Uint8Array = MESSAGE,
  certificateAuthorities: readonly string[] = [],
): TimestampOutcome {
  const trust = trustingBoth(pems, certificateAuthorities);
  const [outcome, other] = [native, portable].map((verify) =>
    timestampAuthorities(verify)(trust)({ tokens, message }),
  );
  expect(other).toEqual(outcome);
  return outcome as TimestampOutcome;
}

/** What became of one token: the check's result, and the token's reason. */
export function judged(
  token: Uint8Array,
  pems: readonly string[],
  message?: Uint8Array,
  certificateAuthorities?: readonly string[],
): readonly string[] {
  const outcome = check([token], pems, message, certificateAuthorities);
  return [outcome.check.result, ...outcome.timestamps.map(({ reason }) => reason)];
}
