/**
 * A trust file that is not broken in any way. Core says whether its members hold together; here its X.509 certificates are
 * read too. Whoever decides anything under a trust file opens it here, or has `verifyFile` do so: a broken one decides nothing.
 */
import { ParseError, VerificationError } from "../core/errors.js";
import { encodeTrustFile } from "../core/membership/change.js";
import { type Consortium, parseConsortium } from "../core/trust/consortium.js";
import type { TrustFile } from "../core/trust/trust-file.js";
import { openAuthorities } from "./x509/authorities.js";

/** Throws `ParseError` for every way in which a trust file is broken. docs/evidence-format.md, "Trust file". */
export function openTrustFile(bytes: Uint8Array): Consortium {
  const consortium = parseConsortium(bytes);
  checkAuthorities(consortium);
  return consortium;
}

/** Throws `ParseError` where a certificate of the trust file is none, or one key is an authority of two kinds. */
export function checkAuthorities(consortium: Consortium): void {
  openAuthorities(consortium);
}

/**
 * Core judges whether a change of the consortium leaves a sound trust file, but for its X.509 certificates. Throws
 * `VerificationError` (`change-breaks-trust-file`) where one of those would be none: such a change should never be approved.
 */
export function refuseBrokenResult(after: TrustFile): void {
  try {
    openTrustFile(encodeTrustFile(after));
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new VerificationError(
      "change-breaks-trust-file",
      `the trust file would be broken: ${error.message}`,
      {
        ...error.detail,
        got: error.code,
      },
    );
  }
}
