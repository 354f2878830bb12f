/**
 * Whether a store is the one that its log goes on with. Two stores of one log are two branches: while a store is moved from
 * one database to another, and ever after, at most one of the two is `here`.
 */

export type Standing = {
  /** The moves by which it came to be where it is, the newest last: each a word that no other move has. */
  readonly history: readonly string[];
} & (
  | { readonly kind: "here" }
  /** It was left for another store: nothing is written to it any more. */
  | Left<"moved">
  /** It is not whole yet. */
  | Left<"arriving">
  /** It was never made whole, and never will be. */
  | Left<"abandoned">
);

interface Left<Kind extends string> {
  readonly kind: Kind;
  /** The move's word. */
  readonly migration: string;
  /** The other store of the move, as an operator knows it: without a password. */
  readonly elsewhere: string;
}

export const HERE: Standing = { kind: "here", history: [] };

export interface StandingStore {
  /** `HERE` where nothing was ever said. */
  standing(): Promise<Standing>;
  /**
   * Atomic, durable compare-and-swap: false, and nothing changed, unless it still stands as `from`. A store that is not `here` refuses
   * every write, of whoever has opened it before as well; only a `StoreWriter` writes to one that is arriving.
   */
  swapStanding(from: Standing, to: Standing): Promise<boolean>;
}

export class StoreElsewhereError extends Error {
  override readonly name = "StoreElsewhereError";
}

/** Throws `StoreElsewhereError` unless the store is the one to go on with. `name` is its file or address. */
export function refuseElsewhere(standing: Standing, name: string): void {
  if (standing.kind === "here") return;
  const { migration, elsewhere } = standing;
  const reasons: Readonly<Record<typeof standing.kind, string>> = {
    moved: `was moved to ${elsewhere}: the notary goes on there, and never here as well`,
    arriving: `is not whole: its move from ${elsewhere} was not finished (run the same cunzheng migrate again)`,
    abandoned: `was never made whole: its move from ${elsewhere} was given up`,
  };
  throw new StoreElsewhereError(`the store ${name} ${reasons[standing.kind]} (move ${migration})`);
}

export const encodeStanding = (standing: Standing): string => JSON.stringify(standing);

/** Throws where a newer program wrote it. */
export function parseStanding(text: string | undefined): Standing {
  if (text === undefined) return HERE;
  const standing = JSON.parse(text) as Standing;
  if (!["here", "moved", "arriving", "abandoned"].includes(standing.kind))
    throw new StoreElsewhereError(
      `the store says that it is "${String(standing.kind)}": a newer program wrote it`,
    );
  return standing;
}
