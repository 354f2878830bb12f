/**
 * A change of the consortium: one change of members, keys or rules, from one trust file to the next, as it stands on
 * the ledger with the signatures of those who approved it. Written as its RFC 8785 bytes, read strictly.
 * docs/evidence-format.md, "Changes of the consortium".
 */
import { base64, utf8 } from "../bytes.js";
import { sha256 } from "../digest/sha256.js";
import { VerificationError } from "../errors.js";
import { MAX_ENTRY_BYTES } from "../ledger/entry-bundle.js";
import { canonicalJson } from "../record/canonical.js";
import { type JsonValue, parseJson } from "../record/json.js";
import {
  readArray,
  readBase64Text,
  readInteger,
  readObject,
  readOneOf,
  readSlug,
  readString,
  readTime,
  readType,
  readUlid,
} from "../record/reader.js";
import {
  parseTrustFile,
  readOrganisation,
  readQuorum,
  type TrustFile,
  WITNESS_MEMBERS,
} from "../trust/trust-file.js";

export const CHANGE_TYPE = "cunzheng/consortium@v1";

export interface ConsortiumChange {
  readonly type: typeof CHANGE_TYPE;
  readonly id: string;
  /** The origin is the log's: a change of one consortium is none of another's. */
  readonly origin: string;
  /**
   * These are the SHA-256 (`hashTrustFile`), in base64, of the trust file in force and of the one that comes of it.
   */
  readonly before: string;
  readonly after: string;
  readonly proposedAt: string;
  /** The reason is for those who are asked to approve the change. */
  readonly reason: string;
  readonly change: Change;
  /** The approvals are signature lines, which approval.ts explains. */
  readonly approvals: readonly string[];
}

const readTreeSize = readInteger({ min: 0 });
const WITNESS_TO_COME = { ...WITNESS_MEMBERS, from: readTreeSize };

/** The members of each kind beside `kind`, all of them required: a closed list. */
const MEMBERS = {
  "add-organisation": { organisation: readOrganisation },
  "change-organisation": { organisation: readOrganisation },
  "retire-organisation": { id: readSlug, until: readTreeSize },
  "add-witness": {
    witness: (value: JsonValue, at: string) => readObject(value, at, { required: WITNESS_TO_COME }),
  },
  "change-witness": { name: readString, url: readString },
  "rotate-key": { name: readString, until: readTreeSize, vkeys: WITNESS_MEMBERS.vkeys, from: readTreeSize },
  "retire-witness": { name: readString, until: readTreeSize },
  "add-log-key": { vkey: readString },
  "retire-log-key": { vkey: readString, until: readTreeSize },
  "change-log": { url: readString },
  "add-receipt-key": { vkey: readString },
  "retire-receipt-key": { vkey: readString },
  "change-quorum": { quorum: readQuorum, from: readTreeSize },
  "add-timestamp-authority": { certificate: readString },
  "remove-timestamp-authority": { certificate: readString },
  "add-certificate-authority": { certificate: readString },
  "remove-certificate-authority": { certificate: readString },
};

export type ChangeKind = keyof typeof MEMBERS;
export const CHANGE_KINDS = Object.keys(MEMBERS) as readonly ChangeKind[];

export type ChangeOf<Kind extends ChangeKind> = { readonly kind: Kind } & {
  readonly [Name in keyof (typeof MEMBERS)[Kind]]: (typeof MEMBERS)[Kind][Name] extends (
    ...args: never[]
  ) => infer Value
    ? Value
    : never;
};
export type Change = { [Kind in ChangeKind]: ChangeOf<Kind> }[ChangeKind];

const readKind = readOneOf(...CHANGE_KINDS);

/** Gives the first tree size at which what is new counts; undefined for kinds that name none. */
export function firstSizeOf(change: Change): number | undefined {
  if (change.kind === "add-witness") return change.witness.from;
  return change.kind === "rotate-key" || change.kind === "change-quorum" ? change.from : undefined;
}

/**
 * Reads a change. Its kind is read before all other members, since it decides what they mean. Throws `ParseError`.
 */
export function readChange(value: JsonValue, field = ""): Change {
  const named =
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, "kind")
      ? readKind((value as { readonly kind: JsonValue }).kind, `${field}/kind`)
      : undefined;
  // Without a kind there are no members to speak of but the missing one.
  const members = named === undefined ? {} : MEMBERS[named];
  return readObject(value, field, { required: { kind: readKind, ...members } }) as unknown as Change;
}

/** Reads a change with its approvals; `field` says where it stands. Throws `ParseError`. */
export function readConsortiumChange(value: JsonValue, field = ""): ConsortiumChange {
  return readObject(value, field, {
    required: {
      type: readType(CHANGE_TYPE),
      id: readUlid,
      origin: readString,
      before: readBase64Text(32),
      after: readBase64Text(32),
      proposedAt: readTime,
      reason: readString,
      change: readChange,
      approvals: readArray(readString),
    },
  });
}

/** Reads a ledger entry. Throws `ParseError`, and `change-too-large` for what no entry of a ledger can hold. */
export function parseConsortiumChange(bytes: Uint8Array): ConsortiumChange {
  const change = readConsortiumChange(parseJson(bytes, { numbers: "canonical" }));
  encodeConsortiumChange(change);
  return change;
}

/** Gives the bytes of the ledger entry. Throws `change-too-large`. */
export function encodeConsortiumChange(change: ConsortiumChange): Uint8Array {
  const entry = canonicalJson(change);
  if (entry.length > MAX_ENTRY_BYTES)
    throw new VerificationError("change-too-large", "no entry of a ledger holds this change", {
      got: `${entry.length} bytes`,
      want: `at most ${MAX_ENTRY_BYTES}`,
    });
  return entry;
}

/** Gives the SHA-256, in base64, over the change without its approvals: what they approve. */
export function hashProposal({ approvals: _, ...proposal }: ConsortiumChange): string {
  return base64(sha256(canonicalJson(proposal)));
}

/**
 * Gives the SHA-256, in base64, of the file's RFC 8785 bytes: white space and the order of members in it change
 * nothing.
 */
export function hashTrustFile(trustFile: TrustFile): string {
  return base64(sha256(encodeTrustFile(trustFile)));
}

export function encodeTrustFile(trustFile: TrustFile): Uint8Array {
  return canonicalJson(trustFile);
}

/** Prints a trust file as people read and edit it: two spaces a level, the members in the order of the format. */
export function printTrustFile(trustFile: TrustFile): Uint8Array {
  return utf8(`${JSON.stringify(parseTrustFile(encodeTrustFile(trustFile)), null, 2)}\n`);
}

/**
 * Tells whether a ledger entry is meant to be a change, well-formed or not. Of all members' names `type` comes last
 * in RFC 8785's order, so its value ends the entry; another spelling is no change, whatever it says.
 */
export function isConsortiumEntry(entry: Uint8Array): boolean {
  const start = entry.length - LAST_MEMBER.length;
  return start >= 0 && LAST_MEMBER.every((byte, i) => entry[start + i] === byte);
}

const LAST_MEMBER = utf8(`"type":${JSON.stringify(CHANGE_TYPE)}}`);
