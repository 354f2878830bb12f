/**
 * Builds a template: what other people's programs contribute to a certificate (compressed streams, the pixels of a
 * seal's picture, what Unicode says of a character) is made here once, and kept with the template by digest. Nothing of
 * them is called when a certificate is drawn. docs/template.md.
 */
import { base64 } from "../../core/bytes.js";
import { sha256 } from "../../core/digest/sha256.js";
import { ParseError } from "../../core/errors.js";
import { type BuiltTemplate, encodeBuilt } from "../drawings/1/template/built.js";
import { type Design, designNames, openDesign } from "../drawings/1/template/design.js";
import { openFace } from "../drawings/1/template/face.js";
import type { RareFace } from "../drawings/1/template/faces.js";
import { FACE_NAMES, type FaceName, type Layout } from "../drawings/1/template/layout.js";
import { inFile, TemplateError } from "../drawings/1/template/template-error.js";
import type { TemplateFiles } from "../drawings/registry.js";
import { castPlates } from "./cast-plates.js";
import { rangesOf, seenCharacters } from "./printed.js";
import { openSealPicture } from "./seal-picture.js";

/**
 * Builds a template: gives the bytes of `certificate/NAME/built.json`, made of `layout.json`, `wording.json`, perhaps
 * `seal.png`, and the fonts that the layout names. Throws `TemplateError`.
 */
export function buildTemplate(files: TemplateFiles, name: string): Uint8Array {
  const names = designNames(name);
  const own = [...Object.values(names), `certificate/${name}/built.json`] as readonly string[];
  for (const path of files.keys())
    if (path.startsWith(`certificate/${name}/`) && !own.includes(path))
      throw new TemplateError(path, "no file of a template");
  const design = openDesign(files, name, (layout) => rareFaces(layout, files));
  inFile(names.wording, () => refuseUndrawn(design.wording, design));
  inFile(names.layout, () => refuseUndrawn(design.layout.sections, design, "/sections"));
  const pixels = files.get(names.seal);
  const picture = pixels && inFile(names.seal, () => openSealPicture(pixels));
  const { faces } = design.layout;
  const { rare = [] } = faces;
  const used = [names.layout, names.wording, ...(picture ? [names.seal] : []), faces.regular, faces.bold];
  const plates = {
    zh: castPlates(design, "zh", picture),
    en: castPlates(design, "en", picture),
  };
  const characters = rareFaces(design.layout, files);
  const built: BuiltTemplate = {
    files: Object.fromEntries(
      [...used, faces.mono, ...rare].map((path) => [path, base64(sha256(files.get(path) as Uint8Array))]),
    ),
    printed: rangesOf([
      ...seenCharacters(design.faces.named("regular")),
      ...characters.flatMap(({ codePoints }) => codePoints),
    ]),
    rare: rare.map((file, i) => ({ file, characters: characters[i]?.characters ?? [] })),
    plates,
  };
  return encodeBuilt(built);
}

interface BuiltFace extends RareFace {
  readonly codePoints: readonly number[];
}

/** Each with the characters that no face before it has. */
function rareFaces({ faces }: Layout, files: TemplateFiles): readonly BuiltFace[] {
  const read = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) throw new TemplateError(path, "the template lacks this file");
    return bytes;
  };
  const { rare = [], regular } = faces;
  const known = new Set(rare.length > 0 ? opened(regular, read(regular)).codePoints() : []);
  return rare.map((path) => {
    const bytes = read(path);
    const codePoints = seenCharacters(opened(path, bytes)).filter((codePoint) => !known.has(codePoint));
    for (const codePoint of codePoints) known.add(codePoint);
    return { codePoints, characters: rangesOf(codePoints), open: () => bytes };
  });
}

function opened(path: string, bytes: Uint8Array) {
  try {
    return openFace(bytes);
  } catch (error) {
    throw new TemplateError(path, `no TrueType font that can be read: ${(error as Error).message}`);
  }
}

/** Every word in a face that lacks a character would print as a blank box. */
function refuseUndrawn(value: unknown, design: Design, field = ""): void {
  if (typeof value === "string") {
    const isHeading = /^\/(?:title|service|sections|seal)\//.test(field);
    const needed: FaceName[] = isHeading
      ? ["regular", "bold"]
      : /\/command$/.test(field)
        ? ["mono"]
        : ["regular"];
    for (const face of needed)
      for (const character of value) refuseLacking(character.codePointAt(0) as number, face, design, field);
  } else if (typeof value === "object" && value !== null) {
    for (const [member, inner] of Object.entries(value)) refuseUndrawn(inner, design, `${field}/${member}`);
  }
}

function refuseLacking(codePoint: number, face: FaceName, { faces }: Design, field: string): void {
  if (faces.at(FACE_NAMES.indexOf(face)).glyph(codePoint).id !== 0) return;
  throw new ParseError("value-range", `a character that the face ${face} cannot draw`, {
    field,
    got: `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`,
    want: "characters of its font",
  });
}
