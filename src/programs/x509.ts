/**
 * Keys with X.509 certificates, for a demonstration or for a consortium that is its own authority: an authority, and
 * signers under it. Each is two files, NAME.key (the owner's alone) and NAME.pem. Neither is ever overwritten; a crash
 * between the two leaves a key that nobody knows: it may be deleted.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { X509Arguments, X509Made } from "../commands/keys/x509.js";
import { base64 } from "../core/bytes.js";
import { formatTime } from "../core/record/time.js";
import { parseX509Certificate, type X509Certificate } from "../pki/x509/x509-certificate.js";
import { encodeX509Certificate } from "../pki/x509-writer.js";
import { parsePemCertificates } from "../platform/keys/document-signer.js";
import { readPrivateFile, writePrivateFile, writePublicFile } from "../platform/files/private-files.js";
import { generateX509Key, parseX509Key, type X509SigningKey } from "../platform/keys/x509-keys.js";

const DAY_MS = 86_400_000;

export function makeX509(
  { kind, subject, algorithm, days, authority, out }: X509Arguments,
  nowMs: number,
): X509Made {
  const [keyFile, certificateFile] = [`${out}.key`, `${out}.pem`];
  if (existsSync(certificateFile))
    throw new Error(`the file ${certificateFile} exists: it is not overwritten`);
  const issuer = authority === undefined ? undefined : readAuthority(authority);
  const notBeforeMs = Math.floor(nowMs / 1000) * 1000;
  const notAfterMs = notBeforeMs + days * DAY_MS - 1000; // The last second is included.
  if (issuer !== undefined) checkValidity(issuer.certificate, notBeforeMs, notAfterMs);
  const { key, pem: secret } = generateX509Key(algorithm);
  const bytes = encodeX509Certificate({
    ...{ kind, subject, notBeforeMs, notAfterMs },
    publicKey: key.publicKey,
    random: randomBytes(16),
    issuer: issuer?.certificate,
    sign: (issuer?.key ?? key).sign,
  });
  const pem = encodePem(bytes);
  writePrivateFile(keyFile, secret);
  writePublicFile(certificateFile, pem);
  return { keyFile, certificateFile, pem, notBeforeMs, notAfterMs };
}

function readAuthority(name: string): { key: X509SigningKey; certificate: X509Certificate } {
  const [keyFile, certificateFile] = [`${name}.key`, `${name}.pem`];
  const key = parseX509Key(readPrivateFile(keyFile), keyFile);
  const [only, ...more] = parsePemCertificates(readFileSync(certificateFile, "latin1"), certificateFile);
  if (only === undefined || more.length > 0)
    throw new Error(`${certificateFile} holds more than one X.509 certificate`);
  const certificate = parseX509Certificate(new Uint8Array(only.raw));
  if (!certificate.isAuthority) throw new Error(`${certificateFile} is no authority's: it may not issue`);
  if (!Buffer.from(certificate.publicKey).equals(key.publicKey))
    throw new Error(`${keyFile} is not the key of ${certificateFile}`);
  return { key, certificate };
}

/** A certificate that outlives its authority's would be refused from then on: it is not made. */
function checkValidity(authority: X509Certificate, notBeforeMs: number, notAfterMs: number): void {
  if (notBeforeMs >= authority.notBeforeMs && notAfterMs <= authority.notAfterMs) return;
  throw new Error(
    `${authority.commonName} is valid from ${formatTime(authority.notBeforeMs)} to ${formatTime(authority.notAfterMs)}: choose fewer days`,
  );
}

function encodePem(x509Certificate: Uint8Array): string {
  const lines = base64(x509Certificate).replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
