/** `proxies`: whose word on a client's address is taken; absent: nobody's, the connection's own is what counts. */
import { ParseError } from "../core/errors.js";
import { type Reader, readArray, readObject, readOneOf, readString } from "../core/record/reader.js";
import { parseNetwork, type Proxies } from "../platform/server/client-address.js";
import { section } from "./section.js";

const readNetwork: Reader<string> = (value, field) => {
  const text = readString(value, field);
  if (parseNetwork(text) !== undefined) return text;
  throw new ParseError("value-range", "no network", { field, got: text, want: "such as 10.0.0.0/8" });
};

export const proxies = section(
  (value, field) =>
    readObject(value, field, {
      required: { networks: readArray(readNetwork) },
      optional: { header: readOneOf("x-forwarded-for", "forwarded") },
    }),
  (given): Proxies | undefined => given && { header: "x-forwarded-for", ...given },
);
