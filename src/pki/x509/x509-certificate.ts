/**
 * X.509 certificates (RFC 5280, section 4.1) as paths need them, read strictly and field by field: no signature covers all of
 * the frame, and what the issuer signed is a stranger's word until a path has led to an authority.
 */
import { equalBytes, hex } from "../../core/bytes.js";
import { type AlgorithmIdentifier, parseAlgorithm } from "../der/algorithms.js";
import { checkImplicit, context, type Element, MalformedError, parseDer, TAG } from "../der/der.js";
import { type Fields, fieldsOf, onlyChild, smallInteger } from "../der/fields.js";
import { x509Time } from "../der/times.js";
import { type ReadExtensions, readExtensions } from "./extensions.js";
import { checkName, commonNameOf } from "./names.js";

export interface X509Certificate extends ReadExtensions {
  readonly bytes: Uint8Array;
  /** These bytes are what its issuer signed. */
  readonly signedBytes: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** The names are hexadecimal DER: two are the same where their bytes are. */
  readonly issuer: string;
  readonly subject: string;
  readonly serialNumber: Uint8Array;
  /** This is the subject's common name; without one its last name of any kind, or nothing. */
  readonly commonName: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** The key is a SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
}

/** Reads an X.509 certificate. Throws `MalformedError`. */
export function parseX509Certificate(bytes: Uint8Array): X509Certificate {
  const certificate = fieldsOf(parseDer(bytes), "Certificate");
  const tbs = certificate.take(TAG.sequence);
  const outerAlgorithm = certificate.take(TAG.sequence);
  const [unusedBits, ...signature] = certificate.take(TAG.bitString).content;
  certificate.end();
  if (unusedBits !== 0) throw new MalformedError("a signature that is not whole bytes");

  const fields = fieldsOf(tbs, "TBSCertificate");
  const version = versionOf(fields.takeIf(context(0)));
  const serialNumber = fields.take(TAG.integer).content;
  const algorithm = fields.take(TAG.sequence);
  // RFC 5280, section 4.1.1.2: "This field MUST contain the same algorithm identifier as the signature field".
  if (!equalBytes(algorithm.bytes, outerAlgorithm.bytes))
    throw new MalformedError("a certificate that names two signature algorithms");
  const issuer = checkName(fields.take(TAG.sequence));
  const validity = validityOf(fields.take(TAG.sequence));
  const subject = checkName(fields.take(TAG.sequence));
  const publicKey = fields.take(TAG.sequence);
  const key = fieldsOf(publicKey, "SubjectPublicKeyInfo");
  parseAlgorithm(key.take(TAG.sequence));
  key.take(TAG.bitString);
  key.end();
  for (const number of [1, 2]) checkUniqueIdentifier(fields.takeIf(context(number, "primitive")), version);
  const extensions = fields.takeIf(context(3));
  fields.end();
  if (extensions !== undefined && version !== 3)
    throw new MalformedError("extensions in a certificate that is not of version 3");

  return {
    bytes,
    signedBytes: tbs.bytes,
    signatureAlgorithm: parseAlgorithm(outerAlgorithm),
    signature: Uint8Array.from(signature),
    issuer: hex(issuer.bytes),
    subject: hex(subject.bytes),
    serialNumber,
    commonName: commonNameOf(subject),
    ...validity,
    publicKey: publicKey.bytes,
    ...readExtensions(extensions),
  };
}

/** Section 4.1.2.1: [0] INTEGER { v1(0), v2(1), v3(2) } DEFAULT v1, and DER writes no default (X.690, section 11.5). */
function versionOf(field: Element | undefined): 1 | 2 | 3 {
  if (field === undefined) return 1;
  const number = onlyChild(field, "Version");
  const written = number.tag === TAG.integer ? smallInteger(number) : undefined;
  if (written === 1) return 2;
  if (written === 2) return 3;
  throw new MalformedError("a version that X.509 does not have, or the default written out");
}

/** Section 4.1.2.8: an implicit BIT STRING, which "MUST NOT appear if the version is 1". */
function checkUniqueIdentifier(field: Element | undefined, version: 1 | 2 | 3): void {
  if (field === undefined) return;
  if (version === 1) throw new MalformedError("a unique identifier in a certificate of version 1");
  checkImplicit(field, TAG.bitString);
}

/** Section 4.1.2.5: SEQUENCE { notBefore, notAfter }, of either kind of time. */
function validityOf(element: Element): Pick<X509Certificate, "notBeforeMs" | "notAfterMs"> {
  const fields = fieldsOf(element, "Validity");
  const [notBefore, notAfter] = [takeTime(fields), takeTime(fields)];
  fields.end();
  return { notBeforeMs: x509Time(notBefore), notAfterMs: x509Time(notAfter) };
}

const takeTime = (fields: Fields): Element => fields.take(TAG.utcTime, TAG.generalizedTime);
