/** Cosignatures between the store, which keeps lines, and those who count them by the keys of the trust file. */
import type { Consortium } from "../../core/trust/consortium.js";
import type { Cosignature } from "../../core/witness/cosignature.js";
import type { StoredCosignature } from "../ports/cosignatures.js";
import { latestSealing } from "./finality.js";

/** A key cosigns a checkpoint once, and again only where that is late enough for a batch for which the first was not. */
export function isWanted(
  cosignature: Cosignature,
  stored: readonly StoredCosignature[],
  deferredFromMs: number | undefined,
): boolean {
  const { vkey } = cosignature;
  const before = stored.filter(({ name, keyId }) => name === vkey.name && keyId === vkey.keyId);
  if (before.length === 0) return true;
  return (
    deferredFromMs !== undefined &&
    latestSealing(cosignature) >= deferredFromMs &&
    before.every((one) => latestSealing(one) < deferredFromMs)
  );
}

export const storedCosignature = (
  { vkey: { name, keyId }, timeSeconds, line }: Cosignature,
  storedAtMs: number,
): StoredCosignature => ({ name, keyId, line, timeSeconds, storedAtMs });

/** Stored means verified; of keys that the trust file no longer has, nothing is known. */
export function verifiedCosignatures(
  stored: readonly StoredCosignature[],
  { witnesses }: Consortium,
): Cosignature[] {
  const vkeys = witnesses.flatMap((witness) => witness.vkeys);
  return stored.flatMap(({ name, keyId, timeSeconds, line }) => {
    const vkey = vkeys.find((known) => known.name === name && known.keyId === keyId);
    return vkey === undefined ? [] : [{ vkey, timeSeconds, line }];
  });
}
