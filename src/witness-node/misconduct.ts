/** What this node has kept of a log's misconduct, as files that convict the log before anybody. */
import { base64, hex } from "../core/bytes.js";
import { encodeMisconduct, type Misconduct, MISCONDUCT_TYPE } from "../core/evidence/misconduct.js";
import { parseCheckpointText } from "../core/ledger/checkpoint.js";
import { parseNote } from "../core/ledger/note.js";
import { copiedConsistency, copiedRoot } from "./copied-tree.js";
import type { LedgerStore } from "./ledger-store.js";
import type { CheckpointStore, KeptMisconduct } from "./store.js";

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
  const checkpoints = [note, cosignedNote];
  if (cosigned.treeSize === treeSize) return { type, checkpoints };
  const proof = copiedConsistency(ledgers, origin, { oldSize: treeSize, newSize: cosigned.treeSize });
  const root = copiedRoot(ledgers, origin, treeSize);
  if (proof === undefined || root === undefined) return undefined;
  return {
    type,
    checkpoints,
    consistency: { rootHash: base64(root), path: proof.path.map((hash) => base64(hash)) },
  };
}
