/**
 * A time-stamping authority over HTTP. RFC 3161, section 3.4. What answers is a stranger's, so it is bounded and never
 * trusted: the notary judges the bytes. Redirects are not followed: the request goes where the operator said.
 */
import { Pool } from "undici";
import type { TimestampAuthority } from "../../notary/ports/timestamps.js";
import { boundedBytes } from "../../platform/server/http-get.js";

export interface HttpTimestampAuthority extends TimestampAuthority {
  /** Cuts its connections. */
  close(): Promise<void>;
}

export interface AuthorityAddress {
  readonly name: string;
  readonly url: string;
  readonly policy?: string;
  /** The value of the header `Authorization`, where the authority wants to know who asks. */
  readonly authorization?: string;
}

/** A token has at most 64 KiB (src/pki), and its status a few words. */
const BOUNDS = { maxBytes: 72 * 1024, what: "the authority's answer" };
/** Tokens for checkpoints and for certificates at one time. */
const CONNECTIONS = 8;
const ENOUGH_FOR_A_MESSAGE = 200;

export function createTimestampClient(address: AuthorityAddress): HttpTimestampAuthority {
  const { name, url, policy, authorization } = address;
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 });
  return {
    name,
    url,
    ...(policy !== undefined && { policy }),
    request: async (body, signal) => {
      const answer = await pool.request({
        method: "POST",
        path: `${pathname}${search}`,
        body,
        headers: {
          "content-type": "application/timestamp-query",
          accept: "application/timestamp-reply",
          ...(authorization !== undefined && { authorization }),
        },
        signal,
      });
      const bytes = await boundedBytes(answer.body, BOUNDS);
      if (answer.statusCode !== 200)
        throw new Error(`the authority answers with status ${answer.statusCode}: ${startOf(bytes)}`);
      const type = answer.headers["content-type"];
      if (!isTimestampReply(type))
        throw new Error(`the authority answers with ${String(type)}, not application/timestamp-reply`);
      return bytes;
    },
    close: () => pool.destroy(),
  };
}

const isTimestampReply = (type: string | string[] | undefined): boolean =>
  typeof type === "string" && type.split(";")[0]?.trim().toLowerCase() === "application/timestamp-reply";

/** For the log of whoever looks for the cause: mostly a page. */
const startOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("utf8")
    .slice(0, ENOUGH_FOR_A_MESSAGE)
    .replace(/[\p{Cc}\u2028\u2029]/gu, " ");
