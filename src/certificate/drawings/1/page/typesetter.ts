/**
 * Text as the operators of a page want it. The template's fonts hold every character of its own words; whatever else
 * a document says gets its characters from a second font of the same face, cut for that document alone.
 */
import { EmbeddedFont } from "../pdf/embedded-font.js";
import { FACE_NAMES, type FaceName } from "../template/layout.js";
import type { Faces } from "../../../template/template.js";

/** Characters of one font: `codes` is the inside of a literal string, or of several with moves between them. */
export interface Run {
  readonly font: string;
  readonly codes: string;
}

export type PinnedFonts = Readonly<Record<FaceName, EmbeddedFont>>;

export class Typesetter {
  readonly #pinned: PinnedFonts;
  /** The fonts of this document alone, in the order of the faces. */
  readonly loose: PinnedFonts;

  /** `bold`: with all the characters that it will need. */
  constructor(faces: Faces, pinned: PinnedFonts, bold?: EmbeddedFont) {
    this.#pinned = pinned;
    const loose = fontsOf(faces, "L");
    this.loose = bold === undefined ? loose : { ...loose, bold };
  }

  /** Whether anything needed a font of this document alone. */
  get isLoose(): boolean {
    return FACE_NAMES.some((face) => this.loose[face].isUsed);
  }

  /** `wordGap`: extra space after each plain one, in thousandths of the size. */
  set(text: string, face: FaceName, wordGap = 0): readonly Run[] {
    const [pinned, loose] = [this.#pinned[face], this.loose[face]];
    const runs: Run[] = [];
    let [font, codes] = [pinned.name, ""];
    for (let at = 0; at < text.length; at++) {
      const codePoint = text.codePointAt(at) as number;
      if (codePoint > 0xffff) at++;
      const known = pinned.code(codePoint);
      const name = known === undefined ? loose.name : pinned.name;
      if (name !== font) {
        if (codes !== "") runs.push({ font, codes });
        [font, codes] = [name, ""];
      }
      codes += known ?? loose.add(codePoint);
      if (wordGap !== 0 && codePoint === 0x20) codes += `)${-wordGap}(`;
    }
    if (codes !== "") runs.push({ font, codes });
    return runs;
  }
}

/** The text in this font alone; undefined where the font lacks a character of it. */
export function runsOf(text: string, font: EmbeddedFont): readonly Run[] | undefined {
  let codes = "";
  for (const character of text) {
    const code = font.code(character.codePointAt(0) as number);
    if (code === undefined) return undefined;
    codes += code;
  }
  return [{ font: font.name, codes }];
}

/** One empty font a face, named by this letter and the number of the face. */
export function fontsOf(faces: Faces, letter: "F" | "L"): PinnedFonts {
  const fonts = FACE_NAMES.map(
    (face, i) => [face, new EmbeddedFont(faces[face], `${letter}${i + 1}`)] as const,
  );
  return Object.fromEntries(fonts) as Record<FaceName, EmbeddedFont>;
}

/** The fonts of these words, closed. */
export function pinFonts(faces: Faces, texts: Readonly<Record<FaceName, Iterable<string>>>): PinnedFonts {
  const fonts = fontsOf(faces, "F");
  for (const face of FACE_NAMES) {
    const codePoints = new Set<number>();
    for (const text of texts[face])
      for (const character of text) codePoints.add(character.codePointAt(0) as number);
    // In the order of their numbers, so that neighbours look alike to the compression.
    for (const codePoint of [...codePoints].sort((a, b) => a - b))
      if (faces[face].has(codePoint)) fonts[face].add(codePoint);
    fonts[face].close();
  }
  return fonts;
}
