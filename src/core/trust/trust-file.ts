/**
 * A trust file as it is written, member by member: which there are, of what kind. What it means, and whether it is broken,
 * says `consortium.ts`. docs/evidence-format.md, "Trust file".
 */
import { ParseError } from "../errors.js";
import { type JsonValue, parseJson } from "../record/json.js";
import {
  readArray,
  readBoolean,
  readInteger,
  readObject,
  readOneOf,
  readSlug,
  readString,
  readStringUpTo,
  readType,
} from "../record/reader.js";
import { SIGNATURE_DEMANDS } from "./signature-demand.js";

export const ORGANISATION_ROLES = [
  "court",
  "bank",
  "arbitration",
  "notary",
  "forensic",
  "regulator",
] as const;
export type OrganisationRole = (typeof ORGANISATION_ROLES)[number];

export interface ConsortiumOrganisation {
  readonly id: string;
  readonly role: OrganisationRole;
  readonly name: { readonly zh: string; readonly en: string };
  readonly creditCode: string;
  readonly controlledBy?: string;
}

export const TRUST_FILE_TYPES = ["cunzheng/consortium@v1", "cunzheng/consortium@v2"] as const;

/**
 * These bounds say how long its lists may be: each entry costs whoever reads the file something, and a key a point on
 * the curve.
 */
export const MAX_ENTRIES = {
  organisations: 4_000,
  witnesses: 2_000,
  /** One log may have so many keys. */
  logKeys: 16,
  /** One entry of `witnesses` may have so many keys. */
  cosignerKeys: 8,
  receiptKeys: 100,
  /** There may be so many keys of the log, and so many quorums, that held for smaller trees. */
  former: 1_000,
  /** There may be so many authorities of either kind. */
  authorities: 100,
} as const;

/** UTF-16 code units of a name or credit code: to compare them a reader folds them, by the square of their marks. */
const readName = readStringUpTo(512);

/** A trust file is kept text for text: its RFC 8785 bytes are what is hashed of it. */
export type TrustFile = ReturnType<typeof readFile>;

/** Reads a trust file's members alone: `parseConsortium` says whether it is broken. Throws `ParseError`. */
export function parseTrustFile(bytes: Uint8Array): TrustFile {
  return readFile(parseJson(bytes, { numbers: "canonical" }), "");
}

const readTreeSize = readInteger({ min: 0 });
const readCount = (value: JsonValue, field: string): number => {
  const count = readInteger({ min: 0 })(value, field);
  if (count === 0)
    throw new ParseError("quorum-invalid", "a quorum of nobody", { field, got: "0", want: "at least 1" });
  return count;
};

export const readOrganisation = (value: JsonValue, field: string): ConsortiumOrganisation =>
  readObject(value, field, {
    required: {
      id: readSlug,
      role: readOneOf(...ORGANISATION_ROLES),
      name: (name, at) => readObject(name, at, { required: { zh: readName, en: readName } }),
      creditCode: readName,
    },
    optional: { controlledBy: readSlug },
  });

export const WITNESS_MEMBERS = {
  name: readString,
  kind: readOneOf("mirror", "witness"),
  vkeys: readArray(readString, MAX_ENTRIES.cosignerKeys),
  organisation: readSlug,
  url: readString,
};

const QUORUM_MEMBERS = {
  required: {
    total: readCount,
    roles: (roles: JsonValue, at: string) =>
      readObject(roles, at, {
        required: {},
        optional: {
          court: readCount,
          bank: readCount,
          arbitration: readCount,
          notary: readCount,
          forensic: readCount,
          regulator: readCount,
        },
      }),
  },
  optional: { excludeParties: readBoolean, mirrorsOnly: readBoolean },
};

/** A quorum as version 2 has it. */
const RULE_MEMBERS = {
  required: QUORUM_MEMBERS.required,
  optional: { ...QUORUM_MEMBERS.optional, signatures: readOneOf(...SIGNATURE_DEMANDS) },
};
export const readQuorum = (value: JsonValue, field: string) => readObject(value, field, RULE_MEMBERS);
export type QuorumMembers = ReturnType<typeof readQuorum>;

/** What the second version has that the first has not. */
const SINCE_V2 = {
  file: { revision: readInteger({ min: 1 }) },
  log: {
    former: readArray(
      (key: JsonValue, at: string) =>
        readObject(key, at, { required: { vkey: readString, until: readTreeSize } }),
      MAX_ENTRIES.former,
    ),
  },
  quorum: {
    signatures: RULE_MEMBERS.optional.signatures,
    former: readArray(
      (rule: JsonValue, at: string) =>
        readObject(rule, at, {
          ...RULE_MEMBERS,
          required: { ...RULE_MEMBERS.required, until: readTreeSize },
        }),
      MAX_ENTRIES.former,
    ),
  },
};
const NOTHING: Partial<typeof SINCE_V2> = {};

const readFile = (value: JsonValue, field: string) => {
  const [v1, v2] = TRUST_FILE_TYPES;
  const isV2 = typeof value === "object" && value !== null && "type" in value && value["type"] === v2;
  const since = (isV2 ? SINCE_V2 : NOTHING) as typeof SINCE_V2;
  return readObject(value, field, {
    required: {
      type: readType<(typeof TRUST_FILE_TYPES)[number]>(isV2 ? v2 : v1),
      log: (log, at) =>
        readObject(log, at, {
          required: {
            origin: readString,
            organisation: readSlug,
            vkeys: readArray(readString, MAX_ENTRIES.logKeys),
            url: readString,
          },
          optional: since.log,
        }),
      receipts: (receipts, at) =>
        readObject(receipts, at, { required: { vkeys: readArray(readString, MAX_ENTRIES.receiptKeys) } }),
      organisations: readArray(readOrganisation, MAX_ENTRIES.organisations),
      witnesses: readArray(
        (witness: JsonValue, at: string) =>
          readObject(witness, at, {
            required: WITNESS_MEMBERS,
            optional: { from: readTreeSize, until: readTreeSize },
          }),
        MAX_ENTRIES.witnesses,
      ),
      quorum: (quorum, at) =>
        readObject(quorum, at, {
          ...QUORUM_MEMBERS,
          optional: { ...QUORUM_MEMBERS.optional, ...since.quorum },
        }),
      timestampAuthorities: readArray(readString, MAX_ENTRIES.authorities),
      certificateAuthorities: readArray(readString, MAX_ENTRIES.authorities),
    },
    optional: since.file,
  });
};
