/**
 * PEM of one X.509 certificate, as a trust file holds it: RFC 7468, section 5, in the strict form of its section 3, of
 * which the width of the lines, the kind of line ends and white space around are left free. Text beside the certificate
 * is refused: a reader might take what it says for what the certificate says.
 */
import { abbreviate, bytesFromBase64 } from "../bytes.js";
import { ParseError } from "../errors.js";

const PEM = /^\s*-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n-----END CERTIFICATE-----\s*$/;

/** A certificate of 16 KiB, and its line ends, is a fifth of that. */
const MAX_CHARACTERS = 131_072;

/**
 * Reads the DER of one certificate. Throws `pem-malformed` for anything but one certificate, for a text of more than
 * 131,072 characters, and for base64 that is not canonical.
 */
export function parseCertificatePem(text: string): Uint8Array {
  const malformed = () =>
    new ParseError("pem-malformed", "not the PEM of one certificate", {
      got: abbreviate(text),
      want: "-----BEGIN CERTIFICATE-----, base64, -----END CERTIFICATE-----",
    });
  const body = text.length > MAX_CHARACTERS ? undefined : PEM.exec(text)?.[1];
  if (body === undefined) throw malformed();
  try {
    return bytesFromBase64(body.replace(/[\r\n]/g, ""));
  } catch (error) {
    if (error instanceof ParseError) throw malformed();
    throw error;
  }
}
