/**
 * The kinds of strings that openapi.yaml describes by patterns. The contract's validator and the readers of streamed metadata ask the
 * same functions, so a value is refused alike whichever way it came.
 */
import { ParseError, type ParseErrorCode } from "../../core/errors.js";
import { isSlug, isUlid } from "../../core/record/id.js";
import { CLAIMED_TIME, readClaimedTime } from "./claimed-time.js";

export interface Format {
  readonly isValid: (text: string) => boolean;
  readonly code: ParseErrorCode;
  readonly want: string;
  /** This schema of openapi.yaml says the same to whoever writes to this service, by a pattern. */
  readonly schema: string;
}

const parses = (parse: (text: string) => unknown) => (text: string) => {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof ParseError) return false;
    throw error;
  }
};

const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
/** RFC 9110, section 8.3.1, in the spelling most senders use: one optional space after the semicolon. */
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(?:; ?${TOKEN}=(?:${TOKEN}|"[ !#-\\[\\]-~]*"))*$`);

export const FORMATS = {
  ulid: { isValid: isUlid, code: "id-invalid", want: "a ULID in upper case", schema: "Ulid" },
  slug: {
    isValid: isSlug,
    code: "id-invalid",
    want: "lower-case letters and digits, single hyphens between them; at most 64",
    schema: "Slug",
  },
  time: {
    isValid: parses(readClaimedTime),
    code: "time-invalid",
    want: CLAIMED_TIME,
    schema: "ClaimedTime",
  },
  line: {
    isValid: (text) => !/[\p{Cc}\u2028\u2029]/u.test(text) && text.length > 0 && [...text].length <= 200,
    code: "value-range",
    want: "1 to 200 characters, no control characters",
    schema: "Line",
  },
  "media-type": {
    isValid: (text) => text.length <= 255 && MEDIA_TYPE.test(text),
    code: "value-range",
    want: "a media type such as application/pdf; at most 255 characters",
    schema: "MediaType",
  },
  "record-type": {
    isValid: (text) => text.length <= 100 && /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(text),
    code: "value-range",
    want: "lower-case words joined by . - or _, such as loan.disbursement; at most 100 characters",
    schema: "RecordType",
  },
} as const satisfies Readonly<Record<string, Format>>;
