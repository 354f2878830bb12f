/** Opens the certificate's template from the files of `templates/`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openTemplate, type Template, TEMPLATE_V1_FILES } from "../../certificate/template.js";

export function readTemplate(folder: string): Template {
  return openTemplate(
    new Map(TEMPLATE_V1_FILES.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))])),
  );
}
