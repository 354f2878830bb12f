/** A certificate that may sign tokens, and nothing else. RFC 3161, section 2.3. */
import { KeyUsageFlags } from "@peculiar/asn1-x509";
import { TimestampError } from "./timestamp-error.js";
import type { X509Certificate } from "./x509-certificate.js";

export const ID_KP_TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const SIGNING = KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation;

/**
 * "The corresponding certificate MUST contain only one instance of the extended key usage field extension ... with
 * KeyPurposeID having value: id-kp-timeStamping. This extension MUST be critical."
 */
export function checkPurpose({ commonName, extendedKeyUsage, keyUsage }: X509Certificate): void {
  const refuse = (why: string, got: string) =>
    new TimestampError("timestamp-certificate-purpose", `${commonName} may not sign tokens: ${why}`, {
      field: "extendedKeyUsage",
      got,
      want: `critical, ${ID_KP_TIME_STAMPING} alone`,
    });
  const purposes = extendedKeyUsage?.purposes ?? [];
  if (purposes.length !== 1 || purposes[0] !== ID_KP_TIME_STAMPING)
    throw refuse("another purpose than time-stamping alone", purposes.join(" ") || "none");
  if (!extendedKeyUsage?.isCritical)
    throw refuse("the purpose is not critical", `not critical, ${purposes[0]}`);
  if (keyUsage !== undefined && (keyUsage & SIGNING) === 0)
    throw refuse("its key is not for signatures", `key usage ${keyUsage}`);
}
