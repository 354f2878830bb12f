/**
 * What users wrote, made safe to print: every character is seen as itself or as its code point, so that nothing
 * invisible, reordering or missing from the font can change what a reader takes the text to be. Which are seen as
 * themselves was decided when the template was built.
 */

/** Around a code point, and in no text that a user writes: there it is spelled itself. */
export const SIGN = "\u2b1a";
const LONGEST = 8192;

/** Longer than 8,192 characters is cut, and `truncated` gives the note put in its place. */
export function visibleText(
  text: string,
  isPrinted: (codePoint: number) => boolean,
  truncated: (length: number) => string,
): string {
  let [shown, length, from] = ["", 0, 0];
  for (let at = 0; at < text.length;) {
    const codePoint = text.codePointAt(at) as number;
    if (++length > LONGEST) break;
    const next = at + (codePoint > 0xffff ? 2 : 1);
    if (!isSeen(codePoint) && !isPrinted(codePoint)) {
      shown += text.slice(from, at) + spelled(codePoint);
      from = next;
    }
    at = next;
  }
  if (length <= LONGEST) return from === 0 ? text : shown + text.slice(from);
  return shown + text.slice(from, endOf(text)) + truncated(Array.from(text).length);
}

/** Most text: printable ASCII. */
const isSeen = (codePoint: number): boolean => codePoint > 0x1f && codePoint < 0x7f;

/** Behind the last character that is shown of a long text. */
function endOf(text: string): number {
  let at = 0;
  for (let length = 0; length < LONGEST; length++) at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
  return at;
}

const spelled = (codePoint: number): string =>
  `${SIGN}U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}${SIGN}`;
