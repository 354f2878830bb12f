/**
 * A demonstration's TLS: an authority of its own, and under it the certificate of the proxy. An operator puts his own in the
 * place of both files that the proxy reads.
 */
import { webcrypto } from "node:crypto";
import { existsSync } from "node:fs";
import * as asn1 from "asn1js";
import * as pkijs from "pkijs";
import { writePrivateFile, writePublicFile } from "../../src/platform/files/private-files.js";

const DAY_MS = 86_400_000;
const [AUTHORITY_DAYS, SERVER_DAYS] = [3650, 397];
/** The same as Node's: only the declarations differ. */
type Key = Parameters<pkijs.Certificate["sign"]>[0];
const KEY = { name: "ECDSA", namedCurve: "P-256" };

export interface ProxyFiles {
  readonly authority: string;
  readonly key: string;
  /** The proxy's own certificate. */
  readonly chain: string;
}

/** Makes what is missing. The authority's key is kept nowhere: it has signed one certificate, and signs no other. */
export async function openProxyTls(files: ProxyFiles, names: readonly string[]): Promise<void> {
  if (Object.values(files).every((file) => existsSync(file))) return;
  const nowMs = Math.floor(Date.now() / 1000) * 1000;
  const authorityKey = await newKey();
  const authority = await issue({
    name: "Example TLS Root (demonstration)",
    key: authorityKey,
    signer: authorityKey.privateKey,
    days: AUTHORITY_DAYS,
    nowMs,
    extensions: [
      basicConstraints(true),
      // keyCertSign and cRLSign (RFC 5280, section 4.2.1.3).
      keyUsage(0b0000_0110, 1),
    ],
  });
  const serverKey = await newKey();
  const server = await issue({
    name: names[0] ?? "localhost",
    key: serverKey,
    signer: authorityKey.privateKey,
    issuer: authority,
    days: SERVER_DAYS,
    nowMs,
    extensions: [
      basicConstraints(false),
      keyUsage(0b1000_0000, 7), // digitalSignature
      extension("2.5.29.37", new pkijs.ExtKeyUsage({ keyPurposes: ["1.3.6.1.5.5.7.3.1"] }).toSchema()),
      extension("2.5.29.17", new pkijs.GeneralNames({ names: names.map(generalName) }).toSchema()),
    ],
  });
  writePublicFile(files.authority, pem("CERTIFICATE", authority.toSchema().toBER()));
  writePublicFile(files.chain, pem("CERTIFICATE", server.toSchema().toBER()));
  writePrivateFile(
    files.key,
    pem("PRIVATE KEY", await webcrypto.subtle.exportKey("pkcs8", serverKey.privateKey)),
  );
}

const newKey = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);

interface Issued {
  readonly name: string;
  readonly key: webcrypto.CryptoKeyPair;
  readonly signer: webcrypto.CryptoKey;
  /** Absent where it signs itself. */
  readonly issuer?: pkijs.Certificate;
  readonly days: number;
  readonly nowMs: number;
  readonly extensions: readonly pkijs.Extension[];
}

async function issue({
  name,
  key,
  signer,
  issuer,
  days,
  nowMs,
  extensions,
}: Issued): Promise<pkijs.Certificate> {
  const certificate = new pkijs.Certificate({ version: 2 });
  const serial = webcrypto.getRandomValues(new Uint8Array(16));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // A positive number of all sixteen bytes.
  certificate.serialNumber = new asn1.Integer({ valueHex: serial.buffer });
  certificate.subject.typesAndValues.push(
    new pkijs.AttributeTypeAndValue({ type: "2.5.4.3", value: new asn1.Utf8String({ value: name }) }),
  );
  certificate.issuer = issuer?.subject ?? certificate.subject;
  certificate.notBefore.value = new Date(nowMs);
  certificate.notAfter.value = new Date(nowMs + days * DAY_MS);
  certificate.extensions = [...extensions];
  await certificate.subjectPublicKeyInfo.importKey(key.publicKey as Key);
  await certificate.sign(signer as Key, "SHA-256");
  return certificate;
}

const extension = (extnID: string, value: asn1.AsnType, critical = false): pkijs.Extension =>
  new pkijs.Extension({ extnID, critical, extnValue: value.toBER() });

const basicConstraints = (cA: boolean): pkijs.Extension =>
  extension("2.5.29.19", new pkijs.BasicConstraints({ cA }).toSchema(), true);

const keyUsage = (bits: number, unusedBits: number): pkijs.Extension =>
  extension("2.5.29.15", new asn1.BitString({ valueHex: Uint8Array.of(bits).buffer, unusedBits }), true);

/** An IPv4 address or a name (RFC 5280, section 4.2.1.6). */
function generalName(name: string): pkijs.GeneralName {
  const parts = name.split(".").map(Number);
  const isAddress =
    parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
  return isAddress
    ? new pkijs.GeneralName({
        type: 7,
        value: new asn1.OctetString({ valueHex: Uint8Array.from(parts).buffer }),
      })
    : new pkijs.GeneralName({ type: 2, value: name });
}

function pem(label: string, bytes: ArrayBuffer): string {
  const lines = Buffer.from(bytes)
    .toString("base64")
    .replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
