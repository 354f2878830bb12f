/** The contents of deposits that are kept, addressed by their digests. */

export type IsNamed = (sha256: Uint8Array) => Promise<boolean>;

/** One content on its way in. */
export interface OriginalWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** After the last `write`: durable under its digest when this resolves. The same content twice is kept once. */
  keep(sha256: Uint8Array): Promise<void>;
  /** Ends it, whatever came before: content that no deposit names by then is forgotten. Again is harmless. */
  end(isNamed: IsNamed): Promise<void>;
}

/** Content-addressed files. Writing throws `StorageFullError`. */
export interface Originals {
  stage(): Promise<OriginalWriter>;
  /** Undefined where there is none. */
  open(sha256: Uint8Array): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Ends what processes that are gone have left unended; others may stage meanwhile. How many that were. `mayGoOn` is asked
   * once it is known what is left: where a worker may still record what a process that is gone has asked for, its answer waits
   * until none can. False: it is left.
   */
  sweep(isNamed: IsNamed, mayGoOn?: () => Promise<boolean>): Promise<number>;
}
