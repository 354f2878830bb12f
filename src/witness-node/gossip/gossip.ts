/**
 * Gossip: a node asks each of its peers, at intervals and soon after each new checkpoint, which checkpoint its witness and
 * its mirror have cosigned last. So a log that shows two branches to two nodes is found out by both, and a node that has
 * forgotten what it signed learns it from whoever it was shown to. Each asks; nobody is told: what is asked for is what
 * anybody may read, and a node that nobody can reach still hears of everything.
 *
 * Trust: nothing is believed that the log has not signed. A hostile peer costs a few small requests at each interval, two
 * notes of disk, and can show old checkpoints or none; it convicts nobody but whoever signed. A peer that is down is normal.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { SignedCheckpoint } from "../../core/ledger/checkpoint.js";
import { encodeNote } from "../../core/ledger/note.js";
import { type Cosignature, openCosignatures } from "../../core/witness/cosignature.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import type { Logger } from "../../platform/logger.js";
import { verifiedNote } from "../signing/add-checkpoint.js";
import { compareBranches } from "./compare-branches.js";
import type { TrustedLog } from "../configuration/logs.js";
import type { Peer } from "../configuration/peers.js";
import { describeError, type LedgerSources } from "../sources/ledger-sources.js";
import type { LedgerStore } from "../ledger/ledger-store.js";
import { type NoteClient, openNoteOf } from "./note-client.js";
import type { OwnSignatures } from "../memory/own-signatures.js";
import { mirrorPrefix, witnessPrefix } from "../configuration/paths.js";
import type { CheckpointStore } from "../memory/store.js";
import type { TreeHead } from "../ledger/tree-head.js";

export interface GossipTimes {
  /** A round begins after so long at the latest. */
  readonly everyMs: number;
  /** So long passes between two rounds at least, however fast the log grows. */
  readonly leastMs: number;
}

export interface GossipOptions extends ExchangeOptions {
  readonly logs: readonly TrustedLog[];
  readonly peers: readonly Peer[];
  readonly logger: Logger;
  readonly times: GossipTimes;
}

export interface ExchangeOptions {
  readonly checkpoints: CheckpointStore;
  readonly ledgers: LedgerStore;
  readonly ownSignatures: OwnSignatures;
  readonly notes: NoteClient;
  /** Gives the sources of a log's tiles: its own, and those of every peer. */
  readonly sourcesOf: (log: TrustedLog) => LedgerSources;
  readonly logger: Pick<Logger, "error">;
  readonly now: () => number;
}

/** A peer's state is what it showed when it was last asked. */
export interface PeerState {
  readonly name: string;
  readonly url: string;
  readonly cosignedSize: number | null;
  readonly mirroredSize: number | null;
  readonly error: string | null;
}

export interface Gossip {
  /** Tells that there is a new checkpoint. */
  wake(): void;
  state(origin: string): PeerState[];
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

export function startGossip(options: GossipOptions): Gossip {
  const { logs, peers, logger, times } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const wakes = new Set<() => void>();
  const states = new Map<string, PeerState>();
  const nameOf = (peer: Peer, log: TrustedLog) => `${log.origin} ${peer.url}`;

  async function ask(peer: Peer, log: TrustedLog): Promise<void> {
    const before = states.get(nameOf(peer, log));
    let state: PeerState;
    try {
      state = { ...peerState(peer), ...(await exchange(options, peer, log)) };
    } catch (error) {
      if (signal.aborted) return;
      state = { ...(before ?? peerState(peer)), error: describeError(error) };
    }
    if ((before?.error ?? null) === null && state.error !== null)
      logger.info({ origin: log.origin, peer: peer.name, error: state.error }, "can't gossip with a peer");
    states.set(nameOf(peer, log), state);
  }

  async function run(peer: Peer): Promise<void> {
    while (!signal.aborted) {
      const waking = new AbortController();
      const wake = () => waking.abort();
      wakes.add(wake);
      for (const log of logs) await ask(peer, log);
      await delay(times.leastMs, undefined, { signal }).catch(() => undefined);
      const rest = AbortSignal.any([signal, waking.signal]);
      await delay(times.everyMs - times.leastMs, undefined, { signal: rest }).catch(() => undefined);
      wakes.delete(wake);
    }
  }

  const running = peers.map(run);
  return {
    wake: () => {
      for (const wake of wakes) wake();
    },
    state: (origin) => peers.map((peer) => states.get(`${origin} ${peer.url}`) ?? peerState(peer)),
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

const peerState = ({ name, url }: Peer): PeerState => ({
  name,
  url,
  cosignedSize: null,
  mirroredSize: null,
  error: null,
});

/** Asks one peer once. Throws where it can't be asked, or where nobody has the tiles that would tell two branches apart. */
export async function exchange(
  options: ExchangeOptions,
  peer: Peer,
  log: TrustedLog,
): Promise<Pick<PeerState, "cosignedSize" | "mirroredSize" | "error">> {
  const { notes, ownSignatures } = options;
  const seenFrom = `${peer.name}, to which it was shown`;
  // What this node has forgotten it learns first: a log that withholds its tiles keeps nobody from that.
  const learn = (shown: SignedCheckpoint | undefined, from: string) =>
    shown && ownSignatures.recognise(shown, from);
  const witness = await notes.checkpoint(witnessPrefix(peer.url, log), log);
  learn(witness, peer.name);
  const mirror = await notes.checkpoint(mirrorPrefix(peer.url, log), log);
  learn(mirror, peer.name);
  const seen = await notes.seen(witnessPrefix(peer.url, log), log);
  for (const shown of seen) learn(shown, seenFrom);

  const failures: unknown[] = [];
  const attempt = async (work: Promise<void>) => {
    await work.catch((error: unknown) => failures.push(error));
  };
  if (witness) await attempt(take(options, { peer, role: "witness", log, shown: witness }));
  if (mirror) await attempt(take(options, { peer, role: "mirror", log, shown: mirror }));
  for (const shown of seen) {
    const own = ownSignatures.recognise(shown, seenFrom);
    if (own.length > 0) await attempt(compare(options, { log, shown, cosignatures: own, from: seenFrom }));
  }
  if (failures.length > 0) throw failures[0];
  return {
    cosignedSize: witness?.treeSize ?? null,
    mirroredSize: mirror?.treeSize ?? null,
    error: null,
  };
}

interface Shown {
  readonly peer: Peer;
  readonly role: "witness" | "mirror";
  readonly log: TrustedLog;
  readonly shown: SignedCheckpoint;
}

/** Remembers it for whoever showed it, and compares it with what this node has cosigned. */
async function take(options: ExchangeOptions, { peer, role, log, shown }: Shown): Promise<void> {
  const { checkpoints, ownSignatures } = options;
  const { text, signatures } = shown.note;
  const cosignatures = cosignaturesOf(peer, shown);
  const before = checkpoints
    .seen(log.origin)
    .find((seen) => seen.peer === peer.url && seen.role === role && peer.vkeys.length > 0);
  // As it was shown: whose lines these are the peer itself will know, when it asks for them.
  const note = encodeNote(
    text,
    signatures.map(({ line }) => line),
  );
  checkpoints.see(log.origin, { peer: peer.url, role, treeSize: shown.treeSize, note });
  const own = ownSignatures.recognise(shown, peer.name);
  await compare(options, {
    ...{ log, shown, from: peer.name },
    cosignatures: [...cosignatures, ...own],
    ...(before && { before: async () => signedBefore(before.note, log, peer) }),
  });
}

/** A checkpoint with its note: the log's lines and cosigners', each verified. */
interface Signed extends TreeHead {
  readonly note: string;
}

const withLines = (shown: SignedCheckpoint, cosignatures: readonly Cosignature[]): Signed => ({
  treeSize: shown.treeSize,
  rootHash: shown.rootHash,
  note: verifiedNote(shown, cosignatures),
});

function signedBefore(note: string, log: TrustedLog, peer: Peer): Signed {
  const opened = openNoteOf(log, note);
  return withLines(opened, cosignaturesOf(peer, opened));
}

interface ToCompare {
  readonly log: TrustedLog;
  readonly shown: SignedCheckpoint;
  /** Verified ones. */
  readonly cosignatures: readonly Cosignature[];
  /**
   * Gives what the peer has shown before under its own signature: where it is of another branch, it convicts the peer
   * too.
   */
  readonly before?: () => Promise<Signed>;
  readonly from: string;
}

async function compare(
  options: ExchangeOptions,
  { log, shown, cosignatures, before, from }: ToCompare,
): Promise<void> {
  const { checkpoints, ledgers, sourcesOf, logger, now } = options;
  const { origin } = log;
  const own = checkpoints.latest(origin);
  if (own === undefined) return;
  const contradiction = async (other: Signed) => {
    const compared = await compareBranches(other, shown, { origin, ledgers, sources: sourcesOf(log) });
    return compared.kind === "one-branch"
      ? undefined
      : { cosignedNote: other.note, ...(compared.beginning && { beginning: compared.beginning }) };
  };
  const ours = await contradiction(own);
  if (ours === undefined) return;
  // Of one checkpoint one contradiction is kept, and that which convicts more is better.
  const theirs =
    before &&
    (await before()
      .then(contradiction)
      .catch(() => undefined));
  checkpoints.keepMisconduct(origin, {
    kind: "fork",
    ...withLines(shown, cosignatures),
    receivedAtMs: now(),
    ...(theirs ?? ours),
  });
  logger.error(
    { origin, from, treeSize: shown.treeSize, cosignedSize: own.treeSize },
    "another branch of the ledger was shown: the log has signed both",
  );
}

/**
 * Opens a peer's cosignatures; there are none where its keys are not known. Throws where they are, and it shows what
 * they have not signed.
 */
function cosignaturesOf({ name, vkeys }: Peer, { note }: SignedCheckpoint): Cosignature[] {
  if (vkeys.length === 0) return [];
  const cosignatures = openCosignatures(note, vkeys, VERIFIERS);
  if (cosignatures.length === 0) throw new Error(`${name} shows a checkpoint that it has not cosigned`);
  return cosignatures;
}
