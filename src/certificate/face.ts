/**
 * Opened fonts, kept from one certificate to the next: opening one costs more than a whole page of text.
 * Text is set glyph by glyph, which Chinese and Latin allow; nothing here remembers what was set before, or a
 * certificate would depend on those made earlier by the same process.
 */
import { create, type Font } from "fontkit";

export interface Face {
  /** As pdfkit takes it: an object with `layout`. */
  readonly font: Font;
  has(codePoint: number): boolean;
  /** Width of `text` at size 1. */
  width(text: string): number;
}

interface PlacedGlyph {
  readonly id: number;
  readonly advanceWidth: number;
  readonly codePoints: readonly number[];
}

export function openFace(bytes: Uint8Array): Face {
  const font = create(bytes as Buffer) as Font;
  const glyphs = new Map<number, PlacedGlyph>();
  const glyphOf = (codePoint: number): PlacedGlyph => {
    let glyph = glyphs.get(codePoint);
    if (glyph === undefined) {
      const { id, advanceWidth } = font.glyphForCodePoint(codePoint);
      // Our own object: fontkit shares one glyph among its code points, and remembers only the first asked for.
      glyph = { id, advanceWidth, codePoints: [codePoint] };
      glyphs.set(codePoint, glyph);
    }
    return glyph;
  };
  const layout = (text: string) => {
    const run = Array.from(text, (character) => glyphOf(character.codePointAt(0) as number));
    return {
      glyphs: run,
      // Fresh ones each time: pdfkit scales them in place.
      positions: run.map(({ advanceWidth }) => ({ xAdvance: advanceWidth, yAdvance: 0, xOffset: 0, yOffset: 0 })),
      advanceWidth: run.reduce((sum, { advanceWidth }) => sum + advanceWidth, 0),
    };
  };
  return {
    font: Object.assign(font, { layout: layout as unknown as Font["layout"] }),
    has: (codePoint) => font.hasGlyphForCodePoint(codePoint),
    width: (text) => {
      let units = 0;
      for (const character of text) units += glyphOf(character.codePointAt(0) as number).advanceWidth;
      return units / font.unitsPerEm;
    },
  };
}
