/** What the notary needs of the machine that it runs on: clocks, randomness, keys, a log, room on the disk. */
import type { Hash } from "../../core/merkle/hash.js";

/** Thrown by any port that stores: no room. Nothing of the call was stored; others may succeed later. */
export class StorageFullError extends Error {
  override readonly name = "StorageFullError";
}

/** Thrown by any port that stores: others are writing, for too long. Nothing of the call was stored. */
export class StorageBusyError extends Error {
  override readonly name = "StorageBusyError";
}

/**
 * Thrown by any port that stores: the store is elsewhere and does not answer, or could not say that it has kept what it was
 * given. Whether it has is open.
 */
export class StorageAwayError extends Error {
  override readonly name = "StorageAwayError";
}

/**
 * Milliseconds since 1970, whole, and within the years that the formats can write. May step, back and forth: nothing breaks,
 * and lengths of time are measured by `MonotonicMs`.
 */
export type Now = () => number;

/** Milliseconds that have passed since some moment: it never steps, whatever becomes of the clock. */
export type MonotonicMs = () => number;

/** Unpredictable: nonces and secrets come from here. */
export type RandomBytes = (length: number) => Uint8Array;

/** A fresh ULID in upper case for that time: its 80 random bits unpredictable, so that nobody guesses a neighbour's. */
export type NextId = (atMs: number) => string;

/** SHA-256 of `bytes`, one shot: the tree's hot path. */
export type HashOnce = (bytes: Uint8Array) => Uint8Array;

/** One key with one purpose: Ed25519, or ML-DSA-44 for the log's second one. */
export interface Signer {
  readonly name: string;
  readonly keyId: number;
  readonly vkey: string;
  sign(message: Uint8Array): Uint8Array;
}

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How far the clock is ahead of true time, as measured, in milliseconds; null where nobody measures it. */
export type ClockOffsetMs = () => number | null;

/**
 * What somebody else's clock said: true time less `monotonicMs` lay between these bounds, by it. `atMs`, of `monotonicMs`,
 * is when it was asked.
 */
export interface TimeReading {
  readonly lowMs: number;
  readonly highMs: number;
  readonly atMs: number;
}

export interface TimeServers {
  /** As a log names them. */
  readonly names: readonly string[];
  /** Asks each of them once; undefined for one that does not answer, or what may not be believed. Never rejects. */
  ask(): Promise<readonly (TimeReading | undefined)[]>;
}

/** Bytes free on the file system of the data folder, or of the kept originals. */
export type FreeBytes = (of: "data" | "originals") => Promise<number>;

/** Threads and processes beside the event loop that have died, and have done nothing since; and a queue that does not answer. */
export type FailingWorkers = () => readonly ("certificates" | "verifier" | "queue")[];

export interface MarkedTree {
  readonly treeSize: number;
  readonly rootHash: Hash;
}

/** What the log's key is known to have signed, kept beside the key and not in the store. */
export interface SignedMark {
  /** Undefined where nothing is known of it. */
  latest(): MarkedTree | undefined;
  /** Durable on return. A smaller tree than the marked one changes nothing. */
  raise(tree: MarkedTree): void;
}
