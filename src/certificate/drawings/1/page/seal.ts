/**
 * The seal of whoever issues the certificate, shown by the signature field: the operator's own picture, or a drawn
 * sample that says it is one.
 */
import { pdfNumber } from "../pdf/pdf-file.js";
import type { Surface, TextStyle } from "./surface.js";
import { cosine, sine } from "./trigonometry.js";

/** Angles that the name may take of the ring, in radians: a gap stays open at the foot. */
const WIDEST_ARC = 4.363;
const LARGEST = 0.094;
const SMALLEST = 0.058;

/** The whole seal, in the form named Seal: the operator's picture, or the sample with this name along its ring. */
export function drawSeal(surface: Surface, name: string): void {
  const { layout, hasSealPicture } = surface.template;
  const { side } = layout.seal;
  if (hasSealPicture) {
    // An image fills the unit square, its first row at the top.
    surface.write(`${pdfNumber(side)} 0 0 ${pdfNumber(-side)} 0 ${pdfNumber(side)} cm /Seal Do`);
    return;
  }
  surface.place("Seal", 0, 0);
  drawArc(surface, shortened(surface, name, side), side);
}

/** Characters one by one around the middle, each turned to stand on the ring. */
function drawArc(surface: Surface, { text, size }: { text: string; size: number }, side: number): void {
  const radius = side * 0.345;
  const style: TextStyle = { face: "bold", size, colour: "seal" };
  const characters = Array.from(text);
  const widths = characters.map((character) => surface.width(character, style));
  const sum = widths.reduce((total, width) => total + width, 0);
  // Few characters stand apart, as on a seal; many fill the arc.
  const gap =
    characters.length < 2 ? 0 : Math.min(size * 0.62, (WIDEST_ARC * radius - sum) / (characters.length - 1));
  const arc = (sum + gap * (characters.length - 1)) / radius;
  let angle = -arc / 2;
  characters.forEach((character, i) => {
    const width = widths[i] ?? 0;
    const turn = angle + width / 2 / radius;
    const [x, y] = [side / 2 + radius * sine(turn), side / 2 - radius * cosine(turn)];
    surface.turned(character, { x, y, angle: turn }, style);
    angle += (width + gap) / radius;
  });
}

/** The size at which the name fits its arc; a name too long for the smallest gives way to the template's own words. */
function shortened(surface: Surface, name: string, side: number): { text: string; size: number } {
  const room = WIDEST_ARC * side * 0.345;
  for (const text of [name, surface.template.wording.service.zh]) {
    const size = Math.min(
      LARGEST * side,
      room / surface.width(text, { face: "bold", size: 1, colour: "seal" }),
    );
    if (size >= SMALLEST * side) return { text, size };
  }
  return { text: "", size: SMALLEST * side };
}
