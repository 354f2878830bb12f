/**
 * Readers for the formats: from a JSON value to a typed one, or a refusal that names the field (a JSON Pointer).
 * What a format doesn't name is refused: a new member means a new version.
 */
import { abbreviate, bytesFromBase64 } from "../bytes.js";
import { atField, ParseError, type ParseErrorCode } from "../errors.js";
import { isSlug, isUlid } from "./id.js";
import { type JsonObject, type JsonValue, pointer } from "./json.js";
import { parseTime } from "./time.js";

/** A reader gives the T that `value`, which stands at `field`, spells. Throws `ParseError` where it spells none. */
export type Reader<T> = (value: JsonValue, field: string) => T;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any reader: its T is inferred from the use
type Readers = Readonly<Record<string, Reader<any>>>;

export type ReadObject<Required extends Readers, Optional extends Readers> = {
  readonly [Name in keyof Required]: ReturnType<Required[Name]>;
} & { readonly [Name in keyof Optional]?: ReturnType<Optional[Name]> };

/**
 * Reads an object that has all of `required`, any of `optional` and nothing else. Optional members are absent, never
 * null. A required `type` is read before all others, since it decides what they mean.
 */
export function readObject<Required extends Readers, Optional extends Readers = Record<never, never>>(
  value: JsonValue,
  field: string,
  { required, optional }: { readonly required: Required; readonly optional?: Optional },
): ReadObject<Required, Optional> {
  const object = asObject(value, field);
  const memberOf = (name: string) => (Object.hasOwn(object, name) ? object[name] : undefined);
  const type = memberOf("type");
  if (required.type !== undefined && type !== undefined) required.type(type, pointer(field, "type"));
  for (const name of Object.keys(object)) {
    if (!Object.hasOwn(required, name) && !(optional !== undefined && Object.hasOwn(optional, name)))
      throw new ParseError("member-unknown", "a member that the format doesn't have", {
        field: pointer(field, name),
        got: abbreviate(name),
        want: [...Object.keys(required), ...Object.keys(optional ?? {})].join(", "),
      });
  }
  const read: Record<string, unknown> = {};
  for (const [name, reader] of Object.entries(required)) {
    const member = memberOf(name);
    if (member === undefined)
      throw new ParseError("member-missing", "a required member is missing", {
        field: pointer(field, name),
        want: name,
      });
    read[name] = reader(member, pointer(field, name));
  }
  for (const [name, reader] of Object.entries(optional ?? {})) {
    const member = memberOf(name);
    if (member !== undefined) read[name] = reader(member, pointer(field, name));
  }
  return read as ReadObject<Required, Optional>;
}

function asObject(value: JsonValue, field: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrongType(value, field, "an object");
  // Narrowing can't see that a JsonValue which is no array is an object.
  return value as JsonObject;
}

/** Reads an array of at most `most` items, which is judged before any of them is read: `list-too-long`. */
export function readArray<T>(item: Reader<T>, most = Infinity): Reader<readonly T[]> {
  return (value, field) => {
    if (!Array.isArray(value)) throw wrongType(value, field, "an array");
    const { length } = value as readonly JsonValue[];
    if (length > most)
      throw new ParseError("list-too-long", "a list has too many entries", {
        field,
        got: String(length),
        want: `at most ${most}`,
      });
    return (value as readonly JsonValue[]).map((element, i) => item(element, pointer(field, i)));
  };
}

export function readNullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, field) => (value === null ? null : reader(value, field));
}

/** Reads any well-formed string and keeps it as it is: `parseJson` has refused the others. */
export const readString: Reader<string> = (value, field) => {
  if (typeof value !== "string") throw wrongType(value, field, "a string");
  return value;
};

/** Reads a name: a string of at most `most` UTF-16 code units. Longer ones are `value-range`. */
export const readStringUpTo =
  (most: number): Reader<string> =>
  (value, field) => {
    const text = readString(value, field);
    if (text.length > most)
      throw new ParseError("value-range", "a text too long", {
        field,
        got: `${text.length} UTF-16 code units`,
        want: `at most ${most}`,
      });
    return text;
  };

export const readBoolean: Reader<boolean> = (value, field) => {
  if (typeof value !== "boolean") throw wrongType(value, field, "true or false");
  return value;
};

export const readNumber: Reader<number> = (value, field) => {
  if (typeof value !== "number") throw wrongType(value, field, "a number");
  return value;
};

export function readInteger({
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
}: { min?: number; max?: number } = {}): Reader<number> {
  return (value, field) => {
    if (!Number.isSafeInteger(value)) throw wrongType(value, field, "an integer");
    const integer = value as number;
    if (integer < min || integer > max)
      throw new ParseError("value-range", "an integer out of range", {
        field,
        got: String(integer),
        want: `${min} to ${max}`,
      });
    return integer;
  };
}

/** Reads the `type` of a format: another value is another format, or a later version. */
export function readType<T extends string>(type: T): Reader<T> {
  return (value, field) => {
    if (readString(value, field) !== type) throw refusal("type-unknown", "another type", value, field, type);
    return type;
  };
}

export function readOneOf<T extends string>(...words: readonly T[]): Reader<T> {
  return (value, field) => {
    const text = readString(value, field);
    const word = words.find((candidate) => candidate === text);
    if (word === undefined)
      throw refusal("value-range", "not one of the words that the format has", text, field, words.join(", "));
    return word;
  };
}

export const readLiteral = <T extends string>(word: T): Reader<T> => readOneOf(word);

/**
 * Reads a time and keeps it as text: its spelling is canonical, so nothing is lost and `parseTime` can't fail later.
 */
export const readTime: Reader<string> = (value, field) => {
  const text = readString(value, field);
  atField(field, () => parseTime(text));
  return text;
};

export const readUlid: Reader<string> = (value, field) => {
  const text = readString(value, field);
  if (!isUlid(text)) throw refusal("id-invalid", "not an id", text, field, "a ULID in upper case");
  return text;
};

export const readSlug: Reader<string> = (value, field) => {
  const text = readString(value, field);
  if (!isSlug(text))
    throw refusal(
      "id-invalid",
      "not an organisation's id",
      text,
      field,
      "a-z, 0-9, single hyphens; at most 64",
    );
  return text;
};

/** Reads base64 of exactly `length` bytes, or of any number where none is given. */
export function readBase64(length?: number): Reader<Uint8Array> {
  return (value, field) => {
    const text = readString(value, field);
    const bytes = atField(field, () => bytesFromBase64(text));
    if (length !== undefined && bytes.length !== length)
      throw new ParseError("value-range", "bytes of another length", {
        field,
        got: `${bytes.length} bytes`,
        want: `${length} bytes`,
      });
    return bytes;
  };
}

/** Reads the same and keeps it as text: its spelling is canonical. */
export function readBase64Text(length?: number): Reader<string> {
  const read = readBase64(length);
  return (value, field) => {
    read(value, field);
    return value as string;
  };
}

function wrongType(value: JsonValue, field: string, want: string): ParseError {
  return refusal("value-type", "a value of another type", value, field, want);
}

function refusal(
  code: ParseErrorCode,
  message: string,
  value: JsonValue,
  field: string,
  want: string,
): ParseError {
  return new ParseError(code, message, { field, got: describe(value), want });
}

/** Strings are foreign text: quoted, escaped and cut. Containers are named, not shown. */
function describe(value: JsonValue): string {
  if (typeof value === "string") return JSON.stringify(abbreviate(value));
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "an array" : "an object";
}
