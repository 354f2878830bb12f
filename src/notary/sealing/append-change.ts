/**
 * Changes of the consortium: one that the quorum has approved enters the ledger as an entry of its own. The notary
 * judges it as everybody else will, and can make none itself. docs/evidence-format.md, "Changes of the consortium".
 *
 * It goes on working under the trust file with which it was opened; who has opened it takes the change up by opening it anew
 * under what `trustInForce` then says. Crash story: as for batches; an entry is stored with the checkpoint over it, or neither is.
 */
import { VerificationError } from "../../core/errors.js";
import { hashLeaf } from "../../core/merkle/hash.js";
import {
  type ConsortiumChange,
  encodeConsortiumChange,
  hashProposal,
  hashTrustFile,
} from "../../core/membership/change.js";
import { verifyChange } from "../../core/membership/verify-change.js";
import type { TrustFile } from "../../core/trust/trust-file.js";
import { refuseBrokenResult } from "../../pki/trust-file.js";
import { refuseOthers } from "../model/access.js";
import { openLedger, signedCheckpoint } from "./append-batches.js";
import { growLedgerTree } from "../ledger/ledger-tree.js";
import type { AppendedChange, Principal } from "../model/model.js";
import type { Ports } from "../ports/ports.js";
import { type ChangeRefusalCode, Refusal } from "../model/refusal.js";
import { refusedWhereFull } from "../depositing/stage-original.js";
import { readHistory } from "../trust/trust-in-force.js";

type ChangePorts = Pick<
  Ports,
  | "store"
  | "logSigner"
  | "logPostQuantumSigner"
  | "receiptSigner"
  | "verifyEd25519"
  | "verifyMlDsa44"
  | "now"
  | "log"
>;

export interface ChangeDesk {
  append(by: Principal, change: ConsortiumChange): Promise<AppendedChange>;
  /** Resolves when what was begun has ended; nothing is taken any more. */
  close(): Promise<void>;
}

export interface ChangeDeskOptions {
  readonly origin: string;
  /** The trust file under which this desk was opened. */
  readonly trustFile: Uint8Array;
  /** Throws while this notary signs nothing. */
  readonly refuseHalted: () => void;
  /** Throws where no checkpoint may be signed now. */
  readonly beforeSigning: () => Promise<void>;
  /** Is told that there is a new checkpoint. */
  readonly noteCheckpoint: () => void;
}

/** One change after another: each is of the trust file that the one before it left. */
export function openChangeDesk(ports: ChangePorts, options: ChangeDeskOptions): ChangeDesk {
  const { origin, trustFile } = options;
  const { verifyEd25519, verifyMlDsa44 } = ports;
  const verifiers = { verifyEd25519, verifyMlDsa44 };
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  async function append(by: Principal, change: ConsortiumChange): Promise<AppendedChange> {
    const entry = encodeConsortiumChange(change);
    for (;;) {
      const previous = await openLedger(ports, origin);
      const index = previous.treeSize;
      // From the store each time: an earlier attempt may have failed after it took effect.
      const history = await readHistory(ports, trustFile);
      const known = history.happened.find(
        (each) => each.applied && each.change && hashProposal(each.change) === hashProposal(change),
      );
      if (known?.applied) return { ...placeOf(known.index, known.applied.after), replayed: true };
      const question = { before: history.present, change, treeSize: index + 1 };
      options.refuseHalted();
      const { after } = verifyChange({ ...question, ...verifiers });
      refuseBrokenResult(after);
      refuseKeyInUse(after, ports);
      await options.beforeSigning();
      const { rootHash, tiles } = await growLedgerTree(ports.store, index, [hashLeaf(entry)]);
      const { lastSeq, sealedAtMs } = previous;
      const head = { treeSize: index + 1, rootHash, lastSeq, sealedAtMs };
      const checkpoint = signedCheckpoint(ports, origin, head);
      const isStored = await ports.store.advanceLedger({
        previous,
        checkpoint,
        entries: [{ content: entry }],
        tiles,
      });
      if (!isStored) continue; // A batch came between: it is judged anew at its new place.
      ports.log.warn(
        { index, kind: change.change.kind, id: change.id, by: by.keyId },
        "a change of the consortium is on the ledger: this notary goes on under it",
      );
      options.noteCheckpoint();
      return { ...placeOf(index, after), replayed: false };
    }
  }

  return {
    append: async (by, change) => {
      refuseOthers(by);
      if (isClosed) throw new Refusal("stopping", "the service is stopping", { retryAfterSeconds: 5 });
      const appended = last.then(() => append(by, change));
      last = appended.catch(() => undefined);
      try {
        return await appended;
      } catch (error) {
        throw refusedWhereFull(refusedWhereUnfit(error));
      }
    },
    close: async () => {
      isClosed = true;
      await last;
    },
  };
}

const placeOf = (index: number, after: TrustFile): Omit<AppendedChange, "replayed"> => ({
  index,
  treeSize: index + 1,
  revision: after.revision ?? 0,
  trustFile: hashTrustFile(after),
});

/** What it signs from here on would be of a key that no longer counts. */
function refuseKeyInUse({ log, receipts }: TrustFile, { logSigner, receiptSigner }: ChangePorts): void {
  for (const [{ vkey }, vkeys] of [
    [logSigner, log.vkeys],
    [receiptSigner, receipts.vkeys],
  ] as const)
    if (!vkeys.includes(vkey))
      throw new Refusal(
        "change-retires-key-in-use",
        "this notary signs with that key: give it another one first",
        {
          field: "/change/vkey",
          got: vkey,
        },
      );
}

function refusedWhereUnfit(error: unknown): unknown {
  if (!(error instanceof VerificationError)) return error;
  return new Refusal(error.code as ChangeRefusalCode, error.message, error.detail);
}
