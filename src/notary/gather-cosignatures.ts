/**
 * Gathering cosignatures: one loop for each witness, so that a slow or dead one delays nobody else; `targets.ts` says
 * which checkpoint each is asked for.
 *
 * Crash story: a cosignature is verified, then stored in one step with the finality that it completes, and only then
 * announced. A crash between the witness's answer and that step loses an answer, not a promise: after the restart the
 * newest checkpoint is the target, and the witness cosigns it, or the same one again (tlog-witness: an `old` of the
 * same size and root refreshes the timestamp).
 */
import { parseNote } from "../core/ledger/note.js";
import { type Consortium, type Witness } from "../core/witness/consortium.js";
import { openCosignatures, type Cosignature } from "../core/witness/cosignature.js";
import { formatTime } from "../core/record/time.js";
import { type DepositorClasses, EVERYBODY, type FinalityBoard, newFinalities } from "./finality.js";
import { proveLedgerConsistency } from "./ledger-tree.js";
import { type Ports, type StoredCheckpoint, type StoredCosignature } from "./ports.js";
import { moveTargets, nextTarget, type Target, type Targets, type WitnessView } from "./targets.js";
import { createWakeUp, pause } from "./wake-up.js";
import { watchFinality } from "./watch-finality.js";

type GatherPorts = Pick<Ports, "store" | "witnesses" | "verifyEd25519" | "now" | "log">;

export interface Gatherer {
  /** Takes up the newest checkpoint that is stored. */
  look(): Promise<void>;
  /** The checkpoint being cosigned: what `/ledger/checkpoint` shows until one is final. */
  front(): StoredCheckpoint;
  close(): Promise<void>;
}

export interface GatherSettings {
  readonly consortium: Consortium;
  readonly classes: DepositorClasses;
  readonly board: FinalityBoard;
  readonly newest: StoredCheckpoint;
  readonly timeoutMs: number;
}

/** A witness that fails is asked again after 250 ms, 500 ms... and then every 5 s, so that its return is noticed. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;
/** One 409 tells the size, a second may cross a restart; whoever goes on is not to be asked without a pause. */
const MAX_CONFLICTS = 3;
/** A failure that lasts is told again so often: whoever reads the last lines of a log must find it. */
const REPEAT_MS = 60_000;
/** Finality is also looked at when no witness is being asked: all may have answered, with clocks that are wrong. */
const WATCH_MS = 10_000;

/** The state of one witness's loop. */
interface Loop extends WitnessView {
  readonly witness: Witness;
  treeSize: number;
  isAlive: boolean;
  failures: number;
  /** Of the failures in a row: the first, and the last that was logged. */
  failing?: { readonly sinceMs: number; readonly toldMs: number };
  /** Since its last cosignature. */
  conflicts: number;
}

/** A ledger entry that is not final for a class of depositors. */
interface WaitingEntry {
  readonly index: number;
  /** Since when it has been on the ledger. */
  readonly sinceMs: number;
  /** A deposit of the class is in it for certain. Of the newest at the start only that it is somebody's is known. */
  readonly isCertain: boolean;
}

export async function startGathering(ports: GatherPorts, settings: GatherSettings): Promise<Gatherer> {
  const { store, log } = ports;
  const { consortium, classes, board, timeoutMs } = settings;
  const stop = new AbortController();
  const wakeUp = createWakeUp();
  const loops = await openLoops(ports, consortium);
  /** Ledger indexes with deposits of a class that are not final, ascending. At the start: whoever's, in the newest. */
  const waiting = new Map<string, WaitingEntry[]>(
    classes.all.map((name) => [
      name,
      settings.newest.treeSize > 0
        ? [
            {
              index: settings.newest.treeSize - 1,
              sinceMs: settings.newest.sealedAtMs,
              isCertain: name === EVERYBODY,
            },
          ]
        : [],
    ]),
  );
  const watch = watchFinality(ports);
  let newest = settings.newest;
  let targets: Targets = sameTarget({ checkpoint: newest, cosignatures: [] });

  function review(): void {
    const moved = moveTargets({
      targets,
      newest,
      witnesses: loops,
      consortium,
      waitingClasses: (treeSize) =>
        classes.all.filter((name) => (waiting.get(name)?.[0]?.index ?? treeSize) < treeSize),
    });
    targets = moved;
    lookAtFinality();
    wakeUp.wake();
  }

  function lookAtFinality(): void {
    const oldest = classes.all.flatMap((depositorClass) => {
      const entry = waiting.get(depositorClass)?.find(({ isCertain }) => isCertain);
      return entry === undefined ? [] : [{ depositorClass, sinceMs: entry.sinceMs }];
    });
    watch.look(oldest, () => ({
      want: { total: consortium.quorum.total, roles: consortium.quorum.roles },
      away: loops.filter(({ isAlive }) => !isAlive).map(({ witness }) => witness.name),
    }));
  }

  function tellFailure(loop: Loop, error: unknown): void {
    const nowMs = ports.now();
    const { failing } = loop;
    if (failing !== undefined && nowMs - failing.toldMs < REPEAT_MS) return;
    const sinceMs = failing?.sinceMs ?? nowMs;
    loop.failing = { sinceMs, toldMs: nowMs };
    const { failures, witness } = loop;
    log.warn({ err: error, witness: witness.name, failures, since: formatTime(sinceMs) }, "no cosignature");
  }

  /** Stores what is new and judges what is there; with nothing new it repairs what an earlier run left unjudged. */
  async function keep(checkpoint: StoredCheckpoint, opened: readonly Cosignature[]): Promise<void> {
    const { treeSize, lastSeq } = checkpoint;
    let finalFor: readonly string[] = [];
    let cosignatures: readonly Cosignature[] = [];
    await store.cosign({ treeSize, depositorClasses: classes.all }, (stored, newestFinal) => {
      const storedAtMs = ports.now();
      const add = opened.map((cosignature) => storedCosignature(cosignature, storedAtMs));
      cosignatures = verifiedCosignatures([...stored, ...add], consortium);
      const finalities = newFinalities({
        checkpoint,
        cosignatures,
        consortium,
        classes,
        newest: newestFinal,
        nowMs: storedAtMs,
      });
      const isCovered = (name: string) => (newestFinal.get(name)?.treeSize ?? 0) >= treeSize;
      finalFor = [
        ...finalities.map(({ depositorClass }) => depositorClass),
        ...classes.all.filter(isCovered),
      ];
      return { add, finalities };
    });
    targets = replaceTarget(targets, { checkpoint, cosignatures });
    // Also what was final before: an earlier announcement may have failed with the answer of the store.
    for (const name of finalFor) {
      waiting.set(
        name,
        (waiting.get(name) ?? []).filter(({ index }) => index >= treeSize),
      );
      board.announce(name, lastSeq);
    }
  }

  async function run(loop: Loop): Promise<void> {
    while (!stop.signal.aborted) {
      const target = nextTarget(targets, loop);
      if (target === undefined) {
        await wakeUp.wait();
        continue;
      }
      try {
        await ask(loop, target);
        review();
      } catch (error) {
        if (stop.signal.aborted) return;
        loop.failures += 1;
        loop.isAlive = false;
        tellFailure(loop, error);
        review();
        await pause(
          Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(loop.failures - 1, 10)),
          stop.signal,
        );
      }
    }
  }

  async function ask(loop: Loop, { checkpoint }: Target): Promise<void> {
    const client = ports.witnesses.get(loop.witness.name);
    if (client === undefined) throw new Error(`internal: no client for witness ${loop.witness.name}`);
    const oldSize = loop.treeSize;
    const proof = await proveLedgerConsistency(store, { oldSize, newSize: checkpoint.treeSize });
    const answer = await client.addCheckpoint(
      { oldSize, proof, checkpoint: checkpoint.note },
      AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs)]),
    );
    switch (answer.kind) {
      case "cosigned": {
        const note = parseNote(checkpoint.note + answer.body);
        const opened = openCosignatures(note, loop.witness.vkeys, ports.verifyEd25519);
        if (opened.length === 0) throw new Error("the witness answered without a cosignature of its own");
        await keep(checkpoint, opened);
        loop.treeSize = checkpoint.treeSize;
        if (loop.failures > 0) log.info({ witness: loop.witness.name }, "the witness cosigns again");
        Object.assign(loop, { isAlive: true, failures: 0, conflicts: 0 });
        delete loop.failing;
        return;
      }
      case "conflict":
        loop.conflicts += 1;
        if (loop.conflicts > MAX_CONFLICTS)
          throw new Error(`409 again and again, now with size ${answer.treeSize}`);
        learn(loop, answer.treeSize);
        return;
      case "refused":
        // What we believe of the witness may be wrong: asked from nothing, it says what it has (409).
        loop.treeSize = 0;
        throw new Error(`the witness refused with status ${answer.status}: ${answer.message}`);
    }
  }

  function learn(loop: Loop, treeSize: number): void {
    const name = loop.witness.name;
    if (treeSize > newest.treeSize) {
      // It has cosigned what this store has never signed: the store is an old copy, or the key has another user.
      log.error({ witness: name, got: treeSize, want: newest.treeSize }, "the witness knows a larger ledger");
      throw new Error(`the witness has cosigned size ${treeSize}, beyond the ledger's ${newest.treeSize}`);
    }
    // Some peers answer 409 to a checkpoint of the same size with another root; asking again would not end.
    if (treeSize === loop.treeSize) throw new Error(`the witness holds another tree of size ${treeSize}`);
    if (treeSize < loop.treeSize && loop.failures === 0)
      log.warn(
        { witness: name, got: treeSize, want: loop.treeSize },
        "the witness remembers less than it cosigned",
      );
    loop.treeSize = treeSize;
  }

  if (newest.treeSize > 0) await keep(newest, []);
  review();
  const running = loops.map(run);
  const watching = setInterval(lookAtFinality, WATCH_MS).unref();
  return {
    look: async () => {
      const checkpoint = await store.newestCheckpoint();
      const [from, to] = [newest.treeSize, checkpoint?.treeSize ?? 0];
      if (checkpoint === undefined || to <= from) return;
      const added = await store.depositorsOfEntries({ from, to });
      for (const { ledgerIndex, depositorIds } of added)
        for (const name of new Set(depositorIds.map(classes.of)))
          waiting.get(name)?.push({ index: ledgerIndex, sinceMs: ports.now(), isCertain: true });
      newest = checkpoint;
      review();
    },
    front: () => targets.front.checkpoint,
    close: async () => {
      stop.abort();
      clearInterval(watching);
      wakeUp.wake();
      await Promise.all(running);
    },
  };
}

async function openLoops({ store }: GatherPorts, { witnesses }: Consortium): Promise<Loop[]> {
  // A witness that left and came back stands in the trust file twice, and is one node.
  const byName = new Map<string, Witness>();
  for (const witness of witnesses) {
    const other = byName.get(witness.name);
    const vkeys = [...(other?.vkeys ?? []), ...witness.vkeys].filter(
      ({ text }, i, all) => all.findIndex((vkey) => vkey.text === text) === i,
    );
    byName.set(witness.name, { ...witness, vkeys });
  }
  return Promise.all(
    [...byName.values()].map(async (witness) => {
      const sizes = await Promise.all(witness.vkeys.map((vkey) => store.newestCosigned(vkey)));
      return { witness, treeSize: Math.max(0, ...sizes), isAlive: true, failures: 0, conflicts: 0 };
    }),
  );
}

const sameTarget = (target: Target): Targets => ({ front: target, held: target });

function replaceTarget({ front, held }: Targets, target: Target): Targets {
  const replace = (old: Target) => (old.checkpoint.treeSize === target.checkpoint.treeSize ? target : old);
  const newFront = replace(front);
  return { front: newFront, held: held === front ? newFront : replace(held) };
}

const storedCosignature = (
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
