/** `limits`: what one request, one caller and all together may have. */
import { type Reader, readInteger } from "../core/record/reader.js";
import type { GivenLimits } from "../http/intake/limits.js";
import type { GivenServerLimits } from "../platform/server/server-limits.js";
import { optionalMembers, section } from "./section.js";

/** Absent members have the defaults of src/http/intake/limits.ts and src/platform/server/server-limits.ts. */
export type ConfiguredLimits = GivenLimits & GivenServerLimits;

const positive = readInteger({ min: 1 });
const readPace = optionalMembers({ graceMs: positive, bytesPerSecond: positive });
/** Whoever has a key is counted by it and its organisation, whoever has none by address. */
const readKeyedShare = optionalMembers({ total: positive, perOrganisation: positive, perKey: positive });
const readPublicShare = optionalMembers({ total: positive, perAddress: positive });
const readWindow = readInteger({ min: 1, max: 3600 });
/** These are shares of whatever is asked by whoever has no key. */
const publicShares = { verifications: readPublicShare, verifiedBytes: readPublicShare };
/** These bound connections, whatever is asked on them. */
const connectionMembers = {
  slowSenders: readPace,
  slowReaders: readPace,
  connections: optionalMembers({ total: positive, perAddress: positive }),
  requestsPerConnection: positive,
  headersTimeoutMs: positive,
  requestTimeoutMs: positive,
};
const readLimitMembers = optionalMembers({
  jsonBytes: positive,
  contentBytes: positive,
  uploads: positive,
  shares: optionalMembers({
    uploads: readKeyedShare,
    bodies: readKeyedShare,
    heldBytes: readKeyedShare,
    waits: readKeyedShare,
    zips: readKeyedShare,
    downloads: readKeyedShare,
    ...publicShares,
  }),
  requests: optionalMembers({
    windowSeconds: readWindow,
    perKey: positive,
    perOrganisation: positive,
    perAddress: positive,
  }),
  ...connectionMembers,
});

const readLimits: Reader<ConfiguredLimits> = (value, field) => {
  const { uploads, shares, ...others } = readLimitMembers(value, field);
  // As it was called before there were shares.
  const ofUploads = uploads === undefined ? {} : { total: uploads };
  return {
    ...others,
    ...((shares !== undefined || uploads !== undefined) && {
      shares: { ...shares, uploads: { ...ofUploads, ...shares?.uploads } },
    }),
  };
};

export const limits = section(readLimits, (given): ConfiguredLimits => given ?? {});

/** Nobody has a key for an archive, and all that it takes is files to verify: nothing here is of keys or of deposits. */
export const archiveLimits = section(
  optionalMembers({
    shares: optionalMembers(publicShares),
    requests: optionalMembers({ windowSeconds: readWindow, perAddress: positive }),
    ...connectionMembers,
  }),
  (given): ConfiguredLimits => given ?? {},
);
