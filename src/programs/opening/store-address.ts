/** Where a store lies, as it is typed: a data folder or the file in it, or the address of a MongoDB, which may stand in a file. */
import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readStoreUrl } from "../../configuration/addresses.js";
import { readAddressFile, storeUrl } from "./addresses.js";
import { readNeeded } from "./needed-file.js";
import type { StoreMembers } from "./open-store.js";

/** `name` is what may be shown: without a user and a password. */
export type StoreAddress =
  | { readonly kind: "sqlite"; readonly name: string; readonly folder: string; readonly file: string }
  | { readonly kind: "mongodb"; readonly name: string; readonly url: string };

export interface TypedAddress {
  readonly option: string;
  readonly text?: string | undefined;
  /** A file of its owner's alone whose one line is the address. */
  readonly file?: string | undefined;
}

/** Undefined where nothing was typed. Throws where both were, or what was typed is no address. */
export function storeAddress({ option, text, file }: TypedAddress): StoreAddress | undefined {
  if (text !== undefined && file !== undefined) throw new Error(`--${option} or --${option}-file, not both`);
  if (file !== undefined)
    return ofMongo(readAddressFile(file, { of: "store", namedBy: `--${option}-file`, read: readStoreUrl }));
  if (text === undefined) return undefined;
  if (/^mongodb(\+srv)?:/.test(text))
    return readNeeded(`--${option}`, { namedBy: `--${option}`, make: "" }, () =>
      ofMongo(readStoreUrl(text, "")),
    );
  return ofSqlite(isFolder(text) || !text.endsWith(".db") ? text : dirname(text));
}

/** The store that a configuration names. */
export function configuredAddress(configuration: StoreMembers): StoreAddress {
  const url = storeUrl(configuration);
  return url === undefined ? ofSqlite(configuration.dataFolder) : ofMongo(url);
}

function ofSqlite(folder: string): StoreAddress {
  const file = join(resolve(folder), "notary.db");
  return { kind: "sqlite", name: file, folder: resolve(folder), file };
}

function ofMongo(url: string): StoreAddress {
  const [withoutOptions = ""] = url.split("?");
  return { kind: "mongodb", url, name: withoutOptions.replace(/\/\/[^@/]*@/, "//") };
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
