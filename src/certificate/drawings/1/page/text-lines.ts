/**
 * Text as lines of parts, before it has a place on a page. What is made of the template's own words is remembered,
 * with the codes of its characters: it is the same in every certificate. What users wrote never is.
 */
import type { EmbeddedFont } from "../pdf/embedded-font.js";
import { isFixed, type Paragraph } from "../content/paragraph.js";
import type { ColourName } from "../template/layout.js";
import { breakLines, type Line } from "./line-break.js";
import { Surface, type TextStyle } from "./surface.js";
import type { Design } from "../template/design.js";
import { type PinnedFonts, type Run, runsOf, Typesetter } from "./typesetter.js";
import { type Language, otherThan, type Words } from "../template/words.js";

interface Part {
  readonly text: string;
  readonly x: number;
  readonly style: TextStyle;
  /** The text as the page wants it, where the template's fonts hold all of it. */
  readonly runs?: readonly Run[] | undefined;
}

export interface TextLine {
  readonly parts: readonly Part[];
  readonly height: number;
  readonly size: number;
}

/** Lines that belong together: a cell, a label. */
export interface Block {
  readonly lines: readonly TextLine[];
  readonly height: number;
  /** All of it drawn from its top left corner, where the template's own words are all there is. */
  readonly drawn?: string | undefined;
}

/** A line of a paragraph: a piece of its text, and the style that stretches it. */
interface Cut {
  readonly start: number;
  readonly end: number;
  readonly stretch: TextStyle;
}

/** Lines as they were made for a style and a width. */
interface Remembered {
  readonly style: TextStyle;
  readonly width: number;
  readonly lineHeight: number;
  readonly lines: readonly TextLine[];
}

const STEP_INDENT = 12;
/** Between two words, in units of the size; between two characters, in points. */
const WIDEST_GAP = 0.6;
const WIDEST_TRACKING = 0.8;
const MOST_PARAGRAPHS = 100;

export class TextLines {
  readonly template: Design;
  /** By text, of the template's texts only; the layout bounds the styles and widths of each. */
  readonly #remembered = new Map<string, Remembered[]>();
  readonly #labels: Record<Language, Map<Words, Block>> = { zh: new Map(), en: new Map() };
  readonly #paragraphs = new Map<string, readonly Cut[]>();
  readonly #cells = new WeakMap<readonly Paragraph[], Map<string, Block>>();

  readonly #pinned: PinnedFonts;

  constructor(template: Design, pinned: PinnedFonts) {
    this.template = template;
    this.#pinned = pinned;
  }

  /** One for a document of these fonts. */
  typesetter(bold?: EmbeddedFont): Typesetter {
    return new Typesetter(this.template.faces, this.#pinned, bold);
  }

  width(text: string, { face, size }: TextStyle): number {
    return this.template.faces.width(text, face) * size;
  }

  /** A line of one style; `lineHeight` is in units of its size. */
  lines(text: string, width: number, style: TextStyle, lineHeight: number): readonly TextLine[] {
    if (!this.template.texts.has(text)) return this.#broken(text, width, style, lineHeight);
    let known = this.#remembered.get(text);
    if (known === undefined) this.#remembered.set(text, (known = []));
    for (const one of known)
      if (one.width === width && one.lineHeight === lineHeight && isSame(one.style, style)) return one.lines;
    const lines = this.#broken(text, width, style, lineHeight).map((line) => ({
      ...line,
      parts: line.parts.map((part) => ({
        ...part,
        runs: runsOf(part.text, this.#pinned[part.style.face]),
      })),
    }));
    known.push({ style, width, lineHeight, lines });
    return lines;
  }

  #broken(text: string, width: number, style: TextStyle, lineHeight: number): TextLine[] {
    const { faces } = this.template;
    return breakLines(text, width, (run) => faces.width(run, style.face) * style.size).map((line) => ({
      parts: [{ text: line.text, x: 0, style }],
      height: style.size * lineHeight,
      size: style.size,
    }));
  }

  /** Like `lines`, each but the last stretched to the full width: Latin text between its words, Chinese between characters. */
  justified(text: string, width: number, style: TextStyle, lineHeight: number): readonly TextLine[] {
    const cuts = this.#cuts(text, width, style);
    return cuts.map(({ start, end, stretch }) => ({
      parts: [{ text: text.slice(start, end), x: 0, style: stretch }],
      height: style.size * lineHeight,
      size: style.size,
    }));
  }

  /** Where its lines begin and end: kept for a while, since deposits of one batch have all their words in common. */
  #cuts(text: string, width: number, style: TextStyle): readonly Cut[] {
    const key = `${style.face} ${style.size} ${width} ${text}`;
    const known = this.#paragraphs.get(key);
    if (known !== undefined) return known;
    let at = 0;
    const lines = breakLines(text, width, (run) => this.width(run, style));
    const cuts = lines.map((line, i) => {
      const start = text.indexOf(line.text, at);
      at = start + line.text.length;
      return {
        start,
        end: at,
        stretch: i === lines.length - 1 ? style : this.#stretched(line, width, style),
      };
    });
    if (this.#paragraphs.size >= MOST_PARAGRAPHS) this.#paragraphs.clear();
    this.#paragraphs.set(key, cuts);
    return cuts;
  }

  #stretched({ text, width: natural }: Line, width: number, style: TextStyle): TextStyle {
    const missing = width - natural;
    const spaces = text.split(" ").length - 1;
    return spaces * 10 > text.length
      ? { ...style, wordGap: Math.min(WIDEST_GAP * style.size, missing / spaces) }
      : { ...style, tracking: Math.min(WIDEST_TRACKING, missing / Math.max(1, text.length - 1)) };
  }

  /** A cell's paragraphs: what stands beside follows on the same line where it fits, else below. */
  cell(paragraphs: readonly Paragraph[], width: number, colour: ColourName = "ink"): Block {
    if (!isFixed(paragraphs)) return blockOf(this.#cellLines(paragraphs, width, colour));
    let known = this.#cells.get(paragraphs);
    if (known === undefined) this.#cells.set(paragraphs, (known = new Map()));
    const key = `${colour} ${width}`;
    let block = known.get(key);
    if (block === undefined)
      known.set(key, (block = this.#drawnOnce(this.#cellLines(paragraphs, width, colour))));
    return block;
  }

  #cellLines(paragraphs: readonly Paragraph[], width: number, colour: ColourName): readonly TextLine[] {
    const { sizes, fields } = this.template.layout;
    const besideStyle: TextStyle = { face: "regular", size: sizes.small, colour: "grey" };
    const height = sizes.value * fields.lineHeight;
    const all: TextLine[] = [];
    for (const { text, isMono, beside } of paragraphs) {
      const style: TextStyle = isMono
        ? { face: "mono", size: sizes.mono, colour }
        : { face: "regular", size: sizes.value, colour };
      if (text !== "")
        for (const line of this.lines(text, width, style, fields.lineHeight)) all.push({ ...line, height });
      if (beside === undefined) continue;
      const last = text === "" ? undefined : all[all.length - 1];
      const end = last ? this.width(last.parts[0]?.text ?? "", style) + 6 : 0;
      if (last !== undefined && end + this.width(beside, besideStyle) <= width) {
        const parts = [...last.parts, { text: beside, x: end, style: besideStyle }];
        all[all.length - 1] = { ...last, parts };
      } else all.push(...this.lines(beside, width, besideStyle, fields.lineHeight));
    }
    return all;
  }

  /** A label in both languages, on one line where it fits. */
  label(label: Words, first: Language, width: number): Block {
    let block = this.#labels[first].get(label);
    if (block === undefined)
      this.#labels[first].set(label, (block = this.#drawnOnce(this.#labelLines(label, first, width))));
    return block;
  }

  #labelLines(label: Words, first: Language, width: number): readonly TextLine[] {
    const { sizes, fields } = this.template.layout;
    const style: TextStyle = { face: "regular", size: sizes.label, colour: "ink" };
    const besideStyle: TextStyle = { face: "regular", size: sizes.labelBeside, colour: "grey" };
    const beside = label[otherThan(first)];
    const main = this.lines(label[first], width, style, fields.lineHeight);
    const end = this.width(label[first], style) + 5;
    const [only] = main;
    if (only !== undefined && main.length === 1 && end + this.width(beside, besideStyle) <= width)
      return [{ ...only, parts: [...only.parts, { text: beside, x: end, style: besideStyle }] }];
    return [...main, ...this.lines(beside, width, besideStyle, fields.lineHeight)];
  }

  /** With the operators that draw it, unless it has a character that the template's fonts lack. */
  #drawnOnce(lines: readonly TextLine[]): Block {
    const typesetter = this.typesetter();
    const surface = new Surface(this.template, typesetter);
    drawLines(surface, lines, 0, 0);
    return typesetter.loose.length > 0 ? blockOf(lines) : { ...blockOf(lines), drawn: surface.operators };
  }

  /** "1. ..." in the certificate's language, the other one's smaller below. */
  step(
    words: Words,
    { first, index, width }: { first: Language; index: number; width: number },
  ): readonly TextLine[] {
    const { sizes } = this.template.layout;
    const style: TextStyle = { face: "regular", size: sizes.value, colour: "ink" };
    const beside: TextStyle = { face: "regular", size: sizes.small, colour: "grey" };
    const shifted = (text: string, textStyle: TextStyle, lineHeight: number) =>
      this.lines(text, width - STEP_INDENT, textStyle, lineHeight).map((line) => ({
        ...line,
        parts: line.parts.map((part) => ({ ...part, x: part.x + STEP_INDENT })),
      }));
    const [line, ...rest] = shifted(words[first], style, 1.45);
    const number: Part = { text: `${index + 1}.`, x: 0, style };
    const others = shifted(words[otherThan(first)], beside, 1.4);
    const apart = others.map((other, i) =>
      i === others.length - 1 ? { ...other, height: other.height + 2.5 } : other,
    );
    return [...(line ? [{ ...line, parts: [number, ...line.parts] }] : []), ...rest, ...apart];
  }
}

const blockOf = (lines: readonly TextLine[]): Block => ({ lines, height: heightOf(lines) });

/** Lines one below the other, from this height on. */
export function drawLines(surface: Surface, lines: readonly TextLine[], x: number, y: number): void {
  for (const { parts, height, size } of lines) {
    // The em square of Chinese type stands from 0.88 above its base line to 0.12 below.
    const baseline = y + (height - size) / 2 + 0.88 * size;
    for (const part of parts) {
      if (part.runs) surface.runs(part.runs, x + part.x, baseline, part.style);
      else surface.text(part.text, x + part.x, baseline, part.style);
    }
    y += height;
  }
}

export function heightOf(lines: readonly TextLine[]): number {
  let sum = 0;
  for (const { height } of lines) sum += height;
  return sum;
}

const isSame = (a: TextStyle, b: TextStyle): boolean =>
  a.face === b.face && a.size === b.size && a.colour === b.colour;
