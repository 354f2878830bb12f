/**
 * The two ways core says no. `ParseError`: the text is not of the format. `VerificationError`: the text is
 * fine, the claim is not. Codes are closed unions: a program may switch on them, a document may list them.
 */
export type ParseErrorCode =
  | "file-too-large"
  | "base64-invalid"
  | "hex-invalid"
  | "utf8-invalid"
  | "json-byte-order-mark"
  | "json-syntax"
  | "json-trailing-bytes"
  | "json-duplicate-key"
  | "json-lone-surrogate"
  | "json-number-altered"
  | "json-number-not-canonical"
  | "json-too-deep"
  | "json-too-many-values"
  | "json-too-many-members"
  | "list-too-long"
  | "time-invalid"
  | "id-invalid"
  | "member-missing"
  | "member-unknown"
  | "type-unknown"
  | "value-type"
  | "value-range"
  | "digest-length"
  | "digest-algorithm"
  | "note-malformed"
  | "note-signature-malformed"
  | "note-too-many-signatures"
  | "note-line-too-long"
  | "vkey-malformed"
  | "vkey-type-unknown"
  | "key-weak"
  | "checkpoint-malformed"
  | "checkpoint-extension"
  | "cosignature-malformed"
  | "cosignature-time"
  | "request-malformed"
  | "input-unused"
  | "tile-malformed"
  | "proof-malformed"
  | "receipt-malformed"
  | "organisation-duplicate"
  | "credit-code-duplicate"
  | "organisation-unknown"
  | "key-reused"
  | "vkey-mismatch"
  | "quorum-invalid"
  | "pem-malformed"
  | "x509-malformed";

export type VerificationErrorCode =
  | "inclusion-malformed"
  | "inclusion-mismatch"
  | "consistency-malformed"
  | "consistency-mismatch"
  | "signature-missing"
  | "signature-invalid"
  | "origin-mismatch"
  | "record-size"
  | "record-sha-256"
  | "record-sm3"
  | "record-not-canonical-json"
  | "tile-mismatch"
  | "not-contradictory"
  | "nobody-convicted"
  | MembershipCode;

/** These codes say why a change of the consortium is none. */
export type MembershipCode =
  | "change-of-other-trust-file"
  | "change-names-unknown"
  | "change-names-existing"
  | "change-empty"
  | "change-breaks-trust-file"
  | "change-leaves-no-key"
  | "change-quorum-unreachable"
  | "change-quorum-splits"
  | "change-backdated"
  | "change-result-differs"
  | "change-too-large"
  | "change-not-canonical"
  | "approval-unknown"
  | "approval-repeated"
  | "approvals-insufficient";

/**
 * The detail says what was asked of a value and what it was: it is shown to whoever sent it, so never a secret or a
 * whole record.
 */
export interface ErrorDetail {
  /** Where: a JSON Pointer (RFC 6901) or `line N`. */
  readonly field?: string;
  readonly got?: string;
  readonly want?: string;
}

export class ParseError extends Error {
  override readonly name = "ParseError";
  readonly code: ParseErrorCode;
  readonly detail: ErrorDetail;

  constructor(code: ParseErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

export class VerificationError extends Error {
  override readonly name = "VerificationError";
  readonly code: VerificationErrorCode;
  readonly detail: ErrorDetail;

  constructor(code: VerificationErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

/** Parses a part, and says where it stands when it is refused: `field` goes before what the part itself names. */
export function atField<T>(field: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new ParseError(error.code, error.message, {
      ...error.detail,
      field: field + (error.detail.field ?? ""),
    });
  }
}
