/**
 * The template of a certificate: its layout, its wording in both languages, its fonts and perhaps a seal. Together with
 * the evidence it fixes every byte of the PDF, so it has a digest, and a certificate names the digest it was made with.
 * docs/evidence-format.md, section 9.
 */
import { ParseError } from "../../core/errors.js";
import { parseJson } from "../../core/record/json.js";
import { type Face, openFace } from "../drawings/1/template/face.js";
import {
  FACE_NAMES,
  type FaceName,
  type Layout,
  numberedSections,
  readLayout,
} from "../drawings/1/template/layout.js";
import { openSealPicture, type SealPicture } from "./seal-picture.js";
import { listTemplate, type TemplateFiles } from "./template-list.js";
import { templateTexts } from "../drawings/1/template/template-texts.js";
import { readWording, type Wording } from "../drawings/1/template/wording.js";

export type Faces = Readonly<Record<FaceName, Face>>;

export interface Template {
  /** Of its folder. */
  readonly name: string;
  /** Base64. */
  readonly digest: string;
  readonly layout: Layout;
  readonly wording: Wording;
  readonly faces: Faces;
  /** Every text it prints as it stands: what is drawn of these is remembered. */
  readonly texts: ReadonlySet<string>;
  /** The operator's; without one the seal is a sample that says so. */
  readonly seal?: SealPicture;
}

/** Why a template is refused: which file, and where in it. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  readonly file: string;
  /** A JSON Pointer, where the file is JSON. */
  readonly field: string | undefined;

  constructor(file: string, cause: ParseError | string) {
    const { field, got, want } = typeof cause === "string" ? {} : cause.detail;
    const message = typeof cause === "string" ? cause : cause.message;
    const compared = [got && `got ${got}`, want && `want ${want}`].filter(Boolean).join(", ");
    super(`${file}${field ? ` at ${field}` : ""}: ${message}${compared && ` (${compared})`}`);
    this.file = file;
    this.field = field;
  }
}

/**
 * Opens `certificate/NAME/`: `layout.json`, `wording.json`, perhaps `seal.png`, and the fonts that the layout names, as
 * named under `templates/`. Throws `TemplateError`. It takes a tenth of a second; keep the result.
 */
export function openTemplate(files: TemplateFiles, name: string): Template {
  const folder = `certificate/${name}/`;
  const file = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) throw new TemplateError(path, "the template lacks this file");
    return bytes;
  };
  const read = <T>(path: string, parse: (value: ReturnType<typeof parseJson>) => T): T =>
    inFile(path, () => parse(parseJson(file(path), { numbers: "canonical" })));
  const own = ["layout.json", "wording.json", "seal.png"].map((part) => folder + part);
  const [layoutName = "", wordingName = "", sealName = ""] = own;
  for (const path of files.keys())
    if (path.startsWith(folder) && !own.includes(path))
      throw new TemplateError(path, "no file of a template");

  const layout = read(layoutName, readLayout);
  const wording = read(wordingName, (value) => readWording(value, numberedSections(layout)));
  const faces = Object.fromEntries(
    FACE_NAMES.map((face) => [face, opened(layout.faces[face], file(layout.faces[face]))]),
  ) as Faces;
  inFile(wordingName, () => refuseUndrawn(wording, faces));
  inFile(layoutName, () => refuseUndrawn(layout.sections, faces, "/sections"));
  const sealBytes = files.get(sealName);
  const seal = sealBytes && inFile(sealName, () => openSealPicture(sealBytes));

  const used = [layoutName, wordingName, ...(seal ? [sealName] : []), ...Object.values(layout.faces)];
  return {
    name,
    digest: listTemplate(new Map(used.map((path) => [path, file(path)]))).digest,
    layout,
    wording,
    faces,
    texts: templateTexts(wording, layout),
    ...(seal && { seal }),
  };
}

/** By its digest, base64; undefined where there is no such template here. */
export type FindTemplate = (digest: string) => Template | undefined;

function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ParseError) throw new TemplateError(path, error);
    throw error;
  }
}

function opened(path: string, bytes: Uint8Array): Face {
  try {
    return openFace(bytes);
  } catch (error) {
    throw new TemplateError(path, `no TrueType font that can be read: ${(error as Error).message}`);
  }
}

/** Every word in a face that lacks a character would print as a blank box. */
function refuseUndrawn(value: unknown, faces: Faces, field = ""): void {
  if (typeof value === "string") {
    const isHeading = /^\/(?:title|service|sections|seal)\//.test(field);
    const needed: FaceName[] = isHeading
      ? ["regular", "bold"]
      : /\/command$/.test(field)
        ? ["mono"]
        : ["regular"];
    for (const face of needed)
      for (const character of value)
        if (!faces[face].has(character.codePointAt(0) as number))
          throw new ParseError("value-range", `a character that the face ${face} cannot draw`, {
            field,
            got: `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`,
            want: "characters of its font",
          });
  } else if (typeof value === "object" && value !== null) {
    for (const [member, inner] of Object.entries(value)) refuseUndrawn(inner, faces, `${field}/${member}`);
  }
}
