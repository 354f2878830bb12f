/**
 * The key that signs certificates, with its chain of X.509 certificates, from files: PEM, or PKCS #12. Every thread that
 * signs reads them for itself. What the certificates say (purpose, validity) is for pki to judge.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { readPrivateFile } from "../files/private-files.js";
import { parseX509Key, x509SigningKey, type X509SigningKey } from "./x509-keys.js";

export type DocumentSignerFiles =
  | {
      /** PEM, the owner's alone. */
      readonly key: string;
      /** PEM of the signer's certificate and those between it and the root, in any order. */
      readonly chain: string;
      /** A file of one line, the owner's alone; where the key is encrypted. */
      readonly passphraseFile?: string;
    }
  | { readonly pkcs12: string; readonly passphraseFile: string };

/** As `encodeDetachedSignature` takes it. */
export interface DocumentSigner {
  /** DER; the signer's first, each followed by its issuer's, without the root. */
  readonly certificates: readonly Uint8Array[];
  readonly algorithm: X509SigningKey["algorithm"];
  /** With SHA-256; by RSA the same signature every time. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** Throws, naming the file, for a key that can't be used or has no certificate among those given. */
export async function readDocumentSigner(files: DocumentSignerFiles): Promise<DocumentSigner> {
  const { key, certificates, chainFile } = await readFiles(files);
  return { certificates: orderChain(certificates, key, chainFile), algorithm: key.algorithm, sign: key.sign };
}

interface KeyWithCertificates {
  readonly key: X509SigningKey;
  readonly certificates: readonly X509Certificate[];
  readonly chainFile: string;
}

async function readFiles(files: DocumentSignerFiles): Promise<KeyWithCertificates> {
  const passphrase = files.passphraseFile === undefined ? undefined : readPassphrase(files.passphraseFile);
  if (!("pkcs12" in files)) {
    const { key, chain } = files;
    return {
      key: parseX509Key(readPrivateFile(key), key, passphrase),
      certificates: parsePemCertificates(readFileSync(chain, "latin1"), chain),
      chainFile: chain,
    };
  }
  const { pkcs12: file } = files;
  // Much code, and few have such a file.
  const { readPkcs12 } = await import("./pkcs12.js");
  const { privateKey, certificates } = await readPkcs12(readPrivateFile(file), file, passphrase ?? "");
  return {
    key: x509SigningKey(privateKey, file),
    certificates: certificates.map((one) => openCertificate(Buffer.from(one), file)),
    chainFile: file,
  };
}

/** The end of its line is not part of it. */
const readPassphrase = (file: string): string =>
  readPrivateFile(file)
    .toString("utf8")
    .replace(/\r?\n$/, "");

/** X.509 certificates of a PEM text, whatever stands between them (RFC 7468, section 2). */
export function parsePemCertificates(text: string, file: string): readonly X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error(`${file} holds no X.509 certificate (want PEM)`);
  return blocks.map((block) => openCertificate(block, file));
}

function openCertificate(bytes: string | Buffer, file: string): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch (error) {
    throw new Error(`${file} holds an X.509 certificate that can't be read`, { cause: error });
  }
}

/** From the key's certificate upwards. The root, which signs itself, is left out: verifiers have their own. */
function orderChain(
  certificates: readonly X509Certificate[],
  { publicKey }: X509SigningKey,
  file: string,
): readonly Uint8Array[] {
  const left = new Map(certificates.map((one) => [one.fingerprint256, one]));
  const take = (is: (one: X509Certificate) => boolean) => {
    const found = [...left.values()].find(is);
    if (found !== undefined) left.delete(found.fingerprint256);
    return found;
  };
  const isKeys = (one: X509Certificate) =>
    one.publicKey.export({ format: "der", type: "spki" }).equals(publicKey);
  const signer = take(isKeys);
  if (signer === undefined) throw new Error(`${file} holds no X.509 certificate of the key that is to sign`);
  const chain = [signer];
  for (let last: X509Certificate | undefined = signer; last !== undefined;) {
    const subject: X509Certificate = last;
    last = take((one) => subject.checkIssued(one) && subject.verify(one.publicKey));
    if (last !== undefined && !isSelfSigned(last)) chain.push(last);
  }
  const [stray] = left.values();
  if (stray !== undefined)
    throw new Error(`${file} holds an X.509 certificate that is not of the chain: ${oneLine(stray.subject)}`);
  return chain.map(({ raw }) => new Uint8Array(raw));
}

const isSelfSigned = (one: X509Certificate): boolean => one.checkIssued(one) && one.verify(one.publicKey);

const oneLine = (name: string): string => name.replaceAll("\n", ", ");
