/**
 * The notary's configuration file, read once when a program starts. Strict, like every other document: an unknown member
 * is a typing mistake, not a wish. docs/operation.md lists the members. What is the default of one stands in its section's
 * file, or in the room below that acts on it (`DEFAULT_SETTINGS` of the notary, `DEFAULT_LIMITS` of http,
 * `DEFAULT_SERVER_LIMITS` of platform), and nowhere else.
 */
import { readFileSync } from "node:fs";
import { ParseError } from "../core/errors.js";
import { parseJson } from "../core/record/json.js";
import { readInteger, readObject, readOneOf, readString } from "../core/record/reader.js";
import { DEFAULT_SETTINGS } from "../notary/model/settings.js";
import { LOG_LEVELS } from "../platform/logger.js";
import { baseUrl } from "../platform/server/base-url.js";
import { queue, queueFile, store, storeFile } from "./addresses.js";
import { certificates } from "./certificates.js";
import { clock } from "./clock.js";
import { cluster } from "./cluster.js";
import { fronts } from "./fronts.js";
import { keys } from "./keys.js";
import { limits } from "./limits.js";
import { listen } from "./listen.js";
import { metrics } from "./metrics.js";
import { proxies } from "./proxies.js";
import { sealing } from "./sealing.js";
import { placeOf, plain, readersOf, type SettingsOf, settingsOf } from "./section.js";
import { timestamps } from "./timestamps.js";

/** These members may be absent; where several are wrong the first of this list is named. */
const SECTIONS = {
  listen,
  fronts,
  cluster,
  clock,
  metrics,
  keys,
  store,
  storeFile,
  queue,
  queueFile,
  sealing,
  certificates,
  witnessTimeoutMs: plain(readInteger({ min: 1 }), DEFAULT_SETTINGS.witnessTimeoutMs),
  timestamps,
  minFreeBytes: plain(readInteger({ min: 0 }), DEFAULT_SETTINGS.minFreeBytes),
  limits,
  proxies,
  logLevel: plain(readOneOf(...LOG_LEVELS), "info"),
};

/** This is what a notary is told; all paths in it are absolute. */
export interface NotaryConfiguration extends SettingsOf<typeof SECTIONS> {
  /** This absolute path, links in it followed, holds the store and the kept originals, unless `store` names another, and the keys, unless `keys` does. */
  readonly dataFolder: string;
  /** This is the absolute path of the trust file under which this notary works. */
  readonly consortium: string;
  /** Certificates and QR codes name this URL, which has no slash at its end. */
  readonly publicUrl: string;
}

/** Reads notary.json. Throws `ParseError`, which names the member, or that the file can't be read. */
export function readNotaryConfiguration(file: string): NotaryConfiguration {
  const { dataFolder, consortium, publicUrl, ...given } = readObject(
    parseJson(readFileSync(file), { numbers: "canonical" }),
    "",
    {
      required: { dataFolder: readString, consortium: readString, publicUrl: readString },
      optional: readersOf(SECTIONS),
    },
  );
  refuseBoth("store", given);
  refuseBoth("queue", given);
  const place = placeOf(file, dataFolder);
  return {
    dataFolder: place.dataFolder,
    consortium: place.path(consortium),
    publicUrl: baseUrl(publicUrl),
    ...settingsOf(SECTIONS, given, place),
  };
}

/** An address stands in the file itself or in one of its own. */
function refuseBoth(name: "store" | "queue", given: Readonly<Record<string, unknown>>): void {
  const file = `${name}File`;
  if (given[name] !== undefined && given[file] !== undefined)
    throw new ParseError("value-range", `one ${name} at a time`, {
      field: `/${file}`,
      want: `${name} or ${file}`,
    });
}
