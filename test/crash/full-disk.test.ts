/**
 * A full disk costs nobody a receipt. A real notary on a real small disk (tmpfs), filled while it runs: below its
 * reserve it refuses new deposits and brings to finality what it has taken; with not one byte left a write fails in
 * the middle, it refuses, and goes on by itself when there is room. The five witness nodes have room enough.
 */
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { waitUntilReady } from "../../scripts/quickstart/processes.js";
import { DEPOSITOR } from "../../scripts/quickstart/sample-consortium.js";
import { type Answer, metadataHeader } from "../http/client.js";
import { eventually } from "../story/eventually.js";
import { tell } from "../../scripts/random.js";
import { ORGANISATION_IDS, type SampleService, sampleServices } from "../story/sample-service.js";
import { keptPromises, type Promised } from "./promises.js";
import { canMount, mountSmallDisk, type SmallDisk } from "./small-disk.js";
import { faultsOf, readStoredLedger } from "./stored-ledger.js";

/** A template with its fonts, which the store keeps, and SQLite's log of the same size, leave room for the rest. */
const DISK_MEGABYTES = 96;
const RESERVE_BYTES = 4 * 1024 * 1024;
const AT_ONCE = 8;
const SOME_DEPOSITS = 50;
/** More than fit into what SQLite's log has room for already: it need not grow for the first ones. */
const MOST_DEPOSITS = 4_000;

/** For each test and each preparation: what is slow is the machine. */
jest.setTimeout(120_000);

const prepare = sampleServices();
let service: SampleService;
let disk: SmallDisk;
/** Whatever was answered 201, in the whole file. */
const promises: Promised[] = [];

// Not `describe.skip`: the names of what is not proven shall stand in the output.
const onSmallDisk = canMount() ? it : it.skip;
const isMounted = onSmallDisk === it;

beforeAll(async () => {
  if (!isMounted) return;
  service = await prepare({});
  const keep = join(service.data, "notary");
  const mountPoint = join(service.data, "disk");
  mkdirSync(mountPoint);
  disk = await mountSmallDisk(mountPoint, DISK_MEGABYTES);
  copyFileSync(join(keep, "notary.db"), join(disk.path, "notary.db"));
  service.configureNotary({
    dataFolder: mountPoint,
    keys: { log: join(keep, "log.key"), receipt: join(keep, "receipt.key") },
    sealing: { afterMs: 100, promiseMs: 60_000, maxBatchSize: 64 },
    minFreeBytes: RESERVE_BYTES,
  });
  await Promise.all([...ORGANISATION_IDS.map((id) => service.startNode(id)), startNotary()]);
  await service.register();
});

afterAll(async () => {
  if (!isMounted) return;
  await service.end();
  await disk.close();
});

async function startNotary(): Promise<void> {
  const notary = service.spawnNotary({ launcher: disk.launcher });
  await waitUntilReady(notary, `${service.url}/readyz`);
}

/** Without waiting for anything: 201 is kept, anything else is given back. */
async function deposit(): Promise<Answer> {
  const record = { serial: promises.length, text: "x".repeat(500) };
  const answer = await service.call("POST /v1/deposits", {
    body: { metadata: { recordType: "loan.repayment", name: "n".repeat(200) }, record },
  });
  if (answer.status === 201) promises.push(answer.json as Promised);
  return answer;
}

function depositRetained(megabytes: number): Promise<Answer> {
  return service.call("POST /v1/deposits", {
    type: "application/octet-stream",
    body: new Uint8Array(megabytes * 1024 * 1024),
    headers: metadataHeader({ recordType: "loan.contract", retain: true }),
  });
}

/** An operator's changes until one is refused: SQLite's log may have room for some that are so small. */
async function registerUntilRefused(): Promise<Answer> {
  for (let i = 0; i < MOST_DEPOSITS; i++) {
    const answer = await service.call("PUT /v1/organisations/example-bank-z", {
      key: service.keys.operator,
      body: { name: `示例银行 ${i}` },
    });
    if (answer.status !== 200) return answer;
  }
  throw new Error("the disk is full, and organisations are registered");
}

/** Fills the disk under load, which goes on until the first refusal; gives back the refusals. */
async function fillUnderLoad(leaveBytes: number): Promise<Answer[]> {
  const refusals: Answer[] = [];
  const before = promises.length;
  const depositor = async () => {
    while (refusals.length === 0) {
      const answer = await deposit();
      if (answer.status !== 201) refusals.push(answer);
      if (promises.length > before + MOST_DEPOSITS)
        throw new Error("the disk is full, and deposits are taken");
    }
  };
  const load = Promise.all(Array.from({ length: AT_ONCE }, depositor));
  const isBusy = () => refusals.length > 0 || promises.length >= before + SOME_DEPOSITS;
  await eventually("deposits are taken", () => isBusy() || undefined);
  await disk.fill(leaveBytes);
  await load;
  return refusals;
}

function expectStorageFull(answer: Answer): void {
  const { status, headers, json } = answer;
  expect({
    status,
    type: headers.get("content-type"),
    json,
    retry: headers.get("retry-after"),
  }).toMatchObject({
    status: 507,
    type: "application/problem+json",
    json: { type: "/problems/storage-full", status: 507, code: "storage-full", retryAfterSeconds: 60 },
    retry: "60",
  });
}

/** Whoever asks is told what a deposit would be. */
async function readiness(): Promise<readonly [number, unknown]> {
  const answer = await fetch(`${service.url}/readyz`);
  return [answer.status, ((await answer.json()) as { code?: string }).code];
}

const takenAgain = () =>
  eventually("deposits are taken again", async () => ((await deposit()).status === 201 ? true : undefined));

const staged = () => readdirSync(join(disk.path, "originals", "staged"));

describe("less free than the reserve", () => {
  onSmallDisk("refuses deposits and originals with `storage-full`", async () => {
    const refusals = await fillUnderLoad(RESERVE_BYTES / 2);
    // The reserve is there for what was taken: the depositors have not eaten it up.
    expect(await disk.freeBytes()).toBeGreaterThan(RESERVE_BYTES / 8);
    for (const refusal of refusals) expectStorageFull(refusal);
    expectStorageFull(await depositRetained(1));
    expect(staged()).toEqual([]);
    expect(await readiness()).toEqual([503, "storage-full"]);
  });

  onSmallDisk("brings what it has taken to finality meanwhile", async () => {
    expect(promises.length).toBeGreaterThan(0);
    expect(await keptPromises(service, promises)).toHaveLength(promises.length);
    expect(await disk.freeBytes()).toBeLessThan(RESERVE_BYTES);
  });

  onSmallDisk("takes deposits again when there is room, without a restart", async () => {
    const { pid } = service.notary;
    disk.empty();
    await takenAgain();
    expect((await depositRetained(1)).status).toBe(201);
    expect(service.notary.pid).toBe(pid);
  });
});

describe("not one byte free, and no reserve", () => {
  beforeAll(async () => {
    if (!isMounted) return;
    await service.notary.stop();
    service.configureNotary({ minFreeBytes: 0 });
    await startNotary();
  });

  onSmallDisk("refuses with `storage-full` where a write fails in the middle", async () => {
    const before = promises.length;
    const refusals = await fillUnderLoad(0);
    await disk.fill(0);
    for (const refusal of refusals) expectStorageFull(refusal);
    expectStorageFull(await depositRetained(1));
    expectStorageFull(await registerUntilRefused());
    expect(staged()).toEqual([]);
    tell(
      `a disk filled to its last byte: ${promises.length - before} deposits taken before the refusal, all of ${promises.length} kept`,
    );
  });

  onSmallDisk("still answers those who ask", async () => {
    const { id } = promises.at(-1) as Promised;
    expect((await service.call(`GET /v1/deposits/${id}`)).status).toBe(200);
    expect((await fetch(`${service.url}/ledger/checkpoint`)).status).toBe(200);
    expect(await readiness()).toEqual([503, "storage-full"]);
  });

  onSmallDisk("goes on by itself when there is room, and keeps every receipt", async () => {
    const { pid } = service.notary;
    disk.empty();
    await takenAgain();
    expect(await keptPromises(service, promises)).toHaveLength(promises.length);
    expect(service.notary.pid).toBe(pid);
  });

  onSmallDisk("survives `kill -9` on the full disk", async () => {
    for (const refusal of await fillUnderLoad(0)) expectStorageFull(refusal);
    await service.notary.stop("SIGKILL");
    disk.empty();
    await startNotary();
    await takenAgain();
    expect(await keptPromises(service, promises)).toHaveLength(promises.length);
  });
});

describe("the store afterwards", () => {
  onSmallDisk(
    "is whole, and holds every receipt once",
    async () => {
      await service.notary.stop();
      const stored = readStoredLedger(disk.path, DEPOSITOR);
      expect(stored.damage).toEqual([]);
      expect(faultsOf(stored, service.consortium)).toEqual([]);
      const ids = new Set(stored.deposits.map(({ id }) => id));
      expect(promises.filter(({ id }) => !ids.has(id))).toEqual([]);
      expect(staged()).toEqual([]);
    },
    30_000,
  );
});
