/** `cunzheng keygen`: a key of a ledger, of its receipts or of a node, in a file of its own. */
import type { KeygenOptions, KeyKind } from "../commands/keys/ledger-key.js";
import { SIGNATURE_TYPE } from "../core/ledger/vkey.js";
import { createSigningKey, type SigningKey } from "../platform/keys/keys.js";

/** Of Ed25519 keys: an ML-DSA-44 key signs checkpoints, whoever holds it. */
const KEY_TYPES: Readonly<Record<KeyKind, number>> = {
  log: SIGNATURE_TYPE.ed25519,
  receipt: SIGNATURE_TYPE.ed25519,
  witness: SIGNATURE_TYPE.cosignature,
  mirror: SIGNATURE_TYPE.cosignature,
};

/** Throws where the file exists. */
export function makeLedgerKey({ name, kind, algorithm, out }: KeygenOptions): SigningKey {
  const type = algorithm === "ml-dsa-44" ? SIGNATURE_TYPE.mlDsa44 : KEY_TYPES[kind];
  return createSigningKey(out, { name, type });
}
