/**
 * A whole store as rows, whatever database keeps them: for whoever checks all of it, or copies it into another. Each kind has
 * an order of its own, the same in every store, so that two stores can be compared by reading both once.
 */
import type { Hash } from "../../../core/merkle/hash.js";
import type { Organisation } from "../../model/model.js";
import type { StoredApiKey } from "../accounts.js";
import type { NewBatch } from "../batches.js";
import type { IssuedCertificate } from "../certificates.js";
import type { Finality, StoredCosignature } from "../cosignatures.js";
import type { ChainLast, StoredDeposit } from "../deposits.js";
import type { StoredCheckpoint, StoredTile } from "../ledger.js";
import type { Store } from "../ports.js";
import type { StoredTimestamp } from "../timestamps.js";
import type { StandingStore } from "./standing.js";

/** A deposit with the idempotency key that it was made under. */
export interface DepositRow extends StoredDeposit {
  readonly idempotencyKey?: {
    readonly organisationId: string;
    readonly key: string;
    readonly fingerprint: Uint8Array;
  };
}

/** What was said of a chain from outside its deposits; at least one of the three was. */
export interface ChainRow {
  readonly chainId: string;
  /** The last link as its depositor has shown it. */
  readonly shown?: Omit<ChainLast, "chainId">;
  readonly isHeld: boolean;
  readonly isForked: boolean;
}

export interface EntryRow {
  readonly index: number;
  readonly content: Uint8Array;
  /** Of the batch whose entry it is; absent of a change of the consortium, and of a ledger that was adopted. */
  readonly batchFirstSeq?: number;
}

/** What stands at 0, 1, 2... among those of its size, in the order in which they were stored. */
interface Placed {
  readonly treeSize: number;
  readonly place: number;
}

export interface DeferredRow {
  readonly depositorClass: string;
  readonly ledgerIndex: number;
  readonly sealedAtMs: number;
  /** Absent until it is final. */
  readonly final?: { readonly treeSize: number; readonly finalAtMs: number };
}

export interface CertificateRow extends Omit<IssuedCertificate, "awaitsTimestamp"> {
  /** Its place among those whose signatures are to be time-stamped yet; absent of all others. */
  readonly awaiting?: number;
}

/** By kind; the comment says in which order. */
export interface StoreRows {
  /** By id. Texts are ordered by their bytes in UTF-8. */
  readonly organisations: Organisation;
  /** By id. */
  readonly apiKeys: StoredApiKey;
  /** By `seq`. */
  readonly deposits: DepositRow;
  /** By id. */
  readonly chains: ChainRow;
  /** By `firstSeq`. */
  readonly batches: NewBatch;
  /** By index. */
  readonly entries: EntryRow;
  /** By level and index. */
  readonly tiles: StoredTile;
  /** By tree size. */
  readonly checkpoints: StoredCheckpoint;
  /** The largest checkpoint that was shown before any was final: one, or none. */
  readonly shown: { readonly treeSize: number };
  /** By tree size and place. */
  readonly cosignatures: StoredCosignature & Placed;
  /** By class and tree size. */
  readonly finalities: Finality;
  /** By class and index. */
  readonly deferred: DeferredRow;
  /** By tree size and place. */
  readonly timestamps: StoredTimestamp & Placed;
  /** By name. */
  readonly timestampAuthorities: { readonly name: string; readonly fromTreeSize: number };
  /** By digest. */
  readonly artifacts: { readonly sha256: Hash; readonly content: Uint8Array };
  /** By deposit, language and issue. */
  readonly certificates: CertificateRow;
}

export type RowKind = keyof StoreRows;

/** All kinds, each after those that its rows refer to. */
export const ROW_KINDS: readonly RowKind[] = [
  ...(["organisations", "apiKeys", "deposits", "chains", "batches", "entries", "tiles"] as const),
  ...(["checkpoints", "shown", "cosignatures", "finalities", "deferred"] as const),
  ...(["timestamps", "timestampAuthorities", "artifacts", "certificates"] as const),
];

/** Something that a database finds wrong with itself, or that its own copies of one thing disagree on. */
export interface Flaw {
  readonly code: FlawCode;
  readonly what: string;
}

export type FlawCode =
  /** The database's file or its pages are damaged. */
  | "store-damaged"
  /** A row refers to one that is not there. */
  | "reference-missing"
  /** An index is not there as it is declared: what it promises, nobody keeps. */
  | "index-missing"
  /** The database does not refuse rows of other types as it should. */
  | "rule-missing"
  /** A row has a value of another type than it must have, or lacks one. */
  | "row-malformed"
  /** What a row repeats of others is not what they say. */
  | "copy-differs";

/** What of a store is asked for by name. */
type Found =
  | "newestCheckpoint"
  | "consortiumEntries"
  | "findCheckpoint"
  | "findDeposit"
  | "listChain"
  | "findArtifact"
  | "cosignatures"
  | "timestamps";

export interface StoreReader extends Pick<Store, Found> {
  /** Whether rows may come while it is read: what is beyond `lastSeq` and `treeSize` then came later. */
  readonly mayGrow: boolean;
  /** Of the newest deposit, and of the newest checkpoint, when the reading began; 0 where there is none. */
  readonly lastSeq: number;
  readonly treeSize: number;
  /** Every row there is, in the order of its kind, with a bounded number of them in memory. */
  rows<Kind extends RowKind>(kind: Kind): AsyncIterable<StoreRows[Kind]>;
  /** How many there are, about. */
  count(kind: RowKind): Promise<number>;
  tile(level: number, index: number): Promise<Uint8Array | undefined>;
  /** SHA-256 of each kept original that a deposit names, once. */
  originals(): AsyncIterable<Uint8Array>;
  flaws(): AsyncIterable<Flaw>;
  close(): Promise<void>;
}

export interface StoreWriter extends StoreReader {
  /** Durable, all of them or none: the rows that follow those which are there, in the order of their kind. */
  append<Kind extends RowKind>(kind: Kind, rows: readonly StoreRows[Kind][]): Promise<void>;
}

/** A store that whoever moves it has to itself, wherever it stands. */
export type WholeStore = StoreWriter & StandingStore;

/** Reads what was kept of an original, and writes nothing. */
export type ReadOriginal = (sha256: Uint8Array) => Promise<AsyncIterable<Uint8Array> | undefined>;
