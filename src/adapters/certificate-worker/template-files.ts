/** Templates in the files of a folder `templates/`: one in each folder of its `certificate/`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type FindTemplate, openTemplate, type Template } from "../../certificate/template/template.js";
import { listTemplate, type TemplateFiles, templateName } from "../../certificate/template/template-list.js";

/** Throws where one is missing, or the layout names no fonts. */
export function readTemplateFiles(templates: string, name: string): TemplateFiles {
  const folder = `certificate/${name}`;
  const read = (file: string) => new Uint8Array(readFileSync(join(templates, file)));
  const layout = read(`${folder}/layout.json`);
  const { faces = {} } = JSON.parse(new TextDecoder().decode(layout)) as { faces?: Record<string, string> };
  const seal = `${folder}/seal.png`;
  const others = [
    `${folder}/wording.json`,
    ...(existsSync(join(templates, seal)) ? [seal] : []),
    ...new Set(Object.values(faces)),
  ];
  return new Map([[`${folder}/layout.json`, layout], ...others.map((file) => [file, read(file)] as const)]);
}

/** Each is opened when a certificate of it comes: a tenth of a second. One that cannot be read is none. */
export function createTemplateFinder(folders: readonly string[]): FindTemplate {
  const opened = new Map<string, Template>();
  let listed: ReadonlyMap<string, TemplateFiles> | undefined;
  return (digest) => {
    let template = opened.get(digest);
    if (template !== undefined) return template;
    listed ??= new Map(folders.flatMap((folder) => [...listFolder(folder)]));
    const files = listed.get(digest);
    if (files === undefined) return undefined;
    template = openTemplate(files, templateName(files));
    opened.set(digest, template);
    return template;
  };
}

function listFolder(templates: string): ReadonlyMap<string, TemplateFiles> {
  const found = new Map<string, TemplateFiles>();
  for (const entry of readdirSync(join(templates, "certificate"), { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    try {
      const files = readTemplateFiles(templates, entry.name);
      found.set(listTemplate(files).digest, files);
    } catch {
      // Somebody is writing one: no certificate is of it yet.
    }
  }
  return found;
}
