/**
 * Which signature algorithms a trust file demands of the log and of each cosigner that counts, and which cosignatures
 * count under that demand. docs/evidence-format.md, "Trust file" and "Which cosignatures count".
 */
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from "../ledger/verifiers.js";
import { algorithmOf, type VerifierKey } from "../ledger/vkey.js";

export const SIGNATURE_DEMANDS = ["any", ...SIGNATURE_ALGORITHMS, "both"] as const;
/** The demand `any` takes whichever signature there is; `both` asks for one of each algorithm. */
export type SignatureDemand = (typeof SIGNATURE_DEMANDS)[number];

/** Gives the algorithms each of which must be there; none in particular where any suffices. */
export function demandedAlgorithms(demand: SignatureDemand): readonly SignatureAlgorithm[] {
  if (demand === "any") return [];
  return demand === "both" ? SIGNATURE_ALGORITHMS : [demand];
}

/** Tells whether signatures by these keys are all that is demanded of one signer. */
export function meetsDemand(demand: SignatureDemand, vkeys: readonly VerifierKey[]): boolean {
  return (
    vkeys.length > 0 &&
    demandedAlgorithms(demand).every((algorithm) => vkeys.some((vkey) => algorithmOf(vkey) === algorithm))
  );
}

/** The reason says why a cosignature does not count by itself, for its algorithm. */
export type AlgorithmReason = "other-algorithm" | "one-algorithm" | "completed-later";

export interface AlgorithmClaim {
  /** This tells whose the cosignature is: by organisation and name, not by key. */
  readonly cosigner: string;
  readonly algorithm: SignatureAlgorithm;
}

/**
 * Judges a checkpoint's cosignatures one after the other, in the order of their times; `all` are the same. Where both
 * algorithms are demanded, the later of a cosigner's two counts, and so its time.
 */
export function judgeAlgorithms(
  demand: SignatureDemand,
  all: readonly AlgorithmClaim[],
): (claim: AlgorithmClaim) => AlgorithmReason | undefined {
  if (demand === "any") return () => undefined;
  if (demand !== "both") return ({ algorithm }) => (algorithm === demand ? undefined : "other-algorithm");
  const seen: AlgorithmClaim[] = [];
  return (claim) => {
    const isOther = ({ cosigner, algorithm }: AlgorithmClaim) =>
      cosigner === claim.cosigner && algorithm !== claim.algorithm;
    seen.push(claim);
    if (seen.some(isOther)) return undefined;
    return all.some(isOther) ? "completed-later" : "one-algorithm";
  };
}
