/** The X.509 certificates of a trust file: whose tokens and whose certificates' signatures count. */
import { ParseError } from "../../core/errors.js";
import type { Consortium } from "../../core/trust/consortium.js";
import { parsePublicKey } from "../der/algorithms.js";
import { MalformedError } from "../der/der.js";
import { isOfOneKey } from "./path.js";
import { parseX509Certificate, type X509Certificate } from "./x509-certificate.js";
import { X509Error } from "../der/x509-error.js";

export interface Authorities {
  readonly timestampAuthorities: readonly X509Certificate[];
  readonly certificateAuthorities: readonly X509Certificate[];
}

/** A verifier of many files has one trust file: its certificates are read once. */
const opened = new WeakMap<Consortium, Authorities>();

/**
 * Opens the authorities of a trust file. Throws `ParseError` for a certificate of it that is none: that breaks the
 * trust file.
 */
export function openAuthorities(consortium: Consortium): Authorities {
  const open = (member: keyof Authorities) =>
    consortium[member].map((bytes, i) => openAnchor(bytes, `/${member}/${i}`));
  const authorities = opened.get(consortium) ?? {
    certificateAuthorities: open("certificateAuthorities"),
    timestampAuthorities: open("timestampAuthorities"),
  };
  checkApart(authorities);
  opened.set(consortium, authorities);
  return authorities;
}

/** One key in both lists would let whoever names signers tell the time of their signatures too. */
function checkApart({ certificateAuthorities, timestampAuthorities }: Authorities): void {
  for (const [i, one] of timestampAuthorities.entries())
    if (certificateAuthorities.some((other) => isOfOneKey(one, other)))
      throw new ParseError(
        "key-reused",
        `${one.commonName} is an authority of time and of document signers by one key`,
        { field: `/timestampAuthorities/${i}` },
      );
}

/** Gives whoever judges tokens the authorities that may have made them, and those that may not. */
export const timestampAnchors = (consortium: Consortium) => {
  const { timestampAuthorities: anchors, certificateAuthorities: apartFrom } = openAuthorities(consortium);
  return { anchors, apartFrom };
};

function openAnchor(bytes: Uint8Array, field: string): X509Certificate {
  try {
    const certificate = parseX509Certificate(bytes);
    parsePublicKey(certificate.publicKey);
    return certificate;
  } catch (error) {
    // Of an algorithm that this program does not know: what it issued is `unsupported`.
    if (error instanceof X509Error) return parseX509Certificate(bytes);
    if (!(error instanceof MalformedError)) throw error;
    throw new ParseError("x509-malformed", `not an X.509 certificate: ${error.message}`, { field });
  }
}
