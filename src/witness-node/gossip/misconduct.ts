/** What this node has kept of a log's misconduct, as files that convict the log before anybody. */
import { base64, hex } from "../../core/bytes.js";
import { encodeMisconduct, type Misconduct, MISCONDUCT_TYPE } from "../../core/evidence/misconduct.js";
import { parseCheckpointText } from "../../core/ledger/checkpoint.js";
import { parseNote } from "../../core/ledger/note.js";
import { branchOf } from "../signing/add-checkpoint.js";
import { copiedRoot } from "../ledger/copied-tree.js";
import type { LedgerStore } from "../ledger/ledger-store.js";
import type { CheckpointStore, KeptMisconduct } from "../memory/store.js";
import { copiedBeginning } from "../ledger/tree-head.js";
import type { UnjudgedCheckpoint } from "../memory/unjudged-table.js";

export interface MisconductFile {
  /** The name is made of the tree size and the refused root: the same misconduct has the same name. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface MisconductFiles {
  readonly files: readonly MisconductFile[];
  /**
   * So many forks of an earlier size are waiting: the node can prove them when its copy has come as far as what it
   * has cosigned.
   */
  readonly waiting: number;
  /** So many were refused for their proof alone, which convicts nobody. */
  readonly suspects: number;
}

interface NodeStores {
  readonly checkpoints: CheckpointStore;
  readonly ledgers: LedgerStore;
}

export function misconductFiles(origin: string, stores: NodeStores): MisconductFiles {
  const kept = stores.checkpoints.misconducts(origin);
  const suspects = kept.filter(({ kind }) => kind === "suspect");
  const isProved = judgeNow(origin, stores);
  const forks = [
    ...kept.filter(({ kind }) => kind === "fork"),
    ...[...suspects, ...stores.checkpoints.unjudged(origin)].flatMap(
      (checkpoint) => isProved(checkpoint) ?? [],
    ),
  ];
  const files = new Map<string, Uint8Array>();
  let waiting = 0;
  for (const fork of forks) {
    const misconduct = contradiction(fork, origin, stores.ledgers);
    const name = `${fork.treeSize}-${hex(fork.rootHash).slice(0, 16)}.misconduct.json`;
    if (misconduct === undefined) waiting += 1;
    else files.set(name, encodeMisconduct(misconduct));
  }
  return {
    files: [...files].map(([name, bytes]) => ({ name, bytes })),
    waiting,
    suspects: suspects.filter((checkpoint) => isProved(checkpoint) === undefined).length,
  };
}

type Fork = Pick<KeptMisconduct, "treeSize" | "rootHash" | "note" | "cosignedNote" | "beginning">;

/** What was refused without being judged is a fork by now, where what was cosigned and copied since is of another branch. */
function judgeNow(
  origin: string,
  { checkpoints, ledgers }: NodeStores,
): (checkpoint: UnjudgedCheckpoint) => Fork | undefined {
  const latest = checkpoints.latest(origin);
  return ({ treeSize, rootHash, note }) => {
    if (latest === undefined) return undefined;
    const branch = branchOf({ treeSize, rootHash }, latest, (size) => copiedRoot(ledgers, origin, size));
    return branch === "other" ? { treeSize, rootHash, note, cosignedNote: latest.note } : undefined;
  };
}

function contradiction(fork: Fork, origin: string, ledgers: LedgerStore): Misconduct | undefined {
  const type = MISCONDUCT_TYPE;
  const { note, treeSize, cosignedNote } = fork;
  if (treeSize === 0) return { type, checkpoints: [note] };
  if (cosignedNote === undefined) throw new Error(`internal: a fork of size ${treeSize} beside nothing`);
  const cosigned = parseCheckpointText(parseNote(cosignedNote).text);
  if (cosigned.treeSize === treeSize) return { type, checkpoints: [note, cosignedNote] };
  // A larger checkpoint comes with what it says of the smaller one; of a smaller one the copy says it, once it is there.
  const isSmaller = treeSize < cosigned.treeSize;
  const beginning =
    fork.beginning ??
    (isSmaller ? copiedBeginning(ledgers, origin, { tree: cosigned, size: treeSize }) : undefined);
  if (beginning === undefined) return undefined;
  return {
    type,
    checkpoints: isSmaller ? [note, cosignedNote] : [cosignedNote, note],
    consistency: {
      rootHash: base64(beginning.rootHash),
      path: beginning.path.map((hash) => base64(hash)),
    },
  };
}
