/**
 * Recording: drafts that come together become one group, and a group one step of the store.
 *
 * Crash story: the step is there or it is not. Whoever asked and had no answer asks again, this worker or the next one;
 * what was recorded by then is found by its statement's id, and so nothing is recorded twice.
 */
import type { NotarySettings } from "../model/settings.js";
import { Refusal } from "../model/refusal.js";
import type { Ports } from "../ports/ports.js";
import type { Decision, Draft } from "../ports/worker.js";
import { decideGroup } from "./decide-group.js";
import { GROUP_BOUNDS, groupCommit } from "./group-commit.js";
import { refusedWhereFull, refuseWithoutSpace } from "./stage-original.js";

type RecordingPorts = Pick<Ports, "store" | "now" | "nextId" | "freeBytes">;

export interface RecordingSettings extends Pick<NotarySettings, "sealing" | "minFreeBytes"> {
  /** Throws while this notary takes no deposits. */
  readonly refuseHalted: () => void;
  /** Is told after each commit, and after each that failed, since it may have taken effect all the same. */
  readonly noteDeposits: (count: number, ageMs: number) => void;
}

export interface Recording {
  /** One outcome a draft, in their order; refuses the whole only while nothing of it has been begun. */
  record(drafts: readonly Draft[]): Promise<readonly Decision[]>;
  /** Resolves when everything asked for has been answered; refuses `stopping` from then on. */
  close(): Promise<void>;
}

export function openRecording(ports: RecordingPorts, settings: RecordingSettings): Recording {
  const group = groupCommit<Draft, Decision>(async (drafts) => {
    try {
      // Again: what was received before may have waited.
      settings.refuseHalted();
      await refuseWithoutSpace(ports, { of: "data", minFreeBytes: settings.minFreeBytes });
      return await commitGroup(ports, settings, drafts);
    } catch (error) {
      throw refusedWhereFull(error);
    }
  }, GROUP_BOUNDS);
  return {
    record: async (drafts) => {
      settings.refuseHalted();
      return Promise.all(drafts.map((draft) => group.submit(draft).catch(refused)));
    },
    close: () => group.close(),
  };
}

/** Drafts that came together may end in several groups, one refused and another recorded: each draft has its own answer. */
function refused(error: unknown): Decision {
  if (error instanceof Refusal) return { kind: "refused", refusal: error };
  throw error;
}

async function commitGroup(
  ports: RecordingPorts,
  settings: RecordingSettings,
  drafts: readonly Draft[],
): Promise<readonly Decision[]> {
  const nowMs = ports.now();
  let decided: readonly Decision[] = [];
  try {
    await ports.store.record(scopeOf(drafts), (context) => {
      const { add, decisions } = decideGroup(drafts, {
        ...{ context, nextId: ports.nextId },
        // By the clock of this very decision: after a conflict, or a stop of this process, it is made anew.
        isInTime: (draft) => {
          const isNow = isInTime(draft, ports.now(), settings);
          // A clock that was set a moment ago makes drafts late that did not wait: then that is the reason.
          if (!isNow) settings.refuseHalted();
          return isNow;
        },
      });
      decided = decisions;
      return add;
    });
  } finally {
    // Whatever the store says: a step that failed may have taken effect, and then somebody has to look.
    const first = drafts[0];
    if (first) settings.noteDeposits(drafts.length, Math.max(0, nowMs - first.receivedAtMs));
  }
  return decided;
}

/**
 * Whether the batch can still be sealed by the time that the receipt will promise. A draft comes late where a process was
 * stopped between its reception and the commit: recorded then, its receipt would be broken at its birth.
 */
function isInTime({ sealByMs }: Draft, nowMs: number, { sealing }: RecordingSettings): boolean {
  return nowMs + sealing.afterMs <= sealByMs;
}

function scopeOf(drafts: readonly Draft[]) {
  return {
    ids: drafts.map(({ id }) => id),
    chainIds: [
      ...new Set(drafts.flatMap(({ content }) => ("chain" in content ? (content.chain.id ?? []) : []))),
    ],
    idempotencyKeys: drafts.flatMap(({ organisationId, idempotencyKey }) =>
      idempotencyKey ? [{ organisationId, key: idempotencyKey.key }] : [],
    ),
  };
}
