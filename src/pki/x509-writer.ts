/**
 * X.509 certificates of version 3 written (RFC 5280, section 4): an authority's own, and what it issues. Each extension with
 * the criticality that its RFC demands; nothing else is in them.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesFromHex } from "../core/bytes.js";
import { formatTime } from "../core/record/time.js";
import { parseDer } from "./der/der.js";
import * as der from "./der/der-writer.js";
import { type DocumentAlgorithm, parseDocumentKey } from "./x509/document-key.js";
import { ID_KP_DOCUMENT_SIGNING, ID_KP_EMAIL_PROTECTION } from "./signature/document-signer.js";
import { ID_KP_TIME_STAMPING } from "./x509/timestamp-purpose.js";
import { NO_REVOCATION_AVAILABLE } from "./x509/extensions.js";
import type { X509Certificate } from "./x509/x509-certificate.js";

export interface X509Name {
  /** The country is two capital letters, ISO 3166. */
  readonly country?: string | undefined;
  readonly organisation?: string | undefined;
  readonly commonName: string;
}

/** The second for readers of PDFs who know no other (poppler asks NSS for an email signer). */
const SIGNER_PURPOSES = [ID_KP_DOCUMENT_SIGNING, ID_KP_EMAIL_PROTECTION];

export type X509Kind = "authority" | "document-signer" | "timestamp-signer";

export interface X509Request {
  readonly kind: X509Kind;
  readonly subject: X509Name;
  /** The key is a SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  /** The serial number is made of these 16 random bytes. */
  readonly random: Uint8Array;
  /** The certificate is valid from `notBeforeMs` to `notAfterMs`, both included and whole seconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** The issuer is the authority whose key signs; undefined where it is the subject itself. */
  readonly issuer: X509Certificate | undefined;
  /** Signs with SHA-256, by the issuer's key; of ECDSA it gives the DER of r and s. */
  sign(bytes: Uint8Array): Uint8Array;
}

export function encodeX509Certificate(request: X509Request): Uint8Array {
  const { subject, publicKey, issuer, notBeforeMs, notAfterMs, sign } = request;
  const algorithm = SIGNATURE_ALGORITHMS[parseDocumentKey(issuer?.publicKey ?? publicKey).algorithm];
  const tbs = der.sequence(
    der.context(0, der.integer(2)),
    serialNumber(request.random),
    algorithm,
    issuer === undefined ? encodeName(subject) : bytesFromHex(issuer.subject),
    der.sequence(der.x509Time(formatTime(notBeforeMs)), der.x509Time(formatTime(notAfterMs))),
    encodeName(subject),
    publicKey,
    der.context(3, der.sequence(...extensions(request))),
  );
  return der.sequence(tbs, algorithm, der.bits(sign(tbs)));
}

const SIGNATURE_ALGORITHMS: Readonly<Record<DocumentAlgorithm, Uint8Array>> = {
  "RSASSA-PKCS1-v1_5": der.sequence(der.oid("1.2.840.113549.1.1.11"), der.nothing()),
  ECDSA: der.sequence(der.oid("1.2.840.10045.4.3.2")),
};

/** RFC 5280, section 4.1.2.2: positive and at most 20 bytes; the first two bits are set so, the rest is chance. */
function serialNumber([first = 0, ...rest]: Uint8Array): Uint8Array {
  return der.unsignedInteger(Uint8Array.of((first & 0x3f) | 0x40, ...rest));
}

function encodeName({ country, organisation, commonName }: X509Name): Uint8Array {
  const one = (type: string, value: Uint8Array) => der.setOf(der.sequence(der.oid(type), value));
  return der.sequence(
    ...(country === undefined ? [] : [one("2.5.4.6", der.printable(country))]),
    ...(organisation === undefined ? [] : [one("2.5.4.10", der.text(organisation))]),
    one("2.5.4.3", der.text(commonName)),
  );
}

function extensions({ kind, publicKey, issuer }: X509Request): readonly Uint8Array[] {
  const keyIdentifier = keyIdentifierOf(publicKey);
  const issuerIdentifier = issuer === undefined ? undefined : authorityIdentifierOf(issuer);
  const isAuthority = kind === "authority";
  return [
    // Section 4.2.1.9: critical in an authority's.
    extension("2.5.29.19", der.sequence(...(isAuthority ? [der.boolean(true), der.integer(0)] : [])), true),
    extension("2.5.29.15", KEY_USAGES[kind], true),
    ...(kind === "document-signer"
      ? [extension("2.5.29.37", der.sequence(...SIGNER_PURPOSES.map(der.oid)), false)]
      : []),
    // RFC 3161, section 2.3: "This extension MUST be critical."
    ...(kind === "timestamp-signer"
      ? [extension("2.5.29.37", der.sequence(der.oid(ID_KP_TIME_STAMPING)), true)]
      : []),
    extension("2.5.29.14", der.octets(keyIdentifier), false),
    ...(issuerIdentifier === undefined
      ? []
      : [extension("2.5.29.35", der.sequence(der.tlv(0x80, issuerIdentifier)), false)]),
    // RFC 9608, section 2: "Conforming CAs MUST mark this extension as non-critical."
    ...(isAuthority ? [] : [extension(NO_REVOCATION_AVAILABLE, der.nothing(), false)]),
  ];
}

/** Section 4.2.1.3: keyCertSign, cRLSign; digitalSignature with or without contentCommitment. */
const KEY_USAGES: Readonly<Record<X509Kind, Uint8Array>> = {
  authority: der.bits(Uint8Array.of(0x06), 1),
  "document-signer": der.bits(Uint8Array.of(0xc0), 6),
  "timestamp-signer": der.bits(Uint8Array.of(0x80), 7),
};

function extension(oid: string, value: Uint8Array, isCritical: boolean): Uint8Array {
  return der.sequence(der.oid(oid), ...(isCritical ? [der.boolean(true)] : []), der.octets(value));
}

/** RFC 7093, section 2, method 1: the first 160 bits of the SHA-256 of the key's BIT STRING. */
function keyIdentifierOf(publicKey: Uint8Array): Uint8Array {
  const [, key] = parseDer(publicKey).children;
  if (key === undefined) throw new Error("internal: a public key that is none");
  return sha256(key.content.subarray(1)).slice(0, 20);
}

const authorityIdentifierOf = ({ subjectKeyIdentifier, publicKey }: X509Certificate): Uint8Array =>
  subjectKeyIdentifier ?? keyIdentifierOf(publicKey);
