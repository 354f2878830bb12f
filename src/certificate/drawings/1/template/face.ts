/**
 * Opened fonts, kept from one certificate to the next. Text is set glyph by glyph, which Chinese and Latin allow; what
 * is remembered depends on the fonts alone, or a certificate would depend on those made earlier by the same process.
 * OpenType 1.9: cmap, head, hhea, OS/2, post, name.
 */
import { openTrueType, type TrueType, viewOf } from "./truetype.js";

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
  /** Glyph 0 is the font's own "missing" glyph. */
  glyph(codePoint: number): FaceGlyph;
  /** Every character with a glyph, by code point, in ascending order. */
  codePoints(): readonly number[];
}

export interface FaceGlyph {
  readonly id: number;
  /** In thousandths of the size. */
  readonly width: number;
}

/** Throws where the bytes are no TrueType font with these tables. */
export function openFace(bytes: Uint8Array): Face {
  const program = openTrueType(bytes);
  const table = (tag: string): DataView => viewOf(program.table(tag));
  const [head, hhea, os2, post] = [table("head"), table("hhea"), table("OS/2"), table("post")];
  const unitsPerEm = head.getUint16(18);
  const thousandths = (units: number) => (units * 1000) / unitsPerEm;
  const glyphIds = readCharacterMap(table("cmap"));
  const glyphs = new Map<number, FaceGlyph>();
  const glyph = (codePoint: number): FaceGlyph => {
    let known = glyphs.get(codePoint);
    if (known === undefined) {
      const id = glyphIds.get(codePoint) ?? 0;
      known = { id, width: thousandths(program.metrics(id).advance) };
      glyphs.set(codePoint, known);
    }
    return known;
  };
  return {
    name: readPostscriptName(table("name")),
    program,
    metrics: {
      ascent: thousandths(hhea.getInt16(4)),
      descent: thousandths(hhea.getInt16(6)),
      capHeight: os2.getUint16(0) >= 2 ? thousandths(os2.getInt16(88)) : thousandths(hhea.getInt16(4)),
      box: [36, 38, 40, 42].map((at) => thousandths(head.getInt16(at))) as [number, number, number, number],
      isFixedPitch: post.getUint32(12) !== 0,
      missingWidth: thousandths(program.metrics(0).advance),
    },
    glyph,
    codePoints: () => [...glyphIds.keys()].sort((a, b) => a - b),
  };
}

const UNICODE_FORMATS = [12, 4] as const;

/** Glyphs by code point, of the widest Unicode subtable: format 12, else 4. */
function readCharacterMap(cmap: DataView): ReadonlyMap<number, number> {
  const subtables = new Map<number, number>();
  for (let i = 0; i < cmap.getUint16(2); i++) {
    const offset = cmap.getUint32(4 + 8 * i + 4);
    subtables.set(cmap.getUint16(offset), offset);
  }
  const format = UNICODE_FORMATS.find((one) => subtables.has(one));
  if (format === undefined) throw new Error("no character map of format 4 or 12");
  const at = subtables.get(format) as number;
  const map = new Map<number, number>();
  if (format === 12) readGroups(cmap, at, map);
  else readSegments(cmap, at, map);
  return map;
}

function readGroups(cmap: DataView, at: number, map: Map<number, number>): void {
  for (let i = 0; i < cmap.getUint32(at + 12); i++) {
    const group = at + 16 + 12 * i;
    const [first, last, id] = [0, 4, 8].map((field) => cmap.getUint32(group + field)) as [
      number,
      number,
      number,
    ];
    for (let codePoint = first; codePoint <= last; codePoint++)
      if (id + codePoint - first !== 0) map.set(codePoint, id + codePoint - first);
  }
}

function readSegments(cmap: DataView, at: number, map: Map<number, number>): void {
  const twice = cmap.getUint16(at + 6);
  const [ends, starts] = [at + 14, at + 16 + twice];
  const [deltas, offsets] = [starts + twice, starts + 2 * twice];
  for (let i = 0; i < twice; i += 2) {
    const [first, last] = [cmap.getUint16(starts + i), cmap.getUint16(ends + i)];
    const [delta, offset] = [cmap.getUint16(deltas + i), cmap.getUint16(offsets + i)];
    for (let codePoint = first; codePoint <= last && codePoint !== 0xffff; codePoint++) {
      const stored =
        offset === 0 ? codePoint : cmap.getUint16(offsets + i + offset + 2 * (codePoint - first));
      const id = stored === 0 ? 0 : (stored + delta) & 0xffff;
      if (id !== 0) map.set(codePoint, id);
    }
  }
}

const POSTSCRIPT_NAME = 6;

/** ASCII by its definition, in whatever encoding it is stored. */
function readPostscriptName(names: DataView): string {
  const strings = names.getUint16(4);
  for (let i = 0; i < names.getUint16(2); i++) {
    const record = 6 + 12 * i;
    if (names.getUint16(record + 6) !== POSTSCRIPT_NAME) continue;
    let name = "";
    for (let j = 0; j < names.getUint16(record + 8); j++) {
      const code = names.getUint8(strings + names.getUint16(record + 10) + j);
      if (code !== 0) name += String.fromCharCode(code);
    }
    if (/^[\w-]{1,63}$/.test(name)) return name;
  }
  throw new Error("no PostScript name");
}
