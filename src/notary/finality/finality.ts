/**
 * Finality: a deposit is final when the quorum holds, without its depositor, on a checkpoint that covers it; from the
 * moment by which the notary had stored the cosignatures that suffice. Only the depositor decides who is excluded,
 * so it is judged once for each class of depositors and not for each deposit.
 */
import { parseNote } from "../../core/ledger/note.js";
import { CLOCK_TOLERANCE_MS } from "../../core/verify/checks.js";
import { type Consortium, logKeysAt, quorumAt } from "../../core/trust/consortium.js";
import type { Cosignature } from "../../core/witness/cosignature.js";
import { findGroup } from "../../core/trust/groups.js";
import { findIds, type KnownAs, knownAs } from "../../core/trust/identity.js";
import { countQuorum } from "../../core/trust/quorum.js";
import { demandedAlgorithms, meetsDemand } from "../../core/trust/signature-demand.js";
import type { Organisation } from "../model/model.js";
import type { Finality, QuorumMet } from "../ports/cosignatures.js";
import type { StoredCheckpoint } from "../ports/ledger.js";

/** Depositors for whom nobody is excluded but the log's own organisation. */
export const EVERYBODY = "";

export interface DepositorClasses {
  /** Grows where a depositor comes whom the trust file knows as several, of groups that no class excludes together so far. */
  readonly all: readonly string[];
  /** `EVERYBODY` unless the trust file knows the depositor, by whatever it is called, and its group runs a witness. */
  of(depositor: Organisation): string;
}

/** A class is named by the groups that are excluded for its depositors: their ids, joined by `+`, which no id has in it. */
export function depositorClasses(
  consortium: Consortium,
  registered: readonly Organisation[] = [],
): DepositorClasses {
  const hosts = new Set(consortium.witnesses.map(({ organisation }) => organisation));
  const operator = findGroup(consortium, consortium.log.organisation);
  const { quorum } = consortium;
  const excludesAny = [quorum, ...quorum.former].some(({ excludeParties }) => excludeParties);
  const classOf = (texts: KnownAs): string => {
    const groups = new Set<string>();
    for (const id of excludesAny ? findIds(consortium, texts) : []) {
      const group = findGroup(consortium, id);
      if (group === undefined || group === operator) continue;
      if (group.members.some((member) => hosts.has(member.id))) groups.add(group.id);
    }
    return [...groups].sort().join(SEPARATOR);
  };
  const all = new Set([EVERYBODY, ...consortium.organisations.map(({ id }) => classOf([id]))]);
  // Asked for every deposit; an organisation that is registered anew, or under another name, is another object.
  const known = new WeakMap<Organisation, string>();
  const of = (depositor: Organisation): string => {
    let name = known.get(depositor);
    if (name === undefined) {
      name = classOf(knownAs(depositor));
      all.add(name);
      known.set(depositor, name);
    }
    return name;
  };
  registered.forEach(of);
  return {
    get all() {
      return [...all];
    },
    of,
  };
}
const SEPARATOR = "+";

/** Whom `countQuorum` is to exclude for the class. */
export const depositorOf = (depositorClass: string): KnownAs | undefined =>
  depositorClass === EVERYBODY ? undefined : depositorClass.split(SEPARATOR);

/** As a log names it. */
export const nameOfClass = (depositorClass: string): string =>
  depositorOf(depositorClass)?.join(" and ") ?? "all without a node of their own";

/**
 * Whether the quorum holds on this checkpoint for the class, for a batch that was sealed at `sealedAtMs`, as the public
 * verifier will count it; without a time of its own, for the newest batch that it covers.
 */
export function isFinalFor(
  depositorClass: string,
  checkpoint: StoredCheckpoint,
  cosignatures: readonly Cosignature[],
  consortium: Consortium,
  sealedAtMs: number = checkpoint.sealedAtMs,
): boolean {
  const { holds } = countQuorum({
    consortium,
    cosignatures,
    treeSize: checkpoint.treeSize,
    depositor: depositorOf(depositorClass),
    parties: [],
    notBeforeMs: sealedAtMs - CLOCK_TOLERANCE_MS,
  });
  return holds && hasLogSigned(checkpoint, consortium);
}

/**
 * The latest time of sealing for which the quorum holds on this checkpoint for the class; undefined where it does for none.
 * The quorum needs each cosignature that completes it, so the answer is the time of one of them.
 */
export function sealedUpToMs(
  depositorClass: string,
  checkpoint: StoredCheckpoint,
  cosignatures: readonly Cosignature[],
  consortium: Consortium,
): number | undefined {
  const holdsFor = (sealedAtMs: number) =>
    isFinalFor(depositorClass, checkpoint, cosignatures, consortium, sealedAtMs);
  const inTimeFor = cosignatures.map(latestSealing).sort((a, b) => b - a);
  const earliest = inTimeFor.at(-1);
  if (earliest === undefined || !holdsFor(earliest)) return undefined;
  return inTimeFor.find(holdsFor);
}

/** A cosignature carries whole seconds, so its second's end is what is compared. */
export const latestSealing = ({ timeSeconds }: Pick<Cosignature, "timeSeconds">): number =>
  timeSeconds * 1000 + 999 + CLOCK_TOLERANCE_MS;

/** The earliest time at which cosignatures can make a batch final that was sealed then. */
export const finalNotBeforeMs = ({ sealedAtMs }: { readonly sealedAtMs: number }): number =>
  sealedAtMs - CLOCK_TOLERANCE_MS;

/** Not by a log that had no ML-DSA-44 key yet, where the trust file has come to demand one. */
function hasLogSigned({ note, treeSize }: StoredCheckpoint, consortium: Consortium): boolean {
  const { signatures: demand } = quorumAt(consortium, treeSize);
  // Every checkpoint of ours has an Ed25519 line.
  if (!demandedAlgorithms(demand).includes("ml-dsa-44")) return true;
  const { signatures } = parseNote(note);
  const signers = logKeysAt(consortium, treeSize).filter((vkey) =>
    signatures.some(({ name, keyId }) => name === vkey.name && keyId === vkey.keyId),
  );
  return meetsDemand(demand, signers);
}

/** The classes for which the quorum holds on this checkpoint, each with the time and how far that reaches. */
export function quorumsMet({
  checkpoint,
  cosignatures,
  consortium,
  classes,
  newest,
  nowMs,
}: {
  readonly checkpoint: StoredCheckpoint;
  readonly cosignatures: readonly Cosignature[];
  readonly consortium: Consortium;
  readonly classes: DepositorClasses;
  readonly newest: ReadonlyMap<string, Finality>;
  readonly nowMs: number;
}): QuorumMet[] {
  const { treeSize } = checkpoint;
  return classes.all.flatMap((name) => {
    const reached = sealedUpToMs(name, checkpoint, cosignatures, consortium);
    if (reached === undefined) return [];
    // In order also where the clock stepped back.
    const finalAtMs = Math.max(nowMs, newest.get(name)?.finalAtMs ?? 0);
    return [{ depositorClass: name, treeSize, finalAtMs, sealedUpToMs: reached }];
  });
}
