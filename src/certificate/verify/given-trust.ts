/** The trust file that a verifier is given, whatever it is to be used for: read once for many files, and never half broken. */
import { equalBytes } from "../../core/bytes.js";
import { ParseError } from "../../core/errors.js";
import type { CheckAuthorities } from "../../core/verify/verify-input.js";
import { type Consortium, parseConsortium } from "../../core/trust/consortium.js";

export interface GivenTrust {
  /**
   * The trust file stands as its bytes where it does not parse: what is wrong with it is for the verifiers to report.
   */
  readonly consortium: Uint8Array | Consortium;
  /** This says whether it names an authority: X.509 is much code, and loaded for those alone. */
  readonly hasAuthorities: boolean;
  /** This is absent where there is no authority to be read. */
  readonly checkAuthorities?: CheckAuthorities;
}

let last: { readonly bytes: Uint8Array; readonly trust: GivenTrust } | undefined;

export async function openGivenTrust(bytes: Uint8Array): Promise<GivenTrust> {
  if (last !== undefined && equalBytes(last.bytes, bytes)) return last.trust;
  const copy = Uint8Array.from(bytes);
  const trust = await open(copy);
  last = { bytes: copy, trust };
  return trust;
}

async function open(bytes: Uint8Array): Promise<GivenTrust> {
  let consortium: Consortium;
  try {
    consortium = parseConsortium(bytes);
  } catch (error) {
    if (error instanceof ParseError) return { consortium: bytes, hasAuthorities: false };
    throw error;
  }
  if (consortium.timestampAuthorities.length + consortium.certificateAuthorities.length === 0)
    return { consortium, hasAuthorities: false };
  const { checkAuthorities } = await import("../../pki/trust-file.js");
  return { consortium, hasAuthorities: true, checkAuthorities };
}
