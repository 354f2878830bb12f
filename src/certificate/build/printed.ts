/**
 * Which characters of users' text are printed as themselves: those that a face has and that are seen. Decided once, when
 * a template is built, since what Unicode says of a character changes from one of its versions to the next.
 */
import type { Face } from "../drawings/1/template/face.js";
import type { Range } from "../drawings/1/template/faces.js";
import { SIGN } from "../drawings/1/content/visible-text.js";

/** Controls, formats (bidirectional overrides, zero widths, tags), private use, unassigned; line ends; marks. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** White space that looks like another; the plain and the ideographic space are seen by their width. */
const SPACE = /\p{Zs}/u;
/** Written from right to left: letters that a page of ours would set in the wrong order. Unicode, DerivedBidiClass.txt. */
const LEFTWARD = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const PLAIN_SPACES: ReadonlySet<string> = new Set([" ", "\u3000"]);

function isSeen(codePoint: number): boolean {
  const character = String.fromCodePoint(codePoint);
  if (PLAIN_SPACES.has(character)) return true;
  return character !== SIGN && ![SPACE, UNSEEN, LEFTWARD].some((kind) => kind.test(character));
}

/** Gives the characters of a face that are seen: letters without ink are none of them. */
export const seenCharacters = ({ codePoints, glyph, program }: Face): readonly number[] =>
  codePoints().filter(
    (codePoint) =>
      isSeen(codePoint) &&
      (program.outline(glyph(codePoint).id).length > 0 || PLAIN_SPACES.has(String.fromCodePoint(codePoint))),
  );

/** Gives the ranges of these code points, with neighbours joined. */
export function rangesOf(codePoints: Iterable<number>): readonly Range[] {
  const ranges: [number, number][] = [];
  for (const codePoint of [...new Set(codePoints)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === codePoint - 1) last[1] = codePoint;
    else ranges.push([codePoint, codePoint]);
  }
  return ranges;
}
