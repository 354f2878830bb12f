/** Answers: JSON and bytes with their headers, and problem documents for whatever was thrown. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ParseError } from "../core/errors.js";
import { Refusal } from "../notary/refusal.js";
import { HttpRefusal, isProblemCode, type ProblemCode, type ProblemDetail, PROBLEMS } from "./problems.js";
import { INVALID_TOKEN } from "./request-headers.js";

export type Headers = Readonly<Record<string, string>>;

/** What belongs to one requester, or changes, is kept by nobody in between. */
const PRIVATE: Headers = { "Cache-Control": "no-store" };

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Headers = {},
): void {
  send(response, status, "application/json", JSON.stringify(value), { ...PRIVATE, ...headers });
}

export function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  content: string | Uint8Array,
  headers: Headers = PRIVATE,
): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  response.writeHead(status, { "Content-Type": contentType, "Content-Length": bytes.length, ...headers });
  // Node itself sends no body after HEAD.
  response.end(bytes);
}

export interface Problem {
  readonly code: ProblemCode;
  readonly status: number;
  readonly message: string;
  readonly detail: ProblemDetail;
  readonly headers: Headers;
}

/** What an error is to the outside. A fault of ours says only that it is one: its message may name files or secrets. */
export function problemOf(error: unknown): Problem {
  const { code, message, detail, headers } = classify(error);
  const { status } = PROBLEMS[code];
  return {
    code,
    status,
    message,
    detail,
    headers: {
      ...(status === 401 && INVALID_TOKEN),
      ...headers,
      ...(detail.retryAfterSeconds !== undefined && { "Retry-After": String(detail.retryAfterSeconds) }),
    },
  };
}

function classify(error: unknown): Omit<Problem, "status"> {
  if (error instanceof HttpRefusal) return error;
  if (error instanceof Refusal || error instanceof ParseError) {
    const { code, message } = error;
    const retry = RETRY_AFTER_SECONDS.get(code);
    const detail: ProblemDetail = {
      ...(retry !== undefined && { retryAfterSeconds: retry }),
      ...error.detail,
    };
    return { code, message, detail, headers: {} };
  }
  // What express finds in a path's percent-encoding.
  if (error instanceof URIError)
    return {
      code: "path-malformed",
      message: "the path is not percent-encoded UTF-8",
      detail: {},
      headers: {},
    };
  return { code: "internal-error", message: "this request could not be served", detail: {}, headers: {} };
}

/** Where whoever refused did not say when it may be worth asking again. */
const RETRY_AFTER_SECONDS: ReadonlyMap<ProblemCode, number> = new Map([
  ["not-final", 1],
  ["overloaded", 1],
  ["stopping", 5],
]);

export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  problem: Problem,
  requestId: string,
): void {
  const { code, status, message, detail, headers } = problem;
  if (!isProblemCode(code)) throw new Error(`internal: no problem type for ${String(code)}`);
  const { field, got, want, retryAfterSeconds } = detail;
  const document = {
    type: `/problems/${code}`,
    title: PROBLEMS[code].en,
    status,
    detail: message,
    code,
    field,
    got,
    want,
    retryAfterSeconds,
    instance: (request.url ?? "").replace(/\?.*/s, ""),
    requestId,
  };
  send(response, status, "application/problem+json", JSON.stringify(document), { ...PRIVATE, ...headers });
}
