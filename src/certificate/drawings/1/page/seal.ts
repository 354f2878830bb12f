/**
 * The seal of whoever issues the certificate, shown by the signature field: the operator's own picture, or a drawn
 * sample that says it is one.
 */
import { type TextStyle, number, type Surface } from "./surface.js";
import { circle } from "./ornament.js";

/** Angles that the name may take of the ring, in radians: a gap stays open at the foot. */
const WIDEST_ARC = (Math.PI * 25) / 18;
const LARGEST = 0.094;
const SMALLEST = 0.058;

/** A sample in a square of this side, without its name: two rings, a star, and below what it is. */
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
  surface.centred(seal.line.zh, middle, side * 0.745, style(0.072));
  surface.centred(`${seal.sample.zh} ${seal.sample.en}`, middle, side * 0.845, style(0.066));
}

/** The whole seal, in the form named Seal: the operator's picture, or the sample with this name along its ring. */
export function drawSeal(surface: Surface, name: string): void {
  const { layout, seal } = surface.template;
  const { side } = layout.seal;
  if (seal !== undefined) {
    // An image fills the unit square, its first row at the top.
    surface.write(`${number(side)} 0 0 ${number(-side)} 0 ${number(side)} cm /Seal Do`);
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
    const [x, y] = [side / 2 + radius * Math.sin(turn), side / 2 - radius * Math.cos(turn)];
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
