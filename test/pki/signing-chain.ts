/** An authority, a signer under it, and signatures of theirs: true ones, and any that a stranger could write. */
import { sha256 } from "@noble/hashes/sha2.js";
import * as tsa from "../../scripts/make-vectors/timestamp-authority.js";
import { utf8 } from "../../src/core/bytes.js";
import * as der from "../../src/pki/der/der-writer.js";
import { encodeDetachedSignature } from "../../src/pki/signature/detached-signature.js";
import { withLowS } from "../../src/pki/der/ecdsa-value.js";
import { signingCertificateV2 } from "../../src/pki/signature/detached-cms.js";
import { DetachedSignatureError } from "../../src/pki/signature/detached-signature-error.js";
import {
  type SignatureQuestion,
  type SignatureVerdict,
  verifyDetachedSignature,
} from "../../src/pki/signature/verify-detached-signature.js";
import { parseX509Certificate } from "../../src/pki/x509/x509-certificate.js";
import { encodeX509Certificate, type X509Kind } from "../../src/pki/x509-writer.js";
import { verifyX509Signature } from "../../src/platform/keys/x509-signature.js";
import {
  generateX509Key,
  type X509KeyAlgorithm,
  type X509SigningKey,
} from "../../src/platform/keys/x509-keys.js";

export const CONTENT = utf8("the bytes of a certificate");
export const MESSAGE_DIGEST = sha256(CONTENT);
export const AT = Date.parse("2026-11-24T08:00:03.000Z");
const [FROM, UNTIL] = ["2026-01-01T00:00:00.000Z", "2035-12-31T23:59:59.000Z"].map(Date.parse) as [
  number,
  number,
];

export const ALGORITHM = {
  RSA: der.sequence(der.oid("1.2.840.113549.1.1.11"), der.nothing()),
  RSA_ENCRYPTION: der.sequence(der.oid("1.2.840.113549.1.1.1"), der.nothing()),
  ECDSA: der.sequence(der.oid("1.2.840.10045.4.3.2")),
  SHA256: der.sequence(der.oid("2.16.840.1.101.3.4.2.1")),
};

export interface Signer extends X509SigningKey {
  readonly pem: string;
  readonly bytes: Uint8Array;
}

let serial = 1;

export function makeSigner(
  algorithm: X509KeyAlgorithm,
  kind: X509Kind,
  commonName: string,
  issuer?: Signer,
): Signer {
  const { key, pem } = generateX509Key(algorithm);
  const bytes = encodeX509Certificate({
    ...{ kind, subject: { commonName }, publicKey: key.publicKey, notBeforeMs: FROM, notAfterMs: UNTIL },
    random: new Uint8Array(16).fill(serial++),
    issuer: issuer && parseX509Certificate(issuer.bytes),
    sign: (issuer ?? key).sign,
  });
  return { ...key, pem, bytes };
}

/** For certificates that our own writer does not make. */
export const foreignKey = ({ publicKey, algorithm, sign }: X509SigningKey): tsa.SigningKey => ({
  publicKey,
  algorithm: algorithm === "ECDSA" ? ALGORITHM.ECDSA : ALGORITHM.RSA,
  sign,
});

export interface Chain {
  readonly root: Signer;
  readonly signer: Signer;
}

export function makeChain(algorithm: X509KeyAlgorithm): Chain {
  const root = makeSigner(algorithm, "authority", "Example Root");
  return { root, signer: makeSigner(algorithm, "document-signer", "Example Signer", root) };
}

export const signature = ({ signer }: Chain, certificates = [signer.bytes]): Uint8Array =>
  encodeDetachedSignature({ messageDigest: MESSAGE_DIGEST, certificates, sign: signer.sign });

export interface CmsOptions {
  readonly signer: X509SigningKey;
  /** The signer's first. */
  readonly certificates: readonly Uint8Array[];
  readonly sid?: Uint8Array;
  /** In place of the certificates. */
  readonly certificateSet?: readonly Uint8Array[];
  readonly attributes?: readonly Uint8Array[];
  readonly moreAttributes?: readonly Uint8Array[];
  readonly unsignedAttributes?: readonly Uint8Array[];
  readonly signatureAlgorithm?: Uint8Array;
  readonly digestAlgorithm?: Uint8Array;
  readonly digestAlgorithms?: readonly Uint8Array[];
  readonly signature?: (value: Uint8Array) => Uint8Array;
  readonly content?: Uint8Array;
  readonly version?: number;
  readonly signerVersion?: number;
  readonly revocationLists?: Uint8Array;
  readonly moreSigners?: readonly Uint8Array[];
}

/** The format's CMS with whatever else is said of it, and signed in earnest. */
export function writeCms(options: CmsOptions): Uint8Array {
  const { signer, certificates, digestAlgorithm = ALGORITHM.SHA256, signature = (value) => value } = options;
  const chain = certificates.map(parseX509Certificate);
  const attributes = [
    ...(options.attributes ?? [
      tsa.attribute("1.2.840.113549.1.9.3", der.oid("1.2.840.113549.1.7.1")),
      tsa.attribute("1.2.840.113549.1.9.4", der.octets(MESSAGE_DIGEST)),
      tsa.attribute("1.2.840.113549.1.9.16.2.47", signingCertificateV2(chain)),
    ]),
    ...(options.moreAttributes ?? []),
  ];
  const [first] = chain;
  const named = first && [Uint8Array.from(Buffer.from(first.issuer, "hex")), der.tlv(2, first.serialNumber)];
  const value = signer.sign(der.setOf(...attributes));
  const signerInfo = der.sequence(
    der.integer(options.signerVersion ?? 1),
    options.sid ?? der.sequence(...(named ?? [])),
    digestAlgorithm,
    der.taggedSetOf(0xa0, ...attributes),
    options.signatureAlgorithm ?? (signer.algorithm === "ECDSA" ? ALGORITHM.ECDSA : ALGORITHM.RSA_ENCRYPTION),
    der.octets(signature(signer.algorithm === "ECDSA" ? withLowS(value, "P-256") : value)),
    ...(options.unsignedAttributes ? [der.taggedSetOf(0xa1, ...options.unsignedAttributes)] : []),
  );
  const signedData = der.sequence(
    der.integer(options.version ?? 1),
    der.setOf(...(options.digestAlgorithms ?? [digestAlgorithm])),
    der.sequence(
      der.oid("1.2.840.113549.1.7.1"),
      ...(options.content ? [der.context(0, der.octets(options.content))] : []),
    ),
    der.taggedSetOf(0xa0, ...(options.certificateSet ?? certificates)),
    ...(options.revocationLists ? [der.context(1, options.revocationLists)] : []),
    der.setOf(signerInfo, ...(options.moreSigners ?? [])),
  );
  return der.sequence(der.oid("1.2.840.113549.1.7.2"), der.context(0, signedData));
}

export interface Trust {
  readonly authorities?: readonly Uint8Array[];
  readonly timestampAuthorities?: readonly Uint8Array[];
}

export function question(
  cms: Uint8Array,
  { authorities = [], timestampAuthorities = [] }: Trust,
): SignatureQuestion {
  return {
    ...{ cms, messageDigest: MESSAGE_DIGEST, claimedAtMs: AT, verify: verifyX509Signature },
    certificateAuthorities: authorities.map(parseX509Certificate),
    timestampAuthorities: timestampAuthorities.map(parseX509Certificate),
  };
}

/** The verdict, or the code of what is wrong. Any other error is the test's to see. */
export function judge(asked: SignatureQuestion): SignatureVerdict | string {
  try {
    return verifyDetachedSignature(asked);
  } catch (error) {
    if (error instanceof DetachedSignatureError) return error.code;
    throw error;
  }
}
