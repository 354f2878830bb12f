/**
 * The template of a certificate: its layout, its wording in both languages, its fonts and perhaps a seal, and what was
 * built of them. Together with the evidence it fixes every byte of the PDF, so it has a digest, and a certificate names
 * the digest it was made with. docs/evidence-format.md, section 9.
 */
import { DRAWINGS, type OpenedTemplate } from "../drawings/registry.js";
import { TemplateError } from "../drawings/1/template/template-error.js";
import { listOf, type TemplateFiles } from "./template-list.js";

export { TemplateError };

export interface Template extends OpenedTemplate {
  /** This is the name of its folder. */
  readonly name: string;
  /** This is the number of its drawing. */
  readonly drawing: number;
}

/**
 * An `UnknownDrawingError` says that the template is there, and this program does not have its drawing: a later one
 * does.
 */
export class UnknownDrawingError extends TemplateError {
  readonly drawing: number;

  constructor(path: string, drawing: number) {
    super(path, `of drawing ${drawing}, which this program does not have`);
    this.drawing = drawing;
  }
}

/**
 * Opens `certificate/NAME/`: `built.json` and the files that it names. Throws `TemplateError`. It takes a tenth of a
 * second; keep the result.
 */
export function openTemplate(files: TemplateFiles, name: string): Template {
  const path = `certificate/${name}/built.json`;
  const built = files.get(path);
  if (built === undefined)
    throw new TemplateError(path, "the template was not built yet: build it (cunzheng template)");
  const { drawing } = listOf(built, path);
  const open = DRAWINGS.get(drawing);
  if (open === undefined) throw new UnknownDrawingError(path, drawing);
  return { ...open(files, name, built), name, drawing };
}

/**
 * Finds a template by its digest, in base64; undefined where there is no such template here. It may throw
 * `UnknownDrawingError`.
 */
export type FindTemplate = (digest: string) => Template | undefined;
