/**
 * A court's or a bank's node as the notary knows it: one address, at which a witness, a mirror or both answer. Both
 * begin with the same checkpoint, so it is sent once, whoever of them needs it first. C2SP tlog-witness, tlog-mirror:
 * "The mirror implements a witness's `add-checkpoint` endpoint to update its pending checkpoint for a log".
 */
import { parseNote } from "../../core/ledger/note.js";
import type { Verifiers } from "../../core/ledger/verifiers.js";
import type { VerifierKey } from "../../core/ledger/vkey.js";
import { type Cosignature, openCosignatures } from "../../core/witness/cosignature.js";
import { proveLedgerConsistency } from "../ledger/ledger-tree.js";
import type { Ports } from "../ports/ports.js";
import type { StoredCheckpoint } from "../ports/ledger.js";
import type { TimeReading } from "../ports/host.js";
import type { WitnessClient } from "../ports/nodes.js";
import { withEd25519Only } from "../ledger/signed-note.js";

export interface CosignerNode {
  readonly name: string;
  readonly organisation: string;
  readonly client: WitnessClient;
  /** Of its witnesses: whose cosignatures its answer to a checkpoint may hold. */
  readonly witnessVkeys: readonly VerifierKey[];
  /** Of the newest checkpoint that it has taken, as far as is known: it can take nothing smaller. */
  readonly treeSize: number;
  /** Whether it has taken the checkpoint of this size: then entries may be sent up to it. */
  hasTaken(treeSize: number): boolean;
  /** It says that it does not know this checkpoint. */
  forget(treeSize: number): void;
  /**
   * Has it take a checkpoint, one at a time, and keeps the cosignatures that come back. Not asked where `isNeeded` says
   * so when its turn has come. Where it answers 409 the size is learnt, and nothing else has happened. Throws where it
   * could not be reached, refused, or makes no sense.
   */
  submit(checkpoint: StoredCheckpoint, isNeeded: () => boolean): Promise<void>;
  /**
   * What time it is by its clock: it cosigns once more what it has cosigned last, and nothing of that is kept. Undefined
   * where it has cosigned nothing yet that is known here, or has no witness. Throws as `submit`.
   */
  askTime(): Promise<TimeReading | undefined>;
}

export interface NodeSettings {
  readonly name: string;
  readonly organisation: string;
  readonly client: WitnessClient;
  readonly witnessVkeys: readonly VerifierKey[];
  /** One of its cosigners has an ML-DSA-44 key: only such a node is sent the log's ML-DSA-44 line. */
  readonly knowsMlDsa44: boolean;
  readonly treeSize: number;
  /** The ledger's newest size at this moment. */
  readonly newestSize: () => number;
  readonly keep: (checkpoint: StoredCheckpoint, opened: readonly Cosignature[]) => Promise<void>;
  /** For one request. */
  readonly signal: () => AbortSignal;
  /** It answers as if it knew another ledger. */
  readonly suspect: (client: WitnessClient) => void;
}

/** One 409 tells the size, a second may cross a restart; whoever goes on is not to be asked without a pause. */
export const MAX_CONFLICTS = 3;
/** Mirrors know "the last several" checkpoints; older ones need not be remembered here either. */
const REMEMBERED_SIZES = 64;
const SECOND_MS = 1000;

export function openNode(
  { store, monotonicMs, log, ...verifiers }: Pick<Ports, "store" | "monotonicMs" | "log" | keyof Verifiers>,
  {
    name,
    organisation,
    client,
    witnessVkeys,
    knowsMlDsa44,
    treeSize: lastSize,
    newestSize,
    keep,
    signal,
    suspect,
  }: NodeSettings,
): CosignerNode {
  let treeSize = lastSize;
  const taken = new Set<number>(lastSize > 0 ? [lastSize] : []);
  let conflicts = 0;
  let turn: Promise<void> = Promise.resolve();

  async function ask(checkpoint: StoredCheckpoint): Promise<void> {
    const oldSize = treeSize;
    const proof = await proveLedgerConsistency(store, { oldSize, newSize: checkpoint.treeSize });
    const note = knowsMlDsa44 ? checkpoint.note : withEd25519Only(checkpoint.note);
    const answer = await client.addCheckpoint({ oldSize, proof, checkpoint: note }, signal());
    switch (answer.kind) {
      case "cosigned": {
        // A mirror by itself "does not need to generate and respond with any cosignatures".
        if (witnessVkeys.length > 0) {
          const cosigned = parseNote(checkpoint.note + answer.body);
          await keep(checkpoint, openCosignatures(cosigned, witnessVkeys, verifiers));
        }
        treeSize = checkpoint.treeSize;
        conflicts = 0;
        taken.add(treeSize);
        for (const oldest of taken) if (taken.size > REMEMBERED_SIZES) taken.delete(oldest);
        return;
      }
      case "conflict":
        conflicts += 1;
        if (conflicts > MAX_CONFLICTS)
          throw new Error(`409 again and again, now with size ${answer.treeSize}`);
        learn(answer.treeSize);
        return;
      case "refused":
        // What we believe of it may be wrong: asked from nothing, it says what it has (409).
        treeSize = 0;
        taken.clear();
        suspect(client);
        throw new Error(`refused with status ${answer.status}: ${answer.message}`);
    }
  }

  function learn(found: number): void {
    if (found > newestSize()) {
      // If it is true this store is an old copy, or the key has another user: the node is asked to show it.
      suspect(client);
      log.error(
        { witness: name, got: found, want: newestSize() },
        "the witness says that it knows a larger ledger",
      );
      throw new Error(`it has cosigned size ${found}, beyond the ledger's ${newestSize()}`);
    }
    // Some peers answer 409 to a checkpoint of the same size with another root; asking again would not end.
    if (found === treeSize) {
      suspect(client);
      throw new Error(`it holds another tree of size ${found}`);
    }
    if (found < treeSize) {
      log.warn({ witness: name, got: found, want: treeSize }, "the witness remembers less than it cosigned");
      taken.clear();
    }
    treeSize = found;
  }

  async function readTime(): Promise<TimeReading | undefined> {
    const checkpoint = await store.findCheckpoint(treeSize);
    if (checkpoint === undefined || witnessVkeys.length === 0) return undefined;
    const note = knowsMlDsa44 ? checkpoint.note : withEd25519Only(checkpoint.note);
    const askedMs = monotonicMs();
    const answer = await client.addCheckpoint({ oldSize: treeSize, proof: [], checkpoint: note }, signal());
    const answeredMs = monotonicMs();
    if (answer.kind === "conflict") learn(answer.treeSize);
    if (answer.kind !== "cosigned") return undefined;
    const times = openCosignatures(parseNote(checkpoint.note + answer.body), witnessVkeys, verifiers).map(
      ({ timeSeconds }) => timeSeconds,
    );
    if (times.length === 0) return undefined;
    // A second began before the answer came, and ended after the question went out.
    const [first, last] = [Math.min(...times) * SECOND_MS, Math.max(...times) * SECOND_MS];
    return { lowMs: first - answeredMs, highMs: last + SECOND_MS - askedMs, atMs: answeredMs };
  }

  const inTurn = <T>(deed: () => Promise<T> | T): Promise<T> => {
    const mine = turn.then(deed);
    turn = mine.then(
      () => undefined,
      () => undefined,
    );
    return mine;
  };

  return {
    name,
    organisation,
    client,
    witnessVkeys,
    get treeSize() {
      return treeSize;
    },
    hasTaken: (size) => taken.has(size),
    forget: (size) => {
      taken.delete(size);
    },
    submit: (checkpoint, isNeeded) => inTurn(() => (isNeeded() ? ask(checkpoint) : undefined)),
    askTime: () => inTurn(readTime),
  };
}
