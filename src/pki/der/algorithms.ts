/**
 * The algorithms this verifier knows: SHA-256, SHA-384 and SHA-512 (RFC 5754), and SM3 for imprints (GB/T 32905-2016);
 * RSASSA-PKCS1-v1_5 and RSASSA-PSS with keys of 2048 bits and more (RFC 8017, sections 8.1 and 8.2), ECDSA on P-256, P-384
 * and P-521 (RFC 5753, RFC 5480). What is signed by any other is not judged false, and never true: `unsupported`.
 */
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { equalBytes } from "../../core/bytes.js";
import { sm3 } from "../../core/digest/sm3.js";
import { context, type Element, isElement, MalformedError, parseDer, TAG } from "./der.js";
import { fieldsOf, objectIdentifier, onlyChild, smallInteger } from "./fields.js";
import { X509Error } from "./x509-error.js";

export type DigestName = "sha-256" | "sha-384" | "sha-512";
export const DIGESTS: Readonly<Record<DigestName, (bytes: Uint8Array) => Uint8Array>> = {
  "sha-256": sha256,
  "sha-384": sha384,
  "sha-512": sha512,
};

/** What is time-stamped may have a digest by SM3 too, with which nothing is signed here. */
export type ImprintDigestName = DigestName | "sm3";
export const IMPRINT_DIGESTS: Readonly<Record<ImprintDigestName, (bytes: Uint8Array) => Uint8Array>> = {
  ...DIGESTS,
  sm3,
};

export type SignatureAlgorithm = "RSASSA-PKCS1-v1_5" | "RSASSA-PSS" | "ECDSA";

export interface X509Signature {
  /** The key is a SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  /** This is the digest of the message, and with RSASSA-PSS that of its mask too. */
  readonly digest: DigestName;
  /** RSASSA-PSS alone has a salt, of so many bytes. */
  readonly saltBytes?: number;
  readonly message: Uint8Array;
  /** The signature of ECDSA is the DER of r and s (RFC 3279, section 2.2.3). */
  readonly signature: Uint8Array;
}

/** Verifies a signature; false for anything that is not one. The key is one that `parsePublicKey` has read. */
export type VerifyX509Signature = (signature: X509Signature) => boolean;

/** An algorithm identifier is that of RFC 5280, section 4.1.1.2. */
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

/**
 * Gives the digest that an identifier names. RFC 5754, section 2: "implementations MUST accept ... absent parameters
 * [and] NULL parameters".
 */
export function digestOf(algorithm: AlgorithmIdentifier): DigestName {
  const name = DIGEST_OIDS[algorithm.oid];
  if (name === undefined || !hasNoParameters(algorithm)) throw unsupported("digest", algorithm);
  return name;
}

const ID_SM3 = "1.2.156.10197.1.401";

export const imprintDigestOf = (algorithm: AlgorithmIdentifier): ImprintDigestName =>
  algorithm.oid === ID_SM3 && hasNoParameters(algorithm) ? "sm3" : digestOf(algorithm);

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

/**
 * Gives the signature algorithm that an identifier names; `digest` is the one named beside the signature (CMS), and
 * the two must agree (RFC 5754, section 3).
 */
export function signatureOf(
  algorithm: AlgorithmIdentifier,
  digest?: DigestName,
): Pick<X509Signature, "algorithm" | "digest" | "saltBytes"> {
  const known = algorithm.oid === RSASSA_PSS ? parsePss(algorithm) : signatureByName(algorithm, digest);
  if (known === undefined || (digest !== undefined && known.digest !== digest))
    throw unsupported("signature", algorithm);
  return known;
}

function signatureByName(
  algorithm: AlgorithmIdentifier,
  digest: DigestName | undefined,
): Pick<X509Signature, "algorithm" | "digest"> | undefined {
  if (!hasNoParameters(algorithm)) return undefined;
  // RFC 5754, section 3.2: in CMS the key's own identifier may stand for the signature, the digest being named already.
  if (algorithm.oid === RSA_ENCRYPTION && digest !== undefined)
    return { algorithm: "RSASSA-PKCS1-v1_5", digest };
  const known = SIGNATURE_OIDS[algorithm.oid];
  return known && { algorithm: known[0], digest: known[1] };
}

const RSASSA_PSS = "1.2.840.113549.1.1.10";
const MGF1 = "1.2.840.113549.1.1.8";
const MAX_SALT_BYTES = 512;

/**
 * RSASSA-PSS-params (RFC 4055, section 3.1): digest, mask, salt and trailer. The defaults are SHA-1's, so digest and mask
 * are named, the mask by the same digest ("RECOMMENDED"). Undefined for others.
 */
function parsePss({
  parameters,
}: AlgorithmIdentifier): Required<Pick<X509Signature, "algorithm" | "digest" | "saltBytes">> | undefined {
  if (parameters?.tag !== TAG.sequence) return undefined;
  const fields = fieldsOf(parameters, "RSASSA-PSS-params");
  const [hash, mask, salt, trailer] = [0, 1, 2, 3].map((number) => {
    const field = fields.takeIf(context(number));
    return field && onlyChild(field, "RSASSA-PSS-params");
  });
  fields.end();
  if (hash?.tag !== TAG.sequence || mask?.tag !== TAG.sequence) return undefined;
  const [digest, generator] = [digestOf(parseAlgorithm(hash)), parseAlgorithm(mask)];
  if (generator.oid !== MGF1 || generator.parameters?.tag !== TAG.sequence) return undefined;
  const saltBytes = salt === undefined ? DEFAULT_SALT_BYTES : smallInteger(salt);
  const isUsual =
    digestOf(parseAlgorithm(generator.parameters)) === digest &&
    (trailer === undefined || smallInteger(trailer) === 1);
  if (!isUsual || saltBytes === undefined || saltBytes > MAX_SALT_BYTES) return undefined;
  return { algorithm: "RSASSA-PSS", digest, saltBytes };
}
const DEFAULT_SALT_BYTES = 20;

export type Curve = "P-256" | "P-384" | "P-521";
export interface RsaKey {
  readonly algorithm: "RSA";
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
  /** A key for RSASSA-PSS alone (RFC 4055, section 1.2) has here what it is bound to, where that is said. */
  readonly pss?: { readonly digest?: DigestName; readonly leastSaltBytes?: number };
}
export interface EcKey {
  readonly algorithm: "ECDSA";
  readonly curve: Curve;
  readonly point: Uint8Array;
}
export type PublicKey = RsaKey | EcKey;

const CURVES: Readonly<Record<string, { readonly curve: Curve; readonly pointBytes: number }>> = {
  "1.2.840.10045.3.1.7": { curve: "P-256", pointBytes: 65 },
  "1.3.132.0.34": { curve: "P-384", pointBytes: 97 },
  "1.3.132.0.35": { curve: "P-521", pointBytes: 133 },
};
const MIN_RSA_BYTES = 256;
const MAX_RSA_BYTES = 1024;
const ONE = Uint8Array.of(1);

/** Reads a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7; RFC 3279, section 2.3.1; RFC 5480, section 2). */
export function parsePublicKey(spki: Uint8Array): PublicKey {
  const fields = fieldsOf(parseDer(spki), "SubjectPublicKeyInfo");
  const algorithm = parseAlgorithm(fields.take(TAG.sequence));
  const [unusedBits, ...key] = fields.take(TAG.bitString).content;
  fields.end();
  if (unusedBits !== 0) throw new MalformedError("a public key that is not whole bytes");
  const bytes = Uint8Array.from(key);
  const pss = algorithm.oid === RSASSA_PSS ? pssKey(algorithm) : undefined;
  if (pss !== undefined || (algorithm.oid === RSA_ENCRYPTION && hasNoParameters(algorithm))) {
    const rsa = fieldsOf(parseDer(bytes), "RSAPublicKey");
    const [modulus, exponent] = [positive(rsa.take(TAG.integer)), positive(rsa.take(TAG.integer))];
    rsa.end();
    const isLongEnough = modulus.length >= MIN_RSA_BYTES && modulus.length <= MAX_RSA_BYTES;
    // An exponent of 1 would make every padded digest its own signature.
    const isUsual = exponent.length <= 4 && (exponent.at(-1) ?? 0) % 2 === 1 && !equalBytes(exponent, ONE);
    if (!isLongEnough || !isUsual) throw unsupported("key", algorithm);
    return { algorithm: "RSA", modulus, exponent, ...(pss && { pss }) };
  }
  const curve =
    algorithm.oid === EC_PUBLIC_KEY && algorithm.parameters?.tag === TAG.objectIdentifier
      ? CURVES[objectIdentifier(algorithm.parameters)]
      : undefined;
  if (curve === undefined || bytes[0] !== 0x04 || bytes.length !== curve.pointBytes)
    throw unsupported("key", algorithm);
  return { algorithm: "ECDSA", curve: curve.curve, point: bytes };
}

/** "If the parameters are present ... then the given parameters MUST be used" (RFC 4055, section 1.2): a longer salt may. */
function pssKey(algorithm: AlgorithmIdentifier): RsaKey["pss"] {
  if (algorithm.parameters === undefined) return {};
  const bound = parsePss(algorithm);
  if (bound === undefined) throw unsupported("key", algorithm);
  return { digest: bound.digest, leastSaltBytes: bound.saltBytes };
}

/** Tells whether a message was signed so; a key of another kind than the signature is never its maker. */
export function isSigned(verify: VerifyX509Signature, signature: X509Signature): boolean {
  return mayHaveMade(parsePublicKey(signature.publicKey), signature) && verify(signature);
}

function mayHaveMade(key: PublicKey, { algorithm, digest, saltBytes = 0 }: X509Signature): boolean {
  if (key.algorithm === "ECDSA" || algorithm === "ECDSA") return key.algorithm === algorithm;
  if (key.pss === undefined) return true;
  const { digest: bound = digest, leastSaltBytes = 0 } = key.pss;
  return algorithm === "RSASSA-PSS" && digest === bound && saltBytes >= leastSaltBytes;
}

export const hasNoParameters = ({ parameters }: AlgorithmIdentifier): boolean =>
  parameters === undefined || isElement(parameters, TAG.null, new Uint8Array(0));

function positive({ content }: Element): Uint8Array {
  if ((content[0] ?? 0) >= 0x80) throw new MalformedError("a negative number in a public key");
  return content[0] === 0 ? content.subarray(1) : content;
}

const unsupported = (what: string, { oid }: AlgorithmIdentifier) =>
  new X509Error("unsupported", `a ${what} algorithm that this program does not verify: ${oid}`);
