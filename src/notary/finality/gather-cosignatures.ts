/**
 * Gathering cosignatures: one loop for each witness and each mirror, so that a slow or dead one delays nobody else;
 * `targets.ts` says which checkpoint each is asked for. A mirror is sent the checkpoint, then the entries that it lacks,
 * and cosigns when it has them all; the witness of the same node does not wait for that.
 *
 * Crash story: a cosignature is verified, then stored in one step with the finality that it completes, and only then
 * announced. A crash between the answer and that step loses an answer, not a promise: after the restart the newest
 * checkpoint is the target, and the witness cosigns it, or the same one again (tlog-witness: an `old` of the same size
 * and root refreshes the timestamp; tlog-mirror: an upload of nothing does). Entries that a mirror has taken it keeps:
 * asked with what the notary last knew, it says where to go on.
 */
import { parseNote } from "../../core/ledger/note.js";
import type { Verifiers } from "../../core/ledger/verifiers.js";
import type { Consortium } from "../../core/trust/consortium.js";
import { openCosignatures, type Cosignature } from "../../core/witness/cosignature.js";
import { formatTime } from "../../core/record/time.js";
import type { MirrorInfo } from "../../core/witness/mirror-info.js";
import type { Backoff } from "../model/backoff.js";
import { pause } from "../model/wake-up.js";
import { type Looked, startWorkLoop, type WorkLoop } from "../model/work-loop.js";
import type { StoredCheckpoint } from "../ports/ledger.js";
import type { WitnessClient } from "../ports/nodes.js";
import type { Ports } from "../ports/ports.js";
import { type CosignerNode, MAX_CONFLICTS } from "./cosigner-node.js";
import { type Cosigner, openCosigners } from "./cosigners.js";
import type { FinalityBoard } from "./finality-board.js";
import { type DepositorClasses, EVERYBODY, quorumsMet } from "./finality.js";
import { isWanted, storedCosignature, verifiedCosignatures } from "./stored-cosignatures.js";
import { hasCosigned, moveTargets, nextTarget, type Target, type Targets } from "./targets.js";
import { ENTRIES_A_REQUEST, learnProgress, type MirrorProgress, uploadEntries } from "./upload-entries.js";
import { watchDeferral } from "./watch-deferral.js";
import { watchFinality } from "./watch-finality.js";

type GatherPorts = Pick<
  Ports,
  "store" | "witnesses" | keyof Verifiers | "now" | "monotonicMs" | "log" | "bell"
>;

export interface Gatherer {
  /** Takes up the newest checkpoint that is stored. */
  look(): Promise<void>;
  /** Something else has changed: whether a checkpoint may leave. */
  wake(): void;
  /** Each once, whoever of its cosigners is asked for what. */
  readonly nodes: readonly CosignerNode[];
  /** The checkpoint being cosigned: what `/ledger/checkpoint` shows until one is final. */
  front(): StoredCheckpoint;
  /** How long the oldest deposit that is not final has been on the ledger; 0 where none is known to wait. */
  waitingMs(): number;
  close(): Promise<void>;
}

export interface GatherSettings {
  readonly consortium: Consortium;
  readonly classes: DepositorClasses;
  readonly board: Pick<FinalityBoard, "look" | "deferred">;
  readonly newest: StoredCheckpoint;
  /** Whether a checkpoint may leave: until then nobody is asked to cosign one. */
  readonly mayLeave: () => boolean;
  /** Before a checkpoint leaves for the first time. */
  readonly noteSigned: (checkpoint: StoredCheckpoint) => void;
  /** A node answers as if it knew another ledger. */
  readonly suspect: (client: WitnessClient) => void;
  /** The checkpoint of this size has made something final; durable when it is told. */
  readonly noteFinal: (treeSize: number) => void;
  readonly timeoutMs: number;
}

/** A witness that fails is asked again after 250 ms, 500 ms... and then every 5 s, so that its return is noticed. */
const BACKOFF: Backoff = { firstMs: 250, longestMs: 5000 };
/** At a mirror that fetches the ledger itself. */
const LOOK_AGAIN_MS = 1000;
/** For an upload of everything at once: what else is sent in many requests. */
const WHOLE_UPLOAD_TIMES = 60;
/** Finality is also looked at when no witness is being asked: all may have answered, with clocks that are wrong. */
const WATCH_MS = 10_000;

/** Nothing was asked, so that nothing is known of whether it answers. */
const UNSETTLED: Looked = { isUnsettled: true };

/** A ledger entry that is not final for a class of depositors. */
interface WaitingEntry {
  readonly index: number;
  /** Since when it has been on the ledger, by the clock that nobody sets. */
  readonly sinceMs: number;
  /** A deposit of the class is in it for certain. Of the newest at the start only that it is somebody's is known. */
  readonly isCertain: boolean;
}

export async function startGathering(ports: GatherPorts, settings: GatherSettings): Promise<Gatherer> {
  const { store, log } = ports;
  const { consortium, classes, board, timeoutMs } = settings;
  const stop = new AbortController();
  let newest = settings.newest;
  const signal = (times = 1) => AbortSignal.any([stop.signal, AbortSignal.timeout(times * timeoutMs)]);
  const loops = await openCosigners(ports, consortium, {
    newestSize: () => newest.treeSize,
    keep,
    signal: () => signal(),
    suspect: settings.suspect,
  });
  /** Ledger indexes with deposits of a class that are not final, ascending. At the start: whoever's, in the newest. */
  const waiting = new Map<string, WaitingEntry[]>(
    classes.all.map((name) => [
      name,
      settings.newest.treeSize > 0
        ? [
            {
              index: settings.newest.treeSize - 1,
              sinceMs: ports.monotonicMs() - Math.max(0, ports.now() - settings.newest.sealedAtMs),
              isCertain: name === EVERYBODY,
            },
          ]
        : [],
    ]),
  );
  const waitingOf = (depositorClass: string): WaitingEntry[] => {
    const entries = waiting.get(depositorClass) ?? [];
    waiting.set(depositorClass, entries);
    return entries;
  };
  /** As these organisations are registered now; what their statements say decides when something is final. */
  const classesOf = async (depositorIds: readonly string[]): Promise<ReadonlySet<string>> => {
    const registered = await Promise.all([...new Set(depositorIds)].map((id) => store.findOrganisation(id)));
    return new Set(registered.flatMap((each) => (each === undefined ? [] : [classes.of(each)])));
  };
  const watch = watchFinality(ports);
  /** Those that are to cosign the front once more. */
  const again = new Set<Cosigner>();
  const deferral = watchDeferral(ports, {
    deferred: () => board.deferred(),
    askAgain: () => {
      for (const loop of loops)
        if (loop.isAlive && loop.canCosign(targets.front.checkpoint.treeSize)) again.add(loop);
      ring();
    },
  });
  let running: readonly WorkLoop[] = [];
  const ring = () => {
    for (const loop of running) loop.ring();
  };
  let targets: Targets = sameTarget({ checkpoint: newest, cosignatures: [] });

  function review(): void {
    targets = moveTargets({
      targets,
      newest,
      witnesses: loops,
      consortium,
      nowMs: ports.now(),
      waitingClasses: (treeSize) =>
        classes.all.filter((name) => (waiting.get(name)?.[0]?.index ?? treeSize) < treeSize),
    });
    lookAtFinality();
    ring();
  }

  const oldestOfClasses = () =>
    classes.all.flatMap((depositorClass) => {
      const entry = waiting.get(depositorClass)?.find(({ isCertain }) => isCertain);
      return entry === undefined ? [] : [{ depositorClass, sinceMs: entry.sinceMs }];
    });

  function lookAtFinality(): void {
    watch.look(oldestOfClasses(), () => ({
      want: { total: consortium.quorum.total, roles: consortium.quorum.roles },
      away: loops.filter(({ isAlive }) => !isAlive).map(({ witness }) => witness.name),
    }));
  }

  /** Stores what is new and judges what is there; with nothing new it repairs what an earlier run left unjudged. */
  async function keep(checkpoint: StoredCheckpoint, opened: readonly Cosignature[]): Promise<void> {
    const { treeSize } = checkpoint;
    let cosignatures: readonly Cosignature[] = [];
    const standings = await store.cosign(
      { treeSize, depositorClasses: classes.all },
      (stored, newestFinal, deferredFromMs) => {
        const storedAtMs = ports.now();
        const add = opened
          .filter((cosignature) => isWanted(cosignature, stored, deferredFromMs))
          .map((cosignature) => storedCosignature(cosignature, storedAtMs));
        cosignatures = verifiedCosignatures([...stored, ...add], consortium);
        const question = { checkpoint, cosignatures, consortium, classes, newest: newestFinal };
        return { add, met: quorumsMet({ ...question, nowMs: storedAtMs }) };
      },
    );
    targets = replaceTarget(targets, { checkpoint, cosignatures });
    const finalFor = [...standings].filter(([, { newest: final }]) => (final?.treeSize ?? 0) >= treeSize);
    if (finalFor.length > 0) settings.noteFinal(treeSize);
    // Also what was final before: an earlier announcement may have failed with the answer of the store.
    for (const [name] of finalFor)
      waiting.set(
        name,
        (waiting.get(name) ?? []).filter(({ index }) => index >= treeSize),
      );
    if (finalFor.length > 0) ports.bell.ring();
    if (finalFor.some(([, { deferred }]) => deferred !== undefined)) {
      await board.look();
      deferral.tell();
    }
  }

  const startLoop = (loop: Cosigner) =>
    startWorkLoop({
      look: () => askNext(loop),
      backoff: BACKOFF,
      onFailure: () => {
        loop.isAlive = false;
        review();
      },
      tell: (error, { failures, forMs }) => {
        const since = formatTime(Math.max(0, Math.round(ports.now() - forMs)));
        log.warn({ err: error, witness: loop.witness.name, failures, since }, "no cosignature");
      },
      tellEnd: () => {
        log.info({ witness: loop.witness.name }, "the witness cosigns again");
      },
      monotonicMs: ports.monotonicMs,
    });

  /** Asks one witness or mirror for what it is to cosign next, where there is anything. */
  async function askNext(loop: Cosigner): Promise<Looked> {
    const mayLeave = settings.mayLeave();
    const next = mayLeave ? nextTarget(targets, loop) : undefined;
    const target = next ?? (mayLeave && again.delete(loop) ? targets.front : undefined);
    if (target === undefined) return UNSETTLED;
    const isKeptNow = await ask(loop, target, { isAgain: next === undefined });
    review();
    return { againAfterMs: 0, isUnsettled: !isKeptNow };
  }

  /** Whether it has cosigned the target now. */
  async function ask(
    loop: Cosigner,
    { checkpoint }: Target,
    { isAgain }: { isAgain: boolean },
  ): Promise<boolean> {
    const { node, progress } = loop;
    const { treeSize } = checkpoint;
    if (progress === undefined) {
      // The mirror's loop may have had the node cosign it meanwhile.
      await node.submit(checkpoint, () => isAgain || !isKept(loop, treeSize));
      if (node.hasTaken(treeSize) && !isKept(loop, treeSize))
        throw new Error("the witness answered without a cosignature of its own");
    } else {
      await node.submit(checkpoint, () => !node.hasTaken(treeSize));
      if (node.hasTaken(treeSize)) await sendEntries(loop, progress, checkpoint);
    }
    const isKeptNow = isKept(loop, treeSize);
    if (isKeptNow) loop.isAlive = true;
    return isKeptNow;
  }

  /** One request; where it does not finish the mirror's copy, the loop comes back. */
  async function sendEntries(
    loop: Cosigner,
    progress: MirrorProgress,
    target: StoredCheckpoint,
  ): Promise<void> {
    const { node, witness } = loop;
    const answer = await uploadEntries(
      store,
      node.client,
      { origin: consortium.log.origin, target, progress },
      signal(progress.wantsAll ? WHOLE_UPLOAD_TIMES : 1),
    );
    switch (answer.kind) {
      case "mirrored": {
        const opened = openCosignatures(parseNote(target.note + answer.body), witness.vkeys, ports);
        if (opened.length === 0) throw new Error("the mirror answered without a cosignature of its own");
        await keep(target, opened);
        const nextEntry = Math.max(progress.nextEntry, target.treeSize);
        Object.assign(progress, { mirroredSize: target.treeSize, nextEntry, conflicts: 0 });
        return;
      }
      case "unfinished": {
        refuseLargerLedger(loop, answer.info);
        learnProgress({ progress, target }, answer);
        // Another size is named where this one is not known to it: the checkpoint is sent again, or given up.
        if (answer.status === 409 && answer.info.treeSize !== target.treeSize) node.forget(target.treeSize);
        if (progress.conflicts > MAX_CONFLICTS)
          throw new Error(`${answer.status} again and again, now with next entry ${answer.info.nextEntry}`);
        // Nobody is to be held up for a copy that takes many more requests.
        loop.isAlive = target.treeSize - progress.nextEntry <= ENTRIES_A_REQUEST;
        if (progress.fetchesItself) await pause(LOOK_AGAIN_MS, stop.signal);
        return;
      }
      case "refused":
        // It may have lost its checkpoint, or take no prefix of the packages, as some do.
        node.forget(target.treeSize);
        progress.wantsAll ||=
          answer.status >= 500 && target.treeSize - progress.nextEntry > ENTRIES_A_REQUEST;
        throw new Error(`the mirror refused with status ${answer.status}: ${answer.message}`);
    }
  }

  function refuseLargerLedger({ witness: { name }, node }: Cosigner, info: MirrorInfo): void {
    const known = Math.max(info.treeSize, info.nextEntry);
    if (known <= newest.treeSize) return;
    settings.suspect(node.client);
    log.error(
      { witness: name, got: known, want: newest.treeSize },
      "the mirror says that it knows a larger ledger",
    );
    throw new Error(`the mirror is at ${known}, beyond the ledger's ${newest.treeSize}`);
  }

  const isKept = (loop: Cosigner, treeSize: number): boolean =>
    [targets.held, targets.front].every(
      (target) => target.checkpoint.treeSize !== treeSize || hasCosigned(target, loop),
    );

  if (newest.treeSize > 0) await keep(newest, []);
  review();
  running = loops.map(startLoop);
  const watching = setInterval(lookAtFinality, WATCH_MS).unref();
  return {
    look: async () => {
      const checkpoint = await store.newestCheckpoint();
      const [from, to] = [newest.treeSize, checkpoint?.treeSize ?? 0];
      if (checkpoint === undefined || to <= from) return;
      settings.noteSigned(checkpoint);
      const added = await store.depositorsOfEntries({ from, to });
      for (const { ledgerIndex, depositorIds } of added)
        for (const name of await classesOf(depositorIds))
          waitingOf(name).push({ index: ledgerIndex, sinceMs: ports.monotonicMs(), isCertain: true });
      newest = checkpoint;
      review();
    },
    wake: ring,
    nodes: [...new Set(loops.map(({ node }) => node))],
    front: () => targets.front.checkpoint,
    waitingMs: () => Math.max(0, ...oldestOfClasses().map(({ sinceMs }) => ports.monotonicMs() - sinceMs)),
    close: async () => {
      stop.abort();
      deferral.close();
      clearInterval(watching);
      await Promise.all(running.map((loop) => loop.close()));
    },
  };
}

const sameTarget = (target: Target): Targets => ({ front: target, held: target });

function replaceTarget({ front, held }: Targets, target: Target): Targets {
  const replace = (old: Target) => (old.checkpoint.treeSize === target.checkpoint.treeSize ? target : old);
  const newFront = replace(front);
  return { front: newFront, held: held === front ? newFront : replace(held) };
}
