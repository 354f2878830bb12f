/**
 * A face cut to some characters, each under a number of its own, and the font objects that hold exactly those. Every
 * character stands for itself, also where two share a glyph, so that text copied out of the PDF is the text that was
 * put in. ISO 32000-1, sections 9.7 (composite fonts) and 9.10.
 */
import { utf8 } from "../../../../core/bytes.js";
import type { Face, FaceGlyph } from "../template/face.js";
import { type PdfObjects, type PdfReference, pdfString } from "./pdf-objects.js";
import { encodeSubset } from "../template/truetype.js";

const FLAG = { fixedPitch: 1 << 0, serif: 1 << 1, symbolic: 1 << 2 };
/** The width of most Han characters: what a font without an entry in /W has. */
const EM = 1000;
/** Of a code's two bytes each stays below this: so a page of codes is ASCII, which is made bytes of at once. */
const BYTE_LIMIT = 0x80;

export class EmbeddedFont {
  /** Its name in the resources of a page. */
  readonly name: string;
  readonly #face: Face;
  readonly #codes = new Map<number, string>();
  /** The same by UTF-16 unit, once no more is added: an array is found faster. */
  #table: readonly (string | undefined)[] | undefined;
  /** By number: the glyph in the font and the character; 0 is the font's own "missing" glyph. */
  readonly #used: { readonly glyph: FaceGlyph; readonly codePoint: number }[];

  constructor(face: Face, name: string) {
    this.name = name;
    this.#face = face;
    this.#used = [{ glyph: { id: 0, width: face.metrics.missingWidth }, codePoint: 0xfffd }];
  }

  get isUsed(): boolean {
    return this.#used.length > 1;
  }

  /** What stands for the character in a literal string, where the font holds it. */
  code(codePoint: number): string | undefined {
    return this.#table === undefined || codePoint > 0xffff
      ? this.#codes.get(codePoint)
      : this.#table[codePoint];
  }

  /** Nothing is added any more. */
  close(): this {
    const table = new Array<string | undefined>(0x10000).fill(undefined);
    for (const [codePoint, code] of this.#codes) if (codePoint <= 0xffff) table[codePoint] = code;
    this.#table = table;
    return this;
  }

  /** The same, for a character that the font may get only now. */
  add(codePoint: number): string {
    let code = this.#codes.get(codePoint);
    if (code === undefined) {
      if (this.#table !== undefined)
        throw new Error(`internal: a font of all its characters lacks U+${codePoint.toString(16)}`);
      code = spelled(codeOf(this.#used.push({ glyph: this.#face.glyph(codePoint), codePoint }) - 1));
      this.#codes.set(codePoint, code);
    }
    return code;
  }

  /** Writes the font's objects; nothing can be added after it. */
  finish(document: PdfObjects): PdfReference {
    const { name, program, metrics } = this.#face;
    // Six capital letters mark a subset (ISO 32000-1, 9.6.4).
    const subsetName = `CERT${this.name.replace(/\d/, (digit) => String.fromCharCode(0x40 + Number(digit)))}+${name}`;
    const font = encodeSubset(program, this.#glyphIds());
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
      FontFile2: document.deflated({ Length1: font.length }, font),
    });
    descriptor.end();
    const descendant = document.ref({
      Type: "Font",
      Subtype: "CIDFontType2",
      BaseFont: subsetName,
      CIDSystemInfo: { Registry: pdfString("Adobe"), Ordering: pdfString("Identity"), Supplement: 0 },
      FontDescriptor: descriptor,
      CIDToGIDMap: "Identity",
      DW: EM,
      W: this.#widths(),
    });
    descendant.end();
    const reference = document.ref({
      Type: "Font",
      Subtype: "Type0",
      BaseFont: subsetName,
      Encoding: "Identity-H",
      DescendantFonts: [descendant],
      ToUnicode: document.deflated({}, utf8(this.#toUnicode())),
    });
    reference.end();
    return reference;
  }

  /** By code, since codes are the numbers of the glyphs in the font; codes that nothing has are left empty. */
  #glyphIds(): readonly (number | undefined)[] {
    const ids = new Array<number | undefined>(codeOf(this.#used.length - 1) + 1).fill(undefined);
    this.#used.forEach(({ glyph }, index) => (ids[codeOf(index)] = glyph.id));
    return ids;
  }

  /** Runs of codes whose characters are not an em wide: `first [width ...]`. */
  #widths(): unknown[] {
    const runs: unknown[] = [];
    let run: number[] | undefined;
    this.#used.forEach(({ glyph }, index) => {
      if (glyph.width === EM) run = undefined;
      else {
        if (run === undefined || index % BYTE_LIMIT === 0) runs.push(codeOf(index), (run = []));
        run.push(glyph.width);
      }
    });
    return runs;
  }

  /** ISO 32000-1, 9.10.3: a range never crosses a high byte. */
  #toUnicode(): string {
    let ranges = "";
    let count = 0;
    for (let first = 0; first < this.#used.length; first += BYTE_LIMIT) {
      const last = Math.min(first + BYTE_LIMIT, this.#used.length) - 1;
      let targets = "";
      for (let i = first; i <= last; i++) targets += `<${utf16(this.#used[i]?.codePoint ?? 0)}>`;
      ranges += `<${hex4(codeOf(first))}> <${hex4(codeOf(last))}> [${targets}]\n`;
      count++;
    }
    return `${CMAP_HEAD}\n${count} beginbfrange\n${ranges}endbfrange\n${CMAP_FOOT}`;
  }
}

/** The code of the character that was added as this one. */
const codeOf = (index: number): number => (Math.floor(index / BYTE_LIMIT) << 8) | (index % BYTE_LIMIT);

const CMAP_HEAD = [
  "/CIDInit /ProcSet findresource begin",
  "12 dict begin",
  "begincmap",
  "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
  "/CMapName /Adobe-Identity-UCS def",
  "/CMapType 2 def",
  "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange",
].join("\n");
const CMAP_FOOT = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend";

const hex4 = (n: number): string => n.toString(16).padStart(4, "0");

const utf16 = (codePoint: number): string => {
  const character = String.fromCodePoint(codePoint);
  return Array.from({ length: character.length }, (_, i) => hex4(character.charCodeAt(i))).join("");
};

/** Two bytes of a literal string: parentheses, strokes and line ends are escaped. */
function spelled(code: number): string {
  return escaped(code >> 8) + escaped(code & 0xff);
}

function escaped(byte: number): string {
  if (byte === 0x0a) return "\\n";
  if (byte === 0x0d) return "\\r";
  const character = String.fromCharCode(byte);
  return byte === 0x28 || byte === 0x29 || byte === 0x5c ? `\\${character}` : character;
}
