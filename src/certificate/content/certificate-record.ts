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

/** Which of the two comes first. */
export type Language = "zh" | "en";

export interface CertificateRecord {
  readonly type: "cunzheng/certificate@v1";
  readonly issuedAt: string;
  readonly language: Language;
  /** Base64 of the template's digest. */
  readonly template: string;
  /** Base64 of the trust file's SHA-256. */
  readonly consortium: string;
  readonly verifyUrl: string;
}

/** Throws `ParseError`; other spellings of the same value are refused, since the file is written in one. */
export function parseCertificateRecord(bytes: Uint8Array): CertificateRecord {
  const record = readRecord(parseJson(bytes, { numbers: "canonical" }), "");
  if (!equalBytes(canonicalJson(record), bytes)) {
    throw new ParseError("json-syntax", "certificate.json is not in RFC 8785 form");
  }
  return record;
}

/** Throws `ParseError` for an address that is none. */
export function encodeCertificateRecord(record: CertificateRecord): Uint8Array {
  readUrl(record.verifyUrl, "/verifyUrl");
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
  });
