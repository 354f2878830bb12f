/** What a verifier is given. docs/evidence-format.md, "Verification". */
import { type CreateDigester } from "../digest/digester.js";
import { type Evidence } from "../evidence/evidence.js";
import { type VerifyEd25519 } from "../ledger/ed25519.js";
import { type Consortium } from "../witness/consortium.js";
import { type Check } from "./report.js";

export interface VerifyInput {
  readonly evidence: Uint8Array;
  /** The verifier's own trust file, never one that came with the evidence; parsed already, where many are verified. */
  readonly consortium: Uint8Array | Consortium;
  /** The record's bytes, or why the one that was named could not be read. */
  readonly record?: Uint8Array | { readonly unreadable: string };
  /** Ids of organisations that are parties to the dispute, beside the depositor. */
  readonly parties?: readonly string[];
  /** Faster implementations of the same functions, where the host has them. */
  readonly verifyEd25519?: VerifyEd25519;
  readonly createDigester?: CreateDigester;
  /** Check 9, for an evidence that carries tokens; it lives outside core. */
  readonly checkTimestamps?: (evidence: Evidence, consortium: Consortium) => Check;
}
