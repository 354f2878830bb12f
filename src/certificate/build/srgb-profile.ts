/**
 * The colours of the file: sRGB (IEC 61966-2-1) as an ICC profile of a display, from its primaries under D50 and its
 * curve. ICC.1:2010 (profile version 4.3), sections 7.2, 9.2, 10.15 and 10.18.
 */
import { concatBytes, utf8 } from "../../core/bytes.js";

const HEADER_BYTES = 128;
/** X, Y and Z of red, green and blue, and of the white that they make, adapted to D50. */
const PRIMARIES = {
  rXYZ: [0.43607, 0.22249, 0.01392],
  gXYZ: [0.38515, 0.71687, 0.09708],
  bXYZ: [0.14307, 0.06061, 0.7141],
} as const;
const D50 = [0.9642, 1, 0.8249] as const;
/** From the light of Bradford's adaptation D65 to D50. */
const ADAPTATION = [
  1.04788, 0.02292, -0.05019, 0.02959, 0.99048, -0.01706, -0.00923, 0.01508, 0.75168,
] as const;
/** Y = (a X + b)^g where X >= d, else c X. */
const CURVE = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045] as const;

export function srgbProfile(): Uint8Array {
  const curve = tag("para", uint16s(3, 0), fixed(CURVE));
  const tags: readonly (readonly [string, Uint8Array])[] = [
    ["desc", localised("sRGB IEC61966-2.1")],
    ["cprt", localised("No copyright, use freely")],
    ["wtpt", tag("XYZ ", fixed(D50))],
    ["chad", tag("sf32", fixed(ADAPTATION))],
    ...Object.entries(PRIMARIES).map(([name, values]) => [name, tag("XYZ ", fixed(values))] as const),
    ["rTRC", curve],
    ["gTRC", curve],
    ["bTRC", curve],
  ];
  const table = new DataView(new ArrayBuffer(4 + 12 * tags.length));
  table.setUint32(0, tags.length);
  const placed = new Map<Uint8Array, number>();
  const parts: Uint8Array[] = [];
  let end = HEADER_BYTES + table.byteLength;
  tags.forEach(([name, content], i) => {
    let at = placed.get(content);
    if (at === undefined) {
      placed.set(content, (at = end));
      const padded = new Uint8Array((content.length + 3) & ~3);
      padded.set(content);
      parts.push(padded);
      end += padded.length;
    }
    new Uint8Array(table.buffer).set(utf8(name), 4 + 12 * i);
    table.setUint32(8 + 12 * i, at);
    table.setUint32(12 + 12 * i, content.length);
  });
  return concatBytes(header(end), new Uint8Array(table.buffer), ...parts);
}

function header(size: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  const bytes = new Uint8Array(view.buffer);
  const write = (text: string, at: number) => bytes.set(utf8(text), at);
  view.setUint32(0, size);
  view.setUint32(8, 0x04300000);
  write("mntrRGB XYZ ", 12);
  // The day on which the standard's second edition was published; no profile may do without one.
  [2010, 12, 1, 0, 0, 0].forEach((part, i) => view.setUint16(24 + 2 * i, part));
  write("acsp", 36);
  bytes.set(fixed(D50), 68);
  return bytes;
}

function tag(type: string, ...content: readonly Uint8Array[]): Uint8Array {
  return concatBytes(utf8(type), new Uint8Array(4), ...content);
}

/** A text in one language, of ASCII. */
function localised(text: string): Uint8Array {
  const units = uint16s(...Array.from(text, (character) => character.charCodeAt(0)));
  const record = concatBytes(uint32s(1, 12), utf8("enUS"), uint32s(units.length, 28));
  return tag("mluc", record, units);
}

const fixed = (values: readonly number[]): Uint8Array =>
  uint32s(...values.map((value) => Math.round(value * 65_536) >>> 0));

function uint32s(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => view.setUint32(4 * i, value));
  return new Uint8Array(view.buffer);
}

function uint16s(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, i) => view.setUint16(2 * i, value));
  return new Uint8Array(view.buffer);
}
