/**
 * Where the servers are that are not the notary's own: `store` or `storeFile`, the MongoDB that keeps what the notary keeps (none:
 * an SQLite file and a folder in the data folder do), and `queue` or `queueFile`, the Redis by which processes wake each other
 * (none: those of one data folder alone do).
 */
import { ParseError } from "../core/errors.js";
import { type Reader, readString } from "../core/record/reader.js";
import { plain, section } from "./section.js";

/** Reads the address of a database. What is refused is not shown: there may be a password in it. */
export const readStoreUrl: Reader<string> = (value, field) => {
  const text = readString(value, field);
  if (isStoreUrl(text)) return text;
  throw new ParseError("value-range", "no address of a store", {
    field,
    want: "mongodb://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]...]/DATABASE[?OPTIONS], or mongodb+srv://",
  });
};

/**
 * Of several members a MongoDB connection string is no URL as others read them. Which options there are the driver knows;
 * that a database is named is ours to see, since the driver would take one called `test`.
 */
function isStoreUrl(text: string): boolean {
  const [, user, hosts, database] =
    /^mongodb(?:\+srv)?:\/\/(?:([^@/?#\s]*)@)?([^@/?#\s]+)\/([^/?#\s]+)(?:\?[^#\s]*)?$/.exec(text) ?? [];
  if (hosts === undefined || database === undefined) return false;
  return (
    hosts.split(",").every((host) => host !== "") &&
    // What MongoDB takes as a database's name (manual, "Naming Restrictions").
    /^[^/\\. "$*<>:|?%]{1,63}$/.test(database) &&
    (user === undefined || user.split(":").every((part) => part !== "" && isDecodable(part)))
  );
}

export const store = plain<string | undefined>(readStoreUrl, undefined);

/** Reads the address of a Redis. What is refused is not shown: there may be a password in it. */
export const readQueueUrl: Reader<string> = (value, field) => {
  const text = readString(value, field);
  if (isQueueUrl(text)) return text;
  throw new ParseError("value-range", "no address of a queue", {
    field,
    want: "redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// for TLS",
  });
};

function isQueueUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text);
  return (
    /^rediss?:$/.test(protocol) &&
    hostname !== "" &&
    /^\/?\d{0,4}$/.test(pathname) &&
    search + hash === "" &&
    [username, password].every(isDecodable)
  );
}

export const queue = plain<string | undefined>(readQueueUrl, undefined);

/** This is the absolute path of a file with an address, for one with a password. */
const addressFile = section(readString, (given, { path }): string | undefined => given && path(given));

export const storeFile = addressFile;
export const queueFile = addressFile;

/** Tells whether a part of an address is percent-encoded as it must be (RFC 3986, section 2.1). */
function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
