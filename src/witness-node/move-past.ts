/**
 * Moving a memory past what was once signed: the one way for a node whose memory was put back to an older state, or lost,
 * to sign again. All that its keys are known to have signed, its memory and its copy are proved to lie on one branch, under
 * a checkpoint that the log has signed and that is no smaller than any of them; the memory is written forward to it. There
 * is no way back, and where two of them contradict each other there is none forward: what proves it is kept.
 */
import type { SignedCheckpoint } from "../core/ledger/checkpoint.js";
import { encodeNote } from "../core/ledger/note.js";
import type { Cosignature } from "../core/witness/cosignature.js";
import { linesOf, verifiedNote } from "./signing/add-checkpoint.js";
import type { CosignedCheckpoint } from "./memory/checkpoint-table.js";
import { compareBranches } from "./gossip/compare-branches.js";
import type { TrustedLog } from "./configuration/logs.js";
import type { Peer } from "./configuration/peers.js";
import { type Cosign, cosignatureTime } from "./signing/cosign.js";
import { describeError, type LedgerSources } from "./sources/ledger-sources.js";
import type { LedgerStore } from "./ledger/ledger-store.js";
import type { NoteClient } from "./gossip/note-client.js";
import type { KnownSigned, OwnSignatures } from "./memory/own-signatures.js";
import { mirrorPrefix, witnessPrefix } from "./configuration/paths.js";
import type { CheckpointStore } from "./memory/store.js";
import type { TreeHead } from "./ledger/tree-head.js";

export interface MovePastArguments {
  readonly log: TrustedLog;
  readonly peers: readonly Peer[];
  readonly checkpoints: CheckpointStore;
  readonly ledgers: LedgerStore;
  readonly ownSignatures: OwnSignatures;
  readonly notes: NoteClient;
  readonly sources: LedgerSources;
  /** Signs checkpoints by the witness's keys. */
  readonly cosign: Cosign;
  readonly witnessName: string;
  readonly now: () => number;
}

export interface MovePastReport {
  readonly origin: string;
  readonly outcome:
    | "moved"
    /** Nothing was forgotten, as far as anybody who answered knows. */
    | "nothing-forgotten"
    /** Nobody shows a checkpoint under which all that was signed could be proved. */
    | "unproved"
    /** This node's keys, or its memory, speak of two branches. */
    | "contradicted";
  readonly fromSize: number;
  readonly toSize: number;
  /** This is all that was found to be signed, and the memory and the copy. */
  readonly found: readonly KnownSigned[];
  /** These nodes did not answer, for these reasons: what only they know is not known. */
  readonly silent: readonly { readonly name: string; readonly error: string }[];
  /** The problems say why larger checkpoints could not be used. */
  readonly problems: readonly string[];
}

export async function movePast(parts: MovePastArguments): Promise<MovePastReport> {
  const { log, checkpoints, ownSignatures } = parts;
  const { origin } = log;
  const { shown, silent } = await gather(parts);
  const previous = checkpoints.latest(origin);
  const found: Found[] = [
    ...(previous ? [{ ...headOf(previous), note: previous.note, from: "witness.db" }] : []),
    ...ownSignatures.known(origin),
    ...shown.flatMap(({ checkpoint, own, from }) =>
      own.length === 0 ? [] : [{ ...headOf(checkpoint), note: verifiedNote(checkpoint, own), from }],
    ),
  ];
  const fromSize = previous?.treeSize ?? 0;
  const report = { origin, fromSize, toSize: fromSize, found, silent, problems: [] };
  const largest = Math.max(0, ...found.map(({ treeSize }) => treeSize));
  const problems: string[] = [];
  /** Tells whether it holds; undefined where it can't be told. */
  const holds = async (one: Shown): Promise<boolean | undefined> => {
    const what = `size ${one.checkpoint.treeSize} (${one.from})`;
    try {
      const stray = await strayFrom(parts, one, found);
      if (stray) problems.push(`${what} and size ${stray.treeSize} (${stray.from}) are of two branches`);
      return stray === undefined;
    } catch (error) {
      problems.push(`${what}: ${describeError(error)}`);
      return undefined;
    }
  };

  if (largest <= fromSize) {
    // What its keys have signed elsewhere must still be of its own branch.
    const told = await Promise.all(shown.filter(({ own }) => own.length > 0).map(holds));
    return { ...report, problems, outcome: told.includes(false) ? "contradicted" : "nothing-forgotten" };
  }
  let isContradicted = false;
  const candidates = shown
    .filter(({ checkpoint }) => checkpoint.treeSize >= largest)
    .sort((a, b) => b.checkpoint.treeSize - a.checkpoint.treeSize);
  for (const candidate of candidates) {
    const holdsAll = await holds(candidate);
    if (holdsAll === true) {
      const toSize = write(parts, candidate.checkpoint, previous);
      return { ...report, outcome: "moved", toSize, problems };
    }
    isContradicted ||= holdsAll === false && candidate.own.length > 0;
  }
  if (candidates.length === 0)
    problems.push(`nobody who answered shows a checkpoint of size ${largest} or larger`);
  return { ...report, outcome: isContradicted ? "contradicted" : "unproved", problems };
}

interface Shown {
  readonly checkpoint: SignedCheckpoint;
  readonly from: string;
  /** Cosignatures by keys of this node. */
  readonly own: readonly Cosignature[];
}

/**
 * What was found comes with its note, where there is one: a mark and a copy are none, and of them nothing can be
 * shown to others.
 */
interface Found extends KnownSigned {
  readonly note?: string;
}

const headOf = ({ treeSize, rootHash }: TreeHead): TreeHead => ({ treeSize, rootHash });

async function gather({ log, peers, notes, ownSignatures }: MovePastArguments): Promise<{
  readonly shown: readonly Shown[];
  readonly silent: MovePastReport["silent"];
}> {
  const shown: Shown[] = [];
  const silent: { name: string; error: string }[] = [];
  const add = (checkpoint: SignedCheckpoint | undefined, from: string) => {
    if (checkpoint === undefined) return;
    shown.push({ checkpoint, from, own: ownSignatures.recognise(checkpoint, from) });
  };
  const ask = async (name: string, asking: () => Promise<void>) => {
    try {
      await asking();
    } catch (error) {
      silent.push({ name, error: describeError(error) });
    }
  };
  await ask(log.url, async () => add(await notes.checkpoint(log.url, log), log.url));
  for (const { name, url } of peers)
    await ask(name, async () => {
      add(await notes.checkpoint(witnessPrefix(url, log), log), name);
      add(await notes.checkpoint(mirrorPrefix(url, log), log), `${name}, mirror`);
      for (const seen of await notes.seen(witnessPrefix(url, log), log))
        add(seen, `${name}, to which it was shown`);
    });
  return { shown, silent };
}

/** Finds what is of another branch than the checkpoint; what proves that is kept. Throws where it can't be told. */
async function strayFrom(
  { log: { origin }, checkpoints, ledgers, sources, now }: MovePastArguments,
  { checkpoint, own }: Shown,
  found: readonly Found[],
): Promise<Found | undefined> {
  for (const head of found) {
    const compared = await compareBranches(head, checkpoint, { origin, ledgers, sources });
    if (compared.kind === "one-branch") continue;
    const { treeSize, rootHash } = checkpoint;
    if (head.note !== undefined)
      checkpoints.keepMisconduct(origin, {
        kind: "fork",
        treeSize,
        rootHash,
        note: verifiedNote(checkpoint, own),
        receivedAtMs: now(),
        cosignedNote: head.note,
        ...(compared.beginning && { beginning: compared.beginning }),
      });
    return head;
  }
  return undefined;
}

/** Writes as a cosignature is made: it is stored before anybody could see it. */
function write(
  { log, checkpoints, ownSignatures, cosign, witnessName, now }: MovePastArguments,
  { treeSize, rootHash, note, signedBy }: SignedCheckpoint,
  previous: CosignedCheckpoint | undefined,
): number {
  const timeSeconds = cosignatureTime(now(), previous);
  const lines = [...linesOf(note, signedBy), ...cosign(note.text, timeSeconds)];
  const next = { treeSize, rootHash, timeSeconds, note: encodeNote(note.text, lines) };
  checkpoints.update(log.origin, () => ({ next }));
  ownSignatures.note(log.origin, witnessName, { treeSize, rootHash });
  return treeSize;
}
