/**
 * `limits` and `proxies` of notary.json, and of an archive in witness.json: who may have how much. docs/operation.md lists
 * the members.
 */
import { ParseError } from "../core/errors.js";
import type { JsonValue } from "../core/record/json.js";
import { readArray, readInteger, readObject, readOneOf, readString } from "../core/record/reader.js";
import type { GivenLimits } from "../http/intake/limits.js";
import { parseNetwork, type Proxies } from "../platform/server/client-address.js";

export interface ServerLimits {
  /** Connections open at one time. */
  readonly connections: { readonly total: number; readonly perAddress: number };
  readonly requestsPerConnection: number;
  /** For the head of a request, and for a whole one with its body. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Answers that are read more slowly are broken off. */
  readonly slowReaders: { readonly graceMs: number; readonly bytesPerSecond: number };
}

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  connections: { total: 16_384, perAddress: 2048 },
  requestsPerConnection: 10_000,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 300_000,
  slowReaders: { graceMs: 20_000, bytesPerSecond: 4096 },
};

/** Absent members have the defaults of src/http/intake/limits.ts and of `DEFAULT_SERVER_LIMITS`. */
export type ConfiguredLimits = GivenLimits &
  Partial<Omit<ServerLimits, "connections" | "slowReaders">> & {
    readonly connections?: Partial<ServerLimits["connections"]>;
    readonly slowReaders?: Partial<ServerLimits["slowReaders"]>;
  };

export function serverLimitsOf(given: ConfiguredLimits): ServerLimits {
  const own = DEFAULT_SERVER_LIMITS;
  return {
    connections: { ...own.connections, ...given.connections },
    requestsPerConnection: given.requestsPerConnection ?? own.requestsPerConnection,
    headersTimeoutMs: given.headersTimeoutMs ?? own.headersTimeoutMs,
    requestTimeoutMs: given.requestTimeoutMs ?? own.requestTimeoutMs,
    slowReaders: { ...own.slowReaders, ...given.slowReaders },
  };
}

const positive = readInteger({ min: 1 });

/** An object of which every member may be absent. */
const optional =
  <M extends Record<string, (value: JsonValue, field: string) => unknown>>(members: M) =>
  (value: JsonValue, field: string) =>
    readObject(value, field, { required: {}, optional: members });

const readPace = optional({ graceMs: positive, bytesPerSecond: positive });
/** Whoever has a key is counted by it and its organisation, whoever has none by address. */
const readKeyedShare = optional({ total: positive, perOrganisation: positive, perKey: positive });
const readPublicShare = optional({ total: positive, perAddress: positive });
const readWindow = readInteger({ min: 1, max: 3600 });
/** Of whatever is asked by whoever has no key. */
const publicShares = { verifications: readPublicShare, verifiedBytes: readPublicShare };
/** Of connections, whatever is asked on them. */
const connectionMembers = {
  slowSenders: readPace,
  slowReaders: readPace,
  connections: optional({ total: positive, perAddress: positive }),
  requestsPerConnection: positive,
  headersTimeoutMs: positive,
  requestTimeoutMs: positive,
};
const readLimitMembers = optional({
  jsonBytes: positive,
  contentBytes: positive,
  uploads: positive,
  shares: optional({
    uploads: readKeyedShare,
    bodies: readKeyedShare,
    heldBytes: readKeyedShare,
    waits: readKeyedShare,
    zips: readKeyedShare,
    downloads: readKeyedShare,
    ...publicShares,
  }),
  requests: optional({
    windowSeconds: readWindow,
    perKey: positive,
    perOrganisation: positive,
    perAddress: positive,
  }),
  ...connectionMembers,
});

export function readLimits(value: JsonValue, field: string): ConfiguredLimits {
  const { uploads, shares, ...limits } = readLimitMembers(value, field);
  // As it was called before there were shares.
  const ofUploads = uploads === undefined ? {} : { total: uploads };
  return {
    ...limits,
    ...((shares !== undefined || uploads !== undefined) && {
      shares: { ...shares, uploads: { ...ofUploads, ...shares?.uploads } },
    }),
  };
}

/** Nobody has a key for an archive, and it takes nothing but files to verify: what is of keys and deposits means nothing there. */
const readArchiveLimits: (value: JsonValue, field: string) => ConfiguredLimits = optional({
  shares: optional(publicShares),
  requests: optional({ windowSeconds: readWindow, perAddress: positive }),
  ...connectionMembers,
});

export interface ArchiveSettings {
  readonly limits: ConfiguredLimits;
  /** Whose word on a client's address is taken; absent: nobody's. */
  readonly proxies?: Proxies;
}

/** What witness.json says of the archive. Throws `ParseError`, naming the member. */
export function readArchiveSettings(value: JsonValue, field: string): ArchiveSettings {
  const { limits = {}, proxies } = readObject(value, field, {
    required: {},
    optional: { limits: readArchiveLimits, proxies: readProxies },
  });
  return { limits, ...(proxies && { proxies }) };
}

export function readProxies(value: JsonValue, field: string): Proxies {
  const { networks, header } = readObject(value, field, {
    required: { networks: readArray(readNetwork) },
    optional: { header: readOneOf("x-forwarded-for", "forwarded") },
  });
  return { networks, header: header ?? "x-forwarded-for" };
}

function readNetwork(value: JsonValue, field: string): string {
  const text = readString(value, field);
  if (parseNetwork(text) !== undefined) return text;
  throw new ParseError("value-range", "no network", { field, got: text, want: "such as 10.0.0.0/8" });
}
