/** `cunzheng template`: a folder's template, built of its files. */
import { join } from "node:path";
import { readTemplateSources } from "../adapters/certificate-worker/template-files.js";
import { buildTemplate } from "../certificate/build/build-template.js";
import { sha256 } from "../core/digest/sha256.js";
import { hex } from "../core/bytes.js";
import { writeFileDurably } from "../platform/files/files.js";

/** Writes `certificate/NAME/built.json`. Rejects with `TemplateError`, or where a file can't be read or written. */
export async function buildTemplateOf(options: {
  readonly name: string;
  /** A folder like `templates/`. */
  readonly templates: string;
}): Promise<{ readonly sha256: string; readonly file: string }> {
  const { name, templates } = options;
  const built = buildTemplate(readTemplateSources(templates, name), name);
  const file = join(templates, "certificate", name, "built.json");
  await writeFileDurably(file, built);
  return { sha256: hex(sha256(built)), file };
}
