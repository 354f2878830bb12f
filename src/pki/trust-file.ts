/**
 * A trust file that is not broken in any way. Core says whether its members hold together; here its X.509 certificates are
 * read too. Whoever decides anything under a trust file opens it here, or has `verifyFile` do so: a broken one decides nothing.
 */
import { ParseError, VerificationError } from "../core/errors.js";
import { encodeTrustFile } from "../core/membership/change.js";
import { type Consortium, parseConsortium } from "../core/trust/consortium.js";
import type { TrustFile } from "../core/trust/trust-file.js";
import { openAuthorities } from "./x509/authorities.js";

/**
 * Opens a trust file. Throws `ParseError` for every way in which one is broken. docs/evidence-format.md, "Trust
 * file".
 */
export function openTrustFile(bytes: Uint8Array): Consortium {
  const consortium = parseConsortium(bytes);
  checkAuthorities(consortium);
  return consortium;
}

/**
 * Checks the certificates of a trust file. Throws `ParseError` where one is none, or one key is an authority of two
 * kinds.
 */
export function checkAuthorities(consortium: Consortium): void {
  openAuthorities(consortium);
}

/**
 * Refuses a change after which a certificate of the trust file would be none: core judges whether a change leaves a
 * sound trust file, but for its X.509 certificates. Throws `VerificationError` (`change-breaks-trust-file`): such a
 * change should never be approved.
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
