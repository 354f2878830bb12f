/**
 * PKCS #12 files (RFC 7292) as `openssl pkcs12 -export` of version 3 writes them: a key and certificates under a passphrase,
 * by PBES2 with AES, and a MAC over all. Read by pkijs; what leaves this file is bytes.
 */
import { createPrivateKey, type KeyObject } from "node:crypto";
import type { OctetString, Sequence } from "asn1js";
import {
  CertBag,
  type ContentInfo,
  EncryptedData,
  PFX,
  PKCS8ShroudedKeyBag,
  PrivateKeyInfo,
  type SafeContents,
} from "pkijs";

export interface Pkcs12Content {
  readonly privateKey: KeyObject;
  /** X.509 certificates, DER, as they stand in the file. */
  readonly certificates: readonly Uint8Array[];
}

const ID_DATA = "1.2.840.113549.1.7.1";
const ID_PBES2 = "1.2.840.113549.1.5.13";

/** `what` names the file in errors. Throws for a wrong passphrase, a legacy file, and any but one private key. */
export async function readPkcs12(
  bytes: Uint8Array,
  what: string,
  passphrase: string,
): Promise<Pkcs12Content> {
  const password = new TextEncoder().encode(passphrase).buffer as ArrayBuffer;
  const pfx = attempt(`${what} is not a PKCS #12 file`, () => PFX.fromBER(new Uint8Array(bytes)));
  await attempt(`${what} can't be opened: the passphrase is not its own, or the file is damaged`, () =>
    pfx.parseInternalValues({ password, checkIntegrity: true }),
  );
  const safe = pfx.parsedValue?.authenticatedSafe;
  if (safe === undefined) throw new Error(`${what} holds nothing`);
  safe.safeContents.forEach((content) => refuseLegacy(encryptionOf(content), what));
  await attempt(`${what} can't be decrypted`, () =>
    safe.parseInternalValues({
      safeContents: safe.safeContents.map(({ contentType }) => (contentType === ID_DATA ? {} : { password })),
    }),
  );
  const bags = (safe.parsedValue.safeContents as { value: SafeContents }[]).flatMap(({ value }) =>
    value.safeBags.map(({ bagValue }) => bagValue),
  );
  const keys: KeyObject[] = [];
  const certificates: Uint8Array[] = [];
  for (const bag of bags) {
    if (bag instanceof PKCS8ShroudedKeyBag) {
      refuseLegacy(bag.encryptionAlgorithm.algorithmId, what);
      keys.push(attempt(`${what}: its key can't be decrypted`, () => openKey(bag, passphrase)));
    } else if (bag instanceof PrivateKeyInfo) {
      keys.push(attempt(`${what}: its key can't be read`, () => openKey(bag)));
    } else if (bag instanceof CertBag) {
      // Its bytes as they were signed: written again they might be others.
      certificates.push(Uint8Array.from((bag.certValue as OctetString).valueBlock.valueHexView));
    }
  }
  const [privateKey, ...more] = keys;
  if (privateKey === undefined || more.length > 0)
    throw new Error(`${what} holds ${keys.length} private keys (want one)`);
  return { privateKey, certificates };
}

function openKey(bag: PKCS8ShroudedKeyBag | PrivateKeyInfo, passphrase?: string): KeyObject {
  const key = Buffer.from(bag.toSchema().toBER());
  return createPrivateKey({
    key,
    format: "der",
    type: "pkcs8",
    ...(passphrase !== undefined && { passphrase }),
  });
}

/** Undefined where the content is not encrypted. */
function encryptionOf({ contentType, content }: ContentInfo): string | undefined {
  if (contentType === ID_DATA) return undefined;
  // From a copy: pkijs takes apart the schema that it reads.
  const { encryptedContentInfo } = EncryptedData.fromBER((content as Sequence).toBER());
  return encryptedContentInfo.contentEncryptionAlgorithm.algorithmId;
}

/** RC2 and triple DES under 40 to 168 bits, as files of before 2021 have them: no protection today. */
function refuseLegacy(algorithm: string | undefined, what: string): void {
  if (algorithm === undefined || algorithm === ID_PBES2) return;
  throw new Error(
    `${what} is encrypted by a legacy algorithm (${algorithm}); write it anew: ` +
      `openssl pkcs12 -in ${what} -legacy -nodes | openssl pkcs12 -export -out NEW.p12`,
  );
}

function attempt<T>(message: string, deed: () => T): T {
  const refused = (cause: unknown): never => {
    throw new Error(message, { cause });
  };
  try {
    const done = deed();
    return done instanceof Promise ? (done.catch(refused) as T) : done;
  } catch (error) {
    return refused(error);
  }
}
