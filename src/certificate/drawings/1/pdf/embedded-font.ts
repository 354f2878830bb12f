/**
 * A face cut to some characters, each under a number of its own, and the font objects that hold exactly those. Every
 * character stands for itself, also where two share a glyph, so that text copied out of the PDF is the text that was
 * put in. ISO 32000-1, sections 9.7 (composite fonts) and 9.10.
 */
import { utf8 } from "../../../../core/bytes.js";
import type { Face, FaceGlyph } from "../template/face.js";
import { type PdfFile, pdfNumber, pointer } from "./pdf-file.js";
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

  /** The characters it holds, in the order of their codes. */
  get characters(): string {
    return this.#used
      .slice(1)
      .map(({ codePoint }) => String.fromCodePoint(codePoint))
      .join("");
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

  /** Writes the font's objects and returns the number of the font; nothing can be added after it. */
  finish(file: PdfFile): number {
    const { name, program, metrics } = this.#face;
    // Six capital letters mark a subset (ISO 32000-1, 9.6.4).
    const number = Number(this.name.slice(1));
    const letters = String.fromCharCode(0x41 + Math.floor(number / 26), 0x41 + (number % 26));
    const subsetName = `CER${this.name.slice(0, 1)}${letters}+${name}`;
    const font = encodeSubset(program, this.#glyphIds());
    const fontFile = file.deflated(`/Length1 ${font.length}`, font);
    const flags = FLAG.symbolic | (metrics.isFixedPitch ? FLAG.fixedPitch : FLAG.serif);
    const descriptor = file.add(
      `<<\n/Type /FontDescriptor\n/FontName /${subsetName}\n/Flags ${flags}\n` +
        `/FontBBox [${metrics.box.map(pdfNumber).join(" ")}]\n/ItalicAngle 0\n/Ascent ${pdfNumber(metrics.ascent)}\n` +
        `/Descent ${pdfNumber(metrics.descent)}\n/CapHeight ${pdfNumber(metrics.capHeight)}\n/StemV 80\n` +
        `/FontFile2 ${pointer(fontFile)}\n>>`,
    );
    const descendant = file.add(
      `<<\n/Type /Font\n/Subtype /CIDFontType2\n/BaseFont /${subsetName}\n` +
        "/CIDSystemInfo <<\n/Registry (Adobe)\n/Ordering (Identity)\n/Supplement 0\n>>\n" +
        `/FontDescriptor ${pointer(descriptor)}\n/CIDToGIDMap /Identity\n/DW ${EM}\n/W [${this.#widths()}]\n>>`,
    );
    const toUnicode = file.deflated("/Type /CMap", utf8(this.#toUnicode()));
    return file.add(
      `<<\n/Type /Font\n/Subtype /Type0\n/BaseFont /${subsetName}\n/Encoding /Identity-H\n` +
        `/DescendantFonts [${pointer(descendant)}]\n/ToUnicode ${pointer(toUnicode)}\n>>`,
    );
  }

  /** By code, since codes are the numbers of the glyphs in the font; codes that nothing has are left empty. */
  #glyphIds(): readonly (number | undefined)[] {
    const ids = new Array<number | undefined>(codeOf(this.#used.length - 1) + 1).fill(undefined);
    this.#used.forEach(({ glyph }, index) => (ids[codeOf(index)] = glyph.id));
    return ids;
  }

  /** Runs of codes whose characters are not an em wide: `first [width ...]`. */
  #widths(): string {
    let runs = "";
    let isOpen = false;
    this.#used.forEach(({ glyph }, index) => {
      const isNew = !isOpen || index % BYTE_LIMIT === 0;
      if (isOpen && (glyph.width === EM || isNew)) runs += "]";
      isOpen = glyph.width !== EM;
      if (isOpen)
        runs += isNew ? ` ${codeOf(index)} [${pdfNumber(glyph.width)}` : ` ${pdfNumber(glyph.width)}`;
    });
    return isOpen ? `${runs}]` : runs;
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
