/** `queue` or `queueFile`: the Redis by which processes wake each other; none: those of one data folder alone do. */
import { ParseError } from "../core/errors.js";
import { type Reader, readString } from "../core/record/reader.js";
import { isDecodable, plain, section } from "./section.js";

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

/** This is the absolute path of a file with the address, for one with a password. */
export const queueFile = section(readString, (given, { path }): string | undefined => given && path(given));
