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
 *     store.ts           its memory: the latest checkpoints of both roles, proofs of misconduct (witness.db)
 *     ledger-store.ts    its copy of entries and tiles (ledger.db)
 *     copied-tree.ts     its root at any size that was copied, and proofs between two
 *     misconduct.ts      what convicts a log, as files for anybody
 *     judge-upload.ts    whether to take entries: pure
 *     mirror.ts          taking them as the log sends them, cosigning what is whole
 *     tile-source.ts     fetching from a log over HTTP
 *     ledger-copy.ts     proving what was fetched, storing it
 *     copier.ts          when to fetch, when to try again: for what the log has not sent
 *     server.ts          HTTP
 *
 * Crash story of a cosignature. In one transaction: read the latest checkpoint, judge, sign, write; commit, synced to
 * disk; only then does the cosignature leave. Killed before the commit: nothing was recorded, and the signature, which
 * never left this process, is gone. Killed after it: the checkpoint is recorded and the log has no answer; it asks again
 * with the old size, learns the new one from a 409, and asks for the same size or a longer one, which is consistent.
 * In no order of events has a signature left that the memory does not know of.
 *
 * `witness.db` must never be restored from a backup: what it forgets, it could sign against. Where the copy is longer
 * than the memory says was ever cosigned, that has happened, and the node does not start.
 */
import { join } from "node:path";
import { formatTime } from "../core/record/time.js";
import { lockDataFolder } from "../platform/data-folder.js";
import { listen } from "../platform/http-server.js";
import type { Logger } from "../platform/logger.js";
import { VERIFIERS } from "../platform/verifiers.js";
import { type Answer, judgeSubmission, openSubmission } from "./add-checkpoint.js";
import { type TrustedLog, trustLogs, type WitnessConfig } from "./config.js";
import { copiedRoot } from "./copied-tree.js";
import { type Copier, type RetryTimes, startCopier } from "./copier.js";
import { type Cosign, cosigner } from "./cosign.js";
import { identityOf, keysOf, openKeys } from "./cosigner-keys.js";
import { type LedgerStore, openLedgerStore } from "./ledger-store.js";
import { createMirror } from "./mirror.js";
import { witnessHandler } from "./server.js";
import { type CheckpointStore, openCheckpointStore } from "./store.js";
import { createUploadBudget } from "./upload-budget.js";

export interface WitnessSurroundings {
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Of the ledger copy, when a log can't be reached or lies. */
  readonly retry?: RetryTimes;
  /** Before each copy (copier.ts). */
  readonly copyPauseMs?: () => number;
}

export interface RunningWitness {
  readonly url: string;
  /** By which others verify its cosignatures; of its second key, where it has one. */
  readonly vkey: string;
  readonly postQuantumVkey?: string;
  /** By which others verify those of its mirror, where it is one. */
  readonly mirrorVkey?: string;
  readonly mirrorPostQuantumVkey?: string;
  /** Answers open requests, stops copying, gives the data folder up. */
  close(): Promise<void>;
}

/** Of packages under way, all uploads together: four of the largest possible. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** Resolves when the node answers. Throws DataFolderInUseError, ParseError for the configuration, or what went wrong. */
export async function startWitness(
  config: WitnessConfig,
  {
    logger,
    now,
    retry = { firstMs: 1000, mostMs: 60_000 },
    copyPauseMs: pauseMs = () => 0,
  }: WitnessSurroundings,
): Promise<RunningWitness> {
  const logs = trustLogs(config.logs);
  const undo: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const lock = lockDataFolder(config.dataFolder);
    undo.push(() => lock.release());
    const { witnessKeys, mirrorKeys } = openKeys(config, logger);
    const checkpoints = openCheckpointStore(join(config.dataFolder, "witness.db"));
    undo.push(() => checkpoints.close());
    const ledgers = openLedgerStore(join(config.dataFolder, "ledger.db"));
    undo.push(() => ledgers.close());
    for (const log of logs) {
      refuseForgotten(log, checkpoints, ledgers);
      if (mirrorKeys) warnOfLostEntries(log, { checkpoints, ledgers, logger });
    }

    const copiers = new Map(
      logs.map((log) => [
        log.origin,
        startCopier(log, { checkpoints, ledgers, logger, now, retry, pauseMs }),
      ]),
    );
    undo.push(async () => {
      await Promise.all([...copiers.values()].map((copier) => copier.stop()));
    });
    const cosign = cosigner(keysOf(witnessKeys));
    const addCheckpoint = checkpointAdder({ logs, cosign, checkpoints, ledgers, copiers, now, logger });
    const budget = createUploadBudget(MAX_HELD_BYTES);
    const mirror =
      mirrorKeys &&
      createMirror({ logs, checkpoints, ledgers, cosign: cosigner(keysOf(mirrorKeys)), budget, now });
    const status = () => ({
      ...identityOf(witnessKeys),
      mirror: mirrorKeys ? identityOf(mirrorKeys) : null,
      logs: logs.map((log) => statusOf(log, checkpoints, ledgers, copiers)),
    });
    const cosignedNote = (origin: string) => checkpoints.latest(origin)?.note;
    const server = await listen(
      witnessHandler({
        logs,
        addCheckpoint,
        cosignedNote,
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

function refuseForgotten({ origin }: TrustedLog, checkpoints: CheckpointStore, ledgers: LedgerStore): void {
  const [copiedSize, cosignedSize] = [ledgers.copiedSize(origin), checkpoints.latest(origin)?.treeSize ?? 0];
  if (copiedSize > cosignedSize)
    throw new Error(
      `witness.db has forgotten checkpoints of ${origin}: it knows of size ${cosignedSize}, yet ${copiedSize} entries ` +
        "were copied under a cosigned one. It was put back to an older state, and could sign a second branch.",
    );
}

interface CheckpointAdder {
  readonly logs: readonly TrustedLog[];
  readonly cosign: Cosign;
  readonly checkpoints: CheckpointStore;
  readonly ledgers: LedgerStore;
  readonly copiers: ReadonlyMap<string, Copier>;
  readonly now: () => number;
  readonly logger: Logger;
}

function checkpointAdder({ logs, cosign, checkpoints, ledgers, copiers, now, logger }: CheckpointAdder) {
  return (body: Uint8Array): Answer => {
    const submission = openSubmission(body, { logs, verifiers: VERIFIERS });
    if (submission.kind !== "submission") return submission;
    const { origin, treeSize } = submission.checkpoint;
    // SPEC: "The witness MUST persist the new checkpoint before responding. Note that checking the old size against the
    // latest checkpoint and persisting the new checkpoint must be performed atomically".
    const { answer, misconduct } = checkpoints.update(origin, (previous) =>
      judgeSubmission(submission, {
        previous,
        nowMs: now(),
        cosign,
        rootOf: (size) => copiedRoot(ledgers, origin, size),
      }),
    );
    if (misconduct)
      logger.warn({ origin, treeSize, kind: misconduct.kind }, "kept a checkpoint that does not fit");
    if (answer.kind === "cosigned") copiers.get(origin)?.wake();
    return answer;
  };
}

function statusOf(
  { origin, originHash, url }: TrustedLog,
  checkpoints: CheckpointStore,
  ledgers: LedgerStore,
  copiers: ReadonlyMap<string, Copier>,
) {
  const cosigned = checkpoints.latest(origin);
  const mirrored = checkpoints.mirrored(origin);
  const error = copiers.get(origin)?.lastError();
  return {
    origin,
    originHash,
    url,
    cosignedSize: cosigned?.treeSize ?? null,
    cosignedAt: cosigned ? formatTime(cosigned.timeSeconds * 1000) : null,
    copiedSize: ledgers.copiedSize(origin),
    mirroredSize: mirrored?.treeSize ?? null,
    mirroredAt: mirrored ? formatTime(mirrored.timeSeconds * 1000) : null,
    misconducts: checkpoints.misconducts(origin).length,
    lastError: error ? { message: error.message, at: formatTime(error.atMs) } : null,
  };
}
