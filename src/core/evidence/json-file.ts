/** A file of one of our formats in JSON, read once, whatever is then asked of it: which format it says it is of, and its value. */
import { ParseError } from "../errors.js";
import { FORMAT_BOUNDS, type JsonValue, parseJson } from "../record/json.js";

export interface JsonFile {
  /** This is the `type` of a JSON object, well-formed or not; undefined for everything else. */
  readonly type?: string;
  /** This says whether it is larger than a file of any of these formats may be: then nothing else is known of it. */
  readonly isTooLarge: boolean;
  /** Gives the file's value. Throws the `ParseError` with which it was refused. */
  value(): JsonValue;
}

/** Opens a file; it throws nothing for what the bytes are. */
export function openJsonFile(bytes: Uint8Array): JsonFile {
  const isTooLarge = bytes.length > FORMAT_BOUNDS.bytes;
  try {
    const value = parseJson(bytes, { numbers: "canonical" });
    const type = memberOf(value, "type");
    return { ...(typeof type === "string" && { type }), isTooLarge, value: () => value };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const refused = (): never => {
      throw error;
    };
    return { isTooLarge, value: refused };
  }
}

/** Gives what a parser of a format reads, of bytes or of a file that is open. Throws `ParseError`. */
export const valueOf = (file: Uint8Array | JsonFile): JsonValue =>
  file instanceof Uint8Array ? parseJson(file, { numbers: "canonical" }) : file.value();

/** Tells whether evidence holds a token, well-formed or not. */
export function hasTokens(file: JsonFile): boolean {
  try {
    const tokens = memberOf(file.value(), "timestamps");
    return Array.isArray(tokens) && tokens.length > 0;
  } catch (error) {
    if (error instanceof ParseError) return false;
    throw error;
  }
}

function memberOf(value: JsonValue, name: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return (value as Readonly<Record<string, JsonValue>>)[name];
}
