/**
 * Where the worker is asked, which the lease names: a socket of its own in the data folder, so that no two share one; or, with
 * `cluster` in the configuration, an address of the network.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWorkerClient, type WorkerClient } from "../../adapters/worker-socket/client.js";
import {
  type Entrance,
  networkEntrance,
  networkWay,
  pathEntrance,
  pathWay,
  type Way,
} from "../../adapters/worker-socket/entrances.js";
import { serveWorker } from "../../adapters/worker-socket/server.js";
import type { Worker } from "../../notary/ports/worker.js";
import { type HeardClock, heardClock } from "../../notary/halts/heard-clock.js";
import { WORKER_LEASE } from "../../notary/ports/work.js";
import { holdLease, type LeaseHolding } from "../../notary/standing/hold-lease.js";
import { type ClusterKey, readClusterKey } from "../../platform/keys/cluster-key.js";
import { softwareVersion } from "../../platform/project.js";
import { readNeeded } from "../opening/needed-file.js";
import type { Parts } from "./parts.js";
import { startWorkerSide } from "./worker-side.js";

/** What the kernel takes of a socket's path (sun_path), less its end. */
const LONGEST_PATH_BYTES = 107;

interface Place {
  readonly holder: string;
  readonly entrance: Entrance;
  clear(): void;
}

function createPlace(parts: Parts): Place {
  const { dataFolder, cluster } = parts.configuration;
  const holder = randomBytes(16).toString("hex");
  if (cluster === undefined) return { holder, ...createPath(dataFolder, holder) };
  const { listen } = cluster;
  if (listen === undefined)
    throw new Error(
      `${parts.configFile}: a worker whose notary has a \`cluster\` listens for the others: cluster.listen is missing`,
    );
  const entrance = networkEntrance(listen, listen.advertised, clusterKey(parts, cluster.keyFile));
  return { holder, entrance, clear: () => undefined };
}

function clusterKey({ configFile }: Parts, keyFile: string): ClusterKey {
  const make = `cunzheng keygen cluster-key --out ${keyFile}, once for all processes of the notary`;
  return readNeeded(keyFile, { namedBy: `cluster.keyFile of ${configFile}`, make }, readClusterKey);
}

/** In the data folder, its owner's alone; where that path is too long, in a folder as private beside other temporary ones. */
function createPath(dataFolder: string, holder: string): Omit<Place, "holder"> {
  const path = join(dataFolder, `worker.${holder}.sock`);
  if (Buffer.byteLength(path) <= LONGEST_PATH_BYTES)
    return {
      entrance: pathEntrance(path),
      clear: () => {
        rmSync(path, { force: true });
      },
    };
  const folder = mkdtempSync(join(tmpdir(), "cunzheng-"));
  return {
    entrance: pathEntrance(join(folder, "w.sock")),
    clear: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whoever leads clears away what workers that were killed have left. */
function clearOthers(dataFolder: string, { entrance: { address } }: Place): void {
  for (const name of readdirSync(dataFolder))
    if (/^worker\.[0-9a-f]{32}\.sock$/.test(name) && join(dataFolder, name) !== address)
      rmSync(join(dataFolder, name), { force: true });
}

/** For a process that is alone on the data folder: it leads at once, whatever an earlier one has left. */
export async function leadAlone(parts: Parts, worker: Worker): Promise<{ close(): Promise<void> }> {
  const { store, nearBell: bell, logger: log, configuration, system } = parts;
  const place = createPlace(parts);
  const server = await serveWorker(place.entrance, worker, {
    ...{ bell, log, now: system.now },
    version: softwareVersion(),
  });
  const before = await store.findLease(WORKER_LEASE);
  await store.swapLease(WORKER_LEASE, before, {
    holder: place.holder,
    address: place.entrance.address,
    beat: (before?.beat ?? 0) + 1,
  });
  clearOthers(configuration.dataFolder, place);
  return {
    close: async () => {
      await server.close();
      await store.endLease(WORKER_LEASE, place.holder);
      place.clear();
    },
  };
}

/** Leads as soon as no other worker does, and as long as none has taken over. */
export function leadInTurn(parts: Parts): LeaseHolding {
  const { store, nearBell: bell, logger: log, configuration, system } = parts;
  const place = createPlace(parts);
  const holding = holdLease(
    { store, log },
    {
      name: WORKER_LEASE,
      holder: place.holder,
      address: place.entrance.address,
      lead: async () => {
        const worker = await startWorkerSide(parts);
        try {
          const server = await serveWorker(place.entrance, worker, {
            ...{ bell, log, now: system.now },
            version: softwareVersion(),
          });
          clearOthers(configuration.dataFolder, place);
          return {
            close: async () => {
              await server.close();
              await worker.close();
            },
          };
        } catch (error) {
          await worker.close();
          throw error;
        }
      },
    },
  );
  return {
    close: async () => {
      await holding.close();
      place.clear();
    },
  };
}

/** The worker, wherever it is now. */
export function findWorker(parts: Parts): WorkerClient & { readonly clockReading: HeardClock["reading"] } {
  const { store, nearBell: bell, logger: log, configuration, system } = parts;
  const { cluster } = configuration;
  const way: Way = cluster === undefined ? pathWay : networkWay(clusterKey(parts, cluster.keyFile));
  const clock = heardClock(system.monotonicMs);
  const client = openWorkerClient({
    ...{ way, version: softwareVersion() },
    findLease: () => store.findLease(WORKER_LEASE),
    ...{ bell, log },
    patienceMs: Math.min(PATIENCE_MS, configuration.sealing.promiseMs),
    hearClock: clock.hear,
  });
  return { ...client, clockReading: clock.reading };
}

/** Longer than a standby takes to notice that the leader is gone. */
const PATIENCE_MS = 8000;
