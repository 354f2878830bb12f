/** Where tiles of a log may be had when two branches are compared: from the log, and from every peer's mirror and witness. */
import type { Logger } from "../../platform/logger.js";
import type { TrustedLog } from "../configuration/logs.js";
import type { Peer } from "../configuration/peers.js";
import { describeError, type LedgerSources, ledgerSources } from "../sources/ledger-sources.js";
import { mirrorPrefix, witnessPrefix } from "../configuration/paths.js";
import { createTileSource } from "../sources/tile-source.js";

export interface Places {
  of(log: TrustedLog): LedgerSources;
  close(): Promise<void>;
}

export interface PlacesOptions {
  readonly peers: readonly Peer[];
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

const TILE_TIMEOUT_MS = 10_000;

export function openPlaces(logs: readonly TrustedLog[], { peers, signal, logger }: PlacesOptions): Places {
  const opened = new Map(
    logs.map((log) => {
      const places = [
        { name: log.url, url: log.url },
        ...peers.flatMap(({ name, url }) => [
          { name: `${name}, mirror`, url: mirrorPrefix(url, log) },
          { name, url: witnessPrefix(url, log) },
        ]),
      ].map((place) => createTileSource({ ...place, signal, timeoutMs: TILE_TIMEOUT_MS }));
      const sources = ledgerSources(places, {
        monotonicMs: () => performance.now(),
        isFinal: () => signal.aborted,
        onFailure: ({ name }, error) =>
          logger.debug(
            { origin: log.origin, from: name, error: describeError(error) },
            "no tiles from there",
          ),
      });
      return [log.origin, { places, sources }];
    }),
  );
  return {
    of: ({ origin }) => {
      const found = opened.get(origin);
      if (found === undefined) throw new Error(`internal: no log ${origin}`);
      return found.sources;
    },
    close: async () => {
      await Promise.all([...opened.values()].flatMap(({ places }) => places.map((place) => place.close())));
    },
  };
}
