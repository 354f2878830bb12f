/**
 * Where the servers of a notary are, which are not its own: the environment says it, else notary.json, else a file of its
 * owner's that notary.json names. What was said is never shown: there may be a password in it.
 */
import type { NotaryConfiguration } from "../../configuration/configuration.js";
import { readQueueUrl, readStoreUrl } from "../../configuration/addresses.js";
import type { Reader } from "../../core/record/reader.js";
import { readPrivateLine } from "../../platform/files/private-files.js";
import { readNeeded } from "./needed-file.js";

type Named<Name extends "store" | "queue"> = Partial<Pick<NotaryConfiguration, Name | `${Name}File`>>;

/** Undefined where there is no queue. Throws where what was said is no address. */
export const queueUrl = ({ queue, queueFile }: Named<"queue">): string | undefined =>
  addressOf("queue", { given: queue, file: queueFile, read: readQueueUrl });

/** Undefined where the store is SQLite's. Throws where what was said is no address. */
export const storeUrl = ({ store, storeFile }: Named<"store">): string | undefined =>
  addressOf("store", { given: store, file: storeFile, read: readStoreUrl });

interface Said {
  readonly given: string | undefined;
  readonly file: string | undefined;
  readonly read: Reader<string>;
}

function addressOf(of: "queue" | "store", { given, file, read }: Said): string | undefined {
  const variable = `CUNZHENG_${of.toUpperCase()}`;
  const told = process.env[variable];
  if (told !== undefined && told !== "")
    return readNeeded(variable, { namedBy: "the environment", make: "" }, () => read(told, ""));
  if (file === undefined) return given;
  return readAddressFile(file, { of, namedBy: `${of}File`, read });
}

/** Reads the address that stands in a file of its owner's alone, which `namedBy` names. */
export const readAddressFile = (
  file: string,
  { of, namedBy, read }: { readonly of: string; readonly namedBy: string; readonly read: Reader<string> },
): string =>
  readNeeded(file, { namedBy, make: `its one line is the address of the ${of}` }, (named) =>
    read(readPrivateLine(named), ""),
  );
