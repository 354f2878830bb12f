/** The frame of every page, its emblem and the code that leads to the online check: lines only, no pictures. */
import { create as createQrCode } from "qrcode";
import { components, number, type Surface } from "./surface.js";
import { type Layout } from "./template.js";

const OUTER = 20;
const STRIP = 12;
const CORNER = 12;

/** Operators for a whole page: two rules, the woven strip between them, four corners, the fine inner rule. */
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
    ...[0, 1, 2].flatMap((shift) => [
      wave([inner, middle], [width - inner, middle], shift),
      wave([inner, height - middle], [width - inner, height - middle], shift),
      wave([middle, inner], [middle, height - inner], shift),
      wave([width - middle, inner], [width - middle, height - inner], shift),
    ]),
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

/** A wave along a straight line, one of three a third of a period apart; each half period is one cubic curve. */
function wave([x1, y1]: Point, [x2, y2]: Point, shift: number): string {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const halves = 2 * Math.round(length / 32);
  const [ux, uy] = [(x2 - x1) / halves, (y2 - y1) / halves];
  const swing = (STRIP / 2 - 1) * 1.33;
  const [nx, ny] = [(-(y2 - y1) / length) * swing, ((x2 - x1) / length) * swing];
  const at = (t: number, side: number) =>
    `${number(x1 + ux * t + nx * side)} ${number(y1 + uy * t + ny * side)}`;
  // It begins and ends outside its strip by less than a period, under the corners.
  const start = -2 + (shift * 2) / 3;
  const path = [`${at(start, 0)} m`];
  for (let i = 0; i < halves + 2; i++) {
    const side = i % 2 === 0 ? 1 : -1;
    path.push(`${at(start + i + 0.364, side)} ${at(start + i + 0.636, side)} ${at(start + i + 1, 0)} c`);
  }
  return `${path.join(" ")} S`;
}

/** A pair of scales in a double ring. */
export function drawEmblem(surface: Surface, x: number, y: number, radius: number): void {
  const unit = radius / 22;
  const p = (dx: number, dy: number) => `${number(x + dx * unit)} ${number(y + dy * unit)}`;
  const pan = (side: number) =>
    `${p(side * 10, -7)} m ${p(side * 10 - 5, 4)} l ${p(side * 10 + 5, 4)} l h S ` +
    `${p(side * 10 - 5.6, 4)} m ${p(side * 10 - 4, 8.6)} ${p(side * 10 + 4, 8.6)} ${p(side * 10 + 5.6, 4)} c h B`;
  surface.write(
    [
      `q 1 J 1 j ${surface.strokeOf("gold")} ${surface.fillOf("white")}`,
      `${number(1.5 * unit)} w ${circle(x, y, 21 * unit)} S`,
      `${number(0.6 * unit)} w ${circle(x, y, 18.4 * unit)} S`,
      `${number(1 * unit)} w ${p(0, -9)} m ${p(0, 12)} l S ${p(-5.5, 12)} m ${p(5.5, 12)} l S`,
      `${p(-11, -7.4)} m ${p(0, -9)} l ${p(11, -7.4)} l S`,
      `${number(0.7 * unit)} w ${pan(-1)} ${pan(1)}`,
      `${surface.fillOf("gold")} ${circle(x, y - 10.6 * unit, 1.5 * unit)} f Q`,
    ].join("\n"),
  );
}

function circle(x: number, y: number, radius: number): string {
  const k = radius * 0.5523;
  const p = (dx: number, dy: number) => `${number(x + dx)} ${number(y + dy)}`;
  return (
    `${p(radius, 0)} m ${p(radius, k)} ${p(k, radius)} ${p(0, radius)} c ` +
    `${p(-k, radius)} ${p(-radius, k)} ${p(-radius, 0)} c ${p(-radius, -k)} ${p(-k, -radius)} ${p(0, -radius)} c ` +
    `${p(k, -radius)} ${p(radius, -k)} ${p(radius, 0)} c h`
  );
}

/** ISO/IEC 18004, error correction M; with its quiet zone of four modules it fills the square. */
export function drawQrCode(surface: Surface, text: string, x: number, y: number, side: number): void {
  const { modules } = createQrCode(text, { errorCorrectionLevel: "M" });
  const unit = side / (modules.size + 8);
  const runs: string[] = [surface.fillOf("ink")];
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (!modules.get(row, column)) continue;
      const start = column;
      while (column + 1 < modules.size && modules.get(row, column + 1)) column++;
      const at = [x + (start + 4) * unit, y + (row + 4) * unit, (column - start + 1) * unit, unit];
      runs.push(`${at.map((value) => String(Math.round(value * 10000) / 10000)).join(" ")} re`);
    }
  }
  surface.write(`${runs.join("\n")}\nf`);
}
