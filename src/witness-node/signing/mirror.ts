/**
 * The mirror: takes entries from the log, each proven to belong under a checkpoint that the witness has found
 * consistent, keeps them for ever, and cosigns a checkpoint once it has every entry below it. C2SP tlog-mirror.
 *
 * Trust: a mirror's cosignature says that its organisation can show every entry by itself, whatever becomes of the log.
 * Whoever controls the log can't make an honest mirror keep entries of two branches, keep one that is not in the log's
 * tree, or sign for one that it does not have. Who else sends it entries can only send the true ones.
 *
 * Crash story. A package is proven, then its entries, the tiles that they change and the copy's new size are stored in
 * one step (ledger.db); the checkpoint is signed and stored in another (witness.db), after the last entry below it is
 * durable; only then does the cosignature leave. Killed between two packages: the next upload begins at the first
 * missing entry. Killed after the last package: the client asks again, with nothing left to send, and is answered.
 * Killed after the signature was stored: the same, and the checkpoint is signed anew with a newer time.
 */
import { equalBytes } from "../../core/bytes.js";
import { ParseError, VerificationError } from "../../core/errors.js";
import { edgeOfTree, growTiles } from "../../core/ledger/grow-tiles.js";
import { encodeNote, parseNote } from "../../core/ledger/note.js";
import { splitTile, TILE_WIDTH } from "../../core/ledger/tile.js";
import type { Hash } from "../../core/merkle/hash.js";
import { createAddEntriesReader, type EntryPackage } from "../../core/witness/add-entries.js";
import type { MirrorInfo } from "../../core/witness/mirror-info.js";
import { linesOf } from "./add-checkpoint.js";
import type { TrustedLog } from "../configuration/logs.js";
import { copiedRoot, copiedTile } from "../ledger/copied-tree.js";
import { type Cosign, cosignatureTime } from "./cosign.js";
import { infoFor, judgeUpload, type MirrorState, provePackage } from "./judge-upload.js";
import type { LedgerStore } from "../ledger/ledger-store.js";
import type { CheckpointStore, PendingCheckpoint } from "../memory/store.js";
import type { TreeHead } from "../ledger/tree-head.js";
import type { UploadBudget } from "./upload-budget.js";

export type AddEntriesAnswer =
  | { readonly kind: UploadFailure; readonly message: string }
  /** A `conflict` could not be taken as it was; of what is `partial` not all was there. */
  | { readonly kind: "conflict" | "partial"; readonly info: MirrorInfo }
  | { readonly kind: "mirrored"; readonly cosignatures: readonly string[] };
export type UploadFailure =
  "malformed" | "log-unknown" | "no-checkpoint" | "unproven" | "too-much-held" | "memory-behind";

export interface MirrorParts {
  readonly logs: readonly TrustedLog[];
  readonly checkpoints: CheckpointStore;
  readonly ledgers: LedgerStore;
  /** Signs by the mirror's own keys, which never sign in add-checkpoint. */
  readonly cosign: Cosign;
  readonly budget: UploadBudget;
  readonly now: () => number;
  /** Tells what keeps the node from signing for this log (own-signatures.ts). */
  readonly refusal: (origin: string) => string | undefined;
  /** Is told before a cosignature leaves. */
  readonly noteSigned: (origin: string, head: TreeHead) => void;
}

export interface Mirror {
  /** Reads one request's body as far as it decides; a body that breaks off ends there. Throws when a store fails. */
  addEntries(body: AsyncIterator<Uint8Array>): Promise<AddEntriesAnswer>;
  /**
   * Gives the mirror checkpoint, signed by the log and the mirror; undefined where there is none that could be
   * served.
   */
  note(origin: string): string | undefined;
}

export function createMirror(parts: MirrorParts): Mirror {
  return {
    addEntries: (body) => takeUpload(parts, body),
    note: (origin) => {
      const mirrored = parts.checkpoints.mirrored(origin);
      // The copy may have been lost, and is being fetched again: until then it is not shown as if it were there.
      return mirrored && parts.ledgers.copiedSize(origin) >= mirrored.treeSize ? mirrored.note : undefined;
    },
  };
}

/** An upload whose header was found good. */
interface OpenUpload {
  readonly log: TrustedLog;
  readonly target: PendingCheckpoint;
}

async function takeUpload(parts: MirrorParts, body: AsyncIterator<Uint8Array>): Promise<AddEntriesAnswer> {
  const reader = createAddEntriesReader();
  let upload: OpenUpload | undefined;
  let saved = 0;
  let isCut = false;
  let cut: () => void = () => undefined;
  const cutOff = new Promise<undefined>((resolve) => {
    cut = () => {
      isCut = true;
      resolve(undefined);
    };
  });
  const held = parts.budget.enter(cut);

  /** All that the chunks so far decide; undefined where more is needed. */
  function proceed(): AddEntriesAnswer | undefined {
    const header = reader.header();
    if (header === undefined) return undefined;
    if (upload === undefined) {
      const log = parts.logs.find(({ origin }) => origin === header.origin);
      // SPEC: "If `log_origin` is not a known log, the mirror MUST respond with a "404 Not Found" HTTP status code."
      if (log === undefined)
        return { kind: "log-unknown", message: `no log ${header.origin} is mirrored here` };
      const refusal = parts.refusal(log.origin);
      if (refusal !== undefined) return { kind: "memory-behind", message: refusal };
      const judged = judgeUpload(header, stateOf(parts, log));
      if (judged.kind !== "open") return judged;
      upload = { log, target: judged.target };
    }
    for (let one = reader.nextPackage(); one !== undefined; one = reader.nextPackage()) {
      savePackage(parts, upload, one);
      saved += 1;
    }
    return reader.isComplete() ? signMirrored(parts, upload) : undefined;
  }

  try {
    for (;;) {
      // An upload that is cut off may be waiting for a chunk that never comes.
      const chunk = await Promise.race([nextChunk(body), cutOff]);
      if (isCut || chunk === undefined) break;
      reader.push(chunk);
      const answer = proceed();
      if (answer !== undefined) return answer;
      held.hold(reader.heldBytes());
    }
    if (isCut && saved === 0)
      return { kind: "too-much-held", message: "unfinished packages hold too much memory" };
    return incomplete(parts, upload, saved, "the body ends within its first part");
  } catch (error) {
    // SPEC: "If this verification process fails, it MUST respond with a "422 Unprocessable Entity" HTTP status code and
    // end processing."
    if (error instanceof VerificationError) return { kind: "unproven", message: error.message };
    if (error instanceof ParseError) return incomplete(parts, upload, saved, describe(error));
    throw error;
  } finally {
    held.leave();
  }
}

/**
 * SPEC: "clients and mirrors MUST continue operating correctly if an `add-entries` stream is interrupted": a sender that
 * is gone, or compressed bytes that make no sense from here on, end the body.
 */
async function nextChunk(body: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await body.next();
    return done === true ? undefined : value;
  } catch {
    return undefined;
  }
}

function incomplete(
  parts: MirrorParts,
  upload: OpenUpload | undefined,
  saved: number,
  message: string,
): AddEntriesAnswer {
  // SPEC: "If at least one entry package was authenticated and saved, but the mirror has not yet received all packages
  // covering `[upload_start, upload_end)`, the mirror MUST respond with a "202 Accepted" response carrying the advanced
  // next entry."
  if (upload !== undefined && saved > 0)
    return { kind: "partial", info: infoFor(stateOf(parts, upload.log), upload.target.treeSize) };
  // SPEC: "If the canonical sequence is not empty, and no entry package was authenticated and saved before the body ended
  // [...], the mirror MUST respond with a "400 Bad Request" HTTP status code."
  return { kind: "malformed", message };
}

function stateOf({ checkpoints, ledgers }: MirrorParts, { origin }: TrustedLog): MirrorState {
  const mirrored = checkpoints.mirrored(origin);
  return {
    pendingSize: checkpoints.latest(origin)?.treeSize,
    mirroredSize: mirrored?.treeSize ?? 0,
    nextEntry: ledgers.copiedSize(origin),
    checkpoint: (treeSize) =>
      mirrored?.treeSize === treeSize ? mirrored : checkpoints.pending(origin, treeSize),
  };
}

function savePackage(
  { ledgers }: MirrorParts,
  { log: { origin }, target }: OpenUpload,
  one: EntryPackage,
): void {
  const { subtreeStart, start } = one;
  const width = start - subtreeStart;
  const before: Hash[] =
    width === 0
      ? []
      : splitTile(copiedTile(ledgers, origin, { level: 0, index: subtreeStart / TILE_WIDTH, width }));
  const leafHashes = provePackage(one, before, target);
  // SPEC: "If some entry has already been written to the log or the pending entry list, the mirror MUST skip saving that
  // entry." Another upload may have brought it since this one began; nothing runs between this look and the storing.
  const nextEntry = ledgers.copiedSize(origin);
  const known = Math.max(0, nextEntry - start);
  if (known >= one.entries.length) return;
  const edge = edgeOfTree(nextEntry).map((tile) => copiedTile(ledgers, origin, tile));
  const { tiles } = growTiles(nextEntry, edge, leafHashes.slice(known));
  ledgers.append(origin, { firstIndex: nextEntry, entries: one.entries.slice(known), tiles });
}

function signMirrored(parts: MirrorParts, { log, target }: OpenUpload): AddEntriesAnswer {
  const { checkpoints, ledgers, cosign, now } = parts;
  const { treeSize, rootHash, note } = target;
  // SPEC: "the mirror MUST NOT sign or update its mirror checkpoint until all entries are durably committed."
  refuseOtherRoot(ledgers, log.origin, target);
  // SPEC: "Check if `upload_end` is still greater than or equal to the mirror checkpoint's tree size. If so, update the
  // mirror checkpoint to the pending checkpoint of size `upload_end`", atomically; and: "the mirror MUST NOT rewind".
  let cosignatures: readonly string[] | undefined;
  checkpoints.updateMirrored(log.origin, (previous) => {
    if (previous !== undefined && previous.treeSize > treeSize) return undefined;
    const { text } = parseNote(note);
    const timeSeconds = cosignatureTime(now(), previous);
    cosignatures = cosign(text, timeSeconds);
    const lines = [...linesOf(parseNote(note), log.vkeys), ...cosignatures];
    return { treeSize, rootHash, timeSeconds, note: encodeNote(text, lines) };
  });
  if (cosignatures === undefined) return { kind: "conflict", info: infoFor(stateOf(parts, log), treeSize) };
  parts.noteSigned(log.origin, { treeSize, rootHash });
  return { kind: "mirrored", cosignatures };
}

/** The mirror's own work, checked before it is signed: what is stored has the checkpoint's root. */
function refuseOtherRoot(
  ledgers: LedgerStore,
  origin: string,
  { treeSize, rootHash }: PendingCheckpoint,
): void {
  const copied = copiedRoot(ledgers, origin, treeSize);
  if (copied === undefined)
    throw new Error(`internal: ${ledgers.copiedSize(origin)} of ${treeSize} entries of ${origin} are stored`);
  if (!equalBytes(copied, rootHash))
    throw new Error(`internal: the copy of ${origin} has another root at size ${treeSize}`);
}

function describe({ message, detail: { got, want } }: ParseError): string {
  return [message, got && `got ${got}`, want && `want ${want}`].filter(Boolean).join("; ");
}
