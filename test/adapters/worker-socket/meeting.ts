/** A worker that a test makes up, and who asks it, at both kinds of places; all of it is closed after each test. */
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach } from "@jest/globals";
import { freePort } from "../../../scripts/quickstart/sample-consortium.js";
import { createBell } from "../../../src/adapters/bell/bell.js";
import { openWorkerClient } from "../../../src/adapters/worker-socket/client.js";
import {
  type Entrance,
  networkEntrance,
  networkWay,
  pathEntrance,
  pathWay,
  type Way,
} from "../../../src/adapters/worker-socket/entrances.js";
import { serveWorker } from "../../../src/adapters/worker-socket/server.js";
import { utf8 } from "../../../src/core/bytes.js";
import { hashLeaf } from "../../../src/core/merkle/hash.js";
import type { Decision, Draft, Worker } from "../../../src/notary/ports/worker.js";
import { type ClusterKey, createClusterKey } from "../../../src/platform/keys/cluster-key.js";
import { temporaryFolders } from "../../temporary-folder.js";

export const encoded = utf8("statement");
export const DRAFT: Draft = {
  ...{ id: "A", organisationId: "bank-a", receivedAtMs: 1, sealByMs: 2, canBeFinal: true },
  content: { encoded, leafHash: hashLeaf(encoded) },
};

export function workerOf(change: Partial<Worker> = {}): Worker {
  return {
    record: async (drafts) => drafts.map((): Decision => ({ kind: "recorded", leafHash: hashLeaf(encoded) })),
    appendChange: () => Promise.reject(new Error("not asked")),
    certificate: async () => ({ pdf: new Uint8Array(300_000).fill(7), issue: 1, timestamps: 2 }),
    refuseHalted: () => undefined,
    halts: () => [],
    readiness: async () => ({ halts: [], isFull: false, impairments: [] }),
    status: () => Promise.reject(new Error("not asked")),
    ...change,
  };
}

const leaseOf = (address: string | undefined, beat: number) =>
  address === undefined ? undefined : { holder: address, beat, address };

export type Kind = "path" | "network";

export interface Meeting {
  readonly key: ClusterKey;
  readonly way: Record<Kind, Way>;
  /** Where nobody listens yet. */
  newEntrance(kind: Kind): Promise<Entrance>;
  served(
    entrance: Entrance,
    worker: Worker,
    options?: { readonly bell?: ReturnType<typeof createBell>; readonly version?: string },
  ): Promise<{ close(): Promise<void> }>;
  client(
    findAddress: () => string | undefined,
    options?: {
      readonly way?: Way;
      readonly bell?: ReturnType<typeof createBell>;
      readonly patienceMs?: number;
      /** Of the lease, whose holder is called as its address is. */
      readonly beat?: () => number;
      readonly version?: string;
      readonly hearClock?: (nowMs: number) => void;
    },
  ): ReturnType<typeof openWorkerClient>;
  /** Connects to an address of the network without any key. */
  stranger(address: string): Socket;
  /** What both sides have told a log, each line as JSON. */
  readonly told: string[];
  ended(end: () => Promise<unknown> | void): void;
}

/** For a test file: each call meets anew. */
export function meetings(): () => Meeting {
  const temporaryFolder = temporaryFolders();
  const ends: (() => Promise<unknown> | void)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  return () => {
    const folder = temporaryFolder();
    const key = createClusterKey(join(folder, "cluster.key"));
    const told: string[] = [];
    const tell = (fields: object, message: string) => void told.push(JSON.stringify({ ...fields, message }));
    const log = { info: () => undefined, warn: tell, error: tell };
    const way = { path: pathWay, network: networkWay(key) };
    let paths = 0;
    return {
      ...{ key, way, told },
      newEntrance: async (kind) => {
        if (kind === "path") return pathEntrance(join(folder, `${(paths += 1)}.sock`));
        const port = await freePort();
        return networkEntrance({ host: "127.0.0.1", port }, `127.0.0.1:${port}`, key);
      },
      served: async (entrance, worker, { bell = createBell(), version = "1" } = {}) => {
        const server = await serveWorker(entrance, worker, { bell, log, now: Date.now, version });
        ends.push(() => server.close());
        return server;
      },
      client: (findAddress, options = {}) => {
        const { bell = createBell(), patienceMs = 8000, version = "1", beat = () => 1 } = options;
        const both: Way = (address) => (address.startsWith("/") ? way.path(address) : way.network(address));
        const opened = openWorkerClient({
          ...{ findLease: async () => leaseOf(findAddress(), beat()), way: options.way ?? both },
          ...{ version, bell, log, patienceMs },
          ...(options.hearClock && { hearClock: options.hearClock }),
        });
        ends.push(() => opened.close());
        return opened;
      },
      stranger: (address) => {
        const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
        socket.on("error", () => undefined);
        ends.push(() => void socket.destroy());
        return socket;
      },
      ended: (end) => void ends.push(end),
    };
  };
}
