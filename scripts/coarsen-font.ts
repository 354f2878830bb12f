/**
 * Draws the outlines of a TrueType font on a coarser grid, so that they take fewer bytes in every file that embeds
 * them: at the sizes of a printed page the difference is far below what any printer can show.
 * OpenType 1.9: glyf, loca, hmtx, head, hhea, OS/2, post.
 */
import { assemble, tablesOf } from "../src/certificate/drawings/1/template/truetype.js";
import { concatBytes } from "../src/core/bytes.js";

interface Point {
  readonly x: number;
  readonly y: number;
  readonly isOnCurve: boolean;
}

const FLAG = { onCurve: 1, shortX: 2, shortY: 4, repeat: 8, sameX: 16, sameY: 32 };

export interface Coarsening {
  /** Must divide that of the font. */
  readonly unitsPerEm: number;
  /** A PostScript name to call it by, in place of its own names. */
  readonly name?: string;
}

/** The font is a static one without hinting, composite glyphs or `gvar`. */
export function coarsen(font: Uint8Array, { unitsPerEm, name }: Coarsening): Uint8Array {
  const tables = tablesOf(font);
  const table = (tag: string): Uint8Array => {
    const bytes = tables.get(tag);
    if (bytes === undefined) throw new Error(`the font has no table ${tag}`);
    return bytes;
  };
  const [head, hhea, maxp] = [copyOf(table("head")), copyOf(table("hhea")), table("maxp")];
  const scale = unitsPerEm / viewOf(head).getUint16(18);
  const scaled = (value: number) => Math.round(value * scale);
  const glyphs = viewOf(maxp).getUint16(4);
  const [loca, glyf] = [viewOf(table("loca")), table("glyf")];
  const isLong = viewOf(head).getInt16(50) === 1;
  const offsetOf = (id: number) => (isLong ? loca.getUint32(4 * id) : 2 * loca.getUint16(2 * id));

  const outlines: Uint8Array[] = [];
  const newLoca = new DataView(new ArrayBuffer(4 * (glyphs + 1)));
  let offset = 0;
  for (let id = 0; id < glyphs; id++) {
    const outline = scaledOutline(glyf.subarray(offsetOf(id), offsetOf(id + 1)), scaled);
    outlines.push(outline);
    offset += outline.length;
    newLoca.setUint32(4 * (id + 1), offset);
  }

  // Bounds, and what is measured in units of the em.
  scaleFields(head, [36, 38, 40, 42], scaled);
  viewOf(head).setUint16(18, unitsPerEm);
  viewOf(head).setInt16(50, 1);
  viewOf(head).setUint32(8, 0);
  scaleFields(hhea, [4, 6, 8, 10, 12, 14, 16], scaled);
  const full = viewOf(hhea).getUint16(34);
  const hmtx = copyOf(table("hmtx"));
  for (let at = 0; at < hmtx.length; at += 2) {
    // Advance widths are unsigned, bearings are not.
    const isAdvance = at < 4 * full && at % 4 === 0;
    const value = isAdvance ? viewOf(hmtx).getUint16(at) : viewOf(hmtx).getInt16(at);
    viewOf(hmtx).setInt16(at, scaled(value));
  }
  const replaced = new Map<string, Uint8Array>([
    ["head", head],
    ["hhea", hhea],
    ["hmtx", hmtx],
    ["glyf", concatBytes(...outlines)],
    ["loca", new Uint8Array(newLoca.buffer)],
  ]);
  const os2 = tables.get("OS/2");
  if (os2 !== undefined) {
    const copy = copyOf(os2);
    scaleFields(copy, [2, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 68, 70, 72, 74, 76, 86, 88], scaled);
    replaced.set("OS/2", copy);
  }
  const post = tables.get("post");
  if (post !== undefined) {
    const copy = copyOf(post);
    scaleFields(copy, [8, 10], scaled);
    replaced.set("post", copy);
  }
  if (name !== undefined) replaced.set("name", nameTable(name));
  return assemble([...new Map([...tables, ...replaced])]);
}

const NAME_ID = { family: 1, style: 2, full: 4, postscript: 6 };

/** In English, as Windows has it. */
function nameTable(name: string): Uint8Array {
  const names = [
    [NAME_ID.family, name],
    [NAME_ID.style, "Regular"],
    [NAME_ID.full, name],
    [NAME_ID.postscript, name],
  ] as const;
  const texts = names.map(([, text]) =>
    Uint8Array.from(Array.from(text).flatMap((character) => [0, character.charCodeAt(0)])),
  );
  const head = new DataView(new ArrayBuffer(6 + 12 * names.length));
  head.setUint16(2, names.length);
  head.setUint16(4, head.byteLength);
  let offset = 0;
  names.forEach(([id], i) => {
    const length = (texts[i] as Uint8Array).length;
    [3, 1, 0x409, id, length, offset].forEach((value, j) => head.setUint16(6 + 12 * i + 2 * j, value));
    offset += length;
  });
  return concatBytes(new Uint8Array(head.buffer), ...texts);
}

function scaledOutline(outline: Uint8Array, scaled: (value: number) => number): Uint8Array {
  if (outline.length === 0) return outline;
  const contours = readContours(outline).map((contour) =>
    simplified(contour.map(({ x, y, isOnCurve }) => ({ x: scaled(x), y: scaled(y), isOnCurve }))),
  );
  return encodeContours(contours);
}

/** Without points that the grid has made superfluous: doubled ones, and those in the middle of a straight or implied place. */
function simplified(contour: readonly Point[]): readonly Point[] {
  const points = [...contour];
  for (let i = 0; i < points.length && points.length > 3;) {
    const before = points[(i + points.length - 1) % points.length] as Point;
    const point = points[i] as Point;
    const after = points[(i + 1) % points.length] as Point;
    const isDoubled = point.isOnCurve && after.isOnCurve && point.x === after.x && point.y === after.y;
    const isStraight =
      point.isOnCurve &&
      before.isOnCurve &&
      after.isOnCurve &&
      (point.x - before.x) * (after.y - point.y) === (point.y - before.y) * (after.x - point.x);
    const isImplied =
      point.isOnCurve &&
      !before.isOnCurve &&
      !after.isOnCurve &&
      before.x + after.x === 2 * point.x &&
      before.y + after.y === 2 * point.y;
    if (isDoubled || isStraight || isImplied) {
      points.splice(i, 1);
      i = Math.max(0, i - 1);
    } else i++;
  }
  return points;
}

function readContours(outline: Uint8Array): readonly (readonly Point[])[] {
  const view = viewOf(outline);
  const count = view.getInt16(0);
  if (count < 0) throw new Error("a composite glyph");
  const ends = Array.from({ length: count }, (_, i) => view.getUint16(10 + 2 * i));
  let at = 10 + 2 * count;
  at += 2 + view.getUint16(at);
  const total = (ends.at(-1) ?? -1) + 1;
  const flags: number[] = [];
  while (flags.length < total) {
    const flag = outline[at++] as number;
    flags.push(flag);
    for (let more = flag & FLAG.repeat ? (outline[at++] as number) : 0; more > 0; more--) flags.push(flag);
  }
  const coordinates = (short: number, same: number): number[] => {
    let value = 0;
    return flags.map((flag) => {
      if (flag & short) value += (flag & same ? 1 : -1) * (outline[at++] as number);
      else if (!(flag & same)) {
        value += view.getInt16(at);
        at += 2;
      }
      return value;
    });
  };
  const xs = coordinates(FLAG.shortX, FLAG.sameX);
  const ys = coordinates(FLAG.shortY, FLAG.sameY);
  return ends.map((end, i) =>
    Array.from({ length: end - (ends[i - 1] ?? -1) }, (_, j) => {
      const index = (ends[i - 1] ?? -1) + 1 + j;
      return {
        x: xs[index] ?? 0,
        y: ys[index] ?? 0,
        isOnCurve: ((flags[index] ?? 0) & FLAG.onCurve) !== 0,
      };
    }),
  );
}

function encodeContours(contours: readonly (readonly Point[])[]): Uint8Array {
  const points = contours.flat();
  const flags: number[] = [];
  const [xBytes, yBytes]: [number[], number[]] = [[], []];
  let [x, y] = [0, 0];
  for (const point of points) {
    const flag = point.isOnCurve ? FLAG.onCurve : 0;
    flags.push(
      flag |
        delta(point.x - x, xBytes, FLAG.shortX, FLAG.sameX) |
        delta(point.y - y, yBytes, FLAG.shortY, FLAG.sameY),
    );
    [x, y] = [point.x, point.y];
  }
  const runs: number[] = [];
  for (let i = 0; i < flags.length;) {
    const flag = flags[i] as number;
    let more = 0;
    while (more < 255 && flags[i + more + 1] === flag) more++;
    if (more > 1) runs.push(flag | FLAG.repeat, more);
    else more = 0;
    if (more === 0) runs.push(flag);
    i += more + 1;
  }
  const [xs, ys] = [points.map((point) => point.x), points.map((point) => point.y)];
  const header = [contours.length, Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  let end = -1;
  const ends = contours.map((contour) => (end += contour.length));
  const words = [...header, ...ends, 0].flatMap((word) => [(word >> 8) & 0xff, word & 0xff]);
  const bytes = [...words, ...runs, ...xBytes, ...yBytes];
  return Uint8Array.from([...bytes, ...Array<number>((4 - (bytes.length % 4)) % 4).fill(0)]);
}

/** Appends a step of one coordinate in its shortest form, and returns the flags that say which. */
function delta(step: number, bytes: number[], short: number, same: number): number {
  if (step === 0) return same;
  if (Math.abs(step) < 256) {
    bytes.push(Math.abs(step));
    return step > 0 ? short | same : short;
  }
  bytes.push((step >> 8) & 0xff, step & 0xff);
  return 0;
}

function scaleFields(table: Uint8Array, offsets: readonly number[], scaled: (value: number) => number): void {
  const view = viewOf(table);
  for (const at of offsets) if (at + 2 <= table.length) view.setInt16(at, scaled(view.getInt16(at)));
}

const copyOf = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);
const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
