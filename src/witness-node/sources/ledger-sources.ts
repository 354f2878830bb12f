/**
 * Where a copy may be fetched from: the log, then the mirrors of peers. None of them is trusted, so it does not matter
 * which one gives what proves. One that fails or lies comes last for a while; it is not given up, since it may be the
 * only one that is left.
 */
import type { TileSource } from "./tile-source.js";

export interface LedgerSources {
  /**
   * Gives what `attempt` gives for the first source for which it does not throw; where it throws for all, it throws
   * an error that names each.
   */
  firstOf<T>(attempt: (source: TileSource) => Promise<T>): Promise<T>;
}

export interface LedgerSourcesOptions {
  /** Tells for how long a source rests: setting the clock neither lengthens nor ends it. */
  readonly monotonicMs: () => number;
  /** Is told that one of several has failed, and the next is tried. */
  readonly onFailure: (source: TileSource, error: unknown) => void;
  /** Tells that nothing is wanted any more: the error is nobody's fault, and no other is asked. */
  readonly isFinal?: () => boolean;
}

/** For so long a source that failed is the last to be asked. */
const REST_MS = 300_000;

export function ledgerSources(
  sources: readonly TileSource[],
  { monotonicMs, onFailure, isFinal = () => false }: LedgerSourcesOptions,
): LedgerSources {
  const restsUntil = new Map<TileSource, number>();
  const isResting = (source: TileSource): number =>
    (restsUntil.get(source) ?? -Infinity) > monotonicMs() ? 1 : 0;

  return {
    firstOf: async (attempt) => {
      const failures: { readonly source: TileSource; readonly error: unknown }[] = [];
      // Sorting is stable: among equals the order is the configuration's.
      for (const source of [...sources].sort((a, b) => isResting(a) - isResting(b))) {
        try {
          return await attempt(source);
        } catch (error) {
          if (isFinal()) throw error;
          failures.push({ source, error });
          if (sources.length === 1) break;
          // Of many requests that fail together one is told.
          if (isResting(source) === 0) onFailure(source, error);
          restsUntil.set(source, monotonicMs() + REST_MS);
        }
      }
      const [only] = failures;
      if (only !== undefined && failures.length === 1) throw only.error;
      throw new Error(
        failures.map(({ source, error }) => `${source.name}: ${describeError(error)}`).join("; "),
      );
    },
  };
}

/** Describes an error with its causes: "fetch failed" alone tells an operator nothing. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describeError(error.cause)}`;
}
