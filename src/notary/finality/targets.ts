/**
 * Which checkpoint to ask whom to cosign. A quorum has to meet on one checkpoint: if every witness always took the
 * newest, slow ones would each skip others and no checkpoint might ever gather enough. So the target stands still
 * until it is reached; and since nobody's deposit may wait for a witness that only somebody else's needs, there are
 * two of them:
 *
 * - `front` moves on to the newest checkpoint once the quorum holds on it for depositors without a node, or never
 *   can. It makes deposits final as fast as the fast witnesses are.
 * - `held` stays on a former front until the quorum also holds for the members whose own nodes do not count for
 *   them, as far as witnesses that answer at present could bring it about; then it takes up the front again.
 *
 * A free witness is sent `held` where it has not cosigned that, else `front`: so the slow ones meet on `held`.
 */
import type { Consortium, Witness } from "../../core/trust/consortium.js";
import type { Cosignature } from "../../core/witness/cosignature.js";
import { EVERYBODY, isFinalFor } from "./finality.js";
import type { StoredCheckpoint } from "../ports/ledger.js";

export interface Target {
  readonly checkpoint: StoredCheckpoint;
  /** All that are stored for it. */
  readonly cosignatures: readonly Cosignature[];
}

export interface Targets {
  readonly front: Target;
  readonly held: Target;
}

/** What is known of one witness or mirror. */
export interface WitnessView {
  readonly witness: Pick<Witness, "name" | "vkeys">;
  /** Whether it may still cosign a checkpoint of this size: nothing smaller than what it has signed. */
  canCosign(treeSize: number): boolean;
  /** It answered when last asked, or has not been asked; a mirror: and does not lack much. */
  readonly isAlive: boolean;
}

export interface TargetQuestion {
  readonly targets: Targets;
  readonly newest: StoredCheckpoint;
  readonly witnesses: readonly WitnessView[];
  readonly consortium: Consortium;
  /** Classes with deposits that a checkpoint of this tree size covers and that are not final yet. */
  readonly waitingClasses: (treeSize: number) => readonly string[];
  /** A batch may name a later time, sealed by a clock that was ahead: nobody waits for that time here. */
  readonly nowMs?: number;
}

/** The targets as they should be now: the same objects where nothing moves. */
export function moveTargets(question: TargetQuestion): Targets {
  const { targets, newest, witnesses, consortium, waitingClasses, nowMs = Infinity } = question;
  let { front, held } = targets;
  const isFinal = (target: Target, name: string, cosignatures: readonly Cosignature[]) => {
    const { checkpoint } = target;
    return isFinalFor(name, checkpoint, cosignatures, consortium, Math.min(checkpoint.sealedAtMs, nowMs));
  };
  const isReached = (target: Target, name: string) => isFinal(target, name, target.cosignatures);
  const isReachable = (target: Target, name: string, among: readonly WitnessView[]) =>
    isFinal(target, name, ifTheyCosigned(target, among));

  const isFrontDone =
    front.checkpoint.treeSize === 0 ||
    isReached(front, EVERYBODY) ||
    !isReachable(front, EVERYBODY, witnesses);
  if (isFrontDone && newest.treeSize > front.checkpoint.treeSize)
    front = { checkpoint: newest, cosignatures: [] };

  const alive = witnesses.filter(({ isAlive }) => isAlive);
  const isHeldDone = waitingClasses(held.checkpoint.treeSize).every(
    (name) => isReached(held, name) || !isReachable(held, name, alive),
  );
  if (isHeldDone) held = front;
  return front === targets.front && held === targets.held ? targets : { front, held };
}

/** What to send this witness when it is free; undefined where nothing needs it. */
export function nextTarget({ held, front }: Targets, view: WitnessView): Target | undefined {
  return [held, front].find(
    (target) =>
      target.checkpoint.treeSize > 0 &&
      view.canCosign(target.checkpoint.treeSize) &&
      !hasCosigned(target, view),
  );
}

/** With any of its keys: those of one cosigner answer together, and which of them it has is its own affair. */
export function hasCosigned({ cosignatures }: Target, { witness }: WitnessView): boolean {
  return cosignatures.some(({ vkey }) => witness.vkeys.some(({ text }) => text === vkey.text));
}

/** With the cosignatures that could still come: in time, whatever their clocks say. */
function ifTheyCosigned(target: Target, witnesses: readonly WitnessView[]): Cosignature[] {
  const { checkpoint, cosignatures } = target;
  const timeSeconds = Math.ceil(checkpoint.sealedAtMs / 1000);
  const possible = witnesses
    .filter((view) => view.canCosign(checkpoint.treeSize) && !hasCosigned(target, view))
    .flatMap(({ witness }) => witness.vkeys)
    .map((vkey) => ({ vkey, timeSeconds, line: "" }));
  return [...cosignatures, ...possible];
}
