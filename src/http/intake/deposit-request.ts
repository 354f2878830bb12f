/**
 * From parsed JSON to a deposit's request: the envelope of a JSON deposit, and the metadata object that is the same in
 * all three forms. What each string may hold stands in formats.ts, what a metadata object may say in openapi.yaml.
 */
import { bytesFromBase64 } from "../../core/bytes.js";
import type { ContentDigests } from "../../core/digest/digests.js";
import { atField, ParseError } from "../../core/errors.js";
import { type JsonObject, type JsonValue, parseJson } from "../../core/record/json.js";
import {
  readBoolean,
  readInteger,
  readObject,
  readString,
  readUlid,
  type Reader,
} from "../../core/record/reader.js";
import type { DepositMetadata } from "../../notary/model/model.js";
import { readClaimedTime } from "./claimed-time.js";
import { describe } from "../problems/describe.js";
import { FORMATS } from "./formats.js";
import { HttpRefusal } from "../problems/problems.js";
import { readSentDigests } from "./sent-digests.js";

export type Envelope =
  | { readonly metadata: DepositMetadata; readonly record: JsonValue }
  | {
      readonly metadata: DepositMetadata;
      readonly digests: ContentDigests;
      readonly size: number;
      readonly mediaType: string;
    };

export interface FileMetadata {
  readonly metadata: DepositMetadata;
  readonly mediaType?: string;
}

const readFormat =
  (name: keyof typeof FORMATS): Reader<string> =>
  (value, field) => {
    const text = readString(value, field);
    const { isValid, code, want } = FORMATS[name];
    if (!isValid(text))
      throw new ParseError(code, "a value is not as described", { field, got: describe(text), want });
    return text;
  };

const readLine = readFormat("line");
const MEMBERS = {
  required: { recordType: readFormat("record-type") },
  optional: {
    name: readLine,
    createdAt: (value: JsonValue, field: string) => readClaimedTime(readString(value, field), field),
    source: readSource,
    clientRef: readLine,
    retain: readBoolean,
    chain: (value: JsonValue, field: string) =>
      readObject(value, field, {
        required: {},
        optional: { id: readUlid, sequence: readInteger({ min: 1 }) },
      }),
  },
} as const;
const FILE_MEMBERS = {
  required: MEMBERS.required,
  optional: { ...MEMBERS.optional, mediaType: readFormat("media-type") },
} as const;

function readSource(value: JsonValue, field: string) {
  const source = readObject(value, field, {
    required: {},
    optional: { system: readLine, operator: readLine, method: readLine, tool: readLine },
  });
  if (Object.keys(source).length === 0)
    throw new ParseError("value-range", "a value is not as described", {
      field,
      got: "an object",
      want: "at least one member",
    });
  return source;
}

/** Reads the body of a JSON deposit, after the contract has judged which members stand beside which. */
export function readEnvelope(body: JsonValue): Envelope {
  const { metadata, record, ...rest } = body as JsonObject & { readonly metadata: JsonValue };
  const read = readObject(metadata, "/metadata", MEMBERS);
  if (record !== undefined) return { metadata: read, record };
  return {
    metadata: read,
    ...readObject(rest, "", {
      required: { digests: readSentDigests, size: readInteger(), mediaType: readFormat("media-type") },
    }),
  };
}

export function readFileMetadata(value: JsonValue): FileMetadata {
  const { mediaType, ...metadata } = readObject(value, "/metadata", FILE_MEMBERS);
  return { metadata, ...(mediaType !== undefined && { mediaType }) };
}

export function parseFileMetadata(bytes: Uint8Array): FileMetadata {
  return readFileMetadata(atField("/metadata", () => parseJson(bytes, { numbers: "exact" })));
}

const HEADER_FIELD = "/headers/cunzheng-metadata";

/** Reads the header `Cunzheng-Metadata`: JSON in base64url without padding (RFC 7515, section 2). */
export function parseMetadataHeader(header: string | undefined): FileMetadata {
  if (header === undefined)
    throw new HttpRefusal("header-missing", "the metadata is missing", {
      field: HEADER_FIELD,
      want: "the metadata object as JSON, in base64url without padding",
    });
  return parseFileMetadata(bytesFromBase64url(header));
}

function bytesFromBase64url(text: string): Uint8Array {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4);
  try {
    // Strict as ever: bits left over are refused there.
    if (/^[A-Za-z0-9_-]*$/.test(text)) return bytesFromBase64(padded);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
  }
  throw new ParseError("base64-invalid", "not canonical base64url", {
    field: HEADER_FIELD,
    got: describe(text),
    want: "RFC 4648 section 5, without padding",
  });
}
