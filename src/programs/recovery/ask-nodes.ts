/**
 * Asking every node of a trust file how far it has cosigned: a ledger that goes on from less than somebody has signed would
 * be a second branch.
 */
import { baseUrl } from "../../platform/server/base-url.js";
import { createWitnessClient } from "../../adapters/witness-client/witness-client.js";
import type { Consortium, Witness } from "../../core/trust/consortium.js";
import type { SignedCheckpoint } from "../../core/ledger/checkpoint.js";
import type { TrustedLog } from "../../witness-node/configuration/logs.js";
import { describeError } from "../../witness-node/sources/ledger-sources.js";
import { createNoteClient } from "../../witness-node/gossip/note-client.js";
import { mirrorPrefix, witnessPrefix } from "../../witness-node/configuration/paths.js";

export interface AskedNode {
  /** Its cosigners and its organisation: any of these names it. */
  readonly names: readonly string[];
  readonly url: string;
  /** What its witness and mirror show. */
  readonly shown: readonly SignedCheckpoint[];
  /** The largest size that it says it has cosigned: of a node that shows no checkpoints nothing else is known. */
  readonly cosignedSize: number;
  /** Why nothing is known of it. */
  readonly silence?: string;
}

const TIMEOUT_MS = 10_000;

/** `note` is the checkpoint to go on from: a node that shows nothing is asked to cosign it, and says what it has. */
export async function askNodes(
  { witnesses }: Consortium,
  { log, note }: { readonly log: TrustedLog; readonly note: string },
): Promise<AskedNode[]> {
  const byUrl = new Map<string, Witness[]>();
  for (const witness of witnesses) {
    const url = baseUrl(witness.url);
    byUrl.set(url, [...(byUrl.get(url) ?? []), witness]);
  }
  return Promise.all([...byUrl].map(([url, cosigners]) => askNode({ url, cosigners, log, note })));
}

async function askNode({
  url,
  cosigners,
  log,
  note,
}: {
  readonly url: string;
  readonly cosigners: readonly Witness[];
  readonly log: TrustedLog;
  readonly note: string;
}): Promise<AskedNode> {
  const names = [...new Set(cosigners.flatMap(({ name, organisation }) => [name, organisation]))];
  const notes = createNoteClient({ signal: AbortSignal.timeout(3 * TIMEOUT_MS), timeoutMs: TIMEOUT_MS });
  try {
    const shown = await Promise.all(
      [witnessPrefix(url, log), mirrorPrefix(url, log)].map((prefix) => notes.checkpoint(prefix, log)),
    );
    const checkpoints = shown.filter((one) => one !== undefined);
    const sizes = checkpoints.map(({ treeSize }) => treeSize);
    // Other people's witnesses need not show what they have cosigned.
    const cosignedSize = checkpoints.length > 0 ? Math.max(...sizes) : await sizeByConflict(url, note);
    return { names, url, shown: checkpoints, cosignedSize };
  } catch (error) {
    return { names, url, shown: [], cosignedSize: 0, silence: describeError(error) };
  } finally {
    await notes.close();
  }
}

/** SPEC (tlog-witness): a client without state may send an old size of 0, and learns the size from the 409. */
async function sizeByConflict(url: string, checkpoint: string): Promise<number> {
  const client = createWitnessClient(url);
  try {
    const request = { oldSize: 0, proof: [], checkpoint };
    const answer = await client.addCheckpoint(request, AbortSignal.timeout(TIMEOUT_MS));
    if (answer.kind === "refused") throw new Error(`status ${answer.status}: ${answer.message}`);
    return answer.kind === "conflict" ? answer.treeSize : 0;
  } finally {
    await client.close();
  }
}
