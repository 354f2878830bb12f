/** The address of a log or node: a URL prefix, below which the paths of its protocol lie. */
import { ParseError } from "../../core/errors.js";
import { baseUrl } from "../../platform/server/base-url.js";

/**
 * Reads a URL that paths are put behind, and gives it without a slash at its end. Throws `ParseError` for what is no
 * http or https URL, or has more than a path.
 */
export function readPrefixUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw new ParseError("value-range", "not the address of a log or node", {
      got: text,
      want: "http(s)://host/prefix",
    });
  return baseUrl(text);
}
