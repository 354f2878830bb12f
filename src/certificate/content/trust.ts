/** The trust file as certificates need it: its digest, and its value, parsed once for many certificates. */
import { base64, equalBytes } from "../../core/bytes.js";
import { sha256 } from "../../core/digest/sha256.js";
import { ParseError } from "../../core/errors.js";
import type { Consortium } from "../../core/trust/consortium.js";
import { openTrustFile } from "../../pki/trust-file.js";

export interface Trust {
  /** The digest is the file's SHA-256, in base64. */
  readonly digest: string;
  /** This is undefined for a broken file: what is wrong with it is for `verifyEvidence` to report. */
  readonly consortium: Consortium | undefined;
}

/** The last one, with a copy of its file: checking the keys of a trust file costs as much as a tenth of a certificate. */
let last: (Trust & { readonly bytes: Uint8Array }) | undefined;

export function openTrust(bytes: Uint8Array): Trust {
  if (last === undefined || !equalBytes(last.bytes, bytes))
    last = {
      bytes: Uint8Array.from(bytes),
      digest: base64(sha256(bytes)),
      consortium: parsed(bytes),
    };
  return last;
}

function parsed(bytes: Uint8Array): Consortium | undefined {
  try {
    return openTrustFile(bytes);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
