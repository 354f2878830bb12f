/**
 * Cutting a TrueType font down to the glyphs in use: outlines are copied as they are, only the numbers of the parts
 * of composite glyphs change, and instructions are left out. OpenType 1.9: font directory, glyf, loca, hmtx, head, hhea, maxp.
 */
import { concatBytes } from "../../../../core/bytes.js";

export interface TrueType {
  /** Throws where the font lacks it. */
  readonly table: (tag: string) => Uint8Array;
  /** The outline as stored; empty for a blank glyph. */
  readonly outline: (glyphId: number) => Uint8Array;
  /** Advance width and left side bearing, as stored. */
  readonly metrics: (glyphId: number) => { readonly advance: number; readonly bearing: number };
}

const HEADER_BYTES = 12;
const RECORD_BYTES = 16;
const COMPOSITE = {
  wordArguments: 0x0001,
  scale: 0x0008,
  more: 0x0020,
  twoScales: 0x0040,
  matrix: 0x0080,
  instructions: 0x0100,
};

/** The tables of a font by their tags, in its order. */
export function tablesOf(font: Uint8Array): Map<string, Uint8Array> {
  const view = viewOf(font);
  const tables = new Map<string, Uint8Array>();
  for (let i = 0; i < view.getUint16(4); i++) {
    const at = HEADER_BYTES + RECORD_BYTES * i;
    const tag = String.fromCharCode(...font.subarray(at, at + 4));
    const offset = view.getUint32(at + 8);
    tables.set(tag, font.subarray(offset, offset + view.getUint32(at + 12)));
  }
  return tables;
}

/** The font is our own template's: trusted to be well-formed. */
export function openTrueType(font: Uint8Array): TrueType {
  const tables = tablesOf(font);
  const table = (tag: string): Uint8Array => {
    const bytes = tables.get(tag);
    if (bytes === undefined) throw new Error(`the font has no table ${tag}`);
    return bytes;
  };
  const [glyf, loca, hmtx] = [table("glyf"), viewOf(table("loca")), viewOf(table("hmtx"))];
  const isLong = viewOf(table("head")).getInt16(50) === 1;
  const fullMetrics = viewOf(table("hhea")).getUint16(34);
  const offsetOf = (id: number) => (isLong ? loca.getUint32(4 * id) : 2 * loca.getUint16(2 * id));
  return {
    table,
    outline: (id) => glyf.subarray(offsetOf(id), offsetOf(id + 1)),
    metrics: (id) =>
      id < fullMetrics
        ? { advance: hmtx.getUint16(4 * id), bearing: hmtx.getInt16(4 * id + 2) }
        : {
            advance: hmtx.getUint16(4 * (fullMetrics - 1)),
            bearing: hmtx.getInt16(4 * fullMetrics + 2 * (id - fullMetrics)),
          },
  };
}

/** A font of these glyphs, in this order, and after them the parts of composite ones; undefined is a blank. The first is glyph 0. */
export function encodeSubset(font: TrueType, glyphIds: readonly (number | undefined)[]): Uint8Array {
  const ids = [...glyphIds];
  const newIds = new Map(ids.map((id, i) => [id, i]));
  const outlines: Uint8Array[] = [];
  // The list grows as parts of composite glyphs are met.
  for (let i = 0; i < ids.length; i++) {
    outlines.push(
      withParts(outlineOf(font, ids[i]), (part) => {
        let id = newIds.get(part);
        if (id === undefined) {
          id = ids.push(part) - 1;
          newIds.set(part, id);
        }
        return id;
      }),
    );
  }
  const loca = new DataView(new ArrayBuffer(4 * (ids.length + 1)));
  const hmtx = new DataView(new ArrayBuffer(4 * ids.length));
  let offset = 0;
  ids.forEach((id, i) => {
    loca.setUint32(4 * i, offset);
    offset += padded((outlines[i] as Uint8Array).length);
    const { advance, bearing } = id === undefined ? BLANK : font.metrics(id);
    hmtx.setUint16(4 * i, advance);
    hmtx.setInt16(4 * i + 2, bearing);
  });
  loca.setUint32(4 * ids.length, offset);
  const glyf = new Uint8Array(offset);
  outlines.forEach((outline, i) => glyf.set(outline, loca.getUint32(4 * i)));

  return assemble([
    ["glyf", glyf],
    ["head", patched(font.table("head"), (head) => (head.setUint32(8, 0), head.setInt16(50, 1)))],
    ["hhea", patched(font.table("hhea"), (hhea) => hhea.setUint16(34, ids.length))],
    ["hmtx", new Uint8Array(hmtx.buffer)],
    ["loca", new Uint8Array(loca.buffer)],
    ["maxp", patched(font.table("maxp"), (maxp) => maxp.setUint16(4, ids.length))],
  ]);
}

const BLANK = { advance: 0, bearing: 0 };

const outlineOf = (font: TrueType, id: number | undefined): Uint8Array =>
  id === undefined ? new Uint8Array(0) : unhinted(font.outline(id));

/** A simple outline without its instructions: what grids of few pixels need, a page does not. */
function unhinted(outline: Uint8Array): Uint8Array {
  if (outline.length === 0) return outline;
  const view = viewOf(outline);
  const contours = view.getInt16(0);
  if (contours < 0) return outline;
  const at = 10 + 2 * contours;
  const length = view.getUint16(at);
  if (length === 0) return outline;
  return concatBytes(outline.subarray(0, at), new Uint8Array(2), outline.subarray(at + 2 + length));
}

/** The outline with the glyph numbers of its parts replaced; a simple outline has none. */
function withParts(outline: Uint8Array, newId: (part: number) => number): Uint8Array {
  if (outline.length === 0 || viewOf(outline).getInt16(0) >= 0) return outline;
  return patched(outline, (view) => {
    for (let at = 10, flags = COMPOSITE.more; flags & COMPOSITE.more;) {
      flags = view.getUint16(at);
      view.setUint16(at, flags & ~COMPOSITE.instructions);
      view.setUint16(at + 2, newId(view.getUint16(at + 2)));
      at += flags & COMPOSITE.wordArguments ? 8 : 6;
      at += flags & COMPOSITE.scale ? 2 : flags & COMPOSITE.twoScales ? 4 : flags & COMPOSITE.matrix ? 8 : 0;
    }
  });
}

/** A font of these tables, in order of their tags, with their checksums; that in `head` is nought before. */
export function assemble(tables: Iterable<readonly [string, Uint8Array]>): Uint8Array {
  const sorted = [...tables].sort(([a], [b]) => (a < b ? -1 : 1));
  const header = new DataView(new ArrayBuffer(HEADER_BYTES + RECORD_BYTES * sorted.length));
  const power = 31 - Math.clz32(sorted.length);
  header.setUint32(0, 0x00010000);
  [sorted.length, 16 << power, power, 16 * (sorted.length - (1 << power))].forEach((n, i) =>
    header.setUint16(4 + 2 * i, n),
  );
  const parts: Uint8Array[] = [];
  let offset = header.byteLength;
  sorted.forEach(([tag, bytes], i) => {
    const at = HEADER_BYTES + RECORD_BYTES * i;
    const whole = new Uint8Array(padded(bytes.length));
    whole.set(bytes);
    parts.push(whole);
    [...tag].forEach((letter, j) => header.setUint8(at + j, letter.charCodeAt(0)));
    header.setUint32(at + 4, checksum(whole));
    header.setUint32(at + 8, offset);
    header.setUint32(at + 12, bytes.length);
    offset += whole.length;
  });
  const font = concatBytes(new Uint8Array(header.buffer), ...parts);
  const head = sorted.findIndex(([tag]) => tag === "head");
  const headAt = header.getUint32(HEADER_BYTES + RECORD_BYTES * head + 8);
  viewOf(font).setUint32(headAt + 8, (0xb1b0afba - checksum(font)) >>> 0);
  return font;
}

function patched(bytes: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  change(viewOf(copy));
  return copy;
}

/** The sum of the big-endian words, modulo 2^32. */
function checksum(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 4) sum = (sum + view.getUint32(at)) | 0;
  return sum >>> 0;
}

const padded = (length: number): number => (length + 3) & ~3;
export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
