/** What the two multipart operations ask of a part. */
import { describe } from "./describe.js";
import type { Part } from "./multipart.js";
import { FORMATS } from "./formats.js";
import { HttpRefusal } from "./problems.js";

const fieldOf = ({ name }: Part): string => `/parts/${name.slice(0, 80)}`;

export function refusePart(part: Part, isRefused: boolean, want: string): void {
  if (isRefused)
    throw new HttpRefusal("multipart-malformed", "a part that has no place here", {
      field: fieldOf(part),
      got: describe(part.name),
      want,
    });
}

/** A whole part in memory; of one media type, where that is given. */
export async function readPart(part: Part, maxBytes: number, contentType?: string): Promise<Buffer> {
  if (
    contentType !== undefined &&
    (part.contentType ?? "").replace(/ *;.*/s, "").toLowerCase() !== contentType
  )
    throw new HttpRefusal("multipart-malformed", "a part of another media type", {
      field: fieldOf(part),
      got: part.contentType === undefined ? "none" : describe(part.contentType),
      want: contentType,
    });
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of part.content) {
    size += piece.length;
    if (size > maxBytes)
      throw new HttpRefusal("body-too-large", "a part is over the limit", {
        field: fieldOf(part),
        got: `more than ${maxBytes} bytes`,
        want: `at most ${maxBytes} bytes`,
      });
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}

/** The media type that goes into the statement where the metadata names none: kept as the part spells it. */
export function readPartType(part: Part): string | undefined {
  const { isValid, want } = FORMATS["media-type"];
  if (part.contentType !== undefined && !isValid(part.contentType))
    throw new HttpRefusal("multipart-malformed", "a part's Content-Type is no media type", {
      field: fieldOf(part),
      got: describe(part.contentType),
      want,
    });
  return part.contentType;
}
