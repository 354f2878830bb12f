/** Templates in the files of a folder `templates/`: one in each folder of its `certificate/`. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type FindTemplate,
  openTemplate,
  type Template,
  TemplateError,
  UnknownDrawingError,
} from "../../certificate/template/template.js";
import { listOf, type TemplateFiles, templateName } from "../../certificate/template/template-list.js";

/** What a template is built of. Throws where one is missing, or the layout names no fonts. */
export function readTemplateSources(templates: string, name: string): TemplateFiles {
  const folder = `certificate/${name}`;
  const layout = `${folder}/layout.json`;
  const text = readFileSync(join(templates, layout), "utf8");
  const { faces = {} } = JSON.parse(text) as { faces?: Record<string, string | string[]> };
  const seal = `${folder}/seal.png`;
  return new FolderFiles(templates, [
    layout,
    `${folder}/wording.json`,
    ...(existsSync(join(templates, seal)) ? [seal] : []),
    ...Object.values(faces).flat(),
  ]);
}

/**
 * `built.json` and the files that it names; also the seal where it names none, since one was put there after it was
 * built. Throws where it is missing or broken.
 */
export function readTemplateFiles(templates: string, name: string): TemplateFiles {
  const folder = `certificate/${name}`;
  const path = `${folder}/built.json`;
  if (!existsSync(join(templates, path)))
    throw new TemplateError(path, "the template was not built yet: build it (cunzheng template)");
  const { files } = listOf(new Uint8Array(readFileSync(join(templates, path))), path);
  const seal = `${folder}/seal.png`;
  return new FolderFiles(templates, [
    path,
    ...files.map(([file]) => file),
    ...(existsSync(join(templates, seal)) ? [seal] : []),
  ]);
}

/** Each is read when it is asked for, and then kept: most certificates need no rare font. */
class FolderFiles implements ReadonlyMap<string, Uint8Array> {
  readonly #folder: string;
  readonly #read = new Map<string, Uint8Array | undefined>();

  constructor(folder: string, names: Iterable<string>) {
    this.#folder = folder;
    for (const name of names) this.#read.set(name, undefined);
  }

  get size(): number {
    return this.#read.size;
  }

  has(name: string): boolean {
    return this.#read.has(name);
  }

  get(name: string): Uint8Array | undefined {
    if (!this.has(name)) return undefined;
    let content = this.#read.get(name);
    if (content === undefined) {
      try {
        content = new Uint8Array(readFileSync(join(this.#folder, name)));
      } catch (error) {
        throw new TemplateError(name, `can't be read: ${(error as Error).message}`);
      }
      this.#read.set(name, content);
    }
    return content;
  }

  keys(): MapIterator<string> {
    return this.#read.keys();
  }

  *values(): MapIterator<Uint8Array> {
    for (const [, content] of this) yield content;
  }

  *entries(): MapIterator<[string, Uint8Array]> {
    for (const name of this.keys()) yield [name, this.get(name) as Uint8Array];
  }

  [Symbol.iterator](): MapIterator<[string, Uint8Array]> {
    return this.entries();
  }

  forEach(visit: (content: Uint8Array, name: string, map: ReadonlyMap<string, Uint8Array>) => void): void {
    for (const [name, content] of this) visit(content, name, this);
  }
}

/**
 * Each is opened when a certificate of it comes: a tenth of a second. One that cannot be read is none; one of a drawing
 * that this program lacks throws `UnknownDrawingError`.
 */
export function createTemplateFinder(folders: readonly string[]): FindTemplate {
  const opened = new Map<string, Template>();
  let listed: ReadonlyMap<string, Place> | undefined;
  return (digest) => {
    let template = opened.get(digest);
    if (template !== undefined) return template;
    listed ??= new Map(folders.flatMap((folder) => [...listFolder(folder)]));
    const place = listed.get(digest);
    if (place === undefined) return undefined;
    try {
      const files = readTemplateFiles(place.templates, place.name);
      template = openTemplate(files, templateName(files));
    } catch (error) {
      if (error instanceof TemplateError && !(error instanceof UnknownDrawingError)) return undefined;
      throw error;
    }
    opened.set(digest, template);
    return template;
  };
}

interface Place {
  readonly templates: string;
  readonly name: string;
}

/** By digest. A folder without a built template has none: no certificate is of it yet. */
function listFolder(templates: string): ReadonlyMap<string, Place> {
  const found = new Map<string, Place>();
  for (const entry of readdirSync(join(templates, "certificate"), { withFileTypes: true })) {
    const built = join(templates, "certificate", entry.name, "built.json");
    if (!entry.isDirectory() || !existsSync(built)) continue;
    const digest = createHash("sha256").update(readFileSync(built)).digest("base64");
    found.set(digest, { templates, name: entry.name });
  }
  return found;
}
