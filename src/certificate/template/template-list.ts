/**
 * What a template consists of: `built.json`, whose digest names the template, and the files that it names with theirs.
 * docs/evidence-format.md, section 9.
 */
import { ParseError } from "../../core/errors.js";
import { parseJson } from "../../core/record/json.js";
import { TemplateError } from "../drawings/1/template/template-error.js";
import type { TemplateFiles } from "../drawings/registry.js";

export type { TemplateFiles };

/** Gives the name of the template's folder. */
export function templateName(files: TemplateFiles): string {
  for (const path of files.keys()) {
    const [, name] = /^certificate\/([^/]+)\/built\.json$/.exec(path) ?? [];
    if (name !== undefined) return name;
  }
  throw new Error("a template without built.json");
}

export interface TemplateList {
  readonly drawing: number;
  /** The files stand by name, each with the SHA-256 of its bytes in base64. */
  readonly files: readonly (readonly [string, string])[];
}

/**
 * Reads what every `built.json` says of itself, whatever its drawing. Throws `TemplateError`, which names it `path`.
 */
export function listOf(built: Uint8Array, path: string): TemplateList {
  try {
    const { drawing, files } = parseJson(built, { numbers: "canonical" }) as Record<string, unknown>;
    if (typeof drawing !== "number" || typeof files !== "object" || files === null)
      throw new ParseError("member-missing", "not a built template", { field: "/drawing, /files" });
    return { drawing, files: Object.entries(files as Record<string, string>) };
  } catch (error) {
    if (error instanceof ParseError) throw new TemplateError(path, error);
    throw error;
  }
}
