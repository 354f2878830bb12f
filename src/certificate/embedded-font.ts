/**
 * A face within one document: the characters used so far, each under a number of its own, and at the end the font
 * objects that hold exactly those. Every character stands for itself, also where two share a glyph, so that text
 * copied out of the PDF is the text that was put in. ISO 32000-1, sections 9.7 (composite fonts) and 9.10.
 */
import { type Face } from "./face.js";
import { type PdfObjects, type PdfReference, pdfString } from "./pdf-objects.js";
import { encodeSubset } from "./truetype.js";

const FLAG = { fixedPitch: 1 << 0, serif: 1 << 1, symbolic: 1 << 2 };

export class EmbeddedFont {
  /** Its name in the resources of a page. */
  readonly name: string;
  readonly reference: PdfReference;
  readonly #face: Face;
  readonly #codes = new Map<string, string>();
  /** By number: the glyph in the font and the character; 0 is the font's own "missing" glyph. */
  readonly #used: { readonly id: number; readonly width: number; readonly character: string }[];

  readonly #index: number;

  /** `index` counts the fonts of the document. */
  constructor(face: Face, index: number, reference: PdfReference) {
    this.name = `F${index + 1}`;
    this.#index = index;
    this.reference = reference;
    this.#face = face;
    this.#used = [{ id: 0, width: face.metrics.missingWidth, character: "\ufffd" }];
  }

  /** Hexadecimal digits for a string operand. */
  encode(text: string): string {
    let digits = "";
    for (const character of text) {
      let code = this.#codes.get(character);
      if (code === undefined) {
        const { id, width } = this.#face.glyph(character.codePointAt(0) as number);
        code = hex4(this.#used.push({ id, width, character }) - 1);
        this.#codes.set(character, code);
      }
      digits += code;
    }
    return digits;
  }

  /** Writes the font's objects; nothing can be encoded after it. */
  finish(document: PdfObjects): void {
    const { name, program, metrics } = this.#face;
    // Six capital letters mark a subset (ISO 32000-1, 9.6.4).
    const subsetName = `CERTF${String.fromCharCode(0x41 + this.#index)}+${name}`;
    const font = encodeSubset(
      program,
      this.#used.map(({ id }) => id),
    );
    const file = document.ref({ Length1: font.length });
    file.end(font);
    const descriptor = document.ref({
      Type: "FontDescriptor",
      FontName: subsetName,
      Flags: FLAG.symbolic | (metrics.isFixedPitch ? FLAG.fixedPitch : FLAG.serif),
      FontBBox: [...metrics.box],
      ItalicAngle: 0,
      Ascent: metrics.ascent,
      Descent: metrics.descent,
      CapHeight: metrics.capHeight,
      StemV: 80,
      FontFile2: file,
    });
    descriptor.end();
    const descendant = document.ref({
      Type: "Font",
      Subtype: "CIDFontType2",
      BaseFont: subsetName,
      CIDSystemInfo: { Registry: pdfString("Adobe"), Ordering: pdfString("Identity"), Supplement: 0 },
      FontDescriptor: descriptor,
      CIDToGIDMap: "Identity",
      W: [0, this.#used.map(({ width }) => width)],
    });
    descendant.end();
    const unicode = document.ref();
    unicode.end(this.#toUnicode());
    this.reference.data = {
      Type: "Font",
      Subtype: "Type0",
      BaseFont: subsetName,
      Encoding: "Identity-H",
      DescendantFonts: [descendant],
      ToUnicode: unicode,
    };
    this.reference.end();
  }

  /** ISO 32000-1, 9.10.3: at most 100 lines a section; a range never crosses a high byte, so each is one code. */
  #toUnicode(): string {
    const lines = this.#used.map(({ character }, code) => `<${hex4(code)}> <${utf16(character)}>`);
    const sections: string[] = [];
    for (let i = 0; i < lines.length; i += 100) {
      const some = lines.slice(i, i + 100);
      sections.push(`${some.length} beginbfchar\n${some.join("\n")}\nendbfchar`);
    }
    return [
      "/CIDInit /ProcSet findresource begin",
      "12 dict begin",
      "begincmap",
      "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
      "/CMapName /Adobe-Identity-UCS def",
      "/CMapType 2 def",
      "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange",
      ...sections,
      "endcmap",
      "CMapName currentdict /CMap defineresource pop",
      "end",
      "end",
    ].join("\n");
  }
}

const hex4 = (n: number): string => n.toString(16).padStart(4, "0");

const utf16 = (character: string): string =>
  Array.from({ length: character.length }, (_, i) => hex4(character.charCodeAt(i))).join("");
