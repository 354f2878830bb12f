/** Where the worker is asked: a socket of its own in the data folder, which the lease names, so that no two share one. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWorkerClient, type WorkerClient } from "../../adapters/worker-socket/client.js";
import { serveWorker } from "../../adapters/worker-socket/server.js";
import type { Worker } from "../../notary/ports/worker.js";
import { holdLease, type LeaseHolding } from "../../notary/standing/hold-lease.js";
import type { Parts } from "./parts.js";
import { startWorkerSide } from "./worker-side.js";

const LEASE = "worker";
/** What the kernel takes of a socket's path (sun_path), less its end. */
const LONGEST_PATH_BYTES = 107;

interface Place {
  readonly holder: string;
  readonly path: string;
  clear(): void;
}

/** In the data folder, its owner's alone; where that path is too long, in a folder as private beside other temporary ones. */
function createPlace(dataFolder: string): Place {
  const holder = randomBytes(16).toString("hex");
  const path = join(dataFolder, `worker.${holder}.sock`);
  const clear = () => {
    rmSync(path, { force: true });
  };
  if (Buffer.byteLength(path) <= LONGEST_PATH_BYTES) return { holder, path, clear };
  const folder = mkdtempSync(join(tmpdir(), "cunzheng-"));
  return {
    holder,
    path: join(folder, "w.sock"),
    clear: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whoever leads clears away what workers that were killed have left. */
function clearOthers(dataFolder: string, { path }: Place): void {
  for (const name of readdirSync(dataFolder))
    if (/^worker\.[0-9a-f]{32}\.sock$/.test(name) && join(dataFolder, name) !== path)
      rmSync(join(dataFolder, name), { force: true });
}

/** For a process that is alone on the data folder: it leads at once, whatever an earlier one has left. */
export async function leadAlone(parts: Parts, worker: Worker): Promise<{ close(): Promise<void> }> {
  const { store, bell, logger: log, configuration } = parts;
  const place = createPlace(configuration.dataFolder);
  const server = await serveWorker(place.path, worker, { bell, log });
  const before = await store.findLease(LEASE);
  await store.swapLease(LEASE, before, {
    holder: place.holder,
    address: place.path,
    beat: (before?.beat ?? 0) + 1,
  });
  clearOthers(configuration.dataFolder, place);
  return {
    close: async () => {
      await server.close();
      await store.endLease(LEASE, place.holder);
      place.clear();
    },
  };
}

/** Leads as soon as no other worker does, and as long as none has taken over. */
export function leadInTurn(parts: Parts): LeaseHolding {
  const { store, bell, logger: log, configuration } = parts;
  const place = createPlace(configuration.dataFolder);
  const holding = holdLease(
    { store, log },
    {
      name: LEASE,
      holder: place.holder,
      address: place.path,
      lead: async () => {
        const worker = await startWorkerSide(parts);
        try {
          const server = await serveWorker(place.path, worker, { bell, log });
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
export function findWorker({ store, bell, logger: log, configuration }: Parts): WorkerClient {
  return openWorkerClient({
    findAddress: async () => (await store.findLease(LEASE))?.address,
    ...{ bell, log },
    patienceMs: Math.min(PATIENCE_MS, configuration.sealing.promiseMs),
  });
}

/** Longer than a standby takes to notice that the leader is gone. */
const PATIENCE_MS = 8000;
