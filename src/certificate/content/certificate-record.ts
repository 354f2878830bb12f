/**
 * `certificate.json`, the second attachment: what besides the evidence went into the pages. With it, the evidence,
 * the trust file and the template a verifier makes the same PDF. RFC 8785 bytes, read strictly.
 * docs/evidence-format.md, section 9.
 */
import { equalBytes } from "../../core/bytes.js";
import { ParseError } from "../../core/errors.js";
import { canonicalJson } from "../../core/record/canonical.js";
import { type JsonValue, parseJson } from "../../core/record/json.js";
import {
  readBase64Text,
  readLiteral,
  readObject,
  readOneOf,
  readString,
  readTime,
} from "../../core/record/reader.js";

/** The language says which of the two comes first. */
export type Language = "zh" | "en";

/**
 * The issuer's statement is what it says of itself. Nobody else vouches for it: its signature over the file makes it
 * its own word.
 */
export interface IssuerStatement {
  /** This is its unified social credit code. */
  readonly creditCode?: string;
  /** This is the number under which its service is filed with an authority. */
  readonly filingNumber?: string;
  readonly contact?: string;
  /** This says where its verifier is had, and how it is known to be the true one. */
  readonly verifier?: string;
}

export interface CertificateRecord {
  readonly type: "cunzheng/certificate@v1";
  readonly issuedAt: string;
  readonly language: Language;
  /** The template is named by its digest, in base64. */
  readonly template: string;
  /** The trust file is named by its SHA-256, in base64. */
  readonly consortium: string;
  readonly verifyUrl: string;
  /** The statement is absent where the issuer states nothing. */
  readonly issuer?: IssuerStatement;
}

/**
 * Reads `certificate.json`. Throws `ParseError`; other spellings of the same value are refused, since the file is
 * written in one.
 */
export function parseCertificateRecord(bytes: Uint8Array): CertificateRecord {
  const record = readRecord(parseJson(bytes, { numbers: "canonical" }), "");
  if (!equalBytes(canonicalJson(record), bytes)) {
    throw new ParseError("json-syntax", "certificate.json is not in RFC 8785 form");
  }
  return record;
}

/**
 * Spells `certificate.json`. Throws `ParseError` for an address that is none, and a statement that states nothing.
 */
export function encodeCertificateRecord(record: CertificateRecord): Uint8Array {
  readUrl(record.verifyUrl, "/verifyUrl");
  if (record.issuer !== undefined) readIssuerStatement({ ...record.issuer }, "/issuer");
  return canonicalJson(record);
}

/** Printable ASCII only: what the page shows is what the code holds. */
const readUrl = (value: JsonValue, field: string): string => {
  const text = readString(value, field);
  if (!/^https?:\/\/[\x21-\x7e]{1,500}$/.test(text)) {
    throw new ParseError("value-range", "not an address that can be printed", {
      field,
      got: text.slice(0, 80),
      want: "http(s)://, at most 500 visible ASCII characters",
    });
  }
  return text;
};

const MAX_STATED = 200;

const readStated = (value: JsonValue, field: string): string => {
  const text = readString(value, field);
  const length = [...text].length;
  if (length >= 1 && length <= MAX_STATED) return text;
  throw new ParseError("value-range", "a statement of another length", {
    field,
    got: `${length} characters`,
    want: `1 to ${MAX_STATED}`,
  });
};

/** Reads an issuer's statement. Throws `ParseError`. */
export function readIssuerStatement(value: JsonValue, field: string): IssuerStatement {
  const statement = readObject(value, field, {
    required: {},
    optional: {
      creditCode: readStated,
      filingNumber: readStated,
      contact: readStated,
      verifier: readStated,
    },
  });
  if (Object.keys(statement).length === 0)
    throw new ParseError("member-missing", "a statement of nothing", { field });
  return statement;
}

const readRecord = (value: JsonValue, field: string): CertificateRecord =>
  readObject(value, field, {
    required: {
      type: readLiteral("cunzheng/certificate@v1"),
      issuedAt: readTime,
      language: readOneOf("zh", "en"),
      template: readBase64Text(32),
      consortium: readBase64Text(32),
      verifyUrl: readUrl,
    },
    optional: { issuer: readIssuerStatement },
  });
