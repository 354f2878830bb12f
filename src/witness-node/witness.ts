/**
 * A witness node: a court's, a bank's or an arbitration commission's own program, with its own key, its own memory and
 * its own copy of the ledger. It cosigns a log's checkpoints, each only if it extends the last one it cosigned.
 *
 * Trust: whoever controls this node can refuse to cosign, and can cosign a second branch of a log in its organisation's
 * name, of which its own two signatures then convict it. They can't make anything look signed that the log has not
 * signed, can't stand in for another organisation in a quorum, and learn from the entries nothing about records or
 * depositors. Whoever controls the log can't make an honest node cosign two branches, or forget an entry it has copied.
 *
 *     config.ts          what it is told
 *     add-checkpoint.ts  whether to cosign: pure
 *     store.ts           its memory: the latest cosigned checkpoints, proofs of misconduct (witness.db)
 *     ledger-store.ts    its copy of entries and tiles (ledger.db)
 *     tile-source.ts     fetching from a log over HTTP
 *     ledger-copy.ts     proving what was fetched, storing it
 *     copier.ts          when to fetch, when to try again
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
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SIGNATURE_TYPE, parseVkey } from "../core/ledger/vkey.js";
import { formatSignatureLine, encodeNote, parseNote } from "../core/ledger/note.js";
import { formatTime } from "../core/record/time.js";
import { cosignatureMessage, encodeCosignature, openCosignatures } from "../core/witness/cosignature.js";
import { lockDataFolder } from "../platform/data-folder.js";
import { verifyEd25519 } from "../platform/ed25519.js";
import { listen } from "../platform/http-server.js";
import { openSigningKey, type SigningKey } from "../platform/keys.js";
import type { Logger } from "../platform/logger.js";
import { type Answer, type Cosign, judgeSubmission, openSubmission } from "./add-checkpoint.js";
import { type TrustedLog, trustLogs, type WitnessConfig } from "./config.js";
import { type Copier, type RetryTimes, startCopier } from "./copier.js";
import { type LedgerStore, openLedgerStore } from "./ledger-store.js";
import { witnessHandler } from "./server.js";
import { type CheckpointStore, openCheckpointStore } from "./store.js";

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
  /** By which others verify its cosignatures. */
  readonly vkey: string;
  /** Answers open requests, stops copying, gives the data folder up. */
  close(): Promise<void>;
}

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
    const key = openKey(config, logger);
    const checkpoints = openCheckpointStore(join(config.dataFolder, "witness.db"));
    undo.push(() => checkpoints.close());
    const ledgers = openLedgerStore(join(config.dataFolder, "ledger.db"));
    undo.push(() => ledgers.close());
    for (const log of logs) refuseForgotten(log, checkpoints, ledgers);

    const copiers = new Map(
      logs.map((log) => [
        log.origin,
        startCopier(log, { checkpoints, ledgers, logger, now, retry, pauseMs }),
      ]),
    );
    undo.push(async () => {
      await Promise.all([...copiers.values()].map((copier) => copier.stop()));
    });
    const addCheckpoint = checkpointAdder({ logs, key, checkpoints, copiers, now, logger });
    const status = () => ({
      name: key.name,
      vkey: key.vkey,
      logs: logs.map((log) => statusOf(log, checkpoints, ledgers, copiers)),
    });
    const cosignedNote = (origin: string) => checkpoints.latest(origin)?.note;
    const server = await listen(
      witnessHandler({ logs, addCheckpoint, cosignedNote, ledgers, status, logger }),
      { ...config.listen, requestTimeoutMs: 30_000 },
    );
    undo.push(() => server.close());
    logger.info({ url: server.url, vkey: key.vkey, logs: logs.map(({ origin }) => origin) }, "witness is up");
    return { url: server.url, vkey: key.vkey, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A key that the configuration names was there once: a new one in its place would be another witness, unasked. */
function openKey(config: WitnessConfig, logger: Logger): SigningKey {
  if (config.keyFile !== undefined && !existsSync(config.keyFile))
    throw new Error(
      `the key file ${config.keyFile} is missing (named by keyFile): bring it back, or make a new key, whose vkey the ` +
        `trust file must then name: cunzheng keygen --name ${config.name} --kind witness --out ${config.keyFile}`,
    );
  const file = config.keyFile ?? join(config.dataFolder, "witness.key");
  const { key, created } = openSigningKey(file, { name: config.name, type: SIGNATURE_TYPE.cosignature });
  if (created) logger.warn({ file, vkey: key.vkey }, "made a new key: verifiers must be told its vkey");
  return key;
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
  readonly key: SigningKey;
  readonly checkpoints: CheckpointStore;
  readonly copiers: ReadonlyMap<string, Copier>;
  readonly now: () => number;
  readonly logger: Logger;
}

function checkpointAdder({ logs, key, checkpoints, copiers, now, logger }: CheckpointAdder) {
  const cosign = cosigner(key);
  return (body: Uint8Array): Answer => {
    const submission = openSubmission(body, { logs, verifyEd25519 });
    if (submission.kind !== "submission") return submission;
    const { origin, treeSize } = submission.checkpoint;
    // SPEC: "The witness MUST persist the new checkpoint before responding. Note that checking the old size against the
    // latest checkpoint and persisting the new checkpoint must be performed atomically".
    const { answer, misconduct } = checkpoints.update(origin, (previous) =>
      judgeSubmission(submission, { previous, nowMs: now(), cosign }),
    );
    if (misconduct)
      logger.warn({ origin, treeSize, kind: misconduct.kind }, "kept a checkpoint that does not fit");
    if (answer.kind === "cosigned") copiers.get(origin)?.wake();
    return answer;
  };
}

/** Signs, and checks the signature as others will: a damaged key must not leave a checkpoint recorded and unsigned. */
function cosigner(key: SigningKey): Cosign {
  const vkeys = [parseVkey(key.vkey)];
  return (text, timeSeconds) => {
    const signature = key.sign(cosignatureMessage(timeSeconds, text));
    const line = formatSignatureLine(key.name, key.keyId, encodeCosignature({ timeSeconds, signature }));
    const cosigned = openCosignatures(parseNote(encodeNote(text, [line])), vkeys, verifyEd25519);
    if (cosigned.length !== 1) throw new Error("internal: the cosignature is not of this node's key");
    return line;
  };
}

function statusOf(
  { origin, originHash, url }: TrustedLog,
  checkpoints: CheckpointStore,
  ledgers: LedgerStore,
  copiers: ReadonlyMap<string, Copier>,
) {
  const cosigned = checkpoints.latest(origin);
  const error = copiers.get(origin)?.lastError();
  return {
    origin,
    originHash,
    url,
    cosignedSize: cosigned?.treeSize ?? null,
    cosignedAt: cosigned ? formatTime(cosigned.timeSeconds * 1000) : null,
    copiedSize: ledgers.copiedSize(origin),
    misconducts: checkpoints.misconducts(origin).length,
    lastError: error ? { message: error.message, at: formatTime(error.atMs) } : null,
  };
}
