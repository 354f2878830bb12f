/**
 * Judging this machine's clock by other people's: pure. Whoever is asked says between which bounds true time lies, against
 * the clock that nobody sets; so what was said once goes on judging the other clock, also at the very moment when that one
 * is set. No single voice decides: of time servers more than half must say the same, and two at least; of nodes a quorum.
 */
import type { Consortium } from "../../core/trust/consortium.js";
import { countQuorum } from "../../core/trust/quorum.js";
import type { ClockState } from "../model/model.js";
import type { TimeReading } from "../ports/host.js";

/** This machine's two clocks at one moment. */
export interface Moment {
  readonly nowMs: number;
  readonly monotonicMs: number;
}

/** How far the clock is ahead of true time by one voice: negative where it is behind. */
export interface Bounds {
  readonly lowMs: number;
  readonly highMs: number;
}

/** The clock that nobody sets runs as fast as true time but for so much: what was said long ago says less. */
const DRIFT = 0.0005;

export function boundsBy({ lowMs, highMs, atMs }: TimeReading, { nowMs, monotonicMs }: Moment): Bounds {
  const [apartMs, slackMs] = [nowMs - monotonicMs, Math.max(0, monotonicMs - atMs) * DRIFT];
  return { lowMs: apartMs - highMs - slackMs, highMs: apartMs - lowMs + slackMs };
}

/** Wrong only where all that one voice leaves open is. */
export function stateBy({ lowMs, highMs }: Bounds, toleranceMs: number): Exclude<ClockState, "unknown"> {
  return lowMs > toleranceMs ? "ahead" : highMs < -toleranceMs ? "behind" : "right";
}

export const middle = ({ lowMs, highMs }: Bounds): number => (lowMs + highMs) / 2;

/** Of several one that is wrong moves it little. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

const STATES = ["right", "ahead", "behind"] as const;

/** `said` by those that have answered, of so many that are configured. */
export function judgeByServers(said: readonly ClockState[], configured: number): ClockState {
  const isMost = (count: number) => count >= 2 && 2 * count > configured;
  return STATES.find((state) => isMost(said.filter((other) => other === state).length)) ?? "unknown";
}

/** By organisation: one voice each, and the quorum of the trust file counts them as it counts cosignatures. */
export function judgeByNodes(
  said: ReadonlyMap<string, ClockState>,
  { consortium, treeSize }: { readonly consortium: Consortium; readonly treeSize: number },
): ClockState {
  const holdsFor = (state: ClockState): boolean => {
    const vkeys = consortium.witnesses
      .filter(({ organisation }) => said.get(organisation) === state)
      .flatMap((witness) => witness.vkeys);
    const cosignatures = vkeys.map((vkey) => ({ vkey, timeSeconds: 1, line: "" }));
    return countQuorum({ consortium, cosignatures, treeSize, depositor: undefined, parties: [] }).holds;
  };
  return STATES.find(holdsFor) ?? "unknown";
}
