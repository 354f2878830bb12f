/**
 * The pages, filled from top to bottom: rows of cells, headings and text, each going on to a next page where it
 * does not fit. Nothing is ever drawn outside its cell, whatever the length of what users wrote.
 */
import { type Paragraph } from "./content.js";
import { breakLines } from "./line-break.js";
import { type PdfDocument } from "./pdf-document.js";
import { type PdfReference } from "./pdf-objects.js";
import { Surface, type TextStyle } from "./surface.js";
import { type ColourName, type Template, type Words } from "./template.js";

interface Part {
  readonly text: string;
  readonly x: number;
  readonly style: TextStyle;
}
interface SheetLine {
  readonly parts: readonly Part[];
  readonly height: number;
  readonly size: number;
}
export interface Cell {
  readonly x: number;
  readonly lines: readonly SheetLine[];
}

const BAR_GAP = 7.5;

export interface SheetOptions {
  readonly document: PdfDocument;
  readonly template: Template;
  /** The frame, one object that every page shows. */
  readonly frame: PdfReference;
  /** Draws the head of a page that continues another; `y` is where its text begins. */
  readonly continued: (surface: Surface, y: number) => number;
}

export class Sheet {
  readonly surface: Surface;
  readonly left: number;
  readonly width: number;
  y = 0;
  readonly #options: SheetOptions;
  /** Room kept at the foot of the current page. */
  #reserved = 0;

  constructor(options: SheetOptions) {
    const { page } = options.template.layout;
    this.#options = options;
    this.surface = new Surface(options.document, options.template);
    this.left = page.left;
    this.width = page.width - page.left - page.right;
    this.#addPage();
  }

  /** Where the text area ends. */
  get bottom(): number {
    const { page } = this.#options.template.layout;
    return page.height - page.bottom - this.#reserved;
  }

  /** Draws something of this height at the foot of the page, and keeps what follows clear of it. */
  atFoot(height: number, draw: () => void): void {
    this.need(height);
    const { y } = this;
    this.y = this.bottom - height;
    draw();
    this.y = y;
    this.#reserved = height;
  }

  /** Begins a new page unless so much room is left, and says whether it did. */
  need(height: number): boolean {
    // Sums of heights differ in their last digits.
    if (this.y + height <= this.bottom + 0.01) return false;
    this.nextPage();
    return true;
  }

  nextPage(): void {
    this.#addPage();
    this.y = this.#options.continued(this.surface, this.y);
  }

  #addPage(): void {
    const { document, frame, template } = this.#options;
    document.addPage();
    document.page.xobjects.Frame = frame;
    this.#reserved = 0;
    this.surface.write("/Frame Do");
    this.y = template.layout.page.top;
  }

  /** A line of one style; `lineHeight` is in units of its size. */
  lines(text: string, width: number, style: TextStyle, lineHeight: number): SheetLine[] {
    return breakLines(text, width, (run) => this.surface.width(run, style)).map((line) => ({
      parts: [{ text: line.text, x: 0, style }],
      height: style.size * lineHeight,
      size: style.size,
    }));
  }

  /** Like `lines`, each but the last stretched to the full width by a little space after every character. */
  justified(text: string, width: number, style: TextStyle, lineHeight: number): SheetLine[] {
    const lines = this.lines(text, width, style, lineHeight);
    return lines.map((line, i) => {
      const [part] = line.parts;
      const count = part === undefined ? 0 : Array.from(part.text).length;
      if (part === undefined || count < 2 || i === lines.length - 1) return line;
      const tracking = Math.min(0.8, (width - this.surface.width(part.text, style)) / (count - 1));
      return { ...line, parts: [{ ...part, style: { ...style, tracking } }] };
    });
  }

  /** A cell's paragraphs: what stands beside follows on the same line where it fits, else below. */
  cellLines(paragraphs: readonly Paragraph[], width: number, colour: ColourName = "ink"): SheetLine[] {
    const { sizes, fields } = this.#options.template.layout;
    const besideStyle: TextStyle = { face: "regular", size: sizes.small, colour: "grey" };
    return paragraphs.flatMap(({ text, isMono, beside }) => {
      const style: TextStyle = isMono
        ? { face: "mono", size: sizes.mono, colour }
        : { face: "regular", size: sizes.value, colour };
      const main = text === "" ? [] : this.lines(text, width, style, fields.lineHeight);
      const height = sizes.value * fields.lineHeight;
      const even = main.map((line) => ({ ...line, height }));
      if (beside === undefined) return even;
      const last = main.at(-1);
      const end = last ? this.surface.width(last.parts[0]?.text ?? "", style) + 6 : 0;
      if (last !== undefined && end + this.surface.width(beside, besideStyle) <= width) {
        const parts = [...last.parts, { text: beside, x: end, style: besideStyle }];
        return [...even.slice(0, -1), { ...last, height, parts }];
      }
      return [...even, ...this.lines(beside, width, besideStyle, fields.lineHeight)];
    });
  }

  /** How high `row` makes these cells where they fit. */
  rowHeight(cells: readonly Cell[]): number {
    const { fields, sizes } = this.#options.template.layout;
    const highest = Math.max(sizes.value * fields.lineHeight, ...cells.map(({ lines }) => heightOf(lines)));
    return Math.min(
      highest + 2 * fields.rowPadding,
      (this.bottom - this.#options.template.layout.page.top) / 2,
    );
  }

  /** Cells side by side, as high as the highest; broken at the foot of the page where one is higher than that. */
  row(
    cells: readonly Cell[],
    options: { readonly stripe?: boolean; readonly minHeight?: number } = {},
  ): void {
    const { fields, sizes } = this.#options.template.layout;
    const padding = fields.rowPadding;
    const oneLine = sizes.value * fields.lineHeight + 2 * padding;
    const whole = this.rowHeight(cells);
    // A row that fits on a page of its own is kept whole; a longer one begins here and goes on.
    if (whole < (this.bottom - this.#options.template.layout.page.top) / 2) this.need(whole);
    else this.need(oneLine * 2);
    let rest = cells.map((cell) => ({ ...cell }));
    do {
      const room = this.bottom - this.y - 2 * padding;
      const taken = rest.map((cell) => ({ ...cell, lines: fitting(cell.lines, room) }));
      const height = Math.max(
        options.minHeight ?? oneLine,
        ...taken.map(({ lines }) => heightOf(lines) + 2 * padding),
      );
      if (options.stripe) this.surface.rectangle(this.left, this.y, this.width, height, "stripe");
      for (const { x, lines } of taken) {
        this.#drawLines(lines, this.left + x, this.y + (height - heightOf(lines)) / 2);
      }
      this.y += height;
      this.surface.horizontal(this.left, this.y, this.width, 0.5, "rule");
      rest = rest.map((cell, i) => ({ ...cell, lines: cell.lines.slice(taken[i]?.lines.length ?? 0) }));
      if (rest.some(({ lines }) => lines.length > 0)) this.nextPage();
    } while (rest.some(({ lines }) => lines.length > 0));
  }

  /** Lines one below the other from here, with page breaks between them. */
  block(lines: readonly SheetLine[], x = 0): void {
    for (const line of lines) {
      this.need(line.height);
      this.#drawLines([line], this.left + x, this.y);
      this.y += line.height;
    }
  }

  linesAt(lines: readonly SheetLine[], x: number, y: number): void {
    this.#drawLines(lines, x, y);
  }

  /** What `bar` takes, the gap above it included. */
  get barHeight(): number {
    return BAR_GAP + this.#options.template.layout.sizes.bar * 1.8;
  }

  /** A section's dark bar; `following` is what must stay with it on the page. */
  bar(ordinal: string, title: { first: string; beside: string }, following: number): void {
    const { sizes } = this.#options.template.layout;
    const height = this.barHeight - BAR_GAP;
    this.y += BAR_GAP;
    this.need(height + following);
    this.surface.rectangle(this.left, this.y, this.width, height, "navy");
    const baseline = this.y + height / 2 + sizes.bar * 0.37;
    const style: TextStyle = { face: "bold", size: sizes.bar, colour: "white" };
    const x = this.left + 8;
    const text = `${ordinal}${title.first}`;
    this.surface.text(text, x, baseline, style);
    this.surface.text(title.beside, x + this.surface.width(text, style) + 8, baseline, {
      face: "regular",
      size: sizes.barBeside,
      colour: "rule",
    });
    this.y += height;
  }

  /** A label in both languages, on one line where it fits. */
  labelLines(label: Words, first: "zh" | "en", width: number): SheetLine[] {
    const { sizes, fields } = this.#options.template.layout;
    const style: TextStyle = { face: "regular", size: sizes.label, colour: "ink" };
    const besideStyle: TextStyle = { face: "regular", size: sizes.labelBeside, colour: "grey" };
    const beside = label[first === "zh" ? "en" : "zh"];
    const main = this.lines(label[first], width, style, fields.lineHeight);
    const end = this.surface.width(label[first], style) + 5;
    const [only] = main;
    if (only !== undefined && main.length === 1 && end + this.surface.width(beside, besideStyle) <= width) {
      return [{ ...only, parts: [...only.parts, { text: beside, x: end, style: besideStyle }] }];
    }
    return [...main, ...this.lines(beside, width, besideStyle, fields.lineHeight)];
  }

  #drawLines(lines: readonly SheetLine[], x: number, y: number): void {
    for (const { parts, height, size } of lines) {
      // The em square of Chinese type stands from 0.88 above its base line to 0.12 below.
      const baseline = y + (height - size) / 2 + 0.88 * size;
      for (const part of parts) this.surface.text(part.text, x + part.x, baseline, part.style);
      y += height;
    }
  }
}

export const heightOf = (lines: readonly SheetLine[]): number =>
  lines.reduce((sum, { height }) => sum + height, 0);

function fitting(lines: readonly SheetLine[], room: number): readonly SheetLine[] {
  let [count, height] = [0, 0];
  for (const line of lines) {
    if (count > 0 && height + line.height > room) break;
    height += line.height;
    count++;
  }
  return lines.slice(0, count);
}
