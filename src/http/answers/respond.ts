/** Answers: JSON and bytes with their headers, and problem documents for whatever was thrown. */
import type { ServerResponse } from "node:http";
import { ParseError } from "../../core/errors.js";
import { Refusal } from "../../notary/model/refusal.js";
import { StorageAwayError } from "../../notary/ports/host.js";
import {
  HttpRefusal,
  isProblemCode,
  type ProblemCode,
  type ProblemDetail,
  PROBLEMS,
} from "../problems/problems.js";
import { discardRest, type Incoming } from "../intake/receive.js";
import { INVALID_TOKEN } from "../intake/request-headers.js";

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

/**
 * Gives the problem that an error is to the outside. A fault of ours says only that it is one: its message may name
 * files or secrets.
 */
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
  if (error instanceof StorageAwayError)
    return {
      code: "store-away",
      message: "the service's store does not answer: what became of the request is not known",
      detail: { retryAfterSeconds: 2 },
      headers: {},
    };
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
  ["worker-away", 2],
  ["stopping", 5],
]);

export const PROBLEM_TYPE = "application/problem+json";

export function problemDocument(
  { code, status, message, detail }: Problem,
  { instance, requestId }: { readonly instance: string; readonly requestId: string },
): object {
  if (!isProblemCode(code)) throw new Error(`internal: no problem type for ${String(code)}`);
  const { field, got, want, retryAfterSeconds } = detail;
  const [type, title] = [`/problems/${code}`, PROBLEMS[code].en];
  return {
    type,
    title,
    status,
    detail: message,
    code,
    field,
    got,
    want,
    retryAfterSeconds,
    instance,
    requestId,
  };
}

/** Answers with a problem document, also where the client is still sending its body. */
export function sendProblem(incoming: Incoming, problem: Problem, requestId: string): void {
  const { request, response } = incoming;
  const { status, headers } = problem;
  const instance = (request.url ?? "").split("?", 1)[0] as string;
  const bytes = Buffer.from(JSON.stringify(problemDocument(problem, { instance, requestId })));
  const sent = { ...PRIVATE, ...headers };
  const rest = discardRest(incoming);
  if (rest === undefined || headers["Connection"] === "close") {
    send(response, status, PROBLEM_TYPE, bytes, sent);
    return;
  }
  response.writeHead(status, {
    "Content-Type": PROBLEM_TYPE,
    "Content-Length": bytes.length,
    ...sent,
    Connection: "close",
  });
  response.write(bytes);
  void rest.then(() => response.end());
}
