/** Keys of which a certificate's signature has one spelling: RSA for RSASSA-PKCS1-v1_5, P-256 and P-384. docs/evidence-format.md, section 9.2. */
import { parsePublicKey } from "../der/algorithms.js";
import { X509Error } from "../der/x509-error.js";

export type DocumentAlgorithm = "RSASSA-PKCS1-v1_5" | "ECDSA";
export type DocumentKey =
  | { readonly algorithm: "RSASSA-PKCS1-v1_5"; readonly modulus: Uint8Array }
  | { readonly algorithm: "ECDSA"; readonly curve: "P-256" | "P-384" };

/** Reads a key that may sign certificates. Throws `X509Error` (`unsupported`) for a key of another kind. */
export function parseDocumentKey(spki: Uint8Array): DocumentKey {
  const key = parsePublicKey(spki);
  if (key.algorithm === "RSA" && key.pss === undefined)
    return { algorithm: "RSASSA-PKCS1-v1_5", modulus: key.modulus };
  if (key.algorithm === "ECDSA" && key.curve !== "P-521") return { algorithm: "ECDSA", curve: key.curve };
  throw new X509Error("unsupported", "a key that signs no certificates of evidence: of RSA-PSS or P-521");
}
