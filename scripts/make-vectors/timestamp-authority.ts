/**
 * A time-stamping authority of fixed keys, which makes the same X.509 certificates and RFC 3161 tokens every time, and
 * false ones too: whatever a true authority would not sign. `openssl ts -verify` is the judge of the true (test/pki).
 */
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64, utf8 } from "../../src/core/bytes.js";
import * as der from "../../src/pki/der/der-writer.js";

export interface SigningKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** The algorithm of its signatures. */
  readonly algorithm: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

const ECDSA_WITH_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"));

/** A P-256 key whose secret is one byte, 32 times; signatures by RFC 6979 come out the same every time. */
export function ecKey(secretByte: number): SigningKey {
  const secret = new Uint8Array(32).fill(secretByte);
  const algorithm = der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7"));
  return {
    publicKey: der.sequence(algorithm, der.bits(p256.getPublicKey(secret, false))),
    algorithm: ECDSA_WITH_SHA256,
    sign: (message) => p256.sign(message, secret, { format: "der" }),
  };
}

export interface CertificateOptions {
  readonly subject: string;
  readonly issuer: string;
  readonly key: SigningKey;
  readonly issuerKey: SigningKey;
  readonly serialNumber?: number;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly extensions: readonly Uint8Array[];
}

export function makeCertificate(options: CertificateOptions): Uint8Array {
  const { subject, issuer, key, issuerKey, serialNumber = 1, extensions } = options;
  const { notBefore = "2026-01-01T00:00:00.000Z", notAfter = "2036-01-01T00:00:00.000Z" } = options;
  const tbs = der.sequence(
    der.context(0, der.integer(2)),
    der.integer(serialNumber),
    issuerKey.algorithm,
    name(issuer),
    der.sequence(der.x509Time(notBefore), der.x509Time(notAfter)),
    name(subject),
    key.publicKey,
    ...(extensions.length > 0 ? [der.context(3, der.sequence(...extensions))] : []),
  );
  return der.sequence(tbs, issuerKey.algorithm, der.bits(issuerKey.sign(tbs)));
}

const name = (commonName: string): Uint8Array =>
  der.sequence(der.setOf(der.sequence(der.oid("2.5.4.3"), der.text(commonName))));

export function extension(oid: string, value: Uint8Array, isCritical = true): Uint8Array {
  return der.sequence(der.oid(oid), ...(isCritical ? [der.boolean(true)] : []), der.octets(value));
}
export const basicConstraints = (isAuthority: boolean, pathLength?: number): Uint8Array =>
  extension(
    "2.5.29.19",
    der.sequence(
      ...(isAuthority ? [der.boolean(true)] : []),
      ...(pathLength === undefined ? [] : [der.integer(pathLength)]),
    ),
  );
/** `digitalSignature` or `keyCertSign`, with what is unused cut off. */
export const keyUsage = (use: "sign" | "certify"): Uint8Array =>
  extension(
    "2.5.29.15",
    use === "sign" ? der.bits(Uint8Array.of(0x80), 7) : der.bits(Uint8Array.of(0x04), 2),
  );
export const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
export const extendedKeyUsage = (purposes: readonly string[], isCritical = true): Uint8Array =>
  extension("2.5.29.37", der.sequence(...purposes.map(der.oid)), isCritical);

export interface TokenOptions {
  readonly key: SigningKey;
  /** Under which the token is signed. */
  readonly x509Certificate: Uint8Array;
  readonly issuer: string;
  readonly serialNumber?: number;
  /** The bytes that are stamped. */
  readonly message: Uint8Array;
  readonly genTime: string;
  /** All that it carries; the signer's own where nothing is said. */
  readonly certificates?: readonly Uint8Array[];
  /** TSTInfo after genTime: accuracy, ordering, nonce, tsa, extensions. */
  readonly moreInfo?: readonly Uint8Array[];
  /** Put in place of the true one. */
  readonly imprint?: Uint8Array;
  readonly signingCertificate?: Uint8Array | null;
  readonly moreAttributes?: readonly Uint8Array[];
  readonly unsignedAttributes?: Uint8Array;
  readonly signature?: Uint8Array;
}

export const SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"));

export const attribute = (type: string, value: Uint8Array): Uint8Array =>
  der.sequence(der.oid(type), der.setOf(value));

/** SigningCertificateV2 with the default digest, SHA-256. */
export const signingCertificateV2 = (x509Certificate: Uint8Array): Uint8Array =>
  attribute(
    "1.2.840.113549.1.9.16.2.47",
    der.sequence(der.sequence(der.sequence(der.octets(sha256(x509Certificate))))),
  );

export function makeToken(options: TokenOptions): Uint8Array {
  const { key, x509Certificate, message, moreInfo = [], moreAttributes = [] } = options;
  const info = der.sequence(
    der.integer(1),
    der.oid("1.2.3.4.1"),
    options.imprint ?? der.sequence(SHA256, der.octets(sha256(message))),
    der.integer(77),
    der.generalizedTime(options.genTime),
    ...moreInfo,
  );
  const signing = options.signingCertificate ?? signingCertificateV2(x509Certificate);
  const attributes = [
    attribute("1.2.840.113549.1.9.3", der.oid("1.2.840.113549.1.9.16.1.4")),
    attribute("1.2.840.113549.1.9.4", der.octets(sha256(info))),
    ...(options.signingCertificate === null ? [] : [signing]),
    ...moreAttributes,
  ];
  const signerInfo = der.sequence(
    der.integer(1),
    der.sequence(name(options.issuer), der.integer(options.serialNumber ?? 1)),
    SHA256,
    der.taggedSetOf(0xa0, ...attributes),
    key.algorithm,
    der.octets(options.signature ?? key.sign(der.setOf(...attributes))),
    ...(options.unsignedAttributes ? [der.context(1, options.unsignedAttributes)] : []),
  );
  const certificates = options.certificates ?? [x509Certificate];
  const signedData = der.sequence(
    der.integer(3),
    der.setOf(SHA256),
    der.sequence(der.oid("1.2.840.113549.1.9.16.1.4"), der.context(0, der.octets(info))),
    ...(certificates.length > 0 ? [der.taggedSetOf(0xa0, ...certificates)] : []),
    der.setOf(signerInfo),
  );
  return der.sequence(der.oid("1.2.840.113549.1.7.2"), der.context(0, signedData));
}

export function pem(x509Certificate: Uint8Array): string {
  const lines = base64(x509Certificate).replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

export interface SampleAuthority {
  readonly name: string;
  readonly root: Uint8Array;
  readonly rootKey: SigningKey;
  readonly key: SigningKey;
  readonly x509Certificate: Uint8Array;
  /** For the trust file. */
  readonly pem: string;
  stamp(message: Uint8Array | string, overrides?: Partial<TokenOptions>): Uint8Array;
}

/** A root, a certificate under it that may sign tokens, and tokens of two seconds after the sample batch was sealed. */
export function sampleAuthority(authority: string, firstSecretByte: number): SampleAuthority {
  const [rootKey, key] = [ecKey(firstSecretByte), ecKey(firstSecretByte + 1)];
  const root = makeCertificate({
    subject: authority,
    issuer: authority,
    key: rootKey,
    issuerKey: rootKey,
    extensions: [basicConstraints(true), keyUsage("certify")],
  });
  const x509Certificate = makeCertificate({
    subject: `${authority} unit 1`,
    issuer: authority,
    key,
    issuerKey: rootKey,
    extensions: [basicConstraints(false), keyUsage("sign"), extendedKeyUsage([TIME_STAMPING])],
  });
  return {
    name: authority,
    root,
    rootKey,
    key,
    x509Certificate,
    pem: pem(root),
    stamp: (message, overrides = {}) =>
      makeToken({
        key,
        x509Certificate,
        issuer: authority,
        message: typeof message === "string" ? utf8(message) : message,
        genTime: "2026-11-24T08:00:03.500Z",
        ...overrides,
      }),
  };
}
