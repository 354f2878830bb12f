/** What a thread or process of this service did not do, on its way back: an error loses its class there. */
import { type ErrorDetail, ParseError, type ParseErrorCode } from "../../core/errors.js";
import { Refusal } from "../../notary/model/refusal.js";

export type ThreadFailure =
  | {
      readonly refused: {
        readonly code: ParseErrorCode;
        readonly message: string;
        readonly detail: ErrorDetail;
      };
    }
  | { readonly error: string };

/** Of what was thrown in the thread. */
export function failureOf(error: unknown): ThreadFailure {
  if (!(error instanceof ParseError)) return { error: (error as Error).message };
  const { code, message, detail } = error;
  return { refused: { code, message, detail } };
}

/** What is thrown for it where the thread was asked: the `ParseError`, or that `who` failed. */
export function errorOf(failure: ThreadFailure, who: string): Error {
  if ("error" in failure) return new Error(`${who} failed: ${failure.error}`);
  const { code, message, detail } = failure.refused;
  return new ParseError(code, message, detail);
}

/** For whoever is not answered when the service closes. */
export const stopping = (): Refusal =>
  new Refusal("stopping", "the service is stopping", { retryAfterSeconds: 5 });
