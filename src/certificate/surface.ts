/**
 * Drawing on the current page in points from its top left corner: text by base line, filled rectangles, lines,
 * paths. PDF operators are written as they are needed; ISO 32000-1, sections 8 and 9.
 */
import { type PdfDocument } from "./pdf-document.js";
import { type ColourName, type FaceName, type Template } from "./template.js";

export interface TextStyle {
  readonly face: FaceName;
  readonly size: number;
  readonly colour: ColourName;
  /** Extra space after each character. */
  readonly tracking?: number;
}

export class Surface {
  readonly template: Template;
  readonly #document: PdfDocument;

  constructor(document: PdfDocument, template: Template) {
    this.#document = document;
    this.template = template;
  }

  text(text: string, x: number, baseline: number, style: TextStyle): void {
    if (text === "") return;
    const font = this.#document.use(this.template.faces[style.face]);
    const tracking = style.tracking ? `${number(style.tracking)} Tc ` : "";
    const reset = tracking && " 0 Tc";
    // The page is turned upside down, so that y grows downwards; the text is turned back.
    this.write(
      `BT ${this.fillOf(style.colour)} /${font.name} ${number(style.size)} Tf ${tracking}` +
        `1 0 0 -1 ${number(x)} ${number(baseline)} Tm <${font.encode(text)}> Tj${reset} ET`,
    );
  }

  /** Width of one line as `text` draws it. */
  width(text: string, { face, size, tracking = 0 }: TextStyle): number {
    const characters = tracking === 0 ? 0 : Array.from(text).length - 1;
    return this.template.faces[face].width(text) * size + characters * tracking;
  }

  centred(text: string, middle: number, baseline: number, style: TextStyle): void {
    this.text(text, middle - this.width(text, style) / 2, baseline, style);
  }

  right(text: string, edge: number, baseline: number, style: TextStyle): void {
    this.text(text, edge - this.width(text, style), baseline, style);
  }

  rectangle(x: number, y: number, width: number, height: number, colour: ColourName): void {
    this.write(`${this.fillOf(colour)} ${[x, y, width, height].map(number).join(" ")} re f`);
  }

  frame(x: number, y: number, width: number, height: number, line: number, colour: ColourName): void {
    this.write(
      `${this.strokeOf(colour)} ${number(line)} w ${[x, y, width, height].map(number).join(" ")} re S`,
    );
  }

  horizontal(x: number, y: number, width: number, line: number, colour: ColourName): void {
    this.write(
      `${this.strokeOf(colour)} ${number(line)} w ${number(x)} ${number(y)} m ${number(x + width)} ${number(y)} l S`,
    );
  }

  /** Raw operators. */
  write(operators: string): void {
    this.#document.addContent(operators);
  }

  fillOf(colour: ColourName): string {
    return `${components(this.template.layout.colours[colour])} rg`;
  }

  strokeOf(colour: ColourName): string {
    return `${components(this.template.layout.colours[colour])} RG`;
  }
}

/** "#1b2230" as three numbers from 0 to 1. */
export function components(colour: string): string {
  return [1, 3, 5].map((at) => number(Number.parseInt(colour.slice(at, at + 2), 16) / 255)).join(" ");
}

/** At most three decimals, and never an exponent. */
export function number(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
