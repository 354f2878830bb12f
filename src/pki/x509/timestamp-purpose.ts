/** A certificate that may sign tokens, and nothing else. RFC 3161, section 2.3. */
import { TimestampError } from "../der/timestamp-error.js";
import { KEY_USAGE } from "./extensions.js";
import type { X509Certificate } from "./x509-certificate.js";

export const ID_KP_TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const SIGNING = KEY_USAGE.digitalSignature | KEY_USAGE.contentCommitment;

/**
 * "The corresponding certificate MUST contain only one instance of the extended key usage field extension ... with
 * KeyPurposeID having value: id-kp-timeStamping. This extension MUST be critical." Nor is it an authority's: who issues
 * certificates could name a signer of any time. Its keyUsage is what RFC 5280, section 4.2.1.12, has for this purpose,
 * "digitalSignature and/or nonRepudiation", and nothing else.
 */
export function checkPurpose({ commonName, extendedKeyUsage, keyUsage, isAuthority }: X509Certificate): void {
  const refuse = (field: string, why: string, [got, want]: readonly [string, string]) =>
    new TimestampError("timestamp-certificate-purpose", `${commonName} may not sign tokens: ${why}`, {
      ...{ field, got, want },
    });
  const wanted = `critical, ${ID_KP_TIME_STAMPING} alone`;
  const purposes = extendedKeyUsage?.purposes ?? [];
  if (purposes.length !== 1 || purposes[0] !== ID_KP_TIME_STAMPING)
    throw refuse("extendedKeyUsage", "another purpose than time-stamping alone", [
      purposes.join(" ") || "none",
      wanted,
    ]);
  if (!extendedKeyUsage?.isCritical)
    throw refuse("extendedKeyUsage", "the purpose is not critical", [`not critical, ${purposes[0]}`, wanted]);
  if (isAuthority) throw refuse("basicConstraints", "it is an authority's", ["an authority", "none"]);
  if (keyUsage === undefined) return;
  if ((keyUsage & SIGNING) === 0 || (keyUsage & ~SIGNING) !== 0)
    throw refuse("keyUsage", "its key is not for signatures alone", [
      `bits ${keyUsage}`,
      "digitalSignature, contentCommitment or both, and nothing else",
    ]);
}
