/** Before anything is signed: the trust file that verifiers will use names the very keys that this notary holds. */
import type { Consortium } from "../../core/trust/consortium.js";
import { demandedAlgorithms } from "../../core/trust/signature-demand.js";
import { splitsOf } from "../../core/trust/intersection.js";
import { isQuorumReachable } from "../../core/trust/quorum.js";
import { depositorOf, nameOfClass } from "../finality/finality.js";
import { timestampAuthorities } from "../../pki/timestamps/check-timestamps.js";
import type { Ports } from "../ports/ports.js";

/** Throws an `Error` that tells the operator which file to look at. */
export function refuseUnfitTrust(
  consortium: Consortium,
  {
    logSigner,
    logPostQuantumSigner,
    receiptSigner,
    verifyX509Signature,
  }: Pick<Ports, "logSigner" | "logPostQuantumSigner" | "receiptSigner" | "verifyX509Signature">,
): void {
  const { log, receipts, quorum } = consortium;
  const isListed = (vkey: string, vkeys: Consortium["log"]["vkeys"]) =>
    vkeys.some(({ text }) => text === vkey);
  if (!isListed(logSigner.vkey, log.vkeys))
    throw new Error(`the trust file does not list the log's key ${logSigner.vkey}`);
  if (logPostQuantumSigner !== undefined && !isListed(logPostQuantumSigner.vkey, log.vkeys))
    throw new Error(`the trust file does not list the log's ML-DSA-44 key ${logPostQuantumSigner.vkey}`);
  if (logPostQuantumSigner === undefined && demandedAlgorithms(quorum.signatures).includes("ml-dsa-44"))
    throw new Error(
      "the trust file demands that the log signs with ML-DSA-44, and this notary has no such key: " +
        "nothing could become final (keys.logPostQuantum)",
    );
  if (!isListed(receiptSigner.vkey, receipts.vkeys))
    throw new Error(`the trust file does not list the receipt key ${receiptSigner.vkey}`);
  timestampAuthorities(verifyX509Signature)(consortium); // Throws where a certificate in it is none.
}

/** Whether deposits of a class could ever become final: where not, they are refused (`quorum-unreachable`). */
export function judgeReach(consortium: Consortium): (depositorClass: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const isReachable =
      known.get(name) ?? isQuorumReachable({ consortium, depositor: depositorOf(name), parties: [] });
    known.set(name, isReachable);
    return isReachable;
  };
}

/** What the operator should know of the trust file's quorum before the first deposit. */
export function warnOfQuorum(
  consortium: Consortium,
  unreachable: readonly string[],
  { log }: Pick<Ports, "log">,
): void {
  const { quorum } = consortium;
  const splits = splitsOf(consortium);
  if (splits.length > 0)
    log.warn(
      { quorum, treeSizes: splits },
      "the trust file's quorum is half of those who can count, or less: two ledgers could be cosigned by different members",
    );
  if (unreachable.length > 0)
    log.warn(
      { quorum, depositors: unreachable.map(nameOfClass) },
      "under the trust file's quorum nothing that these deposit could become final: they are refused",
    );
}
