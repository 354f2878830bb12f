/**
 * A small raster: rectangles and text in grey or colour, written as PNG (RFC 2083). Enough to draw what a
 * screen or a scanner would have caught, the same bytes on every machine.
 */
import { zlibSync } from "fflate";
import type { Font } from "fontkit";

export type Colour = readonly [number, number, number];
/** x' = a x + c y + e; y' = b x + d y + f. */
type Matrix = readonly [number, number, number, number, number, number];
interface Point {
  readonly x: number;
  readonly y: number;
}
interface Edge {
  readonly top: number;
  readonly bottom: number;
  readonly x: number;
  readonly slope: number;
  readonly winding: 1 | -1;
}

/** Rows of samples within one pixel: smooth enough for print of 12 pixels. */
const SUBROWS = 4;

export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Uint8Array;
  #matrix: Matrix = [1, 0, 0, 1, 0, 0];

  constructor(width: number, height: number, paper: Colour) {
    this.width = width;
    this.height = height;
    this.#pixels = new Uint8Array(width * height * 3);
    for (let i = 0; i < this.#pixels.length; i++) this.#pixels[i] = paper[i % 3] as number;
  }

  /** Everything drawn later is turned by so many degrees about the middle. */
  turn(degrees: number): void {
    const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
    const [x, y] = [this.width / 2, this.height / 2];
    this.#matrix = [cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y];
  }

  rectangle(x: number, y: number, width: number, height: number, colour: Colour): void {
    const corners = [
      { x, y },
      { x: x + width, y },
      { x: x + width, y: y + height },
      { x, y: y + height },
    ];
    this.#fill([corners], colour);
  }

  frame(x: number, y: number, width: number, height: number, line: number, colour: Colour): void {
    this.rectangle(x, y, width, line, colour);
    this.rectangle(x, y + height - line, width, line, colour);
    this.rectangle(x, y, line, height, colour);
    this.rectangle(x + width - line, y, line, height, colour);
  }

  /** `y` is the base line. Returns where the text ends. */
  text(text: string, x: number, y: number, size: number, font: Font, colour: Colour): number {
    const scale = size / font.unitsPerEm;
    for (const character of text) {
      const glyph = font.glyphForCodePoint(character.codePointAt(0) as number);
      const left = x;
      const contours = flatten(glyph.path.commands).map((contour) =>
        contour.map((p) => ({ x: left + p.x * scale, y: y - p.y * scale })),
      );
      this.#fill(contours, colour);
      x += glyph.advanceWidth * scale;
    }
    return x;
  }

  /** Grain of paper and scanner: each pixel moves by at most `amount` levels, the same way every time. */
  grain(amount: number): void {
    let state = 20250310;
    for (let i = 0; i < this.#pixels.length; i += 3) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const shift = ((state >>> 24) % (2 * amount + 1)) - amount;
      for (let c = i; c < i + 3; c++)
        this.#pixels[c] = Math.max(0, Math.min(255, (this.#pixels[c] as number) + shift));
    }
  }

  png(): Uint8Array {
    const stride = this.width * 3;
    const raw = new Uint8Array((stride + 1) * this.height);
    for (let row = 0; row < this.height; row++) {
      raw.set(this.#pixels.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
    }
    const header = new Uint8Array(13);
    const view = new DataView(header.buffer);
    view.setUint32(0, this.width);
    view.setUint32(4, this.height);
    header.set([8, 2, 0, 0, 0], 8);
    return Buffer.concat([
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
      chunk("IHDR", header),
      chunk("IDAT", zlibSync(raw, { level: 6 })),
      chunk("IEND", new Uint8Array(0)),
    ]);
  }

  /** Non-zero winding, as TrueType outlines ask. */
  #fill(contours: readonly (readonly Point[])[], colour: Colour): void {
    const edges = contours.flatMap((contour) => this.#edgesOf(contour));
    if (edges.length === 0) return;
    const first = Math.max(0, Math.floor(Math.min(...edges.map((e) => e.top))));
    const last = Math.min(this.height - 1, Math.ceil(Math.max(...edges.map((e) => e.bottom))));
    const across = edges.flatMap((e) => [e.x, e.x + (e.bottom - e.top) * e.slope]);
    const left = Math.max(0, Math.floor(Math.min(...across)));
    const right = Math.min(this.width, Math.ceil(Math.max(...across)) + 1);
    const cover = new Float64Array(this.width);
    for (let row = first; row <= last; row++) {
      cover.fill(0, left, right);
      for (let i = 0; i < SUBROWS; i++) addSpans(edges, row + (i + 0.5) / SUBROWS, cover);
      for (let x = left; x < right; x++) {
        const share = Math.min(1, (cover[x] as number) / SUBROWS);
        if (share === 0) continue;
        const at = (row * this.width + x) * 3;
        for (let c = 0; c < 3; c++) {
          const under = this.#pixels[at + c] as number;
          this.#pixels[at + c] = Math.round(under + ((colour[c] as number) - under) * share);
        }
      }
    }
  }

  #edgesOf(contour: readonly Point[]): Edge[] {
    const [a, b, c, d, e, f] = this.#matrix;
    const points = contour.map(({ x, y }) => ({ x: a * x + c * y + e, y: b * x + d * y + f }));
    return points.flatMap((from, i) => {
      const to = points[(i + 1) % points.length] as Point;
      if (from.y === to.y) return [];
      const [upper, lower] = from.y < to.y ? [from, to] : [to, from];
      const slope = (lower.x - upper.x) / (lower.y - upper.y);
      return [{ top: upper.y, bottom: lower.y, x: upper.x, slope, winding: from === upper ? 1 : -1 } as Edge];
    });
  }
}

function addSpans(edges: readonly Edge[], y: number, cover: Float64Array): void {
  const crossings = edges
    .filter((edge) => edge.top <= y && y < edge.bottom)
    .map((edge) => ({ x: edge.x + (y - edge.top) * edge.slope, winding: edge.winding }))
    .sort((a, b) => a.x - b.x);
  let winding = 0;
  let start = 0;
  for (const crossing of crossings) {
    if (winding === 0) start = crossing.x;
    winding += crossing.winding;
    if (winding === 0) addSpan(start, crossing.x, cover);
  }
}

function addSpan(from: number, to: number, cover: Float64Array): void {
  const [start, end] = [Math.max(0, from), Math.min(cover.length, to)];
  for (let x = Math.floor(start); x < end; x++) {
    cover[x] = (cover[x] as number) + Math.min(x + 1, end) - Math.max(x, start);
  }
}

/** Outlines as polygons: a quadratic curve becomes four straight lines. */
function flatten(commands: readonly { command: string; args: number[] }[]): Point[][] {
  const contours: Point[][] = [];
  let current: Point[] = [];
  for (const { command, args } of commands) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = args;
    const from = current.at(-1) ?? { x: 0, y: 0 };
    if (command === "moveTo") contours.push((current = [{ x: x1, y: y1 }]));
    else if (command === "lineTo") current.push({ x: x1, y: y1 });
    else if (command === "quadraticCurveTo") {
      for (const t of [0.25, 0.5, 0.75, 1]) {
        const s = 1 - t;
        current.push({
          x: s * s * from.x + 2 * s * t * x1 + t * t * x2,
          y: s * s * from.y + 2 * s * t * y1 + t * t * y2,
        });
      }
    } else if (command !== "closePath") throw new Error(`internal: no curve ${command} in TrueType`);
  }
  return contours;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
