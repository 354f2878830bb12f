/**
 * The algorithms this verifier knows: SHA-256, SHA-384 and SHA-512 (RFC 5754), RSASSA-PKCS1-v1_5 with keys of 2048 bits
 * and more (RFC 8017, section 8.2), ECDSA on P-256 and P-384 (RFC 5753, RFC 5480). What is signed by any other is not
 * judged false, and never true: `unsupported`.
 */
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { equalBytes } from "../core/bytes.js";
import { type Element, isElement, MalformedError, parseDer, TAG } from "./der.js";
import { fieldsOf, objectIdentifier } from "./fields.js";
import { X509Error } from "./x509-error.js";

export type DigestName = "sha-256" | "sha-384" | "sha-512";
export const DIGESTS: Readonly<Record<DigestName, (bytes: Uint8Array) => Uint8Array>> = {
  "sha-256": sha256,
  "sha-384": sha384,
  "sha-512": sha512,
};

export type SignatureAlgorithm = "RSASSA-PKCS1-v1_5" | "ECDSA";

export interface X509Signature {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  readonly digest: DigestName;
  readonly message: Uint8Array;
  /** Of ECDSA the DER of r and s (RFC 3279, section 2.2.3). */
  readonly signature: Uint8Array;
}

/** False for anything that is not a signature. The key is one that `parsePublicKey` has read. */
export type VerifyX509Signature = (signature: X509Signature) => boolean;

/** RFC 5280, section 4.1.1.2. */
export interface AlgorithmIdentifier {
  readonly oid: string;
  readonly parameters: Element | undefined;
}

export function parseAlgorithm(element: Element): AlgorithmIdentifier {
  const fields = fieldsOf(element, "AlgorithmIdentifier");
  const oid = objectIdentifier(fields.take(TAG.objectIdentifier));
  const [, parameters] = element.children;
  if (element.children.length > 2) throw new MalformedError("AlgorithmIdentifier: a field too many");
  return { oid, parameters };
}

export const ID_SHA256 = "2.16.840.1.101.3.4.2.1";
const DIGEST_OIDS: Readonly<Record<string, DigestName>> = {
  [ID_SHA256]: "sha-256",
  "2.16.840.1.101.3.4.2.2": "sha-384",
  "2.16.840.1.101.3.4.2.3": "sha-512",
};

/** RFC 5754, section 2: "implementations MUST accept ... absent parameters [and] NULL parameters". */
export function digestOf(algorithm: AlgorithmIdentifier): DigestName {
  const name = DIGEST_OIDS[algorithm.oid];
  if (name === undefined || !hasNoParameters(algorithm)) throw unsupported("digest", algorithm);
  return name;
}

const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY = "1.2.840.10045.2.1";
const SIGNATURE_OIDS: Readonly<Record<string, readonly [SignatureAlgorithm, DigestName]>> = {
  "1.2.840.113549.1.1.11": ["RSASSA-PKCS1-v1_5", "sha-256"],
  "1.2.840.113549.1.1.12": ["RSASSA-PKCS1-v1_5", "sha-384"],
  "1.2.840.113549.1.1.13": ["RSASSA-PKCS1-v1_5", "sha-512"],
  "1.2.840.10045.4.3.2": ["ECDSA", "sha-256"],
  "1.2.840.10045.4.3.3": ["ECDSA", "sha-384"],
  "1.2.840.10045.4.3.4": ["ECDSA", "sha-512"],
};

/** `digest` is the one named beside the signature (CMS); the two must agree (RFC 5754, section 3). */
export function signatureOf(
  algorithm: AlgorithmIdentifier,
  digest?: DigestName,
): Pick<X509Signature, "algorithm" | "digest"> {
  if (!hasNoParameters(algorithm)) throw unsupported("signature", algorithm);
  // RFC 5754, section 3.2: in CMS the key's own identifier may stand for the signature, the digest being named already.
  if (algorithm.oid === RSA_ENCRYPTION && digest !== undefined)
    return { algorithm: "RSASSA-PKCS1-v1_5", digest };
  const known = SIGNATURE_OIDS[algorithm.oid];
  if (known === undefined || (digest !== undefined && known[1] !== digest))
    throw unsupported("signature", algorithm);
  return { algorithm: known[0], digest: known[1] };
}

export type PublicKey =
  | { readonly algorithm: "RSASSA-PKCS1-v1_5"; readonly modulus: Uint8Array; readonly exponent: Uint8Array }
  | { readonly algorithm: "ECDSA"; readonly curve: "P-256" | "P-384"; readonly point: Uint8Array };

const CURVES: Readonly<Record<string, { readonly curve: "P-256" | "P-384"; readonly pointBytes: number }>> = {
  "1.2.840.10045.3.1.7": { curve: "P-256", pointBytes: 65 },
  "1.3.132.0.34": { curve: "P-384", pointBytes: 97 },
};
const MIN_RSA_BYTES = 256;
const MAX_RSA_BYTES = 1024;
const ONE = Uint8Array.of(1);

/** SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7; RFC 3279, section 2.3.1; RFC 5480, section 2). */
export function parsePublicKey(spki: Uint8Array): PublicKey {
  const fields = fieldsOf(parseDer(spki), "SubjectPublicKeyInfo");
  const algorithm = parseAlgorithm(fields.take(TAG.sequence));
  const [unusedBits, ...key] = fields.take(TAG.bitString).content;
  fields.end();
  if (unusedBits !== 0) throw new MalformedError("a public key that is not whole bytes");
  const bytes = Uint8Array.from(key);
  if (algorithm.oid === RSA_ENCRYPTION && hasNoParameters(algorithm)) {
    const rsa = fieldsOf(parseDer(bytes), "RSAPublicKey");
    const [modulus, exponent] = [positive(rsa.take(TAG.integer)), positive(rsa.take(TAG.integer))];
    rsa.end();
    const isLongEnough = modulus.length >= MIN_RSA_BYTES && modulus.length <= MAX_RSA_BYTES;
    // An exponent of 1 would make every padded digest its own signature.
    const isUsual = exponent.length <= 4 && (exponent.at(-1) ?? 0) % 2 === 1 && !equalBytes(exponent, ONE);
    if (!isLongEnough || !isUsual) throw unsupported("key", algorithm);
    return { algorithm: "RSASSA-PKCS1-v1_5", modulus, exponent };
  }
  const curve =
    algorithm.oid === EC_PUBLIC_KEY && algorithm.parameters?.tag === TAG.objectIdentifier
      ? CURVES[objectIdentifier(algorithm.parameters)]
      : undefined;
  if (curve === undefined || bytes[0] !== 0x04 || bytes.length !== curve.pointBytes)
    throw unsupported("key", algorithm);
  return { algorithm: "ECDSA", curve: curve.curve, point: bytes };
}

/** Whether a message was signed so; a key of another kind than the signature is never its maker. */
export function isSigned(verify: VerifyX509Signature, signature: X509Signature): boolean {
  return parsePublicKey(signature.publicKey).algorithm === signature.algorithm && verify(signature);
}

export const hasNoParameters = ({ parameters }: AlgorithmIdentifier): boolean =>
  parameters === undefined || isElement(parameters, TAG.null, new Uint8Array(0));

function positive({ content }: Element): Uint8Array {
  if ((content[0] ?? 0) >= 0x80) throw new MalformedError("a negative number in a public key");
  return content[0] === 0 ? content.subarray(1) : content;
}

const unsupported = (what: string, { oid }: AlgorithmIdentifier) =>
  new X509Error("unsupported", `a ${what} algorithm that this program does not verify: ${oid}`);
