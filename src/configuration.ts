/**
 * The notary's configuration file, read once by main.ts. Strict, like every other document: an unknown member is a
 * typing mistake, not a wish. docs/operation.md lists the members.
 */
import { dirname, join, resolve } from "node:path";
import { readFileSync } from "node:fs";
import { type JsonValue, parseJson } from "./core/record/json.js";
import { readInteger, readObject, readString } from "./core/record/reader.js";

export interface NotaryConfiguration {
  /** Absolute path; holds the store, the keys (unless named elsewhere) and the kept originals. */
  readonly dataFolder: string;
  /** Absolute path of the trust file under which this notary works. */
  readonly consortium: string;
  readonly keys: {
    readonly log: string;
    /** The log's second key (ML-DSA-44): absent where it signs with Ed25519 only. */
    readonly logPostQuantum?: string;
    readonly receipt: string;
  };
  readonly listen: { readonly host: string; readonly port: number };
  /** What certificates and QR codes name; without a slash at its end. */
  readonly publicUrl: string;
  readonly sealing: {
    /** A batch is sealed at the latest this long after its first deposit. */
    readonly afterMs: number;
    /** What a receipt promises beyond `afterMs` before the notary is in default. */
    readonly promiseMs: number;
    readonly maxBatchSize: number;
  };
  readonly witnessTimeoutMs: number;
  /** Deposits are refused below this much free disk, so that what was accepted can still be sealed. */
  readonly minFreeBytes: number;
  /** What one request may hold; absent ones have the defaults of src/http/limits.ts. */
  readonly limits: { readonly jsonBytes?: number; readonly contentBytes?: number; readonly uploads?: number };
  readonly logLevel: string;
}

/** Paths in it are relative to its folder. Throws `ParseError`, naming the member, or that the file can't be read. */
export function readNotaryConfiguration(file: string): NotaryConfiguration {
  const path = (folder: string, name: string) => resolve(folder, name);
  const here = dirname(resolve(file));
  const positive = readInteger({ min: 1 });
  const count = readInteger({ min: 0 });
  const config = readObject(parseJson(readFileSync(file), { numbers: "canonical" }), "", {
    required: { dataFolder: readString, consortium: readString, publicUrl: readString },
    optional: {
      listen: (value: JsonValue, at: string) =>
        readObject(value, at, {
          required: {},
          optional: { host: readString, port: readInteger({ min: 0, max: 65_535 }) },
        }),
      keys: (value: JsonValue, at: string) =>
        readObject(value, at, {
          required: {},
          optional: { log: readString, logPostQuantum: readString, receipt: readString },
        }),
      sealing: (value: JsonValue, at: string) =>
        readObject(value, at, {
          required: {},
          optional: { afterMs: count, promiseMs: count, maxBatchSize: positive },
        }),
      witnessTimeoutMs: positive,
      minFreeBytes: count,
      limits: (value: JsonValue, at: string) =>
        readObject(value, at, {
          required: {},
          optional: { jsonBytes: positive, contentBytes: positive, uploads: positive },
        }),
      logLevel: readString,
    },
  });
  const dataFolder = path(here, config.dataFolder);
  return {
    dataFolder,
    consortium: path(here, config.consortium),
    keys: {
      log: path(here, config.keys?.log ?? join(dataFolder, "log.key")),
      ...(config.keys?.logPostQuantum !== undefined && {
        logPostQuantum: path(here, config.keys.logPostQuantum),
      }),
      receipt: path(here, config.keys?.receipt ?? join(dataFolder, "receipt.key")),
    },
    listen: { host: config.listen?.host ?? "127.0.0.1", port: config.listen?.port ?? 8080 },
    publicUrl: config.publicUrl.replace(/\/+$/, ""),
    sealing: {
      afterMs: config.sealing?.afterMs ?? 1000,
      promiseMs: config.sealing?.promiseMs ?? 10_000,
      maxBatchSize: config.sealing?.maxBatchSize ?? 8192,
    },
    witnessTimeoutMs: config.witnessTimeoutMs ?? 5000,
    minFreeBytes: config.minFreeBytes ?? 64 * 1024 * 1024,
    limits: config.limits ?? {},
    logLevel: config.logLevel ?? "info",
  };
}
