/**
 * Drawing in points from the top left corner of a page or a form: text by base line, filled rectangles, lines, paths.
 * PDF operators are written as they are needed, and a colour or font only where it changes; ISO 32000-1, sections 8 and 9.
 */
import { pdfNumber as number } from "../pdf/pdf-file.js";
import type { ColourName, FaceName } from "../template/layout.js";
import type { Design } from "../template/design.js";
import { cosine, sine } from "./trigonometry.js";
import type { Run, Typesetter } from "./typesetter.js";

export interface TextStyle {
  readonly face: FaceName;
  readonly size: number;
  readonly colour: ColourName;
  /** Extra space after each character. */
  readonly tracking?: number;
  /** Extra space after each plain space. */
  readonly wordGap?: number;
}

export class Surface {
  readonly template: Design;
  readonly #typesetter: Typesetter;
  #operators = "";
  #fill = "";
  #stroke = "";
  #line = "";
  #font = "";

  constructor(template: Design, typesetter: Typesetter) {
    this.template = template;
    this.#typesetter = typesetter;
  }

  /** What was drawn, in ASCII. */
  get operators(): string {
    return this.#operators;
  }

  text(text: string, x: number, baseline: number, style: TextStyle): void {
    if (text === "") return;
    const wordGap = Math.round(((style.wordGap ?? 0) * 1000) / style.size);
    this.runs(this.#typesetter.set(text, style.face, wordGap), x, baseline, style);
  }

  /** Text that is set already. */
  runs(runs: readonly Run[], x: number, baseline: number, style: TextStyle): void {
    // The page is turned upside down, so that y grows downwards; the text is turned back.
    this.#runs(runs, `1 0 0 -1 ${points(x)} ${points(baseline)}`, style);
  }

  /** Text centred on this place and turned to the right by this angle, in radians. */
  turned(text: string, { x, y, angle }: { x: number; y: number; angle: number }, style: TextStyle): void {
    const [cos, sin, half] = [cosine(angle), sine(angle), this.width(text, style) / 2];
    const matrix = [cos, sin, sin, -cos, x - half * cos, y - half * sin].map(number).join(" ");
    this.#runs(this.#typesetter.set(text, style.face), matrix, style);
  }

  #runs(runs: readonly Run[], matrix: string, style: TextStyle): void {
    this.#fillWith(style.colour);
    let text = `BT\n${matrix} Tm\n`;
    if (style.tracking) text += `${number(style.tracking)} Tc\n`;
    for (const { font, codes } of runs) {
      const chosen = `/${font} ${points(style.size)} Tf\n`;
      if (chosen !== this.#font) text += this.#font = chosen;
      text += style.wordGap ? `[(${codes})]TJ\n` : `(${codes})Tj\n`;
    }
    if (style.tracking) text += "0 Tc\n";
    this.#operators += `${text}ET\n`;
  }

  /** Width of one line as `text` draws it. */
  width(text: string, { face, size, tracking = 0 }: TextStyle): number {
    const characters = tracking === 0 ? 0 : Array.from(text).length - 1;
    return this.template.faces.width(text, face) * size + characters * tracking;
  }

  centred(text: string, middle: number, baseline: number, style: TextStyle): void {
    this.text(text, middle - this.width(text, style) / 2, baseline, style);
  }

  right(text: string, edge: number, baseline: number, style: TextStyle): void {
    this.text(text, edge - this.width(text, style), baseline, style);
  }

  rectangle(x: number, y: number, width: number, height: number, colour: ColourName): void {
    this.#fillWith(colour);
    this.#operators += `${points(x)} ${points(y)} ${points(width)} ${points(height)} re f\n`;
  }

  frame(x: number, y: number, width: number, height: number, line: number, colour: ColourName): void {
    this.#strokeWith(colour, line);
    this.#operators += `${points(x)} ${points(y)} ${points(width)} ${points(height)} re S\n`;
  }

  horizontal(x: number, y: number, width: number, line: number, colour: ColourName): void {
    this.#strokeWith(colour, line);
    this.#operators += `${points(x)} ${points(y)} m ${points(x + width)} ${points(y)} l S\n`;
  }

  /** Operators that were drawn elsewhere from a top left corner, with that corner here. */
  paste(operators: string, x: number, y: number): void {
    this.#operators += `q 1 0 0 1 ${points(x)} ${points(y)} cm\n${operators}Q\n`;
  }

  /** A form by its name, with its top left corner here. */
  place(form: string, x: number, y: number): void {
    this.#operators += `q 1 0 0 1 ${points(x)} ${points(y)} cm /${form} Do Q\n`;
  }

  /** Raw operators, which leave colours and lines as they found them. */
  write(operators: string): void {
    this.#operators += `q\n${operators}\nQ\n`;
  }

  fillOf(colour: ColourName): string {
    return `${components(this.template.layout.colours[colour])} rg`;
  }

  strokeOf(colour: ColourName): string {
    return `${components(this.template.layout.colours[colour])} RG`;
  }

  #fillWith(colour: ColourName): void {
    if (this.#fill === colour) return;
    this.#fill = colour;
    this.#operators += `${this.fillOf(colour)}\n`;
  }

  #strokeWith(colour: ColourName, line: number): void {
    if (this.#stroke !== colour) {
      this.#stroke = colour;
      this.#operators += `${this.strokeOf(colour)}\n`;
    }
    const width = `${number(line)} w\n`;
    if (this.#line !== width) this.#operators += this.#line = width;
  }
}

const spelledColours = new Map<string, string>();

/** "#1b2230" as three numbers from 0 to 1. */
export function components(colour: string): string {
  let spelled = spelledColours.get(colour);
  if (spelled === undefined) {
    spelled = [1, 3, 5].map((at) => number(Number.parseInt(colour.slice(at, at + 2), 16) / 255)).join(" ");
    spelledColours.set(colour, spelled);
  }
  return spelled;
}

const HUNDREDTHS = Array.from({ length: 100 }, (_, n) => (n === 0 ? "" : String(n / 100).slice(1)));

/** A length of nought or more in hundredths of a point: what text and lines need, spelled fast. */
function points(value: number): string {
  const hundredths = Math.round(value * 100);
  if (hundredths < 0) return number(value);
  const whole = Math.floor(hundredths / 100);
  return whole + (HUNDREDTHS[hundredths - 100 * whole] as string);
}
