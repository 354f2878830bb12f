/**
 * What is the same in every certificate of one service: the seal with its name, and its characters in bold.
 * Made once a name, from the template and the name alone; the last few are kept.
 */
import { utf8 } from "../../../../core/bytes.js";
import type { EmbeddedFont } from "../pdf/embedded-font.js";
import { type Cast, PdfFile, pointer, pointers } from "../pdf/pdf-file.js";
import type { Plates } from "./plates.js";
import { drawSeal } from "./seal.js";
import { Surface } from "./surface.js";

export interface Issuer {
  readonly cast: Cast;
  /** The number of a form, as large as the seal. */
  readonly seal: number;
  /** The template's fonts, and with them the one below. */
  readonly fonts: ReadonlyMap<string, number>;
  /** The characters of the name that the template's bold font lacks. */
  readonly bold: EmbeddedFont;
}

const MOST_KEPT = 16;
const kept = new WeakMap<Plates, Map<string, Issuer>>();

export interface IssuerNames {
  readonly onSeal: string;
  readonly belowSeal: string;
}

export function issuerOf(plates: Plates, names: IssuerNames): Issuer {
  let issuers = kept.get(plates);
  if (issuers === undefined) kept.set(plates, (issuers = new Map()));
  const key = JSON.stringify([names.onSeal, names.belowSeal]);
  let issuer = issuers.get(key);
  if (issuer === undefined) {
    issuer = castIssuer(plates, names);
    if (issuers.size >= MOST_KEPT) issuers.clear();
    issuers.set(key, issuer);
  }
  return issuer;
}

function castIssuer(plates: Plates, { onSeal, belowSeal }: IssuerNames): Issuer {
  const { template } = plates.texts;
  const { side } = template.layout.seal;
  const typesetter = plates.texts.typesetter();
  const surface = new Surface(template, typesetter);
  drawSeal(surface, onSeal);
  // What the regular and the rare faces have to give for the name below the seal is the page's own.
  const { loose } = typesetter;
  typesetter.set(belowSeal, "bold");
  const bold = typesetter.looseBold;
  const file = new PdfFile({ firstId: plates.cast.firstId + plates.cast.offsets.length });
  const own = new Map<string, number>(plates.fonts);
  for (const font of new Set(bold.isUsed ? [bold, ...loose] : loose)) own.set(font.name, font.finish(file));
  const members = `/Font ${pointers(own)}\n/XObject <<\n/Seal ${pointer(plates.seal)}\n>>`;
  const resources = file.add(`<<\n${members}\n>>`);
  // How a field is shown: a square form, turned as the page is.
  const seal = file.deflated(
    `/Type /XObject\n/Subtype /Form\n/BBox [0 0 ${side} ${side}]\n/Matrix [1 0 0 -1 0 ${side}]\n/Resources ${pointer(resources)}`,
    utf8(surface.operators),
  );
  const fonts = new Map(plates.fonts);
  const boldId = own.get(bold.name);
  if (boldId !== undefined) fonts.set(bold.name, boldId);
  return { cast: file.cast(), seal, fonts, bold: bold.close() };
}
