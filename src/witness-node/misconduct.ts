/** What this node has kept of a log's misconduct, as files that convict the log before anybody. */
import { base64, hex } from "../core/bytes.js";
import { encodeMisconduct, type Misconduct, MISCONDUCT_TYPE } from "../core/evidence/misconduct.js";
import { parseCheckpointText } from "../core/ledger/checkpoint.js";
import { parseNote } from "../core/ledger/note.js";
import type { LedgerStore } from "./ledger-store.js";
import type { CheckpointStore, KeptMisconduct } from "./store.js";
import { copiedBeginning } from "./tree-head.js";

export interface MisconductFile {
  /** Of the tree size and the refused root: the same misconduct has the same name. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface MisconductFiles {
  readonly files: readonly MisconductFile[];
  /** Forks of an earlier size, which the node can prove when its copy has come as far as what it has cosigned. */
  readonly waiting: number;
  /** Refused for their proof alone, which convicts nobody. */
  readonly suspects: number;
}

export function misconductFiles(
  origin: string,
  { checkpoints, ledgers }: { readonly checkpoints: CheckpointStore; readonly ledgers: LedgerStore },
): MisconductFiles {
  const kept = checkpoints.misconducts(origin);
  const forks = kept.filter(({ kind }) => kind === "fork");
  const files = forks.flatMap((fork) => {
    const misconduct = contradiction(fork, origin, ledgers);
    if (misconduct === undefined) return [];
    const name = `${fork.treeSize}-${hex(fork.rootHash).slice(0, 16)}.misconduct.json`;
    return [{ name, bytes: encodeMisconduct(misconduct) }];
  });
  return { files, waiting: forks.length - files.length, suspects: kept.length - forks.length };
}

function contradiction(fork: KeptMisconduct, origin: string, ledgers: LedgerStore): Misconduct | undefined {
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
