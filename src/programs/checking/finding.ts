/** What a check of a whole store finds: each by a closed code and one sentence. */
import type { FlawCode, StoreReader } from "../../notary/ports/whole/rows.js";
import type { HashOnce } from "../../notary/ports/host.js";
import type { Consortium } from "../../core/trust/consortium.js";

export type FindingCode =
  | FlawCode
  /** A deposit's place is empty. */
  | "deposit-missing"
  /** A statement is not the one whose hash stands in the store. */
  | "statement-mismatch"
  /** A row says something else than the signed or hashed text that it belongs to. */
  | "row-differs"
  /** A link of a chain does not follow the one before it. */
  | "chain-broken"
  /** Two links of a chain stand at one place. */
  | "chain-forked"
  /** An idempotency key is of another organisation than its deposit. */
  | "key-mismatch"
  /** Deposits or batches are left out between two batches. */
  | "batch-missing"
  /** A batch is not the tree of its deposits. */
  | "batch-mismatch"
  /** An entry's place is empty, or a batch has none while later ones have theirs. */
  | "entry-missing"
  /** An entry is not the batch that the store holds for it. */
  | "entry-mismatch"
  /** A tile does not come of the entries. */
  | "tile-mismatch"
  /** The entries go on beyond the newest checkpoint, or end before it. */
  | "checkpoint-missing"
  /** A checkpoint is of another tree than the entries'. */
  | "checkpoint-mismatch"
  /** The log's signature on a checkpoint does not hold. */
  | "checkpoint-unsigned"
  /** A cosignature does not hold. */
  | "cosignature-invalid"
  /** A cosignature is of a key that no trust file of the ledger names. */
  | "cosignature-unknown"
  /** What is said to be final is not so by the cosignatures that are stored. */
  | "finality-mismatch"
  /** A time-stamp token does not hold, or is of another checkpoint. */
  | "timestamp-invalid"
  /** A file of a template, or a trust file, is not the one that its digest names. */
  | "artifact-mismatch"
  /** A certificate names a file that is not there. */
  | "artifact-missing"
  /** A certificate does not fit its deposit, its checkpoint or the issue before it, or its signature does not hold. */
  | "certificate-mismatch"
  /** A kept original is not there. */
  | "original-missing"
  /** A kept original is not what its digest says. */
  | "original-mismatch";

export interface Finding {
  readonly code: FindingCode;
  readonly what: string;
}

export type Findings = AsyncGenerator<Finding>;

/** What every part of a check works with. */
export interface Checking {
  readonly store: StoreReader;
  readonly hashOnce: HashOnce;
  /** As of the newest checkpoint. */
  readonly trusted: Consortium;
  /** Of every consortium that the ledger has had. */
  readonly ever: readonly Consortium[];
  readonly tell: (what: string, done: number, of: number) => void;
}
