/** How a foreign value is named in a message: enough to recognise it, never a whole record. */
import { abbreviate } from "../../core/bytes.js";

export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(abbreviate(value));
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
