/**
 * Whether this node remembers all that its keys have signed. A memory that was put back to an older state, or lost, could
 * sign a second branch; what the keys have signed is also known beside them (signed-marks.ts), to the node's own copy of
 * the ledger, to the log, whose checkpoint carries cosignatures, and to peers, who keep what each has shown them. Where any
 * of them knows of more than the memory does, nothing is signed until `move-past` has brought it forward.
 *
 * What nobody else has seen, nobody can tell: the last cosignatures before a loss of the whole machine may be among it.
 */
import { ParseError, VerificationError } from "../../core/errors.js";
import type { SignedCheckpoint } from "../../core/ledger/checkpoint.js";
import type { VerifierKey } from "../../core/ledger/vkey.js";
import { type Cosignature, openCosignatures } from "../../core/witness/cosignature.js";
import type { SignedMarks } from "../../platform/keys/signed-marks.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import { copiedRoot } from "../ledger/copied-tree.js";
import type { LedgerStore } from "../ledger/ledger-store.js";
import type { CheckpointStore } from "./store.js";
import type { TreeHead } from "../ledger/tree-head.js";

/** A marked cosigner is one of this node's, its witness or its mirror, with what is marked beside its key. */
export interface MarkedCosigner {
  readonly name: string;
  readonly vkeys: readonly VerifierKey[];
  readonly marks: SignedMarks;
}

/**
 * A known-signed head is one that a key of this node has signed, or that the node has copied under what it had
 * signed.
 */
export interface KnownSigned extends TreeHead {
  /** This says where that is known from. */
  readonly from: string;
}

export interface Forgotten {
  readonly rememberedSize: number;
  readonly signedSize: number;
  readonly from: string;
}

export interface OwnSignatures {
  /** Tells what keeps the node from signing for this log. */
  forgotten(origin: string): Forgotten | undefined;
  /** Gives all that is known here, without asking anybody. */
  known(origin: string): KnownSigned[];
  /** Finds this node's own cosignatures on the checkpoint; it is remembered where it is beyond the memory. */
  recognise(checkpoint: SignedCheckpoint, from: string): Cosignature[];
  /** Remembers what was signed, before a cosignature leaves. */
  note(origin: string, name: string, head: TreeHead): void;
}

export interface OwnSignaturesOptions {
  readonly cosigners: readonly MarkedCosigner[];
  readonly checkpoints: CheckpointStore;
  readonly ledgers: LedgerStore;
  /** Is told once of each log for which something is found, and of what is found later if it is more. */
  readonly tell: (origin: string, forgotten: Forgotten) => void;
}

const COPY = "the ledger copy";

const listOf = <T>(one: T | undefined): T[] => (one === undefined ? [] : [one]);

export function watchOwnSignatures({
  cosigners,
  checkpoints,
  ledgers,
  tell,
}: OwnSignaturesOptions): OwnSignatures {
  const ownVkeys = cosigners.flatMap(({ vkeys }) => vkeys);
  const marksOf = (name: string): SignedMarks => {
    const found = cosigners.find((cosigner) => cosigner.name === name);
    if (found === undefined) throw new Error(`internal: no cosigner ${name}`);
    return found.marks;
  };
  /** These are of this run: a mark does not say who told of it. */
  const toldBy = new Map<string, KnownSigned>();

  const knownSizes = (origin: string): readonly { readonly treeSize: number; readonly from: string }[] => [
    ...listOf(toldBy.get(origin)),
    ...markedHeads(origin),
    { treeSize: ledgers.copiedSize(origin), from: COPY },
  ];
  const markedHeads = (origin: string): KnownSigned[] =>
    cosigners.flatMap(({ marks }) => listOf(marks.of(origin)).map((head) => ({ ...head, from: marks.file })));

  const forgotten = (origin: string): Forgotten | undefined => {
    const rememberedSize = checkpoints.latest(origin)?.treeSize ?? 0;
    const [largest] = [...knownSizes(origin)].sort((a, b) => b.treeSize - a.treeSize);
    if (largest === undefined || largest.treeSize <= rememberedSize) return undefined;
    return { rememberedSize, signedSize: largest.treeSize, from: largest.from };
  };

  return {
    known: (origin) => {
      const treeSize = ledgers.copiedSize(origin);
      const rootHash = treeSize === 0 ? undefined : copiedRoot(ledgers, origin, treeSize);
      return [
        ...listOf(toldBy.get(origin)),
        ...markedHeads(origin),
        ...(rootHash ? [{ treeSize, rootHash, from: COPY }] : []),
      ];
    },
    forgotten,
    recognise: ({ origin, note, treeSize, rootHash }, from) => {
      const own = openOwn(() => openCosignatures(note, ownVkeys, VERIFIERS));
      const largest = Math.max(
        checkpoints.latest(origin)?.treeSize ?? 0,
        ...knownSizes(origin).map((head) => head.treeSize),
      );
      if (own.length === 0 || treeSize <= largest) return own;
      toldBy.set(origin, { treeSize, rootHash, from });
      // Told once, it is known for ever, whoever is away at the next start.
      for (const name of new Set(own.map(({ vkey }) => vkey.name)))
        marksOf(name).raise(origin, { treeSize, rootHash });
      const found = forgotten(origin);
      if (found) tell(origin, found);
      return own;
    },
    note: (origin, name, head) => marksOf(name).raise(origin, head),
  };
}

/** A line of this node's that does not verify is somebody's invention: it says nothing of what was signed. */
function openOwn(read: () => Cosignature[]): Cosignature[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseError || error instanceof VerificationError) return [];
    throw error;
  }
}

/** Says what was forgotten, for the log, /status and whoever asks for a cosignature. */
export function describeForgotten({ rememberedSize, signedSize, from }: Forgotten, command: string): string {
  return (
    `this node's memory (witness.db) ends at size ${rememberedSize}, yet it has signed size ${signedSize} ` +
    `(known from ${from}): it was put back to an older state or lost. Nothing is signed until it is moved past: ` +
    `stop the node, run \`${command}\`, start it again`
  );
}
