/** `certificates`: what new ones are drawn with, what their issuer says of itself, and the key that signs them. */
import { type IssuerStatement, readIssuerStatement } from "../certificate/content/certificate-record.js";
import { ParseError } from "../core/errors.js";
import { readString } from "../core/record/reader.js";
import type { DocumentSignerFiles } from "../platform/keys/document-signer.js";
import { optionalMembers, type Place, section } from "./section.js";

export interface CertificateSettings {
  /** This is the absolute path of the folder with templates (`certificate/<name>/`); the program's own where it is absent. */
  readonly templates?: string;
  /** New certificates are drawn with this template, which is the name of its folder. */
  readonly template: string;
  /** The issuer says this of itself in every certificate. */
  readonly issuer?: IssuerStatement;
  /** Where there is no signer, no certificate can be signed, and none is issued. */
  readonly signer?: DocumentSignerFiles;
}

const DEFAULT_TEMPLATE = "v1";

export const certificates = section(
  optionalMembers({
    templates: readString,
    template: readString,
    key: readString,
    chain: readString,
    pkcs12: readString,
    passphraseFile: readString,
    issuer: readIssuerStatement,
  }),
  (given, place): CertificateSettings => {
    const { templates, template = DEFAULT_TEMPLATE, issuer, ...files } = given ?? {};
    const signer = signerOf(files, place);
    return {
      ...(templates !== undefined && { templates: place.path(templates) }),
      template,
      ...(issuer && { issuer }),
      ...(signer && { signer }),
    };
  },
);

type SignerMembers = Partial<Record<"key" | "chain" | "pkcs12" | "passphraseFile", string>>;

/** Takes a key with its chain, or both in one PKCS#12 file, or neither. Throws `ParseError` for anything between. */
function signerOf(members: SignerMembers, { path }: Place): DocumentSignerFiles | undefined {
  const { key, chain, pkcs12, passphraseFile } = members;
  const isPem = key !== undefined && chain !== undefined && pkcs12 === undefined;
  const isPkcs12 =
    pkcs12 !== undefined && passphraseFile !== undefined && key === undefined && chain === undefined;
  if (isPkcs12) return { pkcs12: path(pkcs12), passphraseFile: path(passphraseFile) };
  if (isPem)
    return {
      ...{ key: path(key), chain: path(chain) },
      ...(passphraseFile !== undefined && { passphraseFile: path(passphraseFile) }),
    };
  if (Object.keys(members).length === 0) return undefined;
  throw new ParseError("value-range", "one way to sign at a time", {
    field: "/certificates",
    want: "key and chain, perhaps with passphraseFile; or pkcs12 with passphraseFile",
  });
}
