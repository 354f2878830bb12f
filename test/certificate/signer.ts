/**
 * Who signs the tests' certificates: a root and a signer under it with fixed P-256 keys, so that their X.509 certificates
 * are the same in every process, and a signer with an RSA key that is made once a process.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import type { SignatureRequest } from "../../src/pki/signature/detached-signature.js";
import { parseX509Certificate, type X509Certificate } from "../../src/pki/x509/x509-certificate.js";
import { encodeX509Certificate, type X509Kind } from "../../src/pki/x509-writer.js";

export type TestSigner = Omit<SignatureRequest, "messageDigest"> & { readonly key: KeyObject };

export const ROOT_NAME = "Example Root CA (sample)";
export const SIGNER_NAME = "Example Notarization Service (sample)";

const seed = (name: string) => createHash("sha256").update(`test key ${name}`).digest();

function ecKey(name: string): KeyObject {
  const secret = seed(name);
  const point = Buffer.from(p256.getPublicKey(secret, false));
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString("base64url"));
  const jwk = { kty: "EC", crv: "P-256", x: x as string, y: y as string, d: secret.toString("base64url") };
  return createPrivateKey({ key: jwk, format: "jwk" });
}

const spki = (key: KeyObject) => new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" }));

export interface IssueOptions {
  readonly kind?: X509Kind;
  readonly commonName?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
}

/** Deterministic where `key` is: RFC 6979 by noble, since node:crypto's ECDSA is not. */
function issue(
  key: KeyObject,
  issuer: X509Certificate | undefined,
  { by = "root", ...options }: IssueOptions & { readonly by?: string },
): Uint8Array {
  const { kind = "document-signer", commonName = SIGNER_NAME } = options;
  const { notBefore = "2026-01-01T00:00:00Z", notAfter = "2036-01-01T00:00:00Z" } = options;
  return encodeX509Certificate({
    kind,
    subject: { country: "CN", organisation: "Example Notarization Service", commonName },
    publicKey: spki(key),
    random: seed(`serial ${kind} ${commonName}`).subarray(0, 16),
    notBeforeMs: Date.parse(notBefore),
    notAfterMs: Date.parse(notAfter),
    issuer,
    sign: (bytes) => p256.sign(bytes, seed(by), { format: "der" }),
  });
}

const rootKey = ecKey("root");
/** DER. */
export const ROOT = issue(rootKey, undefined, { kind: "authority", commonName: ROOT_NAME });

export function signerOf(key: KeyObject, options: IssueOptions = {}): TestSigner {
  const certificate = issue(key, parseX509Certificate(ROOT), options);
  return {
    key,
    certificates: [certificate],
    sign: (bytes) => new Uint8Array(sign("sha256", bytes, key)),
  };
}

/** An authority that no trust file names, unless a test puts it there, and a signer under it. */
export const strangerRoot = (): Uint8Array =>
  issue(ecKey("stranger"), undefined, { kind: "authority", commonName: "Unknown CA", by: "stranger" });
export function strangerSigner(): TestSigner {
  const key = ecKey("signer");
  const certificate = issue(key, parseX509Certificate(strangerRoot()), { by: "stranger" });
  return { key, certificates: [certificate], sign: (bytes) => new Uint8Array(sign("sha256", bytes, key)) };
}

let rsa: KeyObject | undefined;
export const rsaKey = (): KeyObject =>
  (rsa ??= generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
export const ecSigner = (options?: IssueOptions): TestSigner => signerOf(ecKey("signer"), options);
export const rsaSigner = (options?: IssueOptions): TestSigner => signerOf(rsaKey(), options);

export function pemOf(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
