/**
 * A witness node: a court's, a bank's or an arbitration commission's own program, with its own keys, its own memory and
 * its own copy of the ledger. As a witness it cosigns a log's checkpoints, each only if it extends the last one it
 * cosigned; as a mirror it cosigns those of which it has stored every entry.
 *
 * Trust: whoever controls this node can refuse to cosign, and can cosign a second branch of a log in its organisation's
 * name, of which its own two signatures then convict it. They can't make anything look signed that the log has not
 * signed, can't stand in for another organisation in a quorum, and learn from the entries nothing about records or
 * depositors. Whoever controls the log can't make an honest node cosign two branches, or forget an entry it has copied.
 *
 *     config.ts          what it is told
 *     cosigner-keys.ts   the keys of its two roles
 *     add-checkpoint.ts  whether to cosign: pure
 *     take-checkpoint.ts the same with its effects
 *     store.ts           its memory: the latest checkpoints of both roles, proofs of misconduct (witness.db)
 *     ledger-store.ts    its copy of entries and tiles (ledger.db)
 *     copied-tree.ts     its root at any size that was copied, and proofs between two
 *     open-node.ts       keys, memory and copy, opened; platform/signed-marks.ts: what a key has signed, beside it
 *     own-signatures.ts  whether the memory is whole; move-past.ts: the one way on where it is not
 *     gossip.ts          asking peers what they have cosigned (note-client.ts), keeping what is of another branch
 *                        (compare-branches.ts, tree-head.ts)
 *     misconduct.ts      what convicts a log, as files for anybody
 *     judge-upload.ts    whether to take entries: pure
 *     mirror.ts          taking them as the log sends them, cosigning what is whole
 *     tile-source.ts     fetching from a log or a mirror over HTTP
 *     ledger-sources.ts  from whom: the log, and peers where it fails
 *     ledger-copy.ts     proving what was fetched (scaffold.ts), much at one time (in-order.ts), and storing it
 *     copier.ts          when to fetch, when to try again: for what the log has not sent; catch-up.ts tells how far it is
 *     server.ts          HTTP; status.ts: what a node says of itself
 *
 * Crash story of a cosignature. In one transaction: read the latest checkpoint, judge, sign, write; commit, synced to
 * disk; only then does the cosignature leave. Killed before the commit: nothing was recorded, and the signature, which
 * never left this process, is gone. Killed after it: the checkpoint is recorded and the log has no answer; it asks again
 * with the old size, learns the new one from a 409, and asks for the same size or a longer one, which is consistent.
 * In no order of events has a signature left that the memory does not know of.
 *
 * `witness.db` must never be restored from a backup: what it forgets, it could sign against. What the keys have signed is
 * therefore also known elsewhere (own-signatures.ts); where the memory is behind that, the node signs nothing until it has
 * been moved past (move-past.ts).
 */
import type { SignedCheckpoint } from "../core/ledger/checkpoint.js";
import { listen } from "../platform/server/http-server.js";
import type { Logger } from "../platform/logger.js";
import type { WitnessConfiguration } from "./configuration/configuration.js";
import { type TrustedLog, trustLogs } from "./configuration/logs.js";
import { openPeers } from "./configuration/peers.js";
import { type RetryTimes, startCopier } from "./copy/copier.js";
import { cosigner } from "./signing/cosign.js";
import { keysOf } from "./memory/cosigner-keys.js";
import { type GossipOptions, type GossipTimes, startGossip } from "./gossip/gossip.js";
import { describeError } from "./sources/ledger-sources.js";
import type { LedgerStore } from "./ledger/ledger-store.js";
import { createMirror } from "./signing/mirror.js";
import { createNoteClient } from "./gossip/note-client.js";
import { openNode } from "./memory/open-node.js";
import { witnessPrefix } from "./configuration/paths.js";
import { openPlaces } from "./gossip/peer-sources.js";
import { witnessHandler } from "./doors/server.js";
import { statusOf } from "./doors/status.js";
import type { CheckpointStore } from "./memory/store.js";
import { checkpointTaker } from "./signing/take-checkpoint.js";
import { createUploadBudget } from "./signing/upload-budget.js";

export interface WitnessSurroundings {
  readonly logger: Logger;
  /** Tells the time in milliseconds since 1970. */
  readonly now: () => number;
  /** The ledger copy is tried again at these times, when a log can't be reached or lies. */
  readonly retry?: RetryTimes;
  /** Gives how long to wait before each copy (copier.ts). */
  readonly copyPauseMs?: () => number;
  readonly gossipTimes?: GossipTimes;
  /** This command moves the node's memory past what it has forgotten; a refusal names it. */
  readonly movePast?: string;
}

export interface RunningWitness {
  readonly url: string;
  /**
   * Others verify the witness's cosignatures by this key, and those of its second key, where it has one, by
   * `postQuantumVkey`.
   */
  readonly vkey: string;
  readonly postQuantumVkey?: string;
  /** Others verify the cosignatures of its mirror, where it is one, by these keys. */
  readonly mirrorVkey?: string;
  readonly mirrorPostQuantumVkey?: string;
  /** Stops the node: it answers open requests, stops copying, and gives the data folder up. */
  close(): Promise<void>;
}

/** One note of the log or a peer may take so long. */
const NOTE_TIMEOUT_MS = 3000;
/** Packages under way may hold so much, all uploads together: four of the largest possible. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/**
 * Starts a witness node, and resolves when it answers. Throws DataFolderInUseError, ParseError for the configuration,
 * or what went wrong.
 */
export async function startWitness(
  config: WitnessConfiguration,
  {
    logger,
    now,
    retry = { firstMs: 1000, mostMs: 60_000 },
    copyPauseMs: pauseMs = () => 0,
    gossipTimes = { everyMs: 60_000, leastMs: 5000 },
    movePast = "cunzheng witness move-past --config witness.json",
  }: WitnessSurroundings,
): Promise<RunningWitness> {
  const logs = trustLogs(config.logs);
  const peers = openPeers(config.peers ?? []);
  const undo: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const node = openNode(config, { logs, logger, movePast });
    undo.push(() => node.close());
    const { witnessKeys, mirrorKeys, checkpoints, ledgers, ownSignatures, refusal } = node;
    if (mirrorKeys) for (const log of logs) warnOfLostEntries(log, { checkpoints, ledgers, logger });

    const stopping = new AbortController();
    const { signal } = stopping;
    const notes = createNoteClient({ signal, timeoutMs: NOTE_TIMEOUT_MS });
    const tiles = openPlaces(logs, { peers, signal, logger });
    undo.push(async () => {
      stopping.abort();
      await Promise.all([notes.close(), tiles.close()]);
    });
    await askWhatWasSigned({ logs, peers, notes, ownSignatures, logger });

    const copiers = new Map(
      logs.map((log) => [
        log.origin,
        startCopier(log, { checkpoints, ledgers, logger, now, retry, peers, pauseMs }),
      ]),
    );
    undo.push(async () => {
      await Promise.all([...copiers.values()].map((copier) => copier.stop()));
    });
    const { of: sourcesOf } = tiles;
    const gossip = startGossip({
      ...{ logs, peers, checkpoints, ledgers, ownSignatures, notes, sourcesOf, logger, now },
      times: gossipTimes,
    });
    undo.push(() => gossip.stop());
    const addCheckpoint = checkpointTaker({
      ...{ logs, node, now, logger },
      onCosigned: (origin) => {
        copiers.get(origin)?.wake();
        gossip.wake();
      },
    });
    const budget = createUploadBudget(MAX_HELD_BYTES);
    const mirror =
      mirrorKeys &&
      createMirror({
        ...{ logs, checkpoints, ledgers, budget, now, refusal },
        cosign: cosigner(keysOf(mirrorKeys)),
        noteSigned: (origin, head) => ownSignatures.note(origin, mirrorKeys.key.name, head),
      });
    const status = () => statusOf({ node, logs, copiers, gossip });
    const server = await listen(
      witnessHandler({
        logs,
        addCheckpoint,
        cosignedNote: (origin) => checkpoints.latest(origin)?.note,
        seenNotes: (origin) => checkpoints.seen(origin).map(({ note }) => note),
        ...(mirror && { mirror }),
        ledgers,
        status,
        logger,
      }),
      { ...config.listen, requestTimeoutMs: 30_000 },
    );
    undo.push(() => server.close());
    const vkeys = {
      vkey: witnessKeys.key.vkey,
      ...(witnessKeys.postQuantum && { postQuantumVkey: witnessKeys.postQuantum.vkey }),
      ...(mirrorKeys && { mirrorVkey: mirrorKeys.key.vkey }),
      ...(mirrorKeys?.postQuantum && { mirrorPostQuantumVkey: mirrorKeys.postQuantum.vkey }),
    };
    logger.info({ url: server.url, ...vkeys, logs: logs.map(({ origin }) => origin) }, "witness is up");
    return { url: server.url, ...vkeys, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Asks, before anything is signed, whether the log or a peer knows of more than this node remembers. Who does not
 * answer is not waited for: a consortium whose nodes all start at one time must come up.
 */
async function askWhatWasSigned({
  logs,
  peers,
  notes,
  ownSignatures,
  logger,
}: Pick<GossipOptions, "logs" | "peers" | "notes" | "ownSignatures" | "logger">): Promise<void> {
  const ask = async (log: TrustedLog, from: string, asking: () => Promise<readonly SignedCheckpoint[]>) => {
    try {
      for (const checkpoint of await asking()) ownSignatures.recognise(checkpoint, from);
    } catch (error) {
      const { origin } = log;
      logger.info({ origin, from, error: describeError(error) }, "can't ask there what this node has signed");
    }
  };
  await Promise.all(
    logs.flatMap((log) => [
      ask(log, log.url, async () => listOf(await notes.checkpoint(log.url, log))),
      ...peers.map(({ name, url }) =>
        ask(log, `${name}, to which it was shown`, () => notes.seen(witnessPrefix(url, log), log)),
      ),
    ]),
  );
}

const listOf = <T>(one: T | undefined): T[] => (one === undefined ? [] : [one]);

/** The mirror has said of these entries that it keeps them. They are fetched again; until then it shows no checkpoint. */
function warnOfLostEntries(
  { origin }: TrustedLog,
  { checkpoints, ledgers, logger }: { checkpoints: CheckpointStore; ledgers: LedgerStore; logger: Logger },
): void {
  const [storedSize, mirroredSize] = [
    ledgers.copiedSize(origin),
    checkpoints.mirrored(origin)?.treeSize ?? 0,
  ];
  if (storedSize < mirroredSize)
    logger.error({ origin, storedSize, mirroredSize }, "ledger.db has lost entries that were mirrored");
}
