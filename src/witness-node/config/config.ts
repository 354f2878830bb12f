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
import { baseUrl } from "../../platform/server/base-url.js";
import { hex, utf8 } from "../../core/bytes.js";
import { sha256 } from "../../core/digest/sha256.js";
import { atField, ParseError } from "../../core/errors.js";
import { parseVkey, SIGNATURE_TYPE, type VerifierKey } from "../../core/ledger/vkey.js";
import { type JsonValue, parseJson } from "../../core/record/json.js";
import { readArray, readInteger, readObject, readString } from "../../core/record/reader.js";
import { realFolder } from "../../platform/files/owner-alone.js";

export interface WitnessConfig extends KeyFiles {
  /** The cosigner's name, as in its vkeys. */
  readonly name: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly dataFolder: string;
  /** Absent where the node keeps no entries for others: it is then a witness alone. */
  readonly mirror?: MirrorConfig;
  readonly logs: readonly WitnessedLog[];
  /** Other nodes of the consortium: a copy is fetched from them too, and checkpoints are compared. */
  readonly peers?: readonly PeerConfig[];
  /** What an archive of this node's copy is told: whoever serves one reads it, the node does not. */
  readonly archive?: JsonValue;
}

/** The keys of one cosigner: one name, and a cosignature by each. */
export interface KeyFiles {
  readonly keyFile?: string;
  readonly postQuantumKeyFile?: string;
}

export interface MirrorConfig extends KeyFiles {
  /** SPEC (tlog-mirror): "a distinct cosigner from the mirror cosigner, with a distinct name". */
  readonly name: string;
}

export interface WitnessedLog {
  readonly origin: string;
  /** Any one of them suffices; each that has signed must verify. */
  readonly vkeys: readonly string[];
  /** Under which the log serves its tiles: the prefix of tlog-tiles. */
  readonly url: string;
}

export interface PeerConfig {
  /** Its submission prefix: its monitoring paths lie below it. */
  readonly url: string;
  readonly name?: string;
  /** Of its witness and its mirror. Without them what it shows is believed to be cosigned by it, and convicts only the log. */
  readonly vkeys?: readonly string[];
}

/** A peer of the configuration, its keys read and judged. */
export interface Peer {
  readonly name: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly vkeys: readonly VerifierKey[];
}

/** A log of the configuration, its keys read and judged. */
export interface TrustedLog {
  readonly origin: string;
  /** Lower-case hexadecimal SHA-256 of the origin: names the log in the paths of tlog-witness. */
  readonly originHash: string;
  readonly vkeys: readonly VerifierKey[];
  /** Without a slash at its end. */
  readonly url: string;
}

/**
 * Reads the file; paths in it are relative to its folder. Throws `ParseError` as `parseWitnessConfig`, or that the
 * file can't be read.
 */
export function readWitnessConfig(file: string): WitnessConfig {
  const config = parseWitnessConfig(readFileSync(file));
  const pathOf = (path: string) => resolve(dirname(file), path);
  const keyFilesOf = ({ keyFile, postQuantumKeyFile }: KeyFiles): KeyFiles => ({
    ...(keyFile !== undefined && { keyFile: pathOf(keyFile) }),
    ...(postQuantumKeyFile !== undefined && { postQuantumKeyFile: pathOf(postQuantumKeyFile) }),
  });
  return {
    ...config,
    dataFolder: realFolder(pathOf(config.dataFolder)),
    ...keyFilesOf(config),
    ...(config.mirror && { mirror: { ...config.mirror, ...keyFilesOf(config.mirror) } }),
  };
}

const keyFiles = { keyFile: readString, postQuantumKeyFile: readString };

/** Throws `ParseError`, naming the field. */
export function parseWitnessConfig(bytes: Uint8Array): WitnessConfig {
  const config: WitnessConfig = readObject(parseJson(bytes, { numbers: "canonical" }), "", {
    required: {
      name: readString,
      listen: (value, field) =>
        readObject(value, field, { required: { host: readString, port: readInteger({ max: 65_535 }) } }),
      dataFolder: readString,
      logs: readArray((value, field) =>
        readObject(value, field, {
          required: { origin: readString, vkeys: readArray(readString), url: readString },
        }),
      ),
    },
    optional: {
      ...keyFiles,
      mirror: (value, field) =>
        readObject(value, field, { required: { name: readString }, optional: keyFiles }),
      peers: readArray((value, field) =>
        readObject(value, field, {
          required: { url: readString },
          optional: { name: readString, vkeys: readArray(readString) },
        }),
      ),
      archive: (value) => value,
    },
  });
  if (config.mirror?.name === config.name)
    throw new ParseError("value-range", "the mirror is another cosigner than the witness", {
      field: "/mirror/name",
      got: config.name,
      want: "a name of its own",
    });
  trustLogs(config.logs);
  openPeers(config.peers ?? []);
  return config;
}

/** Throws `ParseError` for keys that can't be trusted, and for one origin given twice. */
export function trustLogs(logs: readonly WitnessedLog[]): TrustedLog[] {
  const origins = new Set<string>();
  return logs.map((log, i) =>
    atField(`/logs/${i}`, () => {
      if (origins.has(log.origin))
        throw new ParseError("value-range", "one log is named twice", { field: "/origin", got: log.origin });
      origins.add(log.origin);
      return trustLog(log);
    }),
  );
}

function trustLog({ origin, vkeys, url }: WitnessedLog): TrustedLog {
  if (vkeys.length === 0)
    throw new ParseError("value-range", "a log without keys can't be witnessed", { field: "/vkeys" });
  return {
    origin,
    originHash: hex(sha256(utf8(origin))),
    vkeys: vkeys.map((text, i) => atField(`/vkeys/${i}`, () => trustKey(text, origin))),
    url: atField("/url", () => readUrl(url)),
  };
}

/** Throws `ParseError` for a peer named twice, and for keys that are no cosigner's. */
export function openPeers(peers: readonly PeerConfig[]): Peer[] {
  const known = new Set<string>();
  return peers.map(({ url: text, name, vkeys = [] }, i) =>
    atField(`/peers/${i}`, () => {
      const url = atField("/url", () => readUrl(text));
      for (const [field, value] of Object.entries({ url, ...(name !== undefined && { name }) })) {
        if (value === "" || known.has(value))
          throw new ParseError("value-range", "a peer needs an address and a name of its own", {
            field: `/${field}`,
            got: value,
          });
        known.add(value);
      }
      const keys = vkeys.map((vkey, at) => atField(`/vkeys/${at}`, () => readCosignerKey(vkey)));
      return { name: name ?? url, url, vkeys: keys };
    }),
  );
}

function readCosignerKey(text: string): VerifierKey {
  const vkey = parseVkey(text);
  if (vkey.type === SIGNATURE_TYPE.cosignature || vkey.type === SIGNATURE_TYPE.mlDsa44) return vkey;
  throw new ParseError("vkey-type-unknown", "a peer's key of a type that this node does not verify", {
    got: `type ${vkey.type}`,
    want: `type ${SIGNATURE_TYPE.cosignature} or ${SIGNATURE_TYPE.mlDsa44} (a cosigner's)`,
  });
}

function trustKey(text: string, origin: string): VerifierKey {
  const vkey = parseVkey(text);
  if (vkey.type !== SIGNATURE_TYPE.ed25519 && vkey.type !== SIGNATURE_TYPE.mlDsa44)
    throw new ParseError("vkey-type-unknown", "a log's key of a type that this witness does not verify", {
      got: `type ${vkey.type}`,
      want: `type ${SIGNATURE_TYPE.ed25519} (Ed25519) or ${SIGNATURE_TYPE.mlDsa44} (ML-DSA-44)`,
    });
  if (vkey.name !== origin)
    throw new ParseError("vkey-mismatch", "the key is of another log", { got: vkey.name, want: origin });
  return vkey;
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw new ParseError("value-range", "not the address of a log or node", {
      got: text,
      want: "http(s)://host/prefix",
    });
  return baseUrl(text);
}
