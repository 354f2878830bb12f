/** What a worker and those who ask it say to each other. */
import type { Halt } from "../../notary/model/model.js";
import { Refusal, type RefusalCode, type RefusalDetail } from "../../notary/model/refusal.js";
import { ParseError, VerificationError } from "../../core/errors.js";
import { StorageAwayError } from "../../notary/ports/host.js";
import type { Decision, Worker } from "../../notary/ports/worker.js";

export type CallName = "record" | "appendChange" | "certificate" | "readiness" | "status";
export type Arguments<Name extends CallName> = Parameters<Worker[Name]>;

export type ToWorker =
  | { readonly kind: "call"; readonly id: number; readonly name: CallName; readonly args: readonly unknown[] }
  | { readonly kind: "ring" }
  /** Answers each pulse: it says that this one has been read. */
  | { readonly kind: "pulse" };

export type FromWorker =
  /** Comes at the beginning and then every `PULSE_MS`: as long as it does, the worker lives. */
  | {
      readonly kind: "pulse";
      readonly halts: readonly Halt[];
      /** By the worker's clock, in milliseconds since 1970. */
      readonly nowMs: number;
    }
  | { readonly kind: "ring" }
  | { readonly kind: "result"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly failure: Failure };

export const PULSE_MS = 250;

/** An error without its class. */
export interface Failure {
  readonly kind: "refusal" | "parse" | "verification" | "store-away" | "fault";
  readonly code: string;
  readonly message: string;
  readonly detail: object;
}

export function failureOf(error: unknown): Failure {
  const { message, detail = {}, code = "" } = error as Error & { detail?: object; code?: string };
  const kind =
    error instanceof Refusal
      ? "refusal"
      : error instanceof ParseError
        ? "parse"
        : error instanceof VerificationError
          ? "verification"
          : error instanceof StorageAwayError
            ? "store-away"
            : "fault";
  return { kind, code, message, detail };
}

export function errorOf({ kind, code, message, detail }: Failure): Error {
  switch (kind) {
    case "refusal":
      return new Refusal(code as RefusalCode, message, detail as RefusalDetail);
    case "parse":
      return new ParseError(code as ParseError["code"], message, detail as ParseError["detail"]);
    case "verification":
      return new VerificationError(
        code as VerificationError["code"],
        message,
        detail as VerificationError["detail"],
      );
    case "store-away":
      return new StorageAwayError(message);
    case "fault":
      return new Error(`the worker failed: ${message}`);
  }
}

type WireDecision = Exclude<Decision, { kind: "refused" }> | { kind: "refused"; failure: Failure };

/** A refusal within a result loses its class on the way as well. */
export const encodeDecisions = (decisions: readonly Decision[]): readonly WireDecision[] =>
  decisions.map((one) =>
    one.kind === "refused" ? { kind: "refused", failure: failureOf(one.refusal) } : one,
  );

export const decodeDecisions = (decisions: readonly WireDecision[]): readonly Decision[] =>
  decisions.map((one) =>
    one.kind === "refused" ? { kind: "refused", refusal: errorOf(one.failure) as Refusal } : one,
  );
