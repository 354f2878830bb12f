/** How a refusal is told: what was refused, by which code, at which member. */
import { type ErrorDetail, ParseError, VerificationError } from "../../core/errors.js";
import { visible } from "./report-text.js";

/** Tells of an error as `message (code at field: got X, want Y)`, with what is invisible in it made visible. */
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

/** Whether the error is the refusal of a format or of a claim, and no fault of this machine. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof ParseError || error instanceof VerificationError;
