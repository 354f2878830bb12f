/** `timestamps`: the time-stamping authorities (RFC 3161) that are asked for tokens; none: evidence carries no tokens. */
import { ParseError } from "../core/errors.js";
import {
  type Reader,
  readArray,
  readInteger,
  readObject,
  readSlug,
  readString,
} from "../core/record/reader.js";
import { DEFAULT_SETTINGS, type NotarySettings } from "../notary/model/settings.js";
import { section } from "./section.js";

export interface TimestampAuthoritySettings {
  readonly name: string;
  readonly url: string;
  /** The policy is an object identifier; where it is absent the authority's own is taken. */
  readonly policy?: string;
  /** This is the absolute path of a file with the value of the header `Authorization`. */
  readonly authorizationFile?: string;
}

export type TimestampSettings = NotarySettings["timestamps"] & {
  readonly authorities: readonly TimestampAuthoritySettings[];
};

const MAX_AUTHORITIES = 8;
/** Whoever asks for a certificate keeps a connection open meanwhile. */
const MAX_CERTIFICATE_WAIT_MS = 60_000;

const readHttpUrl: Reader<string> = (value, field) => {
  const url = readString(value, field);
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new ParseError("value-range", "no address", { field, got: url, want: "an http or https URL" });
};

const readObjectIdentifier: Reader<string> = (value, field) => {
  const oid = readString(value, field);
  if (/^[0-2](\.(0|[1-9]\d{0,8})){2,}$/.test(oid)) return oid;
  throw new ParseError("value-range", "no object identifier", { field, got: oid, want: "such as 1.2.3.4.1" });
};

const readAuthorities: Reader<readonly TimestampAuthoritySettings[]> = (value, field) => {
  const authorities = readArray((item, at) =>
    readObject(item, at, {
      required: { name: readSlug, url: readHttpUrl },
      optional: { policy: readObjectIdentifier, authorizationFile: readString },
    }),
  )(value, field);
  // Tokens are stored under the name: two of one name would be one authority.
  const names = new Set(authorities.map(({ name }) => name));
  if (names.size < authorities.length || names.size > MAX_AUTHORITIES)
    throw new ParseError("value-range", "time-stamping authorities", {
      field,
      got: [...authorities.map(({ name }) => name)].join(", "),
      want: `at most ${MAX_AUTHORITIES}, each with a name of its own`,
    });
  return authorities;
};

export const timestamps = section(
  (value, field) =>
    readObject(value, field, {
      required: { authorities: readAuthorities },
      optional: {
        timeoutMs: readInteger({ min: 1 }),
        toleranceMs: readInteger({ min: 0 }),
        certificateWaitMs: readInteger({ min: 0, max: MAX_CERTIFICATE_WAIT_MS }),
      },
    }),
  (given, { path }): TimestampSettings => ({
    ...DEFAULT_SETTINGS.timestamps,
    ...given,
    authorities: (given?.authorities ?? []).map(({ authorizationFile, ...authority }) => ({
      ...authority,
      ...(authorizationFile !== undefined && { authorizationFile: path(authorizationFile) }),
    })),
  }),
);
