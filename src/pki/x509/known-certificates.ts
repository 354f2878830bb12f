/** The same few X.509 certificates come with every signature: those seen last are not parsed again. */
import { equalBytes } from "../../core/bytes.js";
import { parseX509Certificate, type X509Certificate } from "./x509-certificate.js";

const MAX_KNOWN = 32;
/** The one seen last stands first. */
const known: X509Certificate[] = [];

/**
 * Reads a certificate as `parseX509Certificate` does: the same bytes give the same object while they are remembered.
 */
export function readX509Certificate(bytes: Uint8Array): X509Certificate {
  const index = known.findIndex((one) => equalBytes(one.bytes, bytes));
  // The bytes are copied: they are a stranger's to change, and a part of something larger.
  const [certificate = parseX509Certificate(Uint8Array.from(bytes))] =
    index < 0 ? [] : known.splice(index, 1);
  known.unshift(certificate);
  if (known.length > MAX_KNOWN) known.pop();
  return certificate;
}
