/** A worker asked over a real socket: what it says comes over whole, and its successor is found when it is gone. */
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { createBell } from "../../../src/adapters/bell/bell.js";
import { VerificationError } from "../../../src/core/errors.js";
import { hashLeaf } from "../../../src/core/merkle/hash.js";
import type { Halt } from "../../../src/notary/model/model.js";
import { Refusal } from "../../../src/notary/model/refusal.js";
import { StorageAwayError } from "../../../src/notary/ports/host.js";
import type { Decision, Draft } from "../../../src/notary/ports/worker.js";
import { eventually } from "../../story/eventually.js";
import { DRAFT, encoded, type Kind, meetings, workerOf } from "./meeting.js";

const meet = meetings();
const HALT: Halt = {
  ...{ code: "clock-wrong", detail: "a day ahead", stops: ["deposits"], forSeconds: 1 },
  since: "2026-11-24T08:00:00.000Z" as Halt["since"],
};

const deposited = () => ({ id: "A", statement: encoded, leafHash: hashLeaf(encoded), sealByMs: 2 });

describe.each<Kind>(["path", "network"])("a worker at a place of the kind %s", (kind) => {
  it("carries drafts, decisions, certificates and refusals over whole", async () => {
    const { newEntrance, served, client } = meet();
    const entrance = await newEntrance(kind);
    const seen: Draft[] = [];
    const refusal = new Refusal("chain-unknown", "there is no such chain", { field: "/chain", got: "X" });
    await served(
      entrance,
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
        status: () => Promise.reject(new StorageAwayError("no primary")),
      }),
    );
    const worker = client(() => entrance.address);
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
    await expect(worker.status()).rejects.toBeInstanceOf(StorageAwayError);
  });

  it("tells of halts, and refuses with them before anything is asked", async () => {
    const { newEntrance, served, client } = meet();
    const entrance = await newEntrance(kind);
    await served(entrance, workerOf({ halts: () => [HALT] }));
    const worker = client(() => entrance.address);
    await eventually("the halt is known", () => (worker.halts().length > 0 ? true : undefined));
    expect(worker.halts()).toEqual([HALT]);
    expect(() => worker.refuseHalted("deposits")).toThrow(expect.objectContaining({ code: "clock-wrong" }));
    expect(() => worker.refuseHalted("signing")).not.toThrow();
  });

  it("says again and again what the worker's clock shows", async () => {
    const { newEntrance, served, client } = meet();
    const entrance = await newEntrance(kind);
    const shown: number[] = [];
    const sinceMs = Date.now();
    await served(entrance, workerOf());
    client(() => entrance.address, { hearClock: (nowMs) => void shown.push(nowMs) });
    await eventually("it was said three times", () => (shown.length > 2 ? true : undefined));
    expect(shown.every((nowMs, i) => nowMs >= (shown[i - 1] ?? sinceMs) && nowMs <= Date.now())).toBe(true);
  });

  it("passes the bell on, from the worker and to it", async () => {
    const { newEntrance, served, client } = meet();
    const entrance = await newEntrance(kind);
    const [there, here] = [createBell(), createBell()];
    const heard = { there: 0, here: 0 };
    there.hear(() => void (heard.there += 1));
    here.hear(() => void (heard.here += 1));
    await served(entrance, workerOf(), { bell: there });
    const worker = client(() => entrance.address, { bell: here });
    await worker.readiness(); // From here on it is connected.
    there.ring();
    await eventually("it is heard here", () => (heard.here > 0 ? true : undefined));
    here.ring();
    await eventually("it is heard there", () => (heard.there > 1 ? true : undefined));
  });

  it("asks the successor of a worker that dies before it has answered", async () => {
    const { newEntrance, served, client } = meet();
    const [first, second] = [await newEntrance(kind), await newEntrance(kind)];
    let { address } = first;
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
    ({ address } = second);
    await dying.close();
    expect((await recorded).map(({ kind }) => kind)).toEqual(["recorded"]);
  });

  it("ends when what it has begun is answered, and takes nothing more meanwhile", async () => {
    const { newEntrance, served, client } = meet();
    const entrance = await newEntrance(kind);
    const asked: string[] = [];
    let go: () => void = () => undefined;
    const recorded = new Promise<void>((resolve) => (go = resolve));
    const server = await served(
      entrance,
      workerOf({
        record: async (drafts) => {
          asked.push(...drafts.map(({ id }) => id));
          await recorded;
          return drafts.map((): Decision => ({ kind: "recorded", leafHash: hashLeaf(encoded) }));
        },
      }),
    );
    let address: string | undefined = entrance.address;
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

  it("leaves a worker that answers still, when another one has taken the lease: it may be cut off from the store", async () => {
    const { newEntrance, served, client } = meet();
    const [before, after] = [await newEntrance(kind), await newEntrance(kind)];
    const away = { record: () => Promise.reject(new StorageAwayError("no primary")) };
    await served(before, workerOf(away));
    await served(after, workerOf());
    let leader = before;
    const worker = client(() => leader.address);
    await expect(worker.record([DRAFT])).rejects.toThrow(StorageAwayError);
    leader = after;
    await eventually("the one that leads is asked", () =>
      worker.record([DRAFT]).then(
        ([decision]) => decision?.kind === "recorded" || undefined,
        () => undefined,
      ),
    );
  });

  it("leaves a worker that is connected and says nothing", async () => {
    const { newEntrance, served, client, ended } = meet();
    const [silent, alive] = [await newEntrance(kind), await newEntrance(kind)];
    let { address } = silent;
    const server = createServer((socket) => socket.resume().on("error", () => undefined));
    await new Promise<void>((resolve) => {
      if (kind === "path") server.listen(address, resolve);
      else server.listen(Number(address.split(":")[1]), "127.0.0.1", resolve);
    });
    ended(() => new Promise((resolve) => server.close(resolve)));
    const worker = client(() => address);
    const recorded = worker.record([DRAFT]);
    await served(alive, workerOf());
    ({ address } = alive);
    expect((await recorded).map(({ kind }) => kind)).toEqual(["recorded"]);
  });

  it("refuses worker-away where nobody answers in time, and a new issue that may have been made", async () => {
    const { newEntrance, served, client } = meet();
    const worker = client(() => undefined, { patienceMs: 300 });
    await expect(worker.record([DRAFT])).rejects.toMatchObject({ code: "worker-away" });
    expect((await worker.readiness()).impairments.map(({ code }) => code)).toEqual(["worker-away"]);
    const entrance = await newEntrance(kind);
    let asked = 0;
    const server = await served(
      entrance,
      workerOf({
        certificate: () => {
          asked += 1;
          return new Promise(() => undefined);
        },
      }),
    );
    const other = client(() => entrance.address);
    const issued = other.certificate("A", "zh", "new");
    issued.catch(() => undefined);
    await eventually("it is asked", () => (asked > 0 ? true : undefined));
    await server.close();
    await expect(issued).rejects.toMatchObject({ code: "worker-away" });
    expect(asked).toBe(1);
  });

  it("keeps a connection on which nothing is asked, and sees that the worker leads", async () => {
    const { newEntrance, served, client, told } = meet();
    const entrance = await newEntrance(kind);
    await served(entrance, workerOf({ halts: () => [HALT] }));
    const worker = client(() => entrance.address);
    expect(worker.sight()).toMatchObject({ ledMsAgo: Infinity, halts: [] });
    await worker.readiness();
    await delay(3000);
    expect(told).toEqual([]);
    const { silentMs, ledMsAgo, halts } = worker.sight();
    expect(halts).toEqual([HALT]);
    expect(ledMsAgo).toBeLessThan(2000);
    expect(silentMs).toBeLessThan(2000);
  });

  it("leaves whoever announces more than any message has, or sends what is none", async () => {
    const { newEntrance, served, told, way } = meet();
    const entrance = await newEntrance(kind);
    await served(entrance, workerOf());
    for (const [sent, reason] of [
      ["ffffffff00", "a frame of 4294967295 bytes"],
      ["00000002ff00", "a frame that is none"],
    ] as const) {
      const socket = way[kind](entrance.address);
      const closed = new Promise((resolve) => socket?.on("close", resolve).on("error", resolve));
      socket?.once("data", (greeting: Buffer) => {
        socket.write(greeting.subarray(0, greeting.indexOf("\n") + 1));
        socket.write(Buffer.from(sent, "hex"));
      });
      await closed;
      await eventually("it is told", () => told.some((line) => line.includes(reason)) || undefined);
    }
  });

  it("talks to no other version, and both sides tell which one the other is", async () => {
    const { newEntrance, served, client, told } = meet();
    const entrance = await newEntrance(kind);
    let asked = 0;
    const record = () => Promise.reject(new Error(`asked ${(asked += 1)}`));
    await served(entrance, workerOf({ record }), { version: "2 abc" });
    const worker = client(() => entrance.address, { version: "1 def", patienceMs: 500 });
    await expect(worker.record([DRAFT])).rejects.toMatchObject({ code: "worker-away" });
    const [impairment] = (await worker.readiness()).impairments;
    expect(impairment?.detail).toMatch(/it is "cunzheng-worker\/\d+ 2 abc node\/\d+" and this one/);
    const said = (version: string) =>
      new RegExp(`it is \\\\"cunzheng-worker/\\d+ ${version} node/\\d+\\\\" and this one`);
    for (const version of ["1 def", "2 abc"])
      await eventually(
        `${version} is told`,
        () => told.some((line) => said(version).test(line)) || undefined,
      );
    expect(asked).toBe(0);
  });

  it.each(["", "HELO\n", "x".repeat(300)])("reads nothing of who says %j first", async (words) => {
    const { newEntrance, served, told, way } = meet();
    const entrance = await newEntrance(kind);
    await served(entrance, workerOf());
    const socket = way[kind](entrance.address);
    const closed = new Promise((resolve) => socket?.on("close", resolve).on("error", resolve));
    socket?.resume().write(words);
    await closed;
    const reason = words === "" ? "it says nothing" : "it does not say which program it is";
    await eventually("it is told", () => told.some((line) => line.includes(reason)) || undefined);
  });
});
