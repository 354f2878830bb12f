/** A template that the folder no longer has, out of the artifacts that were kept when it was first used. */
import { listOf, type TemplateFiles } from "../../certificate/template/template-list.js";
import { bytesFromBase64 } from "../../core/bytes.js";

export type FindArtifact = (sha256: Uint8Array) => Promise<Uint8Array | undefined>;

/** `digest` is the template's (base64). Undefined where it was never used here; rejects where a file of it is lost. */
export async function keptTemplate(
  findArtifact: FindArtifact,
  digest: string,
): Promise<TemplateFiles | undefined> {
  const built = await findArtifact(bytesFromBase64(digest));
  if (built === undefined) return undefined;
  const files = new Map<string, Uint8Array>();
  for (const [name, sha256] of listOf(built, "built.json").files) {
    const content = await findArtifact(bytesFromBase64(sha256));
    if (content === undefined) throw new Error(`the store lacks ${name} of template ${digest}`);
    files.set(name, content);
    const [, folder] = /^(certificate\/[^/]+\/)layout\.json$/.exec(name) ?? [];
    if (folder !== undefined) files.set(`${folder}built.json`, built);
  }
  return files;
}
