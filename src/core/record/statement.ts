/**
 * The statement: what is said of a deposited record, as it is hashed into the batch.
 * DESIGN: `leafHash = SHA-256(0x00 || JCS(statement))`; the nonce keeps that hash from being guessed back.
 */
import { type EncodedDigests, encodeDigests, parseDigests } from "../digest/digests.js";
import { ParseError } from "../errors.js";
import { HASH_BYTES, type Hash, hashLeaf } from "../merkle/hash.js";
import { canonicalJson } from "./canonical.js";
import { type JsonValue, pointer } from "./json.js";
import {
  readBase64Text,
  readInteger,
  readLiteral,
  readObject,
  readOneOf,
  readSlug,
  readString,
  readTime,
  readType,
  readUlid,
  type Reader,
} from "./reader.js";

export const NONCE_BYTES = 16;

/** A statement is kept as in JSON, text for text: encoding it gives the bytes that were hashed. */
export interface Statement {
  readonly type: "cunzheng/statement@v1";
  readonly id: string;
  readonly depositor: Depositor;
  /** This names the kind of record, such as `loan.disbursement`. */
  readonly recordType: string;
  readonly digests: EncodedDigests;
  /** This says who computed the digests, and so whether anybody but the depositor has seen content that has them. */
  readonly digestsBy: DigestsBy;
  /** The size of the digested content, in bytes. */
  readonly size: number;
  readonly mediaType: string;
  readonly receivedAt: string;
  /** The nonce is 16 random bytes, in base64. */
  readonly nonce: string;
  /**
   * This member is present where the record is a JSON value, digested over its RFC 8785 bytes instead of those that
   * were sent.
   */
  readonly canonicalization?: "rfc8785";
  readonly name?: string;
  /** The depositor claims this time: nobody else vouches for it. */
  readonly createdAt?: string;
  readonly source?: RecordSource;
  readonly clientRef?: string;
  readonly chain?: ChainLink;
}

/**
 * `service` received the content and computed its digests itself; of a `depositor` it has digests and size as they
 * were sent.
 */
export type DigestsBy = "service" | "depositor";

export interface Depositor {
  readonly id: string;
  readonly name: string;
  /** The organisation's 统一社会信用代码 (unified social credit code), as registered. */
  readonly creditCode?: string;
}

/** A source says where the record comes from; it has at least one member. */
export interface RecordSource {
  readonly system?: string;
  readonly operator?: string;
  readonly method?: string;
  readonly tool?: string;
}

export interface ChainLink {
  readonly id: string;
  /** The sequence is counted from 1, without gaps. */
  readonly sequence: number;
  /** The leaf hash of the chain's statement before this one, in base64; it is absent at 1 alone. */
  readonly previous?: string;
}

const DEPOSITOR = {
  required: { id: readSlug, name: readString },
  optional: { creditCode: readString },
};
const readDepositor: Reader<Depositor> = (value, field) => readObject(value, field, DEPOSITOR);

const readDigests: Reader<EncodedDigests> = (value, field) => encodeDigests(parseDigests(value, field));

const SOURCE = {
  required: {},
  optional: { system: readString, operator: readString, method: readString, tool: readString },
};
const readSource: Reader<RecordSource> = (value, field) => {
  const source = readObject(value, field, SOURCE);
  if (Object.keys(source).length === 0)
    throw new ParseError("member-missing", "a source that says nothing", {
      field,
      want: "at least one of system, operator, method, tool",
    });
  return source;
};

const CHAIN = {
  required: { id: readUlid, sequence: readInteger({ min: 1 }) },
  optional: { previous: readBase64Text(HASH_BYTES) },
};
const readChain: Reader<ChainLink> = (value, field) => {
  const chain = readObject(value, field, CHAIN);
  const previous = pointer(field, "previous");
  if (chain.sequence === 1 && chain.previous !== undefined)
    throw new ParseError("member-unknown", "the first statement of a chain has no previous one", {
      field: previous,
      want: "no member at sequence 1",
    });
  if (chain.sequence > 1 && chain.previous === undefined)
    throw new ParseError("member-missing", "the leaf hash of the statement before this one is missing", {
      field: previous,
      want: `a member at sequence ${chain.sequence}`,
    });
  return chain;
};

const STATEMENT = {
  required: {
    type: readType("cunzheng/statement@v1"),
    id: readUlid,
    depositor: readDepositor,
    recordType: readString,
    digests: readDigests,
    digestsBy: readOneOf("service", "depositor"),
    size: readInteger(),
    mediaType: readString,
    receivedAt: readTime,
    nonce: readBase64Text(NONCE_BYTES),
  },
  optional: {
    canonicalization: readLiteral("rfc8785"),
    name: readString,
    createdAt: readTime,
    source: readSource,
    clientRef: readString,
    chain: readChain,
  },
};

/** Reads a statement; `field` says where it stands. Throws `ParseError`. */
export function parseStatement(value: JsonValue, field = ""): Statement {
  return readObject(value, field, STATEMENT);
}

/** Gives the bytes of a statement that are hashed: its canonical JSON. */
export function encodeStatement(statement: Statement): Uint8Array {
  return canonicalJson(statement);
}

/** Gives the statement's leaf hash in its batch. */
export function hashStatement(statement: Statement): Hash {
  return hashLeaf(encodeStatement(statement));
}
