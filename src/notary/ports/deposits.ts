/** Deposits and the chains that they form, as they are stored. */
import type { Hash } from "../../core/merkle/hash.js";

export interface NewDeposit {
  readonly id: string;
  readonly organisationId: string;
  /** JCS(statement). */
  readonly statement: Uint8Array;
  readonly leafHash: Hash;
  readonly receivedAtMs: number;
  /** What the receipt promised: kept, so that a replay signs the same text. */
  readonly sealByMs: number;
  readonly chain?: { readonly id: string; readonly sequence: number };
  readonly idempotencyKey?: { readonly key: string; readonly fingerprint: Uint8Array };
  /** SHA-256 of the content, where it is kept. */
  readonly original?: Uint8Array;
}

/** `seq` runs 1, 2, 3... without gaps over all deposits, in order of commit. Rows never change. */
export interface StoredDeposit extends Omit<NewDeposit, "idempotencyKey"> {
  readonly seq: number;
}

export interface ChainHead {
  readonly chainId: string;
  readonly organisationId: string;
  readonly sequence: number;
  readonly leafHash: Hash;
  /** Deposits after it may have been lost: nothing is to follow it until the chain is resumed. */
  readonly isHeld?: boolean;
  /** Two of its links are proved to stand at one place: nothing is to follow it, ever. */
  readonly isForked?: boolean;
  /** Sequence of the link that was the last by its depositor's word when the chain was resumed. */
  readonly resumedAt?: number;
}

/** The last link of a chain by its depositor's word, whether or not it is a deposit of this store. */
export interface ChainLast extends Pick<ChainHead, "chainId" | "organisationId" | "sequence" | "leafHash"> {
  readonly shownAtMs: number;
}

/** What a group of deposits must know of those before it. */
export interface DepositScope {
  /** Whether deposits with these ids are stored already. */
  readonly ids: readonly string[];
  readonly chainIds: readonly string[];
  readonly idempotencyKeys: readonly { readonly organisationId: string; readonly key: string }[];
}

/** Throws where something outside the scope is asked for. */
export interface DepositContext {
  /** The deposit with this id, where it is stored already. */
  deposit(id: string): StoredDeposit | undefined;
  chainHead(chainId: string): ChainHead | undefined;
  replay(
    organisationId: string,
    key: string,
  ): { readonly fingerprint: Uint8Array; readonly deposit: StoredDeposit } | undefined;
}

export interface DepositStore {
  /**
   * One atomic, durable step for a whole group: reads the scope, lets `decide` say what to store, and stores it at
   * the next `seq`s in the order given. Serialised against every other `record`: nothing enters a chain of the scope
   * in between. `decide` is pure but for what its caller captures, and may be called again after a conflict; what it
   * throws is rethrown and nothing is stored. Refuses a second deposit with the same id, place in a chain, or
   * idempotency key.
   */
  record(scope: DepositScope, decide: (context: DepositContext) => readonly NewDeposit[]): Promise<void>;
  findDeposit(id: string): Promise<StoredDeposit | undefined>;
  /** The last deposit in the chain, or the last link that was shown, where that is later. */
  chainHead(chainId: string): Promise<ChainHead | undefined>;
  /**
   * Atomic, durable: hands `decide` the chain's head and the link at `sequence`, where it has that, keeps the last link that
   * `decide` gives, and holds the chain no more; or keeps that the chain is forked. What `decide` throws is rethrown and nothing
   * is stored; it may be called again. Serialised against every `record`.
   */
  resumeChain(
    scope: { readonly chainId: string; readonly sequence?: number },
    decide: (head: ChainHead | undefined, leafHash: Hash | undefined) => ChainLast | "forked",
  ): Promise<void>;
  /** In order of sequence, those above `after`. */
  listChain(chainId: string, page: { after: number; limit: number }): Promise<readonly StoredDeposit[]>;
  /** Whether any deposit keeps the content with this sha-256. */
  isOriginalKept(sha256: Uint8Array): Promise<boolean>;
}
