/**
 * The faces of a template: regular, bold and mono, and behind each of them what is rarely needed. A character is drawn
 * by the first face that has it, and a rare face is opened when the first of its characters comes.
 */
import { type Face, type FaceGlyph, openFace } from "./face.js";
import { FACE_NAMES, type FaceName } from "./layout.js";

export type { FaceName } from "./layout.js";

/** First and last code point. */
export type Range = readonly [number, number];

export interface RareFace {
  /** Ascending, without overlap. */
  readonly characters: readonly Range[];
  readonly open: () => Uint8Array;
}

export interface SetGlyph {
  /** In `all`. */
  readonly face: number;
  readonly glyph: FaceGlyph;
}

export class Faces {
  readonly #open: (() => Face)[];
  readonly #rare: readonly RareFace[];
  readonly #found: Readonly<Record<FaceName, Map<number, SetGlyph>>> = {
    regular: new Map(),
    bold: new Map(),
    mono: new Map(),
  };
  /** Of the characters below U+10000, in thousandths; NaN where not asked for yet. */
  readonly #widths: Readonly<Record<FaceName, Float64Array>> = {
    regular: new Float64Array(0x10000).fill(Number.NaN),
    bold: new Float64Array(0x10000).fill(Number.NaN),
    mono: new Float64Array(0x10000).fill(Number.NaN),
  };

  /** Throws where one of the three is no font. */
  constructor(files: Readonly<Record<FaceName, Uint8Array>>, rare: readonly RareFace[]) {
    this.#rare = rare;
    this.#open = [
      ...FACE_NAMES.map((name) => {
        const face = openFace(files[name]);
        return () => face;
      }),
      ...rare.map(({ open }) => once(() => openFace(open()))),
    ];
  }

  /** How many there are, the rare ones included. */
  get count(): number {
    return this.#open.length;
  }

  /** By its number: 0 to 2 are `FACE_NAMES`, the rare ones follow. */
  at(face: number): Face {
    const open = this.#open[face];
    if (open === undefined) throw new Error(`internal: no face ${face}`);
    return open();
  }

  named(name: FaceName): Face {
    return this.at(FACE_NAMES.indexOf(name));
  }

  /** What draws this character where `name` is wanted: that face, else the regular one, else a rare one. */
  find(codePoint: number, name: FaceName): SetGlyph {
    const found = this.#found[name];
    let known = found.get(codePoint);
    if (known === undefined) found.set(codePoint, (known = this.#search(codePoint, name)));
    return known;
  }

  #search(codePoint: number, name: FaceName): SetGlyph {
    const own = FACE_NAMES.indexOf(name);
    for (const face of name === "regular" ? [own] : [own, 0]) {
      const glyph = this.at(face).glyph(codePoint);
      if (glyph.id !== 0) return { face, glyph };
    }
    const rare = this.#rare.findIndex(({ characters }) => isWithin(codePoint, characters));
    if (rare < 0) return { face: own, glyph: this.at(own).glyph(codePoint) };
    const face = FACE_NAMES.length + rare;
    return { face, glyph: this.at(face).glyph(codePoint) };
  }

  /** Width of `text` at size 1. */
  width(text: string, name: FaceName): number {
    const widths = this.#widths[name];
    let sum = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      let width = widths[code] as number;
      if (Number.isNaN(width)) {
        const codePoint = text.codePointAt(at) as number;
        width = this.find(codePoint, name).glyph.width;
        if (codePoint === code) widths[code] = width;
        else at++;
      }
      sum += width;
    }
    return sum / 1000;
  }
}

/** Whether one of these ranges holds it. */
export function isWithin(codePoint: number, ranges: readonly Range[]): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] as Range;
    if (codePoint < first) high = middle;
    else if (codePoint > last) low = middle + 1;
    else return true;
  }
  return false;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
