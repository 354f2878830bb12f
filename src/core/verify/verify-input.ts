/** What a verifier is given. docs/evidence-format.md, "Verification". */
import type { CreateDigester } from "../digest/digester.js";
import type { JsonFile } from "../evidence/json-file.js";
import type { Verifiers } from "../ledger/verifiers.js";
import type { MeasuredRecord } from "../record/content.js";
import type { Consortium } from "../trust/consortium.js";
import type { Check, ReportTimestamp } from "./report.js";

/**
 * A verifier's input may have a host's faster implementations of the same functions: `Verifiers`, and
 * `createDigester`.
 */
export interface VerifyInput extends Verifiers {
  readonly evidence: Uint8Array | JsonFile;
  /**
   * This is the verifier's own trust file, never one that came with the evidence; it is parsed already, where many
   * are verified.
   */
  readonly consortium: Uint8Array | Consortium;
  /**
   * The record is its bytes; or what they come to, of one too large to hold; or why the one that was named could not
   * be read.
   */
  readonly record?: Uint8Array | MeasuredRecord | { readonly unreadable: string };
  /**
   * These are parties to the dispute beside the depositor: each an id, a credit code or a name, in the trust file or
   * not.
   */
  readonly parties?: readonly string[];
  readonly createDigester?: CreateDigester;
  /** Opens check 9, which lives outside core (src/pki). */
  readonly openTimestampAuthorities?: OpenTimestampAuthorities;
}

/**
 * Reads the X.509 certificates of the trust file, which core can't (src/pki). Throws `ParseError` where one is none: the
 * file is broken, and decides nothing.
 */
export type CheckAuthorities = (consortium: Consortium) => void;

/** Opens what the trust file names. Throws `ParseError` where a certificate in it is none: the file is broken. */
export type OpenTimestampAuthorities = (consortium: Consortium) => CheckTimestamps;

export type CheckTimestamps = (claim: TimestampClaim) => TimestampOutcome;

export interface TimestampClaim {
  /** These are RFC 3161 tokens; there is at least one. */
  readonly tokens: readonly Uint8Array[];
  /** Each token must be of these bytes: the note text that the log signs. */
  readonly message: Uint8Array;
}

export interface TimestampOutcome {
  readonly check: Check;
  /** There is one result for each token, in their order. */
  readonly timestamps: readonly ReportTimestamp[];
}
