/**
 * Asking a node what it has cosigned, to be compared with this notary's store. A node may lie: it shows more than the store
 * has, or another branch, only by a checkpoint that the log's key has signed. What it merely says is believed only where it
 * says that it has no more.
 */
import { equalBytes } from "../../core/bytes.js";
import { type Checkpoint, openCheckpoint, parseCheckpointText } from "../../core/ledger/checkpoint.js";
import { parseNote } from "../../core/ledger/note.js";
import type { Verifiers } from "../../core/ledger/verifiers.js";
import { SIGNATURE_TYPE, type VerifierKey } from "../../core/ledger/vkey.js";
import type { Witness } from "../../core/trust/consortium.js";
import { ledgerRoot, proveLedgerConsistency } from "../ledger/ledger-tree.js";
import type { AddCheckpointAnswer, WitnessClient } from "../ports/nodes.js";
import type { Ports } from "../ports/ports.js";
import type { StoredCheckpoint } from "../ports/ledger.js";
import { withEd25519Only } from "../ledger/signed-note.js";

/** One address, and all cosigners of the trust file that answer there. */
export interface AskedNode {
  readonly name: string;
  readonly client: WitnessClient;
  readonly cosigners: readonly Witness[];
}

export type CosignedAnswer =
  /** All that it has cosigned is of the ledger in the store. */
  | { readonly kind: "fits" }
  /** The log's key has signed what the store does not have. */
  | { readonly kind: "shows-more"; readonly checkpoint: Checkpoint }
  /** Neither is known. */
  | { readonly kind: "silent"; readonly why: string };

export interface AskContext {
  readonly origin: string;
  /** The log's keys, those that were retired among them: they signed what a node may show. */
  readonly logVkeys: readonly VerifierKey[];
  readonly signal: AbortSignal;
}

type AskPorts = Pick<Ports, "store" | keyof Verifiers>;

export async function askCosigned(
  ports: AskPorts,
  node: AskedNode,
  context: AskContext,
): Promise<CosignedAnswer> {
  let notes: readonly Uint8Array[];
  try {
    notes = await node.client.shownCheckpoints(context.origin, context.signal);
  } catch (error) {
    return silent(error);
  }
  const before = await rememberedOf(ports.store, node);
  const seen = await Promise.all(notes.map((note) => judgeShown(ports, note, { ...context, before })));
  return (
    seen.find(({ kind }) => kind === "shows-more") ??
    seen.find(({ kind }) => kind === "fits") ??
    seen[0] ??
    // Other people's witnesses need not show what they have cosigned.
    (await askByConflict(ports, node, context))
  );
}

async function judgeShown(
  { store, ...verifiers }: AskPorts,
  bytes: Uint8Array,
  { origin, logVkeys, before }: AskContext & { readonly before: number },
): Promise<CosignedAnswer> {
  try {
    const shown = parseCheckpointText(parseNote(bytes).text);
    if (shown.origin !== origin) throw new Error(`it shows a checkpoint of another log, ${shown.origin}`);
    if (await isOfLedger(store, shown)) {
      if (shown.treeSize >= before) return { kind: "fits" };
      throw new Error(`it shows ${shown.treeSize}, and has cosigned ${before}: it does not remember all`);
    }
    return { kind: "shows-more", checkpoint: openCheckpoint(bytes, logVkeys, verifiers) };
  } catch (error) {
    return silent(error);
  }
}

/** Whether the store has this very tree, as its own or as the beginning of its own. */
export async function isOfLedger(
  store: Ports["store"],
  { treeSize, rootHash }: Pick<Checkpoint, "treeSize" | "rootHash">,
): Promise<boolean> {
  const newest = await store.newestCheckpoint();
  if (treeSize > (newest?.treeSize ?? 0)) return false;
  const known = await store.findCheckpoint(treeSize);
  return equalBytes(known?.rootHash ?? (await ledgerRoot(store, treeSize)), rootHash);
}

/**
 * SPEC (tlog-witness): a request whose old size is not that of the latest checkpoint that the witness has cosigned is
 * answered 409 with that size. It is sent what it has cosigned before, so that nothing new leaves.
 */
async function askByConflict(
  ports: AskPorts,
  node: AskedNode,
  { signal }: AskContext,
): Promise<CosignedAnswer> {
  const { store } = ports;
  const { client, cosigners } = node;
  const knowsMlDsa44 = cosigners.some(({ vkeys }) =>
    vkeys.some(({ type }) => type === SIGNATURE_TYPE.mlDsa44),
  );
  const send = async (oldSize: number): Promise<AddCheckpointAnswer> => {
    const checkpoint = (await store.findCheckpoint(oldSize)) ?? (await newestOf(store));
    const { treeSize, note } = checkpoint;
    const proof = await proveLedgerConsistency(store, { oldSize, newSize: treeSize });
    const request = { oldSize, proof, checkpoint: knowsMlDsa44 ? note : withEd25519Only(note) };
    return client.addCheckpoint(request, signal);
  };
  try {
    let answer = await send(await rememberedOf(store, node));
    if (answer.kind === "conflict" && answer.treeSize <= (await newestOf(store)).treeSize)
      answer = await send(answer.treeSize);
    if (answer.kind === "cosigned") return { kind: "fits" };
    return silent(
      new Error(
        answer.kind === "conflict"
          ? `it says that it has cosigned ${answer.treeSize}, and shows no checkpoint`
          : `status ${answer.status}: ${answer.message}`,
      ),
    );
  } catch (error) {
    return silent(error);
  }
}

/** The largest size of which one of its cosignatures is stored here. */
async function rememberedOf(store: Ports["store"], { cosigners }: AskedNode): Promise<number> {
  const vkeys = cosigners.flatMap((cosigner) => cosigner.vkeys);
  return Math.max(0, ...(await Promise.all(vkeys.map((vkey) => store.newestCosigned(vkey)))));
}

async function newestOf(store: Ports["store"]): Promise<StoredCheckpoint> {
  const newest = await store.newestCheckpoint();
  if (newest === undefined) throw new Error("internal: a ledger without a checkpoint");
  return newest;
}

const silent = (error: unknown): CosignedAnswer => ({
  kind: "silent",
  why: error instanceof Error ? error.message : String(error),
});
