/**
 * What users wrote, made safe to print: every character is seen as itself or as its code point, so that nothing
 * invisible, reordering or missing from the font can change what a reader takes the text to be.
 */

/** Controls, formats (bidirectional overrides, zero widths, tags), private use, unassigned; line ends; marks. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{M}]/u;
/** White space that looks like another; the plain and the ideographic space are seen by their width. */
const ODD_SPACE = /[\p{Zs}]/u;
const LONGEST = 8192;
/** Printable ASCII and the usual Han: seen as themselves wherever the font has them. */
const isPlain = (code: number): boolean => (code > 0x1f && code < 0x7f) || (code >= 0x4e00 && code <= 0x9fff);

/**
 * `has` says what the font can draw. 〔 itself is spelled out too, so that no text can pretend to be a code point.
 * Longer than 8,192 characters is cut, and `truncated` gives the note put in its place.
 */
export function visibleText(
  text: string,
  has: (codePoint: number) => boolean,
  truncated: (length: number) => string,
): string {
  if (isAllPlain(text, has)) return text;
  let [shown, length] = ["", 0];
  for (const character of text) {
    if (++length <= LONGEST) shown += isSeen(character, has) ? character : spelled(character);
  }
  return length <= LONGEST ? shown : shown + truncated(length);
}

/** Most text: there is nothing to look at closely. */
function isAllPlain(text: string, has: (codePoint: number) => boolean): boolean {
  if (text.length > LONGEST) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!isPlain(code) || !has(code)) return false;
  }
  return true;
}

function isSeen(character: string, has: (codePoint: number) => boolean): boolean {
  if (character === " " || character === "\u3000") return true;
  if (character === "〔" || character === "〕" || ODD_SPACE.test(character) || UNSEEN.test(character))
    return false;
  return has(character.codePointAt(0) as number);
}

function spelled(character: string): string {
  const codePoint = character.codePointAt(0) as number;
  return `〔U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}〕`;
}
