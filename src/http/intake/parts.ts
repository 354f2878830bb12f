/** What the two multipart operations ask of a part. */
import { describe } from "../problems/describe.js";
import { createGathered, gatherAll, type Gathered, type Memory } from "./gather.js";
import { parseMediaType } from "./header-grammar.js";
import { isUtf8, statedMediaType } from "./media-type.js";
import type { Part } from "./multipart.js";
import { HttpRefusal } from "../problems/problems.js";

const fieldOf = ({ name }: Part): string => `/parts/${name.slice(0, 80)}`;

export function refusePart(part: Part, isRefused: boolean, want: string): void {
  if (isRefused)
    throw new HttpRefusal("multipart-malformed", "a part that has no place here", {
      field: fieldOf(part),
      got: describe(part.name),
      want,
    });
}

export const partMissing = (name: string): HttpRefusal =>
  new HttpRefusal("multipart-malformed", "a part is missing", { field: `/parts/${name}` });

/**
 * Tells whether a form's field for a file was left blank: browsers send such a part all the same, with an empty file
 * name and no content (HTML, "constructing the entry list"). An empty file has a name.
 */
export function isLeftBlank({ fileName }: Part, size: number): boolean {
  return fileName === "" && size === 0;
}

/** Refuses a part unless it holds JSON. A form's field says nothing of its type, or that it is text of UTF-8. */
export function refuseUnlessJson(part: Part): void {
  if (part.contentType !== undefined && !isJsonText(part.contentType))
    throw new HttpRefusal("multipart-malformed", "a part of another media type", {
      field: fieldOf(part),
      got: describe(part.contentType),
      want: "application/json",
    });
}

/** JSON is UTF-8 (RFC 8259): text of another coding, or of none that is named, may be something else than was meant. */
function isJsonText(contentType: string): boolean {
  const { value, parameters } = parseMediaType(contentType) ?? {};
  const charset = parameters?.get("charset");
  return (
    isUtf8(charset) && (value === "application/json" || (value === "text/plain" && charset !== undefined))
  );
}

/** Reads a whole part into memory, counted there as it comes: whoever takes it frees it. */
export function readPart(part: Part, maxBytes: number, memory: Memory): Promise<Gathered> {
  return gatherAll(part.content, createGathered(memory, maxBytes), (bytes) => {
    if (bytes > maxBytes)
      throw new HttpRefusal("body-too-large", "a part is over the limit", {
        field: fieldOf(part),
        got: `more than ${maxBytes} bytes`,
        want: `at most ${maxBytes} bytes`,
      });
  });
}

/** Gives the media type that goes into the statement where the metadata names none. */
export function readPartType(part: Part): string | undefined {
  return part.contentType === undefined
    ? undefined
    : statedMediaType(part.contentType, {
        code: "multipart-malformed",
        message: "a part's Content-Type is no media type",
        field: fieldOf(part),
      });
}
