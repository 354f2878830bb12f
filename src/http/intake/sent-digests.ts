/**
 * Digests as depositors' tools print them: base64, hexadecimal in either case, or the line that `sha256sum`, `sm3sum` and
 * their like print, with the file's name. No two of these can be taken for one another: 64 hexadecimal digits would be the
 * base64 of 48 bytes, which no digest here has.
 */
import { base64, bytesFromHex } from "../../core/bytes.js";
import { type ContentDigests, parseDigests } from "../../core/digest/digests.js";

/** Reads an object `digests` of a request. Throws as core's `parseDigests` does. */
export function readSentDigests(value: unknown, field: string): ContentDigests {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return parseDigests(value, field);
  // Without a prototype, as it was parsed: `__proto__` is a name like any other.
  const spelled = Object.assign(Object.create(null) as object, value) as Record<string, unknown>;
  for (const [name, digest] of Object.entries(spelled))
    if (typeof digest === "string") spelled[name] = asBase64(digest);
  return parseDigests(spelled, field);
}

/** Reads 64 hexadecimal digits in either case, alone or in a line of `sha256sum`; undefined for anything else. */
export function bytesFromSentHex(text: string): Uint8Array | undefined {
  // A backslash before the digits says that the name behind them is escaped; `*` that the file was read as binary.
  const digits = /^\\?([0-9A-Fa-f]{64})(?: [ *][^\r\n]{1,4096})?\r?\n?$/.exec(text)?.[1];
  return digits === undefined ? undefined : bytesFromHex(digits.toLowerCase());
}

function asBase64(text: string): string {
  const bytes = bytesFromSentHex(text);
  return bytes === undefined ? text : base64(bytes);
}
