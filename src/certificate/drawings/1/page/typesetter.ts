/**
 * Text as the operators of a page want it. The template's fonts hold every character of its own words; whatever else
 * a document says gets its characters from a second font of the same face, cut for that document alone.
 */
import { EmbeddedFont } from "../pdf/embedded-font.js";
import type { FaceName, Faces } from "../template/faces.js";
import { FACE_NAMES } from "../template/layout.js";

/** Characters of one font: `codes` is the inside of a literal string, or of several with moves between them. */
export interface Run {
  readonly font: string;
  readonly codes: string;
}

export type PinnedFonts = Readonly<Record<FaceName, EmbeddedFont>>;

export class Typesetter {
  readonly #faces: Faces;
  readonly #pinned: PinnedFonts;
  /** The fonts of this document alone, by the number of their face. */
  readonly #loose: (EmbeddedFont | undefined)[];

  /** `bold`: a font with all the characters that it will need. */
  constructor(faces: Faces, pinned: PinnedFonts, bold?: EmbeddedFont) {
    this.#faces = faces;
    this.#pinned = pinned;
    this.#loose = new Array<EmbeddedFont | undefined>(faces.count).fill(undefined);
    this.#loose[BOLD] = bold;
  }

  /** Those that hold a character. */
  get loose(): readonly EmbeddedFont[] {
    return this.#loose.flatMap((font) => (font === undefined || !font.isUsed ? [] : [font]));
  }

  /** That of the bold face. */
  get looseBold(): EmbeddedFont {
    return this.#looseOf(BOLD);
  }

  #looseOf(face: number): EmbeddedFont {
    return (this.#loose[face] ??= new EmbeddedFont(this.#faces.at(face), `L${face + 1}`));
  }

  /** `wordGap`: extra space after each plain one, in thousandths of the size. */
  set(text: string, name: FaceName, wordGap = 0): readonly Run[] {
    const pinned = this.#pinned[name];
    const runs: Run[] = [];
    let [font, codes] = [pinned.name, ""];
    for (let at = 0; at < text.length; at++) {
      const codePoint = text.codePointAt(at) as number;
      if (codePoint > 0xffff) at++;
      const known = pinned.code(codePoint);
      const own = known === undefined ? this.#looseOf(this.#faces.find(codePoint, name).face) : pinned;
      if (own.name !== font) {
        if (codes !== "") runs.push({ font, codes });
        [font, codes] = [own.name, ""];
      }
      codes += known ?? own.add(codePoint);
      if (wordGap !== 0 && codePoint === 0x20) codes += `)${-wordGap}(`;
    }
    if (codes !== "") runs.push({ font, codes });
    return runs;
  }
}

const BOLD = FACE_NAMES.indexOf("bold");

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

/** The fonts of these characters, in their order, closed: F1 to F3. */
export function pinFonts(faces: Faces, characters: Readonly<Record<FaceName, string>>): PinnedFonts {
  const fonts = FACE_NAMES.map((face, i) => {
    const font = new EmbeddedFont(faces.named(face), `F${i + 1}`);
    for (const character of characters[face]) font.add(character.codePointAt(0) as number);
    return [face, font.close()] as const;
  });
  return Object.fromEntries(fonts) as Record<FaceName, EmbeddedFont>;
}
