/** docker-compose.yml as the project has it, its anchors resolved. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { PROJECT } from "../project.js";

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export interface ComposeService {
  readonly image: string;
  readonly user: string;
  readonly profiles?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly (string | { readonly source: string; readonly target: string })[];
  readonly networks?: readonly string[] | Readonly<Record<string, Endpoint>>;
  readonly ports?: readonly string[];
  readonly healthcheck?: object;
  readonly restart?: string;
}

interface Endpoint {
  readonly ipv4_address?: string;
  readonly aliases?: readonly string[];
}

export function readComposeFile(): ComposeFile {
  const text = readFileSync(join(PROJECT, "docker-compose.yml"), "utf8");
  // The limit is against strangers' files; this one is ours, and refers to its own parts often.
  return parse(text, { merge: true, maxAliasCount: -1 }) as ComposeFile;
}

/** The networks of a service, and what it is on each of them. */
export function networksOf({ networks = [] }: ComposeService): ReadonlyMap<string, Endpoint> {
  return Array.isArray(networks)
    ? new Map((networks as readonly string[]).map((name) => [name, {}]))
    : new Map(Object.entries(networks as Readonly<Record<string, Endpoint>>));
}
