/** The seal of a template without a picture of its own: a drawn sample that says it is one. */
import { pdfNumber as number } from "../drawings/1/pdf/pdf-file.js";
import type { Surface, TextStyle } from "../drawings/1/page/surface.js";
import { circle } from "./ornament.js";

/** Draws a sample of a seal in a square of this side, without its name: two rings, a star, and below what it is. */
export function drawSealBase(surface: Surface, side: number): void {
  const { seal } = surface.template.wording;
  const middle = side / 2;
  const style = (share: number): TextStyle => ({ face: "bold", size: share * side, colour: "seal" });
  surface.write(
    [
      surface.strokeOf("seal"),
      `${number(side * 0.024)} w ${circle(middle, middle, side * 0.482)} S`,
      `${number(side * 0.007)} w ${circle(middle, middle, side * 0.45)} S`,
      surface.fillOf("seal"),
      star(middle, middle, side * 0.135),
    ].join("\n"),
  );
  surface.centred(seal.line.zh, middle, side * 0.73, style(0.07));
  surface.centred(`${seal.sample.zh} ${seal.sample.en}`, middle, side * 0.815, style(0.058));
}

/** Five points, filled. */
function star(x: number, y: number, radius: number): string {
  const points = Array.from({ length: 10 }, (_, i) => {
    const [reach, angle] = [i % 2 === 0 ? radius : radius * 0.382, (Math.PI * i) / 5];
    return `${number(x + reach * Math.sin(angle))} ${number(y - reach * Math.cos(angle))}`;
  });
  return `${points[0] ?? ""} m ${points
    .slice(1)
    .map((point) => `${point} l`)
    .join(" ")} h f`;
}
