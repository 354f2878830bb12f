/**
 * What a template consists of: its files by name, and the list of them whose digest names the template.
 * docs/evidence-format.md, section 9.
 */
import { base64, textFromUtf8 } from "../../core/bytes.js";
import { sha256 } from "../../core/digest/sha256.js";
import { canonicalJson } from "../../core/record/canonical.js";

/** By their names under `templates/`, strokes between folders. */
export type TemplateFiles = ReadonlyMap<string, Uint8Array>;

/** Of its folder. */
export function templateName(files: TemplateFiles): string {
  for (const path of files.keys()) {
    const [, name] = /^certificate\/([^/]+)\/layout\.json$/.exec(path) ?? [];
    if (name !== undefined) return name;
  }
  throw new Error("a template without a layout");
}

export interface TemplateList {
  /** Base64: the template's. */
  readonly digest: string;
  /** JCS: file names to the base64 SHA-256 of their bytes. */
  readonly bytes: Uint8Array;
}

/** Fonts are megabytes, and a template is listed, opened and kept: each file that was read is digested once. */
const known = new WeakMap<Uint8Array, string>();

/** Base64 of its SHA-256. */
export function fileDigest(content: Uint8Array): string {
  let digest = known.get(content);
  if (digest === undefined) known.set(content, (digest = base64(sha256(content))));
  return digest;
}

export function listTemplate(files: TemplateFiles): TemplateList {
  const digests = [...files].map(([name, content]) => [name, fileDigest(content)] as const);
  const bytes = canonicalJson(Object.fromEntries(digests));
  return { digest: base64(sha256(bytes)), bytes };
}

/** File names and base64 digests, of bytes whose digest was asked for. */
export const parseTemplateList = (bytes: Uint8Array): readonly (readonly [string, string])[] =>
  Object.entries(JSON.parse(textFromUtf8(bytes)) as Record<string, string>);
