/** The frame of every page and its emblem. */
import { components, type Surface } from "../drawings/1/page/surface.js";
import { pdfNumber as number } from "../drawings/1/pdf/pdf-file.js";
import type { Layout } from "../drawings/1/template/layout.js";

const OUTER = 20;
const STRIP = 12;
const CORNER = 12;

/**
 * Gives the operators for a whole page's frame: two rules, the woven strip between them, four corners, the fine inner
 * rule.
 */
export function framePath({ page, colours }: Pick<Layout, "page" | "colours">): string {
  const { width, height } = page;
  const stroke = (colour: string, line: number) => `${components(colour)} RG ${number(line)} w`;
  const box = (inset: number) =>
    `${[inset, inset, width - 2 * inset, height - 2 * inset].map(number).join(" ")} re S`;
  const middle = OUTER + 3 + STRIP / 2;
  const inner = OUTER + 3 + STRIP;
  const operators = [
    `${stroke(colours.navy, 1.8)} ${box(OUTER)}`,
    `${stroke(colours.navy, 0.5)} ${box(OUTER + 3)}`,
    // The waves are clipped to the strip, so that they run under the corners and not beyond.
    `q ${[OUTER + 3, OUTER + 3, width - 2 * (OUTER + 3), height - 2 * (OUTER + 3)].map(number).join(" ")} re W n`,
    `${stroke(colours.wave, 0.4)}`,
    waves([inner, middle], [width - inner, middle]),
    waves([inner, height - middle], [width - inner, height - middle]),
    waves([middle, inner], [middle, height - inner]),
    waves([width - middle, inner], [width - middle, height - inner]),
    "Q",
    `${stroke(colours.gold, 0.6)} ${box(inner)}`,
  ];
  for (const x of [OUTER, width - OUTER - CORNER]) {
    for (const y of [OUTER, height - OUTER - CORNER]) {
      const square = (inset: number) =>
        `${[x + inset, y + inset, CORNER - 2 * inset, CORNER - 2 * inset].map(number).join(" ")} re`;
      operators.push(`1 1 1 rg ${stroke(colours.navy, 0.9)} ${square(0)} B`);
      operators.push(`${components(colours.gold)} rg ${square(3.2)} f`);
    }
  }
  return operators.join("\n");
}

type Point = readonly [number, number];

/**
 * Three waves along a straight line, a third of a period apart; each half period is one cubic curve. One period is
 * drawn again and again, a period further on, which compresses to almost nothing.
 */
function waves([x1, y1]: Point, [x2, y2]: Point): string {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const periods = Math.round(length / 32);
  const period = length / periods;
  const swing = (STRIP / 2 - 1) * 1.33;
  const at = (t: number, side: number) => `${number(period * t)} ${number(swing * side)}`;
  const one = [0, 1 / 3, 2 / 3].map(
    (t) =>
      `${at(t, 0)} m ${at(t + 0.182, 1)} ${at(t + 0.318, 1)} ${at(t + 0.5, 0)} c ` +
      `${at(t + 0.682, -1)} ${at(t + 0.818, -1)} ${at(t + 1, 0)} c`,
  );
  const [cos, sin] = [(x2 - x1) / length, (y2 - y1) / length];
  // It begins and ends outside its strip by a period, under the corners.
  const turned = [cos, sin, -sin, cos, x1 - period * cos, y1 - period * sin].map(number).join(" ");
  const further = `${one.join(" ")} S 1 0 0 1 ${number(period)} 0 cm\n`;
  return `q ${turned} cm\n${further.repeat(periods + 2)}Q`;
}

/** Draws a pair of scales in a double ring. */
export function drawEmblem(surface: Surface, x: number, y: number, radius: number): void {
  const unit = radius / 22;
  const p = (dx: number, dy: number) => `${number(x + dx * unit)} ${number(y + dy * unit)}`;
  const pan = (side: number) =>
    `${p(side * 10, -7)} m ${p(side * 10 - 5, 4)} l ${p(side * 10 + 5, 4)} l h S ` +
    `${p(side * 10 - 5.6, 4)} m ${p(side * 10 - 4, 8.6)} ${p(side * 10 + 4, 8.6)} ${p(side * 10 + 5.6, 4)} c h B`;
  surface.write(
    [
      `1 J 1 j ${surface.strokeOf("gold")} ${surface.fillOf("white")}`,
      `${number(1.5 * unit)} w ${circle(x, y, 21 * unit)} S`,
      `${number(0.6 * unit)} w ${circle(x, y, 18.4 * unit)} S`,
      `${number(1 * unit)} w ${p(0, -9)} m ${p(0, 12)} l S ${p(-5.5, 12)} m ${p(5.5, 12)} l S`,
      `${p(-11, -7.4)} m ${p(0, -9)} l ${p(11, -7.4)} l S`,
      `${number(0.7 * unit)} w ${pan(-1)} ${pan(1)}`,
      `${surface.fillOf("gold")} ${circle(x, y - 10.6 * unit, 1.5 * unit)} f`,
    ].join("\n"),
  );
}

export function circle(x: number, y: number, radius: number): string {
  const k = radius * 0.5523;
  const p = (dx: number, dy: number) => `${number(x + dx)} ${number(y + dy)}`;
  return (
    `${p(radius, 0)} m ${p(radius, k)} ${p(k, radius)} ${p(0, radius)} c ` +
    `${p(-k, radius)} ${p(-radius, k)} ${p(-radius, 0)} c ${p(-radius, -k)} ${p(-k, -radius)} ${p(0, -radius)} c ` +
    `${p(k, -radius)} ${p(radius, -k)} ${p(radius, 0)} c h`
  );
}
