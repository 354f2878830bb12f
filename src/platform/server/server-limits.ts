/** How much a server bears from strangers: connections, how slowly they may send and read, requests on one connection. */
import type { ConnectionLimits, ReaderPace } from "./connections.js";

/** A server before strangers has these limits. */
export interface ServerLimits {
  /** So many connections may be open at one time. */
  readonly connections: ConnectionLimits;
  readonly requestsPerConnection: number;
  /** The head of a request may take so long, and a whole one with its body. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Answers that are read more slowly are broken off. */
  readonly slowReaders: ReaderPace;
}

/** This much may be given of the limits; the rest has its defaults. */
export type GivenServerLimits = Partial<Omit<ServerLimits, "connections" | "slowReaders">> & {
  readonly connections?: Partial<ConnectionLimits>;
  readonly slowReaders?: Partial<ReaderPace>;
};

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  connections: { total: 16_384, perAddress: 2048 },
  requestsPerConnection: 10_000,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 300_000,
  slowReaders: { graceMs: 20_000, bytesPerSecond: 4096 },
};

/** Gives all limits, with defaults where `given` says nothing. Members of `given` that are not a server's are left out. */
export function serverLimitsOf(given: GivenServerLimits): ServerLimits {
  const own = DEFAULT_SERVER_LIMITS;
  return {
    connections: { ...own.connections, ...given.connections },
    requestsPerConnection: given.requestsPerConnection ?? own.requestsPerConnection,
    headersTimeoutMs: given.headersTimeoutMs ?? own.headersTimeoutMs,
    requestTimeoutMs: given.requestTimeoutMs ?? own.requestTimeoutMs,
    slowReaders: { ...own.slowReaders, ...given.slowReaders },
  };
}
