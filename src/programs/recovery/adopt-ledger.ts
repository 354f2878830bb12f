/**
 * `cunzheng adopt-ledger`: a new notary's store out of a mirror's copy of the ledger, to go on with the same log under the
 * same key. Everything is proved under a checkpoint that the log has signed, and nothing is begun that some node would have
 * to refuse: no node may have cosigned more than the copy has, or another branch.
 *
 * Crash story: the copy grows in a file of its own, `adopting.db`, and becomes `notary.db` by being renamed when it is
 * whole. A run that was cut off begins anew.
 */
import type { SuccessionArguments } from "../../commands/notary/succession.js";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type AdoptingStore, openAdoptingStore } from "../../adapters/sqlite/copies/adopting-store.js";
import type { SignedCheckpoint } from "../../core/ledger/checkpoint.js";
import { formatTime } from "../../core/record/time.js";
import type { Consortium } from "../../core/trust/consortium.js";
import { type Cosignature, openCosignatures } from "../../core/witness/cosignature.js";
import { countQuorum } from "../../core/trust/quorum.js";
import { syncFolder } from "../../platform/files/files.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import { verifiedNote } from "../../witness-node/signing/add-checkpoint.js";
import { describeError } from "../../witness-node/sources/ledger-sources.js";
import type { AskedNode } from "./ask-nodes.js";
import { batchAt, copyProved, openSuccession, type Succession } from "./succession.js";

/** Throws with what is in the way; the data folder is then as it was. */
export async function adoptLedger(adopting: SuccessionArguments): Promise<void> {
  const { tell } = adopting;
  const succession = await openSuccession(adopting, (dataFolder) => {
    if (existsSync(join(dataFolder, "notary.db")))
      throw new Error(
        `${dataFolder} has a store: a ledger is adopted into a data folder without one (a backup goes on with \`cunzheng recover\`)`,
      );
  });
  try {
    const left = await adopt(succession, tell);
    const { trusted, checkpoint, nodes } = succession;
    tellQuorum(trusted, checkpoint, nodes, tell);
    for (const line of leftBehind(left)) tell(line);
  } finally {
    await succession.close();
  }
}

/** Of the ledger that was adopted: what its batches hold, of which nothing else is here. */
interface LeftBehind {
  readonly batches: number;
  readonly deposits: number;
  readonly firstSealedAtMs: number;
  readonly lastSealedAtMs: number;
}

function leftBehind({ batches, deposits, firstSealedAtMs, lastSealedAtMs }: LeftBehind): string[] {
  const span =
    batches === 0 ? "" : `, sealed from ${formatTime(firstSealedAtMs)} to ${formatTime(lastSealedAtMs)}`;
  return [
    "The ledger is there, and goes on with `cunzheng serve`. What this leaves behind was never on it:",
    `  the statements of ${deposits} deposits in ${batches} batches${span}: this notary knows none of them (404), and makes no ` +
      "evidence or certificate for them. Evidence files and certificates that their depositors hold verify as they did",
    "  deposits that were answered with a receipt and in no batch yet: how many is not known; their receipts stay unkept",
    "  kept originals, certificates as they were issued, organisations and API keys, idempotency keys: a request that is sent " +
      "again makes a new deposit",
    "  evidence chains: each goes on when its depositor has shown its last link (POST /v1/chains/{id}/resume)",
    "Where there is a backup of the former store, however old, `cunzheng recover` keeps all that it holds.",
  ];
}

async function adopt(succession: Succession, tell: SuccessionArguments["tell"]): Promise<LeftBehind> {
  const { configuration, checkpoint, mark } = succession;
  const { dataFolder } = configuration;
  const { treeSize, rootHash } = checkpoint;
  removeAdopting(dataFolder);
  const file = join(dataFolder, "adopting.db");
  const store = openAdoptingStore(file);
  let left: LeftBehind;
  try {
    await copyProved(succession, store, tell);
    left = countLeft(store, treeSize);
    const sealedAtMs = newestSealedAt(store, treeSize);
    await store.finish({ treeSize, rootHash, note: verifiedNote(checkpoint), lastSeq: 0, sealedAtMs });
  } catch (error) {
    store.close();
    removeAdopting(dataFolder);
    // With what is wrong with it, for whoever typed the command.
    throw new Error(describeError(error), { cause: error });
  }
  renameSync(file, join(dataFolder, "notary.db"));
  removeAdopting(dataFolder);
  await syncFolder(dataFolder);
  mark.replace(checkpoint);
  tell(`copied and proved ${treeSize} entries`);
  return left;
}

function countLeft(store: AdoptingStore, treeSize: number): LeftBehind {
  let [batches, deposits, firstSealedAtMs, lastSealedAtMs] = [0, 0, Number.POSITIVE_INFINITY, 0];
  for (let index = 0; index < treeSize; index += 1) {
    const found = batchOrNone(store, index);
    if (found === undefined) continue;
    batches += 1;
    deposits += found.batch.size;
    firstSealedAtMs = Math.min(firstSealedAtMs, found.sealedAtMs);
    lastSealedAtMs = Math.max(lastSealedAtMs, found.sealedAtMs);
  }
  return { batches, deposits, firstSealedAtMs, lastSealedAtMs };
}

/** Entries that are no notary's are nothing that a notary leaves behind. */
function batchOrNone(store: AdoptingStore, index: number): ReturnType<typeof batchAt> {
  try {
    return batchAt(store, index);
  } catch {
    return undefined;
  }
}

/** Of the newest batch, which changes of the consortium may follow: cosignatures from before it would not count. */
function newestSealedAt(store: AdoptingStore, treeSize: number): number {
  for (let index = treeSize - 1; index >= 0; index -= 1) {
    const found = batchAt(store, index);
    if (found !== undefined) return found.sealedAtMs;
  }
  return 0;
}

function removeAdopting(dataFolder: string): void {
  for (const name of readdirSync(dataFolder))
    if (name.startsWith("adopting.db")) rmSync(join(dataFolder, name));
}

function tellQuorum(
  consortium: Consortium,
  checkpoint: SignedCheckpoint,
  nodes: readonly AskedNode[],
  tell: SuccessionArguments["tell"],
): void {
  const { treeSize } = checkpoint;
  const vkeys = consortium.witnesses.flatMap((witness) => witness.vkeys);
  const same = [checkpoint, ...nodes.flatMap(({ shown }) => shown)].filter(
    ({ note }) => note.text === checkpoint.note.text,
  );
  const lines = new Map<string, Cosignature>(
    same
      .flatMap(({ note }) => openCosignatures(note, vkeys, VERIFIERS))
      .map((cosignature) => [cosignature.vkey.text, cosignature]),
  );
  const { holds, total, cosigners } = countQuorum({
    ...{ consortium, treeSize, depositor: undefined, parties: [] },
    cosignatures: [...lines.values()],
  });
  const who = cosigners.map(({ name }) => name).join(", ");
  tell(
    `its checkpoint is cosigned by ${who === "" ? "nobody" : who}: ` +
      (holds
        ? "the trust file's quorum holds on it"
        : `${total.got} of ${total.want} organisations that count, which is not the trust file's quorum; the new notary asks all of them`),
  );
}
