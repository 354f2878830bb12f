/**
 * Problem documents for requests that come to no operation: their head is at fault, they are no requests at all, or there
 * is no connection for them.
 */
import { randomUUID } from "node:crypto";
import { describe } from "../problems/describe.js";
import { HttpRefusal } from "../problems/problems.js";
import { PROBLEM_TYPE, problemDocument, problemOf } from "./respond.js";
import { rateLimitFields } from "../problems/rate-limit-fields.js";

/** A fault says what an HTTP server has found in a request's head. */
export interface HeadFault {
  readonly kind:
    | "malformed"
    | "head-too-large"
    | "chunk-extensions-too-large"
    | "too-slow"
    | "header-missing"
    | "header-malformed"
    | "header-repeated"
    | "target-malformed"
    | "method-unsupported"
    | "expectation-unknown"
    | "connections-of-address"
    | "connections-of-all";
  /** The header's name is in lower case. */
  readonly header?: string;
  readonly got?: string;
  /** The limit is one of connections. */
  readonly limit?: number;
}

/** Makes the answer to a fault, for an HTTP server that answers such requests itself. */
export function answerFault(fault: HeadFault) {
  const { status, ...problem } = problemOf(refusalOf(fault));
  const requestId = randomUUID();
  return {
    status,
    type: PROBLEM_TYPE,
    body: JSON.stringify(problemDocument({ status, ...problem }, { instance: "", requestId })),
    headers: { "Cache-Control": "no-store", ...problem.headers, "Request-Id": requestId },
  };
}

function refusalOf({ kind, header = "", got, limit = 0 }: HeadFault): HttpRefusal {
  const detail = { field: `/headers/${header}`, ...(got !== undefined && { got: describe(got) }) };
  switch (kind) {
    case "malformed":
      return new HttpRefusal("http-malformed", "what came is no request of HTTP/1.1");
    case "head-too-large":
      return new HttpRefusal("head-too-large", "the header fields are over the limit", {
        want: "at most 16384 bytes in all",
      });
    case "chunk-extensions-too-large":
      return new HttpRefusal("body-too-large", "a chunk's extensions are over the limit");
    case "too-slow":
      return new HttpRefusal("request-timeout", "the request came too slowly");
    case "header-missing":
      return new HttpRefusal("header-missing", "a header that every request has is missing", detail);
    case "header-malformed":
      return new HttpRefusal("header-malformed", "a header is not spelled as it must be", detail);
    case "header-repeated":
      return new HttpRefusal("header-malformed", "a header stands twice, and none of the two is picked", {
        ...detail,
        want: "one",
      });
    case "target-malformed":
      return new HttpRefusal("path-malformed", "the request's target is no path", {
        got: describe(got),
        want: "a path, an http URL, or * of OPTIONS",
      });
    case "method-unsupported":
      return new HttpRefusal(
        "method-not-allowed",
        "this is no proxy",
        { got: describe(got) },
        { Allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS" },
      );
    case "expectation-unknown":
      return new HttpRefusal("expectation-unknown", "the request expects what is not known here", {
        ...detail,
        want: "100-continue",
      });
    case "connections-of-address":
      return tooMany("address", "this address has its share of connections open", limit);
    case "connections-of-all":
      return tooMany("all", "all addresses together have as many connections open as there may be", limit);
  }
}

/** By then a client that closes its connections has done so. */
const RETRY_CONNECTION_SECONDS = 5;

function tooMany(whose: "address" | "all", message: string, limit: number): HttpRefusal {
  return new HttpRefusal(
    "quota-exceeded",
    message,
    { want: `at most ${limit} at one time`, retryAfterSeconds: RETRY_CONNECTION_SECONDS },
    rateLimitFields([
      {
        // On a connection of HTTP/1.1 one request is under way at a time.
        ...{ policy: `connections-${whose}`, limit, unit: "concurrent-requests" },
        ...{ remaining: 0, resetSeconds: RETRY_CONNECTION_SECONDS },
      },
    ]),
  );
}
