/**
 * What a witness is told: who it is, where it keeps its memory, and which logs it watches.
 *
 *     { "name": "court.example/w1", "listen": { "host": "127.0.0.1", "port": 8101 }, "dataFolder": ".",
 *       optional "keyFile": where the key is (when absent: witness.key in the data folder, made where missing),
 *       optional "postQuantumKeyFile": of its ML-DSA-44 key (when absent: it has none and signs with Ed25519 only),
 *       optional "mirror": { "name": "court.example/m1", optional "keyFile" (when absent: mirror.key, in the same way),
 *                            optional "postQuantumKeyFile" },
 *       "logs": [ { "origin": "notary.example/log", "vkeys": [...], "url": "https://notary.example/ledger" } ],
 *       optional "peers": [ { "url": "https://bank-a.example/", optional "name": as the log and /status call it (when
 *         absent: the url), optional "vkeys": those of its witness and mirror } ],
 *       optional "archive": { optional "limits", optional "proxies" } (of `witness serve-archive`, which alone reads it) }
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type JsonValue, parseJson } from "../../core/record/json.js";
import { readInteger, readObject, readString } from "../../core/record/reader.js";
import { realFolder } from "../../platform/files/owner-alone.js";
import {
  type KeyFiles,
  keyFiles,
  keyFilesAt,
  type MirrorConfig,
  readMirror,
  refuseOneName,
} from "./cosigners.js";
import { readLogs, trustLogs, type WitnessedLog } from "./logs.js";
import { openPeers, type PeerConfig, readPeers } from "./peers.js";

export interface WitnessConfiguration extends KeyFiles {
  /** This is the cosigner's name, as in its vkeys. */
  readonly name: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly dataFolder: string;
  /** The mirror is absent where the node keeps no entries for others: it is then a witness alone. */
  readonly mirror?: MirrorConfig;
  readonly logs: readonly WitnessedLog[];
  /** Peers are other nodes of the consortium: a copy is fetched from them too, and checkpoints are compared. */
  readonly peers?: readonly PeerConfig[];
  /** This is what an archive of this node's copy is told: whoever serves one reads it, the node does not. */
  readonly archive?: JsonValue;
}

/**
 * Reads the configuration file; paths in it are relative to its folder. Throws `ParseError` as `parseWitnessConfiguration`,
 * or that the file can't be read.
 */
export function readWitnessConfiguration(file: string): WitnessConfiguration {
  const config = parseWitnessConfiguration(readFileSync(file));
  const path = (name: string) => resolve(dirname(file), name);
  return {
    ...config,
    dataFolder: realFolder(path(config.dataFolder)),
    ...keyFilesAt(config, path),
    ...(config.mirror && { mirror: { ...config.mirror, ...keyFilesAt(config.mirror, path) } }),
  };
}

/** Reads a configuration. Throws `ParseError`, which names the field. */
export function parseWitnessConfiguration(bytes: Uint8Array): WitnessConfiguration {
  const config: WitnessConfiguration = readObject(parseJson(bytes, { numbers: "canonical" }), "", {
    required: {
      name: readString,
      listen: (value, field) =>
        readObject(value, field, { required: { host: readString, port: readInteger({ max: 65_535 }) } }),
      dataFolder: readString,
      logs: readLogs,
    },
    optional: {
      ...keyFiles,
      mirror: readMirror,
      peers: readPeers,
      archive: (value) => value,
    },
  });
  refuseOneName(config.name, config.mirror);
  trustLogs(config.logs);
  openPeers(config.peers ?? []);
  return config;
}
