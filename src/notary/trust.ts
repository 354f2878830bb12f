/** Before anything is signed: the trust file that verifiers will use names the very keys that this notary holds. */
import { type Consortium } from "../core/witness/consortium.js";
import { type Ports } from "./ports.js";

/** Throws an `Error` that tells the operator which file to look at. */
export function refuseUnfitTrust(
  { log, receipts, witnesses }: Consortium,
  { logSigner, receiptSigner, witnesses: clients }: Pick<Ports, "logSigner" | "receiptSigner" | "witnesses">,
): void {
  const isListed = (vkey: string, vkeys: Consortium["log"]["vkeys"]) =>
    vkeys.some(({ text }) => text === vkey);
  if (!isListed(logSigner.vkey, log.vkeys))
    throw new Error(`the trust file does not list the log's key ${logSigner.vkey}`);
  if (!isListed(receiptSigner.vkey, receipts.vkeys))
    throw new Error(`the trust file does not list the receipt key ${receiptSigner.vkey}`);
  for (const { name } of witnesses)
    if (!clients.has(name)) throw new Error(`internal: no client for witness ${name}`);
}
