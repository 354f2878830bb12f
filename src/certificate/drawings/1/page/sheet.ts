/**
 * The pages, filled from top to bottom: rows of cells, headings and text, each going on to a next page where it
 * does not fit. Nothing is ever drawn outside its cell, whatever the length of what users wrote.
 */
import { Surface, type TextStyle } from "./surface.js";
import type { Design } from "../template/design.js";
import { type Block, drawLines, heightOf, type TextLine } from "./text-lines.js";
import type { Typesetter } from "./typesetter.js";

export interface Cell {
  readonly x: number;
  readonly block: Block;
}

const BAR_GAP = 7.5;

export interface SheetOptions {
  readonly template: Design;
  readonly typesetter: Typesetter;
  /** What every page shows, by the name of its form. */
  readonly background: string;
  /** Draws the head of a page that continues another, from this height; says where its text begins. */
  readonly continued: (surface: Surface, y: number) => number;
}

export class Sheet {
  readonly left: number;
  readonly width: number;
  readonly pages: Surface[] = [];
  surface!: Surface;
  y = 0;
  readonly #options: SheetOptions;
  /** Room kept at the foot of the current page. */
  #reserved = 0;

  constructor(options: SheetOptions) {
    const { page } = options.template.layout;
    this.#options = options;
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
    const { typesetter, background, template } = this.#options;
    this.#reserved = 0;
    this.surface = new Surface(template, typesetter);
    this.pages.push(this.surface);
    this.surface.place(background, 0, 0);
    this.y = template.layout.page.top;
  }

  /** How high `row` makes these cells where they fit. */
  rowHeight(cells: readonly Cell[]): number {
    const { fields, sizes, page } = this.#options.template.layout;
    let highest = sizes.value * fields.lineHeight;
    for (const { block } of cells) highest = Math.max(highest, block.height);
    return Math.min(highest + 2 * fields.rowPadding, (this.bottom - page.top) / 2);
  }

  /** Cells side by side, as high as the highest; broken at the foot of the page where one is higher than that. */
  row(cells: readonly Cell[], options: { readonly stripe?: boolean } = {}): void {
    const { fields, sizes, page } = this.#options.template.layout;
    const padding = fields.rowPadding;
    const oneLine = sizes.value * fields.lineHeight + 2 * padding;
    const whole = this.rowHeight(cells);
    // A row that fits on a page of its own is kept whole; a longer one begins here and goes on.
    if (whole < (this.bottom - page.top) / 2) this.need(whole);
    else this.need(oneLine * 2);
    if (this.y + whole <= this.bottom + 0.01 && cells.every(({ block }) => block.height <= whole)) {
      this.#rowOf(cells, whole, options);
      return;
    }
    let rest = cells.map(({ x, block: { lines } }) => ({ x, lines }));
    for (;;) {
      const room = this.bottom - this.y - 2 * padding;
      const taken = rest.map(({ x, lines }) => {
        const some = fitting(lines, room);
        return { x, block: { lines: some, height: heightOf(some) } };
      });
      const height = Math.max(oneLine, ...taken.map(({ block }) => block.height + 2 * padding));
      this.#rowOf(taken, height, options);
      rest = rest.map(({ x, lines }, i) => ({ x, lines: lines.slice(taken[i]?.block.lines.length ?? 0) }));
      if (rest.every(({ lines }) => lines.length === 0)) return;
      this.nextPage();
    }
  }

  /** These cells in a row of this height, each in its middle. */
  #rowOf(cells: readonly Cell[], height: number, { stripe }: { readonly stripe?: boolean }): void {
    const { surface, left, y } = this;
    if (stripe) surface.rectangle(left, y, this.width, height, "stripe");
    for (const { x, block } of cells) {
      const top = y + (height - block.height) / 2;
      if (block.drawn === undefined) drawLines(surface, block.lines, left + x, top);
      else surface.paste(block.drawn, left + x, top);
    }
    this.y += height;
    surface.horizontal(left, this.y, this.width, 0.5, "rule");
  }

  /** Lines one below the other from here, with page breaks between them. */
  block(lines: readonly TextLine[], x = 0): void {
    for (const line of lines) {
      this.need(line.height);
      drawLines(this.surface, [line], this.left + x, this.y);
      this.y += line.height;
    }
  }

  /** What `bar` takes, the gap above it included. */
  get barHeight(): number {
    return BAR_GAP + this.#options.template.layout.sizes.bar * 1.8;
  }

  /** A section's dark bar; `following` is what must stay with it on the page. */
  bar(title: { readonly first: string; readonly beside: string }, following: number): void {
    const { sizes } = this.#options.template.layout;
    const height = this.barHeight - BAR_GAP;
    if (!this.need(BAR_GAP + height + following)) this.y += BAR_GAP;
    this.surface.rectangle(this.left, this.y, this.width, height, "navy");
    const baseline = this.y + height / 2 + sizes.bar * 0.37;
    const style: TextStyle = { face: "bold", size: sizes.bar, colour: "white" };
    const x = this.left + 8;
    this.surface.text(title.first, x, baseline, style);
    this.surface.text(title.beside, x + this.surface.width(title.first, style) + 8, baseline, {
      face: "regular",
      size: sizes.barBeside,
      colour: "rule",
    });
    this.y += height;
  }
}

function fitting(lines: readonly TextLine[], room: number): readonly TextLine[] {
  let [count, height] = [0, 0];
  for (const line of lines) {
    if (count > 0 && height + line.height > room) break;
    height += line.height;
    count++;
  }
  return count === lines.length ? lines : lines.slice(0, count);
}
