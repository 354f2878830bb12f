/** `logs` of witness.json: which logs are watched, by which keys they are known, and where their tiles are. */
import { hex, utf8 } from "../../core/bytes.js";
import { sha256 } from "../../core/digest/sha256.js";
import { atField, ParseError } from "../../core/errors.js";
import { parseVkey, SIGNATURE_TYPE, type VerifierKey } from "../../core/ledger/vkey.js";
import { type Reader, readArray, readObject, readString } from "../../core/record/reader.js";
import { readPrefixUrl } from "./prefix-url.js";

export interface WitnessedLog {
  readonly origin: string;
  /** Any one of these keys suffices; each that has signed must verify. */
  readonly vkeys: readonly string[];
  /** The log serves its tiles under this URL: the prefix of tlog-tiles. */
  readonly url: string;
}

/** A trusted log is one of the configuration, its keys read and judged. */
export interface TrustedLog {
  readonly origin: string;
  /** This is the SHA-256 of the origin in lower-case hexadecimal: it names the log in the paths of tlog-witness. */
  readonly originHash: string;
  readonly vkeys: readonly VerifierKey[];
  /** The URL has no slash at its end. */
  readonly url: string;
}

export const readLogs: Reader<readonly WitnessedLog[]> = readArray((value, field) =>
  readObject(value, field, {
    required: { origin: readString, vkeys: readArray(readString), url: readString },
  }),
);

/**
 * Opens the logs of a configuration. Throws `ParseError` for keys that can't be trusted, and for one origin given
 * twice.
 */
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
    url: atField("/url", () => readPrefixUrl(url)),
  };
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
