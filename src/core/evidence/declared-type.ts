/** Which of the formats a file says it is of, well-formed or not. */
import { ParseError } from "../errors.js";
import { parseJson } from "../record/json.js";

/** The `type` of a JSON object; undefined for everything else. */
export function declaredType(bytes: Uint8Array): string | undefined {
  try {
    const value = parseJson(bytes, { numbers: "canonical" });
    if (typeof value !== "object" || value === null || !("type" in value)) return undefined;
    const { type } = value;
    return typeof type === "string" ? type : undefined;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
