/** The files that notary.json names: found for a backup, and named anew for a folder that was restored. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { NotaryConfiguration } from "../../configuration/configuration.js";
import { type JsonObject, type JsonValue, parseJson } from "../../core/record/json.js";
import type { NamedFile } from "./manifest.js";

export const CONFIGURATION_FOLDER = "configuration";
export const SECRETS_FOLDER = "secrets";
export const CONFIGURATION_FILE = "notary.json";

type ConfiguredFile = Omit<NamedFile, "isIncluded">;

/** Every file beside the store that the service needs to run as it does; templates are a folder. */
export function configuredFiles({
  cluster,
  consortium,
  keys,
  certificates,
  timestamps,
}: NotaryConfiguration): ConfiguredFile[] {
  const file = (member: string, name: string, was: string | undefined, isSecret: boolean) =>
    was === undefined ? [] : [{ member, name, was, isSecret }];
  const signer: Partial<Record<"key" | "chain" | "pkcs12" | "passphraseFile", string>> =
    certificates.signer ?? {};
  return [
    ...file("consortium", "consortium.json", consortium, false),
    ...file("keys.log", "log.key", keys.log, true),
    ...file("keys.logPostQuantum", "log-ml-dsa-44.key", keys.logPostQuantum, true),
    ...file("keys.receipt", "receipt.key", keys.receipt, true),
    ...file("cluster.keyFile", "cluster.key", cluster?.keyFile, true),
    ...file("certificates.key", "signer.key", signer.key, true),
    ...file("certificates.chain", "signer.pem", signer.chain, false),
    ...file("certificates.pkcs12", "signer.p12", signer.pkcs12, true),
    ...file("certificates.passphraseFile", "signer.pass", signer.passphraseFile, true),
    ...file("certificates.templates", "templates", certificates.templates, false),
    ...timestamps.authorities.flatMap(({ name, authorizationFile }, i) =>
      file(`timestamps.authorities.${i}.authorizationFile`, `${name}.login`, authorizationFile, true),
    ),
  ];
}

/** Paths of all files below `folder`, with `/`, in order. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) =>
      statSync(join(folder, name)).isDirectory()
        ? filesBelow(join(folder, name)).map((below) => `${name}/${below}`)
        : [name],
    );
}

/** notary.json with its data folder beside it, and each member of `places` at the path that it gives. */
export function configurationAt(file: string, places: ReadonlyMap<string, string>): string {
  const configuration = parseJson(readFileSync(file), { numbers: "canonical" });
  const placed = [["dataFolder", "."] as const, ...places].reduce(
    (value, [member, path]) => withMember(value, member.split("."), path),
    configuration,
  );
  return `${JSON.stringify(placed, null, 2)}\n`;
}

function withMember(
  value: JsonValue | undefined,
  [name, ...below]: readonly string[],
  text: string,
): JsonValue {
  if (name === undefined) return text;
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item, i) =>
      String(i) === name ? withMember(item, below, text) : item,
    );
  const object = (value ?? {}) as JsonObject;
  return { ...object, [name]: withMember(object[name], below, text) };
}
