/**
 * How the notary says no: a closed code, and what was asked and what was there. `http` turns codes into statuses
 * in one table. A failure of ours is a plain `Error`, never a `Refusal`: a refusal has changed nothing.
 */
import type { MembershipCode } from "../../core/errors.js";
import type { HaltCode } from "./model.js";

/** Why the ledger does not take a change of the consortium. */
export type ChangeRefusalCode =
  MembershipCode | "origin-mismatch" | "signature-invalid" | "change-retires-key-in-use";

export type RefusalCode =
  | ChangeRefusalCode
  | HaltCode
  | "api-key-unknown"
  | "api-key-revoked"
  | "api-key-not-found"
  | "role-insufficient"
  | "organisation-unknown"
  | "request-invalid"
  | "content-too-large"
  | "content-mismatch"
  | "deposit-unknown"
  | "deposit-of-another-organisation"
  | "chain-unknown"
  | "chain-of-another-organisation"
  | "chain-sequence-mismatch"
  | "chain-held"
  | "chain-link-invalid"
  | "chain-link-contradicts"
  | "idempotency-key-reused"
  | "quorum-unreachable"
  | "original-not-kept"
  | "not-final"
  | "certificates-unavailable"
  | "certificate-issue-unknown"
  | "certificate-issues-exhausted"
  | "language-unknown"
  | "ledger-resource-unknown"
  | "storage-full"
  | "overloaded"
  | "worker-away"
  | "stopping";

/** Shown to whoever asked: never a secret, never a whole record. */
export interface RefusalDetail {
  /** A JSON Pointer into the request. */
  readonly field?: string;
  readonly got?: string;
  readonly want?: string;
  /** When it may be worth asking again. */
  readonly retryAfterSeconds?: number;
}

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly detail: RefusalDetail;

  constructor(code: RefusalCode, message: string, detail: RefusalDetail = {}) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}
