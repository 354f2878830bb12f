/**
 * `cunzheng recover`: a store that was put back from a backup, joined with the ledger that went on after it, out of a
 * mirror's copy. Organisations, keys, statements, originals, certificates and templates of the backup stay; deposits of it
 * whose batches the ledger holds get their places there; what came after it is listed; and its chains are held until their
 * depositors have shown what they have (notary/resume-chain.ts).
 *
 * Crash story: all of it happens in `recovering.db`, a copy, which becomes `notary.db` by being renamed when it is whole and
 * proved; what the store was before is kept beside it. Then the mark beside the log's key is set. A crash before the rename
 * leaves the store as it was; one after it leaves a mark that is behind the store, or that keeps it halted until this
 * command is run again.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  openRecoveringStore,
  type RecoveringStore,
  replaceStore,
} from "../../adapters/sqlite/copies/recovering-store.js";
import { equalBytes } from "../../core/bytes.js";
import { formatTime } from "../../core/record/time.js";
import { replaceFileDurably, syncFolder } from "../../platform/files/files.js";
import { verifiedNote } from "../../witness-node/signing/add-checkpoint.js";
import { compareBranches } from "../../witness-node/gossip/compare-branches.js";
import { copiedRoot } from "../../witness-node/ledger/copied-tree.js";
import { describeError } from "../../witness-node/sources/ledger-sources.js";
import { fetchBeginning } from "../../witness-node/ledger/tree-head.js";
import { type LostBatch, placeDeposits, type Placed } from "./lost-batches.js";
import type { SuccessionArguments } from "../../commands/notary/succession.js";
import { copyProved, openSuccession, type Succession } from "./succession.js";

/** What was found, for whoever typed the command; the same is told in lines. */
export interface Recovered {
  readonly backupSize: number;
  readonly treeSize: number;
  /** Of the backup, whose batches were on the ledger only. */
  readonly foundDeposits: number;
  readonly lost: readonly LostBatch[];
  /** Of the backup, in no batch that is known: they are sealed anew. */
  readonly unsealedDeposits: number;
  readonly heldChains: number;
  /** A JSON array of the lost batches; absent where none is lost. */
  readonly listFile?: string;
  /** The store as it was. */
  readonly former: string;
}

/** Throws with what is in the way; the store is then as it was. */
export async function recover(recovering: SuccessionArguments): Promise<Recovered> {
  const { tell } = recovering;
  const succession = await openSuccession(recovering, (dataFolder) => {
    if (!existsSync(join(dataFolder, "notary.db")))
      throw new Error(
        `${dataFolder} has no store: put the backup back first, or begin without one (\`cunzheng adopt-ledger\`)`,
      );
  });
  try {
    const recovered = await joinLedger(succession, tell);
    for (const line of report(recovered)) tell(line);
    return recovered;
  } catch (error) {
    throw new Error(describeError(error), { cause: error });
  } finally {
    await succession.close();
  }
}

async function joinLedger(succession: Succession, tell: SuccessionArguments["tell"]): Promise<Recovered> {
  const { configuration, checkpoint, mark } = succession;
  const { dataFolder } = configuration;
  const { treeSize, rootHash } = checkpoint;
  const [file, recovering] = [join(dataFolder, "notary.db"), join(dataFolder, "recovering.db")];
  removeRecovering(dataFolder);
  const store = openRecoveringStore(file, recovering);
  let recovered: Omit<Recovered, "former">;
  try {
    const backup = await store.newestCheckpoint();
    const backupSize = backup?.treeSize ?? 0;
    const common = await commonSize(succession, store, backupSize);
    if (common < backupSize) cutBranch(store, { common, backupSize, treeSize }, tell);
    await copyProved(succession, store, tell);
    tell(`copied and proved ${treeSize} entries, ${treeSize - common} of them beyond the backup`);
    const placed = await placeDeposits(store, { from: common, to: treeSize, hashOnce: sha256 });
    const { lastSeq } = placed;
    const sealedAtMs = placed.sealedAtMs ?? backup?.sealedAtMs ?? 0;
    const heldChains = store.join({
      batches: placed.found,
      checkpoint: { treeSize, rootHash, note: verifiedNote(checkpoint), lastSeq, sealedAtMs },
    });
    recovered = {
      ...{ backupSize, treeSize, heldChains, lost: placed.lost },
      foundDeposits: countFound(placed),
      unsealedDeposits: store.lastSeq() - lastSeq,
      ...(placed.lost.length > 0 && { listFile: writeList(dataFolder, treeSize, placed.lost) }),
    };
    store.finish();
  } catch (error) {
    store.close();
    removeRecovering(dataFolder);
    throw error;
  }
  const former = join(dataFolder, `notary-before-recovery-${treeSize}.db`);
  replaceStore(recovering, { store: file, former });
  removeRecovering(dataFolder);
  await syncFolder(dataFolder);
  mark.replace(checkpoint);
  return { ...recovered, former };
}

/** How many entries the backup's ledger and the copy begin with alike. Throws where the backup has more than the copy. */
async function commonSize(
  { log: { origin }, checkpoint, sources }: Succession,
  store: RecoveringStore,
  backupSize: number,
): Promise<number> {
  const rootOf = (size: number) => {
    const root = copiedRoot(store, origin, size);
    if (root === undefined) throw new Error(`internal: the backup lacks tiles of its first ${size} entries`);
    return root;
  };
  const own = { treeSize: backupSize, rootHash: rootOf(backupSize) };
  const { kind } = await compareBranches(checkpoint, own, { origin, ledgers: store, sources });
  if (kind === "one-branch") {
    if (backupSize <= checkpoint.treeSize) return backupSize;
    throw new Error(
      `the store has ${backupSize} entries and the copy ${checkpoint.treeSize} of them: there is nothing to recover from it`,
    );
  }
  // What begins alike stays alike at every smaller size.
  const isAlike = async (size: number): Promise<boolean> => {
    const shown =
      size === checkpoint.treeSize
        ? checkpoint.rootHash
        : (await fetchBeginning(sources, checkpoint, size)).rootHash;
    return equalBytes(shown, rootOf(size));
  };
  let [alike, other] = [0, Math.min(backupSize, checkpoint.treeSize) + 1];
  while (other - alike > 1) {
    const middle = Math.floor((alike + other) / 2);
    if (await isAlike(middle)) alike = middle;
    else other = middle;
  }
  return alike;
}

/** The end of the backup's ledger is of another branch: it may go where nobody has cosigned it. */
function cutBranch(
  store: RecoveringStore,
  {
    common,
    backupSize,
    treeSize,
  }: { readonly common: number; readonly backupSize: number; readonly treeSize: number },
  tell: SuccessionArguments["tell"],
): void {
  const cosigned = store.cosignedSize();
  if (cosigned > common)
    throw new Error(
      `the store holds cosignatures on another branch than the copy's, at ${cosigned} entries: the log's key has signed two. ` +
        "Nothing goes on from either before the organisations have agreed",
    );
  tell(
    `the store's entries ${common} to ${backupSize - 1} are of another branch than the copy's ${treeSize} entries, and nobody has ` +
      "cosigned them: they are taken back, and their deposits are sealed anew",
  );
  store.cutTo(common);
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

const countFound = ({ found }: Placed): number =>
  found.reduce((sum, { batch: { firstSeq, lastSeq } }) => sum + lastSeq - firstSeq + 1, 0);

function writeList(dataFolder: string, treeSize: number, lost: readonly LostBatch[]): string {
  const file = join(dataFolder, `lost-${treeSize}.json`);
  const list = lost.map(({ sealedAtMs, ...rest }) => ({ ...rest, sealedAt: formatTime(sealedAtMs) }));
  replaceFileDurably(file, `${JSON.stringify(list, null, 2)}\n`);
  return file;
}

function removeRecovering(dataFolder: string): void {
  for (const name of readdirSync(dataFolder))
    if (name.startsWith("recovering.db")) rmSync(join(dataFolder, name));
}

function report({
  lost,
  foundDeposits,
  unsealedDeposits,
  heldChains,
  listFile,
  former,
}: Recovered): string[] {
  const deposits = lost.reduce((sum, batch) => sum + batch.deposits, 0);
  const times = lost.map(({ sealedAtMs }) => sealedAtMs);
  return [
    ...(foundDeposits > 0
      ? [
          `${foundDeposits} deposits of the backup were sealed after it: their batches are found on the ledger, and evidence is made for them`,
        ]
      : []),
    ...(lost.length > 0
      ? [
          `LOST: ${lost.length} batches with ${deposits} deposits, sealed from ${formatTime(Math.min(...times))} to ` +
            `${formatTime(Math.max(...times))}, of which this store does not have all statements (listed in ${listFile ?? ""})`,
          "  whoever holds evidence or a certificate of one has everything: it verifies as it did. Of the others their receipts " +
            "can't be honoured: tell their depositors",
        ]
      : ["every batch of the ledger is known to this store"]),
    ...(unsealedDeposits > 0
      ? [
          `${unsealedDeposits} deposits of the backup are in no batch that could be found: they are sealed anew` +
            (lost.length > 0
              ? " (some may stand in the first lost batch as well, which takes nothing from either)"
              : ""),
        ]
      : []),
    "  deposits that were answered after the backup and never sealed leave no trace: how many is not known",
    ...(heldChains > 0
      ? [
          `${heldChains} evidence chains take no deposit until their depositors have shown the last link, or said that nothing came ` +
            "after the one that is known (POST /v1/chains/{id}/resume)",
        ]
      : []),
    `The store is joined with the ledger, and goes on with \`cunzheng serve\`. What it was before is kept in ${former}`,
  ];
}
