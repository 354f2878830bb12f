/** Builds the project's own templates anew where their files have changed: `npm run vectors`. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTemplateSources } from "../src/adapters/certificate-worker/template-files.js";
import { buildTemplate } from "../src/certificate/build/build-template.js";
import { PROJECT } from "./project.js";

export function buildTemplates(): void {
  const templates = join(PROJECT, "templates");
  for (const name of readdirSync(join(templates, "certificate")))
    writeFileSync(
      join(templates, "certificate", name, "built.json"),
      buildTemplate(readTemplateSources(templates, name), name),
    );
}
