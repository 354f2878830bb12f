/** A worker asked over a real socket: what it says comes over whole, and its successor is found when it is gone. */
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, it } from "@jest/globals";
import { createBell } from "../../../src/adapters/bell/bell.js";
import { openWorkerClient } from "../../../src/adapters/worker-socket/client.js";
import { serveWorker } from "../../../src/adapters/worker-socket/server.js";
import { VerificationError } from "../../../src/core/errors.js";
import { utf8 } from "../../../src/core/bytes.js";
import { hashLeaf } from "../../../src/core/merkle/hash.js";
import type { Halt } from "../../../src/notary/model/model.js";
import { Refusal } from "../../../src/notary/model/refusal.js";
import type { Decision, Draft, Worker } from "../../../src/notary/ports/worker.js";
import { eventually } from "../../story/eventually.js";
import { temporaryFolders } from "../../temporary-folder.js";

const temporaryFolder = temporaryFolders();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ended: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

const encoded = utf8("statement");
const DRAFT: Draft = {
  ...{ id: "A", organisationId: "bank-a", receivedAtMs: 1, sealByMs: 2, canBeFinal: true },
  content: { encoded, leafHash: hashLeaf(encoded) },
};
const HALT: Halt = {
  ...{ code: "clock-wrong", detail: "a day ahead", stops: ["deposits"], forSeconds: 1 },
  since: "2026-11-24T08:00:00.000Z" as Halt["since"],
};

function workerOf(change: Partial<Worker> = {}): Worker {
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

async function served(path: string, worker: Worker, bell = createBell()) {
  const server = await serveWorker(path, worker, { bell, log });
  ended.push(() => server.close());
  return server;
}

function client(findAddress: () => string | undefined, { bell = createBell(), patienceMs = 8000 } = {}) {
  const opened = openWorkerClient({ findAddress: async () => findAddress(), bell, log, patienceMs });
  ended.push(() => opened.close());
  return opened;
}

it("carries drafts, decisions, certificates and refusals over whole", async () => {
  const path = join(temporaryFolder(), "w.sock");
  const seen: Draft[] = [];
  const refusal = new Refusal("chain-unknown", "there is no such chain", { field: "/chain", got: "X" });
  await served(
    path,
    workerOf({
      record: async (drafts) => {
        seen.push(...drafts);
        return [
          { kind: "refused", refusal },
          { kind: "found", deposited: deposited(), replayed: true },
        ];
      },
      appendChange: () =>
        Promise.reject(new VerificationError("inclusion-mismatch", "too few", { got: "1" })),
      readiness: () => Promise.reject(new Error("a secret path")),
    }),
  );
  const worker = client(() => path);
  const [refused, found] = await worker.record([DRAFT, DRAFT]);
  expect(seen).toEqual([DRAFT, DRAFT]);
  expect(refused?.kind === "refused" && refused.refusal).toBeInstanceOf(Refusal);
  expect(refused).toMatchObject({ refusal: { code: refusal.code, detail: refusal.detail } });
  expect(found).toEqual({ kind: "found", deposited: deposited(), replayed: true });
  expect((await worker.certificate("A", "zh", "newest")).pdf).toEqual(new Uint8Array(300_000).fill(7));
  const change = worker.appendChange({} as never, {} as never);
  await expect(change).rejects.toBeInstanceOf(VerificationError);
  await expect(change).rejects.toMatchObject({ code: "inclusion-mismatch", detail: { got: "1" } });
  await expect(worker.readiness()).rejects.toThrow("the worker failed");
});

const deposited = () => ({ id: "A", statement: encoded, leafHash: hashLeaf(encoded), sealByMs: 2 });

it("tells of halts, and refuses with them before anything is asked", async () => {
  const path = join(temporaryFolder(), "w.sock");
  await served(path, workerOf({ halts: () => [HALT] }));
  const worker = client(() => path);
  await eventually("the halt is known", () => (worker.halts().length > 0 ? true : undefined));
  expect(worker.halts()).toEqual([HALT]);
  expect(() => worker.refuseHalted("deposits")).toThrow(expect.objectContaining({ code: "clock-wrong" }));
  expect(() => worker.refuseHalted("signing")).not.toThrow();
});

it("passes the bell on, from the worker and to it", async () => {
  const path = join(temporaryFolder(), "w.sock");
  const [there, here] = [createBell(), createBell()];
  const heard = { there: 0, here: 0 };
  there.hear(() => void (heard.there += 1));
  here.hear(() => void (heard.here += 1));
  await served(path, workerOf(), there);
  const worker = client(() => path, { bell: here });
  await worker.readiness(); // From here on it is connected.
  there.ring();
  await eventually("it is heard here", () => (heard.here > 0 ? true : undefined));
  here.ring();
  await eventually("it is heard there", () => (heard.there > 1 ? true : undefined));
});

it("asks the successor of a worker that dies before it has answered", async () => {
  const folder = temporaryFolder();
  const [first, second] = [join(folder, "1.sock"), join(folder, "2.sock")];
  let address = first;
  let asked = 0;
  const dying = await served(
    first,
    workerOf({
      record: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    }),
  );
  const worker = client(() => address);
  const recorded = worker.record([DRAFT]);
  await eventually("the first is asked", () => (asked > 0 ? true : undefined));
  await served(second, workerOf());
  address = second;
  await dying.close();
  expect((await recorded).map(({ kind }) => kind)).toEqual(["recorded"]);
});

it("ends when what it has begun is answered, and takes nothing more meanwhile", async () => {
  const path = join(temporaryFolder(), "w.sock");
  const asked: string[] = [];
  let go: () => void = () => undefined;
  const recorded = new Promise<void>((resolve) => (go = resolve));
  const server = await served(
    path,
    workerOf({
      record: async (drafts) => {
        asked.push(...drafts.map(({ id }) => id));
        await recorded;
        return drafts.map((): Decision => ({ kind: "recorded", leafHash: hashLeaf(encoded) }));
      },
    }),
  );
  let address: string | undefined = path;
  const worker = client(() => address);
  const before = worker.record([DRAFT]);
  await eventually("it is asked", () => (asked.length > 0 ? true : undefined));
  address = undefined; // No successor could answer instead.
  const ending = server.close();
  const after = worker.record([{ ...DRAFT, id: "B" }], 1000);
  after.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 100));
  go();
  expect(await before).toEqual([{ kind: "recorded", leafHash: hashLeaf(encoded) }]);
  await ending;
  await expect(after).rejects.toMatchObject({ code: "worker-away" });
  expect(asked).toEqual(["A"]);
});

it("leaves a worker that is connected and says nothing", async () => {
  const folder = temporaryFolder();
  const [silent, alive] = [join(folder, "silent.sock"), join(folder, "alive.sock")];
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(silent, resolve));
  ended.push(() => new Promise((resolve) => server.close(resolve)));
  let address = silent;
  const worker = client(() => address);
  const recorded = worker.record([DRAFT]);
  await served(alive, workerOf());
  address = alive;
  expect((await recorded).map(({ kind }) => kind)).toEqual(["recorded"]);
});

it("refuses worker-away where nobody answers in time, and a new issue that may have been made", async () => {
  const worker = client(() => undefined, { patienceMs: 300 });
  await expect(worker.record([DRAFT])).rejects.toMatchObject({ code: "worker-away" });
  expect((await worker.readiness()).impairments.map(({ code }) => code)).toEqual(["worker-away"]);
  const path = join(temporaryFolder(), "w.sock");
  let asked = 0;
  const server = await served(
    path,
    workerOf({
      certificate: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    }),
  );
  const other = client(() => path);
  const issued = other.certificate("A", "zh", "new");
  issued.catch(() => undefined);
  await eventually("it is asked", () => (asked > 0 ? true : undefined));
  await server.close();
  await expect(issued).rejects.toMatchObject({ code: "worker-away" });
  expect(asked).toBe(1);
});

it("ends a connection that announces more than any message has", async () => {
  const path = join(temporaryFolder(), "w.sock");
  await served(path, workerOf());
  const socket = connect(path);
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.resume().write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0]));
  await closed;
});
