/**
 * What every HTTP server asks of a request's head before anybody acts on it (RFC 9110 and 9112): one `Host`, one
 * `Authorization` and one `Content-Type`, a target that names a resource here, and no expectation but the one there is.
 */
import type { IncomingMessage } from "node:http";

/** Why a request is answered before anybody has looked at it; the last two kinds: before it was read. */
export interface HeadFault {
  readonly kind:
    /** No request by HTTP's grammar. */
    | "malformed"
    /** Header fields, or a chunk's extensions, beyond what is read. */
    | "head-too-large"
    | "chunk-extensions-too-large"
    | "too-slow"
    | "header-missing"
    | "header-malformed"
    | "header-repeated"
    | "target-malformed"
    | "method-unsupported"
    | "expectation-unknown"
    /** The address of its connection has as many as one address may have, ... */
    | "connections-of-address"
    /** ... or all addresses together have as many as there may be. */
    | "connections-of-all";
  /** Of which header, in lower case. */
  readonly header?: string;
  readonly got?: string;
  /** How many connections there may be. */
  readonly limit?: number;
}

/** Fields of which Node hands over one alone, or joins what no list is: of two nobody knows which was meant. */
const ONCE: ReadonlySet<string> = new Set(["authorization", "content-type", "host"]);

/** Undefined where nothing is wrong with it. */
export function faultOf(request: IncomingMessage): HeadFault | undefined {
  const repeated = repeatedHeader(request.rawHeaders);
  if (repeated !== undefined) return { kind: "header-repeated", header: repeated };
  const { host, expect } = request.headers;
  const isOld = request.httpVersionMinor === 0;
  // RFC 9112, section 3.2: a server MUST answer 400 to a request of HTTP/1.1 without it, and to an invalid one.
  if (host === undefined && !isOld) return { kind: "header-missing", header: "host" };
  if (host !== undefined && !/^[-\w.~!$&'()*+,;=:%[\]]*$/.test(host))
    return { kind: "header-malformed", header: "host", got: host };
  if (request.url === undefined) return { kind: "target-malformed", got: "" };
  if (!request.url.startsWith("/") && !(request.url === "*" && request.method === "OPTIONS"))
    return { kind: "target-malformed", got: request.url };
  if (expect !== undefined && !isOld && expect.toLowerCase() !== "100-continue")
    return { kind: "expectation-unknown", header: "expect", got: expect };
  return undefined;
}

function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

/**
 * The path and query of a target. RFC 9112, section 3.2.2: "a server MUST accept the absolute-form in requests"; which
 * name it was reached under decides nothing here, in that form as little as in `Host`. What is no target stays as it is.
 */
export function originForm(target: string): string {
  const [, authority] = /^https?:\/\/([^/?#]+)/i.exec(target) ?? [];
  if (authority === undefined) return target;
  const rest = target.slice(target.indexOf(authority) + authority.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
