/**
 * Opened fonts, kept from one certificate to the next: opening one costs more than a whole page of text.
 * Text is set glyph by glyph, which Chinese and Latin allow; what is remembered depends on the font alone, or a
 * certificate would depend on those made earlier by the same process.
 */
import { create, type Font } from "fontkit";
import { openTrueType, type TrueType } from "./truetype.js";

export interface Face {
  readonly name: string;
  readonly program: TrueType;
  /** In thousandths of the size. */
  readonly metrics: {
    readonly ascent: number;
    readonly descent: number;
    readonly capHeight: number;
    readonly box: readonly [number, number, number, number];
    readonly isFixedPitch: boolean;
    readonly missingWidth: number;
  };
  glyph(codePoint: number): FaceGlyph;
  has(codePoint: number): boolean;
  /** Width of `text` at size 1. */
  width(text: string): number;
}

export interface FaceGlyph {
  readonly id: number;
  /** In thousandths of the size. */
  readonly width: number;
}

export function openFace(bytes: Uint8Array): Face {
  const font = create(bytes as Buffer) as Font & { readonly post: { readonly isFixedPitch: number } };
  const thousandths = (units: number) => (units * 1000) / font.unitsPerEm;
  const { minX, minY, maxX, maxY } = font.bbox;
  const glyphs = new Map<number, FaceGlyph>();
  /** Of the characters below U+10000, in thousandths; NaN where not asked for yet. */
  const widths = new Float64Array(0x10000).fill(Number.NaN);
  const glyph = (codePoint: number): FaceGlyph => {
    let known = glyphs.get(codePoint);
    if (known === undefined) {
      const { id, advanceWidth } = font.glyphForCodePoint(codePoint);
      known = { id, width: thousandths(advanceWidth) };
      glyphs.set(codePoint, known);
    }
    return known;
  };
  return {
    name: font.postscriptName,
    program: openTrueType(bytes),
    metrics: {
      ascent: thousandths(font.ascent),
      descent: thousandths(font.descent),
      capHeight: thousandths(font.capHeight),
      box: [thousandths(minX), thousandths(minY), thousandths(maxX), thousandths(maxY)],
      isFixedPitch: font.post.isFixedPitch !== 0,
      missingWidth: thousandths(font.getGlyph(0).advanceWidth),
    },
    glyph,
    // Glyph 0 is the font's own "missing" glyph.
    has: (codePoint) => glyph(codePoint).id !== 0,
    width: (text) => {
      let sum = 0;
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        let width = widths[code] as number;
        if (Number.isNaN(width)) {
          const codePoint = text.codePointAt(at) as number;
          width = glyph(codePoint).width;
          if (codePoint === code) widths[code] = width;
          else at++;
        }
        sum += width;
      }
      return sum / 1000;
    },
  };
}
