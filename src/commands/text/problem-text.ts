/** How a refusal is told: what was refused, by which code, at which member. */
import { type ErrorDetail, ParseError, VerificationError } from "../../core/errors.js";
import { visible } from "./report-text.js";

/** `message (code at field: got X, want Y)`. */
export function problemText(error: unknown): string {
  const { message } = error as Error;
  if (!(error instanceof ParseError || error instanceof VerificationError)) return message;
  const { field, got, want }: ErrorDetail = error.detail;
  const where = [error.code, ...(field ? [`at ${field}`] : [])].join(" ");
  const compared = [
    ...(got === undefined ? [] : [`got ${got}`]),
    ...(want === undefined ? [] : [`want ${want}`]),
  ];
  return visible(`${message} (${[where, ...compared].join(", ")})`);
}

export const isRefusal = (error: unknown): boolean =>
  error instanceof ParseError || error instanceof VerificationError;
