/**
 * The sample consortium under test: a notary and five witness nodes as operating-system processes, each of which can
 * be started, killed and held up by itself. After the test file nothing of it is left, however the tests went.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "@jest/globals";
import { type Accounts, type DemoKeys, openAccounts } from "../../scripts/quickstart/accounts.js";
import { type RunningProcess, startProcess, waitUntilReady } from "../../scripts/quickstart/processes.js";
import {
  freePort,
  openSampleConsortium,
  type SampleConsortium,
} from "../../scripts/quickstart/sample-consortium.js";
import { startWitnessNode } from "../../scripts/quickstart/sample.js";
import type { NotaryConfiguration } from "../../src/configuration/configuration.js";
import { type Consortium, parseConsortium } from "../../src/core/trust/consortium.js";
import { type Answer, call, type Sent } from "../http/client.js";
import { folderDatabase, isOnMongo } from "../notary/open-store.js";
import { eventually } from "./eventually.js";

/** Of notary.json; what is absent is as in the sample. */
export type NotarySettings = Partial<
  Pick<
    NotaryConfiguration,
    | "dataFolder"
    | "fronts"
    | "keys"
    | "sealing"
    | "witnessTimeoutMs"
    | "minFreeBytes"
    | "limits"
    | "proxies"
    | "metrics"
    | "queue"
    | "store"
  >
> & { readonly timestamps?: object; readonly certificates?: object };

export const ORGANISATION_IDS = [
  "example-court-east",
  "example-court-west",
  "example-bank-a",
  "example-bank-b",
  "example-arbitration",
] as const;
export type NodeId = (typeof ORGANISATION_IDS)[number];

/** `GET /status` of a node, for its one log. */
export interface NodeStatus {
  readonly originHash: string;
  readonly cosignedSize: number | null;
  readonly copiedSize: number;
  readonly mirroredSize: number | null;
  readonly misconducts: number;
  readonly lastError: { readonly message: string } | null;
}

export class SampleService {
  readonly data: string;
  readonly url: string;
  readonly sample: SampleConsortium;
  readonly consortiumBytes: Uint8Array;
  readonly consortium: Consortium;
  readonly #nodes = new Map<NodeId, RunningProcess>();
  #notary: RunningProcess | undefined;
  #accounts: Accounts;
  #keys: DemoKeys | undefined;

  private constructor(data: string, url: string, sample: SampleConsortium, accounts: Accounts) {
    this.data = data;
    this.url = url;
    this.sample = sample;
    this.consortiumBytes = new Uint8Array(readFileSync(sample.consortiumFile));
    this.consortium = parseConsortium(this.consortiumBytes);
    this.#accounts = accounts;
  }

  /** Keys, configurations and the operator's API key; no process runs yet. */
  static async prepare(data: string, settings: NotarySettings, host = "127.0.0.1"): Promise<SampleService> {
    const port = await freePort();
    const sample = await openSampleConsortium(data, port, undefined, host);
    configure(sample, settings);
    return new SampleService(data, `http://${host}:${port}`, sample, await openAccounts(data, sample));
  }

  /** From its next start on. */
  configureNotary(settings: NotarySettings): void {
    configure(this.sample, settings);
  }

  /** All six processes and the bank's API key. */
  async start(): Promise<void> {
    const started = await Promise.allSettled([
      ...ORGANISATION_IDS.map((id) => this.startNode(id)),
      this.startNotary(),
    ]);
    for (const outcome of started) if (outcome.status === "rejected") throw outcome.reason;
    await this.register();
  }

  async register(): Promise<void> {
    this.#keys = await this.#accounts.register(this.url);
  }

  get keys(): DemoKeys {
    if (this.#keys === undefined) throw new Error("the bank is not registered yet");
    return this.#keys;
  }

  /** Resolves when it answers. */
  async startNotary(): Promise<RunningProcess> {
    const notary = this.spawnNotary();
    await waitUntilReady(notary, `${this.url}/readyz`);
    return notary;
  }

  /** At once: it is still starting. */
  spawnNotary({
    launcher = [],
    logFile,
  }: { launcher?: readonly string[]; logFile?: string } = {}): RunningProcess {
    const args = ["serve", "--config", this.sample.notaryConfig];
    this.#notary = startProcess("notary", args, logFile ?? join(this.data, "notary", "log.jsonl"), launcher);
    return this.#notary;
  }

  get notary(): RunningProcess {
    if (this.#notary === undefined) throw new Error("the notary was never started");
    return this.#notary;
  }

  async startNode(id: NodeId): Promise<void> {
    const config = this.sample.witnessConfigs.find(({ organisation }) => organisation === id);
    if (config === undefined) throw new Error(`the sample has no node of ${id}`);
    this.#nodes.set(id, await startWitnessNode(this.data, config));
  }

  node(id: NodeId): RunningProcess {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`the node of ${id} was never started`);
    return node;
  }

  /** It keeps its connections and answers nothing, like a machine that is out of memory. */
  hold(id: NodeId): void {
    process.kill(this.node(id).pid, "SIGSTOP");
  }

  release(id: NodeId): void {
    process.kill(this.node(id).pid, "SIGCONT");
  }

  /** As the depositing bank. */
  call(target: string, sent: Sent = {}): Promise<Answer> {
    return call(this, target, { key: this.keys.bank, ...sent });
  }

  /** A JSON deposit that must be taken. */
  async deposit(record: object, metadata: object = {}): Promise<Answer> {
    const body = { metadata: { recordType: "loan.repayment", ...metadata }, record };
    const answer = await this.call("POST /v1/deposits", { body });
    if (answer.status !== 201) throw new Error(`POST /v1/deposits: ${answer.status} ${answer.text}`);
    return answer;
  }

  /** The evidence, waiting for finality by the API's own means. */
  async evidence(id: string, timeoutMs = 60_000): Promise<Uint8Array> {
    return eventually(
      `the deposit ${id} is final`,
      async () => {
        const answer = await this.call(`GET /v1/deposits/${id}/evidence`, { headers: { Prefer: "wait=30" } });
        if (answer.status === 200) return new Uint8Array(answer.bytes);
        if (answer.status !== 409) throw new Error(`GET evidence: ${answer.status} ${answer.text}`);
        return undefined;
      },
      timeoutMs,
    );
  }

  /** What a node says of itself and of the sample's log. */
  async nodeStatus(id: NodeId): Promise<NodeStatus> {
    const { logs } = (await (await this.#askNode(id, "/status")).json()) as { logs: NodeStatus[] };
    const [log] = logs;
    if (log === undefined) throw new Error(`the node of ${id} watches no log`);
    return log;
  }

  /** The latest checkpoint that a node has cosigned. */
  async nodeCheckpoint(id: NodeId): Promise<string> {
    const { originHash } = await this.nodeStatus(id);
    return (await this.#askNode(id, `/${originHash}/checkpoint`)).text();
  }

  nodeUrl(id: NodeId): string {
    const witness = this.consortium.witnesses.find(({ organisation }) => organisation === id);
    if (witness === undefined) throw new Error(`the sample has no node of ${id}`);
    return witness.url;
  }

  async #askNode(id: NodeId, path: string): Promise<Response> {
    const answer = await fetch(`${this.nodeUrl(id)}${path}`);
    if (!answer.ok) throw new Error(`GET ${path} of ${id}: ${answer.status}`);
    return answer;
  }

  /** Ends every process, also one that is held up. */
  async end(): Promise<void> {
    const running = [...this.#nodes.values(), ...(this.#notary ? [this.#notary] : [])];
    await Promise.all(running.map((one) => one.stop("SIGKILL")));
  }
}

/** For a test file: services in folders of their own, on a store as `openStore` has it, all gone after its last test. */
export function sampleServices(): (settings?: NotarySettings, host?: string) => Promise<SampleService> {
  const folders: string[] = [];
  const services: SampleService[] = [];
  const drops: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const service of services) await service.end();
    for (const drop of drops) await drop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }, 30_000);
  return async (settings = {}, host?: string) => {
    const folder = mkdtempSync(join(tmpdir(), "cunzheng-story-"));
    folders.push(folder);
    let store = {};
    if (isOnMongo && settings.store === undefined) {
      const { makeOf, dropOf } = await folderDatabase();
      store = { store: await makeOf(folder) };
      drops.push(() => dropOf(folder));
    }
    const service = await SampleService.prepare(folder, { ...store, ...settings }, host);
    services.push(service);
    return service;
  };
}

function configure({ notaryConfig }: SampleConsortium, settings: NotarySettings): void {
  const sample = JSON.parse(readFileSync(notaryConfig, "utf8")) as object;
  writeFileSync(notaryConfig, `${JSON.stringify({ ...sample, ...settings }, null, 2)}\n`);
}
