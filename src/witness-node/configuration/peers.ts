/** `peers` of witness.json: the other nodes of the consortium. */
import { atField, ParseError } from "../../core/errors.js";
import { parseVkey, SIGNATURE_TYPE, type VerifierKey } from "../../core/ledger/vkey.js";
import { type Reader, readArray, readObject, readString } from "../../core/record/reader.js";
import { readPrefixUrl } from "./prefix-url.js";

export interface PeerConfig {
  /** This is its submission prefix: its monitoring paths lie below it. */
  readonly url: string;
  readonly name?: string;
  /**
   * These are the keys of its witness and its mirror. Without them what it shows is believed to be cosigned by it,
   * and convicts only the log.
   */
  readonly vkeys?: readonly string[];
}

/** A peer is one of the configuration, its keys read and judged. */
export interface Peer {
  readonly name: string;
  /** The URL has no slash at its end. */
  readonly url: string;
  readonly vkeys: readonly VerifierKey[];
}

export const readPeers: Reader<readonly PeerConfig[]> = readArray((value, field) =>
  readObject(value, field, {
    required: { url: readString },
    optional: { name: readString, vkeys: readArray(readString) },
  }),
);

/**
 * Opens the peers of a configuration. Throws `ParseError` for a peer named twice, and for keys that are no
 * cosigner's.
 */
export function openPeers(peers: readonly PeerConfig[]): Peer[] {
  const known = new Set<string>();
  return peers.map(({ url: text, name, vkeys = [] }, i) =>
    atField(`/peers/${i}`, () => {
      const url = atField("/url", () => readPrefixUrl(text));
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
