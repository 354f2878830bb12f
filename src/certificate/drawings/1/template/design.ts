/**
 * A template, opened: its layout, its wording in both languages, its faces, and what was built of them. Together with
 * the evidence it fixes every byte of the PDF.
 */
import { base64 } from "../../../../core/bytes.js";
import { sha256 } from "../../../../core/digest/sha256.js";
import { type JsonValue, parseJson } from "../../../../core/record/json.js";
import { type BuiltPlates, type BuiltTemplate, readBuilt } from "./built.js";
import { Faces, isWithin, type RareFace } from "./faces.js";
import { FACE_NAMES, type FaceName, type Layout, numberedSections, readLayout } from "./layout.js";
import { inFile, TemplateError } from "./template-error.js";
import { templateTexts } from "./template-texts.js";
import { readWording, type Wording } from "./wording.js";

/** The files of a template by their names under `templates/`; a large one may be read when it is first asked for. */
export interface DesignFiles {
  get(name: string): Uint8Array | undefined;
}

/** What the plates are drawn with. */
export interface Design {
  readonly layout: Layout;
  readonly wording: Wording;
  readonly faces: Faces;
  /** Every text it prints as it stands: what is drawn of these is remembered. */
  readonly texts: ReadonlySet<string>;
  /** The operator's; without one the seal is a sample that says so. */
  readonly hasSealPicture: boolean;
}

export interface Template extends Design {
  /** Base64. */
  readonly digest: string;
  readonly plates: Readonly<Record<"zh" | "en", BuiltPlates>>;
  /** Whether a character of users' text is printed as itself. */
  readonly isPrinted: (codePoint: number) => boolean;
}

export interface DesignNames {
  readonly layout: string;
  readonly wording: string;
  readonly seal: string;
}

/** Of the files of `certificate/NAME/`. */
export const designNames = (name: string): DesignNames => ({
  layout: `certificate/${name}/layout.json`,
  wording: `certificate/${name}/wording.json`,
  seal: `certificate/${name}/seal.png`,
});

/** `rare`: which characters each of the rare faces is for. Throws `TemplateError`. */
export function openDesign(
  files: DesignFiles,
  name: string,
  rareFaces: (layout: Layout) => readonly RareFace[],
): Design {
  const names = designNames(name);
  const file = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) throw new TemplateError(path, "the template lacks this file");
    return bytes;
  };
  const read = <T>(path: string, parse: (value: JsonValue) => T): T =>
    inFile(path, () => parse(parseJson(file(path), { numbers: "canonical" })));
  const layout = read(names.layout, readLayout);
  const wording = read(names.wording, (value) => readWording(value, numberedSections(layout)));
  const fonts = Object.fromEntries(FACE_NAMES.map((face) => [face, file(layout.faces[face])]));
  return {
    layout,
    wording,
    faces: openFaces(fonts as Record<FaceName, Uint8Array>, layout, rareFaces(layout)),
    texts: templateTexts(wording, layout),
    hasSealPicture: files.get(names.seal) !== undefined,
  };
}

function openFaces(
  fonts: Readonly<Record<FaceName, Uint8Array>>,
  { faces }: Layout,
  rare: readonly RareFace[],
): Faces {
  try {
    return new Faces(fonts, rare);
  } catch (error) {
    const names = FACE_NAMES.map((face) => faces[face]).join(", ");
    throw new TemplateError(names, `no TrueType fonts that can be read: ${(error as Error).message}`);
  }
}

/** `built` are the bytes of `built.json`. Throws `TemplateError`, also where a file was changed since. */
export function openTemplate(files: DesignFiles, name: string, built: Uint8Array): Template {
  const builtName = `certificate/${name}/built.json`;
  const made = inFile(builtName, () => readBuilt(parseJson(built, { numbers: "canonical" })));
  const checked = new CheckedFiles(files, made, builtName);
  const design = openDesign(checked, name, () =>
    made.rare.map(({ file, characters }) => ({ characters, open: () => checked.get(file) as Uint8Array })),
  );
  return {
    ...design,
    digest: base64(sha256(built)),
    plates: made.plates,
    isPrinted: (codePoint) => isWithin(codePoint, made.printed),
  };
}

/** The files that `built.json` names and no others, each as it was when the template was built. */
class CheckedFiles implements DesignFiles {
  readonly #files: DesignFiles;
  readonly #built: BuiltTemplate;
  readonly #builtName: string;

  constructor(files: DesignFiles, built: BuiltTemplate, builtName: string) {
    this.#files = files;
    this.#built = built;
    this.#builtName = builtName;
  }

  get(name: string): Uint8Array | undefined {
    const want = Object.hasOwn(this.#built.files, name) ? this.#built.files[name] : undefined;
    if (want === undefined) {
      if (this.#files.get(name) !== undefined) throw this.#changed(name);
      return undefined;
    }
    const bytes = this.#files.get(name);
    if (bytes === undefined) throw new TemplateError(name, "the template lacks this file");
    if (base64(sha256(bytes)) !== want) throw this.#changed(name);
    return bytes;
  }

  #changed(name: string): TemplateError {
    return new TemplateError(
      name,
      `not the file that ${this.#builtName} was built of: build the template again (cunzheng template)`,
    );
  }
}
