/**
 * What is the same in every certificate of one service: the seal with its name, and its characters in bold.
 * Made once a name, from the template and the name alone; the last few are kept.
 */
import type { EmbeddedFont } from "../pdf/embedded-font.js";
import type { PdfReference, Precast } from "../pdf/pdf-objects.js";
import type { Plates } from "./plates.js";
import { precast } from "../pdf/precast.js";
import { drawSeal } from "./seal.js";
import { Surface } from "./surface.js";

export interface Issuer {
  readonly cast: Precast;
  /** A form, as large as the seal. */
  readonly seal: PdfReference;
  /** The template's fonts, and with them the one below. */
  readonly fonts: Readonly<Record<string, PdfReference>>;
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
  typesetter.set(belowSeal, "bold");
  const { bold } = typesetter.loose;
  const { cast, made } = precast((mould) => {
    const fonts = { ...plates.fonts, ...(bold.isUsed && { [bold.name]: bold.finish(mould) }) };
    const resources = mould.ref({ Font: fonts, XObject: { Seal: plates.seal } });
    resources.end();
    return { fonts, seal: mould.appearance(surface.operators, side, resources) };
  }, plates.cast);
  return { cast, bold: bold.close(), ...made };
}
