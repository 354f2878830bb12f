/** The first step of every procedure: the trust file is not broken. docs/evidence-format.md, sections 8, 12 and 13. */
import { type Consortium, parseConsortium } from "../trust/consortium.js";
import type { CheckAuthorities } from "./verify-input.js";

export interface GivenTrust {
  /** This is the verifier's own trust file; it is parsed already, where many are verified. */
  readonly consortium: Uint8Array | Consortium;
  readonly checkAuthorities?: CheckAuthorities;
}

/** Opens a trust file. Throws `ParseError` where it is broken: then nothing is decided by it. */
export function openTrust({ consortium: given, checkAuthorities }: GivenTrust): Consortium {
  const consortium = given instanceof Uint8Array ? parseConsortium(given) : given;
  checkAuthorities?.(consortium);
  return consortium;
}
