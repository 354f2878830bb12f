/** The request headers that this API gives a meaning to, each read by its own specification. */
import type { IncomingMessage } from "node:http";
import { describe } from "../problems/describe.js";
import { parseMediaType } from "./header-grammar.js";
import { isUtf8 } from "./media-type.js";
import { HttpRefusal } from "../problems/problems.js";

const CHALLENGE = { "WWW-Authenticate": 'Bearer realm="cunzheng"' };

/**
 * Reads the bearer token (RFC 6750, section 2.1); undefined where there is no `Authorization`, and refused where that
 * is of another scheme.
 */
export function bearerToken(request: IncomingMessage): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(header)?.[1];
  if (token === undefined)
    throw new HttpRefusal(
      "unauthenticated",
      "the Authorization header carries no API key",
      { field: "/headers/authorization", want: "Bearer cz_<id>_<secret>" },
      CHALLENGE,
    );
  return token;
}

export const loginMissing = (): HttpRefusal =>
  new HttpRefusal(
    "unauthenticated",
    "this needs an API key",
    { field: "/headers/authorization", want: "Bearer cz_<id>_<secret>" },
    CHALLENGE,
  );

/** These go with each 401, whoever found the reason. RFC 6750, section 3.1. */
export const INVALID_TOKEN = {
  "WWW-Authenticate": `${CHALLENGE["WWW-Authenticate"]}, error="invalid_token"`,
};

/**
 * draft-ietf-httpapi-idempotency-key-header-07, section 2.1: "Idempotency-Key is an Item Structured Header. Its value
 * MUST be a String." Most clients in the field send the bare token; it is taken as the same key
 * as its quoted form, whose key it is. Anything between the two (a quote without its partner) is refused.
 */
export function idempotencyKey(request: IncomingMessage): string | undefined {
  const header = request.headers["idempotency-key"];
  if (header === undefined) return undefined;
  const text = String(header);
  // RFC 9651, section 3.3.3.
  if (/^[!#-[\]-~]{1,255}$/.test(text)) return text;
  if (/^"(?:[ !#-[\]-~]|\\["\\])*"$/.test(text)) {
    const key = text.slice(1, -1).replace(/\\(.)/g, "$1");
    if (key.length > 0 && key.length <= 255) return key;
  }
  throw new HttpRefusal(
    "header-malformed",
    "the idempotency key is neither a token nor a structured-field string",
    {
      field: "/headers/idempotency-key",
      got: describe(text),
      want: "1 to 255 visible ASCII characters, such as 8e03978e-40d5-43dd-bc93-6894a57f9324, in quotes or bare",
    },
  );
}

/**
 * RFC 7240, section 4.3. "A server that does not recognize or is unable to comply with particular preference tokens
 * [...] MUST ignore those tokens": so a wait that is no number is no wait, and of two the first holds.
 */
export function preferredWaitSeconds(request: IncomingMessage, most: number): number | undefined {
  const preferences = String(request.headers.prefer ?? "").split(",");
  for (const preference of preferences) {
    const seconds = /^wait\s*=\s*"?([0-9]{1,9})"?\s*(?:;|$)/i.exec(preference.trimStart())?.[1];
    if (seconds !== undefined) return Math.min(Number(seconds), most);
  }
  return undefined;
}

/** Gives the media type of the body, lower-case, or a refusal that names those taken here. */
export function bodyType(request: IncomingMessage, taken: readonly string[]): string {
  const header = request.headers["content-type"] ?? "";
  const { value: type, parameters } = parseMediaType(header) ?? {};
  const isTaken = type !== undefined && (taken.includes(type) || isFile(request, taken));
  // JSON is UTF-8 (RFC 8259). Of multipart the boundary is read where the body is; no other parameter means anything.
  if (!isTaken || (type === "application/json" && !isUtf8(parameters?.get("charset"))))
    throw new HttpRefusal(
      "content-type-unsupported",
      "a body of this media type is not taken here",
      {
        field: "/headers/content-type",
        got: header === "" ? "none" : describe(header),
        want: taken.join(", "),
      },
      { "Accept-Post": taken.join(", ") },
    );
  const codings = (request.headers["content-encoding"] ?? "").split(",").map((coding) => coding.trim());
  if (codings.some((coding) => !["", "identity"].includes(coding.toLowerCase())))
    throw new HttpRefusal(
      "content-encoding-unsupported",
      "bodies are taken as they are, without coding",
      {
        field: "/headers/content-encoding",
        got: describe(codings.join(", ")),
        want: "no Content-Encoding",
      },
      // RFC 9110, section 15.5.16.
      { "Accept-Encoding": "identity" },
    );
  return type;
}

/**
 * Whether the body is a file under its own media type: where bytes are taken, and the metadata beside them says that they
 * are meant. Without it they may be what somebody's library sends by itself, such as a form's fields.
 */
function isFile(request: IncomingMessage, taken: readonly string[]): boolean {
  return taken.includes("application/octet-stream") && request.headers["cunzheng-metadata"] !== undefined;
}
