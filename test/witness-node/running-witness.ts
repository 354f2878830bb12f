/** Starts real witness nodes for tests and ends them, whatever the test did. */
import { afterEach } from "@jest/globals";
import { createLogger } from "../../src/platform/logger.js";
import type { WitnessConfiguration } from "../../src/witness-node/configuration/configuration.js";
import type { PeerConfig } from "../../src/witness-node/configuration/peers.js";
import type { GossipTimes } from "../../src/witness-node/gossip/gossip.js";
import type { RetryTimes } from "../../src/witness-node/copy/copier.js";
import { type RunningWitness, startWitness } from "../../src/witness-node/witness.js";
import { temporaryFolders } from "../temporary-folder.js";
import type { TestLog } from "./test-log.js";

export const NOW_MS = Date.UTC(2026, 10, 24, 8, 0, 0);
/** Where nothing listens: tests that don't look at the copy watch their log here. */
export const NOWHERE = "http://127.0.0.1:9/ledger";

export interface TestWitness extends RunningWitness {
  readonly config: WitnessConfiguration;
  post(body: Uint8Array | string): Promise<Response>;
  /** add-entries; `headers` instead of the usual ones. */
  send(body: Uint8Array, headers?: Record<string, string>): Promise<Response>;
  get(path: string): Promise<Response>;
  status(): Promise<WitnessStatus>;
  /** Resolves with the next log line of this message from now on. */
  logged(message: string): Promise<Record<string, unknown>>;
}

export interface WitnessStatus {
  readonly name: string;
  readonly vkey: string;
  readonly postQuantumVkey?: string;
  readonly mirror: { readonly name: string; readonly vkey: string; readonly postQuantumVkey?: string } | null;
  readonly logs: readonly {
    readonly origin: string;
    readonly originHash: string;
    readonly cosignedSize: number | null;
    readonly cosignedAt: string | null;
    readonly copiedSize: number;
    readonly catchingUp: { readonly copied: number; readonly of: number; readonly from: string } | null;
    readonly mirroredSize: number | null;
    readonly refusal: string | null;
    readonly peers: readonly {
      readonly name: string;
      readonly cosignedSize: number | null;
      readonly mirroredSize: number | null;
      readonly error: string | null;
    }[];
    readonly misconducts: number;
    readonly lastError: { readonly message: string; readonly at: string } | null;
  }[];
}

export interface StartOptions {
  readonly logs: readonly { readonly log: TestLog; readonly url?: string }[];
  readonly dataFolder?: string;
  readonly now?: () => number;
  /** Whether it is a mirror too. Then the copier never gets its turn, unless it may: what is there was sent. */
  readonly isMirror?: boolean;
  readonly mayCopy?: boolean;
  readonly peers?: readonly PeerConfig[];
  readonly retry?: RetryTimes;
  readonly gossipTimes?: GossipTimes;
  readonly name?: string;
  readonly listen?: WitnessConfiguration["listen"];
  /** More of the configuration, or something else in its place. */
  readonly config?: Partial<WitnessConfiguration>;
}

/** Of a node that is not to wait. */
export const AT_ONCE: GossipTimes = { everyMs: 20, leastMs: 5 };

const NEVER_MS = 2 ** 30;

export function witnesses() {
  const folder = temporaryFolders();
  const running: RunningWitness[] = [];
  afterEach(async () => {
    for (const witness of running.splice(0)) await witness.close();
  });

  return {
    folder,
    start: async ({
      logs,
      dataFolder = folder(),
      now = () => NOW_MS,
      isMirror = false,
      mayCopy = !isMirror,
      peers,
      retry = { firstMs: 10, mostMs: 40 },
      gossipTimes,
      name = "court.example",
      listen = { host: "127.0.0.1", port: 0 },
      config: more = {},
    }: StartOptions): Promise<TestWitness> => {
      const config: WitnessConfiguration = {
        name: `${name}/w1`,
        listen,
        dataFolder,
        ...(isMirror && { mirror: { name: `${name}/m1` } }),
        ...(peers && { peers }),
        logs: logs.map(({ log, url = NOWHERE }) => ({ origin: log.origin, vkeys: [log.vkey], url })),
        ...more,
      };
      const waiting = new Set<(line: Record<string, unknown>) => void>();
      const write = (text: string) => {
        const line = JSON.parse(text) as Record<string, unknown>;
        for (const look of [...waiting]) look(line);
      };
      const logger = createLogger({ name: "witness", level: "debug", destination: { write } });
      const witness = await startWitness(config, {
        logger,
        now,
        retry,
        ...(gossipTimes && { gossipTimes }),
        copyPauseMs: () => (mayCopy ? 0 : NEVER_MS),
      });
      running.push(witness);
      const get = (path: string) => fetch(witness.url + path);
      return {
        ...witness,
        config,
        get,
        post: (body) => fetch(`${witness.url}/add-checkpoint`, { method: "POST", body: Buffer.from(body) }),
        send: (body, headers = { "Content-Type": "application/octet-stream" }) =>
          fetch(`${witness.url}/add-entries`, { method: "POST", body: Buffer.from(body), headers }),
        status: async () => (await (await get("/status")).json()) as WitnessStatus,
        logged: (message) =>
          new Promise((resolve) => {
            const look = (line: Record<string, unknown>) => {
              if (line["msg"] !== message) return;
              waiting.delete(look);
              resolve(line);
            };
            waiting.add(look);
          }),
      };
    },
  };
}
