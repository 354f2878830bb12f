/**
 * A notary that does not contradict itself: whatever was put back, copied or lost, no node is ever sent a checkpoint that is
 * not of the ledger which it has cosigned. Before there was a guard, each of these signed a second branch.
 */
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.js";
import { utf8 } from "../../../src/core/bytes.js";
import { encodeCheckpointText, parseCheckpointText } from "../../../src/core/ledger/checkpoint.js";
import { parseNote } from "../../../src/core/ledger/note.js";
import { SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";
import { emptyRootHash } from "../../../src/core/merkle/hash.js";
import { LOCAL_OPERATOR } from "../../../src/notary/model/model.js";
import type { WitnessClient } from "../../../src/notary/ports/nodes.js";
import { signNote } from "../../../src/notary/ledger/signed-note.js";
import { openSigningKey } from "../../../src/platform/keys/keys.js";
import { openLogMark } from "../../../src/programs/opening/log-mark.js";
import { eventually } from "../../story/eventually.js";
import {
  ORIGIN,
  requestOf,
  type Running,
  type World,
  type WitnessName,
  WITNESSES,
  worlds,
} from "../world.js";

const world = worlds();
const failing = (one: World, ...names: readonly WitnessName[]) => {
  for (const name of names) one.witness(name).failure = new Error("away");
};
const back = (one: World, ...names: readonly WitnessName[]) => {
  for (const name of names) one.witness(name).failure = undefined;
};

async function deposited(running: Running, content: string): Promise<string> {
  const bank = await running.principal("stranger");
  return (await running.notary.deposit(bank, requestOf(content))).statement.id;
}
async function final(running: Running, content: string): Promise<void> {
  const id = await deposited(running, content);
  expect((await running.notary.waitForFinality(id, 8000)).state).toBe("final");
}
const PLACES = ["notary.db", "log.key.signed"] as const;
const copy = (one: World, from: string, to: string, places: readonly string[] = PLACES) => {
  for (const name of places) copyFileSync(join(one.folder, name + from), join(one.folder, name + to));
};
const halted = (running: Running, code = "ledger-behind") =>
  eventually(`a halt (${code})`, async () => running.notary.halts().find((halt) => halt.code === code));

/** Of all that was ever sent to nodes: one root a size. */
function expectOneBranch(one: World): void {
  const roots = new Map<number, string>();
  for (const { received } of one.witnesses.values())
    for (const note of received) {
      const { text } = parseNote(note);
      const { treeSize } = parseCheckpointText(text);
      expect(roots.get(treeSize) ?? text).toBe(text);
      roots.set(treeSize, text);
    }
}

/** Two deposits are final; what lay in the folder after the first is put back. */
async function restored(one: World, places: readonly string[] = PLACES): Promise<string> {
  const before = await one.start();
  await final(before, "1");
  const shown = await before.notary.checkpoint();
  await before.stop();
  copy(one, "", ".old");
  const then = await one.start();
  await final(then, "2");
  await then.stop();
  copy(one, ".old", "", places);
  return shown;
}

describe("a store that was put back", () => {
  it("takes and signs nothing where the mark beside the key shows more, whoever is away", async () => {
    const one = world();
    await restored(one, ["notary.db"]);
    failing(one, ...WITNESSES);
    const running = await one.start();
    const [halt] = running.notary.halts();
    expect(halt).toMatchObject({ code: "ledger-behind", stops: ["deposits", "signing"] });
    expect(halt?.detail).toContain("cunzheng recover");
    await expect(deposited(running, "3")).rejects.toMatchObject({
      code: "ledger-behind",
      detail: { got: "1", want: "2" },
    });
    const { halts, ledgerSize } = await running.notary.status(LOCAL_OPERATOR);
    expect(halts?.map(({ code }) => code)).toEqual(["ledger-behind"]);
    expect(ledgerSize).toBe(1);
    expectOneBranch(one);
  });

  it("takes deposits, and signs nothing, until a node shows more than store and mark", async () => {
    const one = world();
    await restored(one);
    failing(one, ...WITNESSES);
    const running = await one.start();
    const id = await deposited(running, "3");
    await eventually("sealed", async () =>
      (await running.notary.depositState(id)).state === "sealed" ? true : undefined,
    );
    expect((await running.notary.depositState(id)).ledger).toBeUndefined();
    expect(running.notary.halts()).toEqual([]);
    expect((await running.notary.status(LOCAL_OPERATOR)).awaitedNodes).toHaveLength(WITNESSES.length);
    back(one, "bank-b");
    await halted(running);
    await expect(deposited(running, "4")).rejects.toMatchObject({ code: "ledger-behind" });
    expect(await running.store.newestCheckpoint()).toMatchObject({ treeSize: 1 });
    back(one, ...WITNESSES);
    expectOneBranch(one);
  });

  it("is one also where it has as many entries as the nodes, and others", async () => {
    const one = world();
    const shown = await restored(one);
    // As a notary of before would: on from the old store, out of the nodes' sight.
    const nodes = [...one.witnesses.values()].map(({ key }) => [key.name, nodeThatShows(shown)] as const);
    const deaf = await one.start({ ports: () => ({ witnesses: new Map(nodes) }) });
    const id = await deposited(deaf, "another second");
    await eventually("on the ledger", async () => (await deaf.notary.depositState(id)).ledger);
    await deaf.stop();
    const running = await one.start();
    await halted(running);
    expectOneBranch(one);
  });
});

const nodeThatShows = (note: string): WitnessClient => ({
  addCheckpoint: () => Promise.reject(new Error("away")),
  addEntries: () => Promise.reject(new Error("away")),
  shownCheckpoints: () => Promise.resolve([utf8(note)]),
});

describe("the nodes that must have answered", () => {
  it("are so many that no quorum can have formed among the others", async () => {
    // Three of five, a court and a bank among them.
    const one = world();
    failing(one, "court-east", "court-west", "bank-a");
    const running = await one.start();
    const id = await deposited(running, "1");
    await eventually("it is told who is awaited", () =>
      one.logged.find(({ message }) => message.startsWith("nothing is signed until")),
    );
    expect((await running.notary.depositState(id)).ledger).toBeUndefined();
    back(one, "court-east");
    await eventually("on the ledger", async () => (await running.notary.depositState(id)).ledger);
    expect((await running.notary.status(LOCAL_OPERATOR)).awaitedNodes).toEqual([]);
  });

  it("are none where the others have no bank among them, which the quorum wants", async () => {
    const one = world();
    failing(one, "court-east", "court-west", "arbitration");
    const running = await one.start();
    const id = await deposited(running, "1");
    await eventually("on the ledger", async () => (await running.notary.depositState(id)).ledger);
  });

  it("are not those that remember less than they have cosigned", async () => {
    const one = world({
      witnesses: ["court-east", "bank-a"],
      quorum: { total: 1, roles: {}, mirrorsOnly: false },
    });
    const before = await one.start();
    await final(before, "1");
    await eventually("both have cosigned", () =>
      ["court-east", "bank-a"].every((name) => one.witness(name as WitnessName).treeSize === 1)
        ? true
        : undefined,
    );
    await before.stop();
    Object.assign(one.witness("bank-a"), { treeSize: 0, rootHash: emptyRootHash() });
    await one.start();
    const told = await eventually("it is told who is awaited", () =>
      one.logged.find(({ message }) => message.startsWith("nothing is signed until")),
    );
    expect(JSON.stringify(told.fields)).toContain("it shows 0, and has cosigned 1");
  });
});

describe("a node that lies", () => {
  const strangerKey = (one: World) =>
    openSigningKey(join(one.folder, "stranger.key"), { name: ORIGIN, type: SIGNATURE_TYPE.ed25519 }).key;
  const text = (origin: string) =>
    encodeCheckpointText({ origin, treeSize: 99, rootHash: new Uint8Array(32).fill(9) });
  const LIES: readonly [string, (one: World, running: Running) => string | undefined][] = [
    ["says that it has cosigned more, and shows nothing", () => undefined],
    ["shows a checkpoint that somebody else has signed", (one) => signNote(text(ORIGIN), strangerKey(one))],
    [
      "shows one that the log's key has signed for another origin",
      (_, { ports }) => signNote(text("other.example/log"), ports.logSigner),
    ],
    ["shows no note", () => "hello"],
    [
      "shows a line of the log's that does not verify",
      (_, { ports }) => {
        const [head, line = ""] = signNote(text(ORIGIN), ports.logSigner).split("\n\n");
        return `${(head ?? "").replace("99", "98")}\n\n${line}`;
      },
    ],
  ];
  it.each(LIES)("and %s stops nothing, at the start or later", async (_what, lie) => {
    const one = world();
    const first = await one.start();
    await final(first, "1");
    const note = lie(one, first);
    await first.stop();
    const liar: WitnessClient = {
      ...nodeThatShows(note ?? ""),
      addCheckpoint: () => Promise.resolve({ kind: "conflict", treeSize: 99 }),
      ...(note === undefined && { shownCheckpoints: () => Promise.resolve([]) }),
    };
    const running = await one.start({
      ports: ({ witnesses }) => ({
        witnesses: new Map([...witnesses, [one.witness("arbitration").key.name, liar]]),
      }),
    });
    await final(running, "2");
    await final(running, "3");
    expect(running.notary.halts()).toEqual([]);
  });
});

describe("a key of whose signatures nothing is known", () => {
  it("takes no deposits on a store with entries until enough nodes have answered", async () => {
    const one = world();
    const before = await one.start();
    await final(before, "1");
    await before.stop();
    rmSync(join(one.folder, "log.key.signed"));
    failing(one, ...WITNESSES);
    const running = await one.start();
    expect(running.notary.halts().map(({ code }) => code)).toEqual(["ledger-unconfirmed"]);
    await expect(deposited(running, "2")).rejects.toMatchObject({ code: "ledger-unconfirmed" });
    back(one, ...WITNESSES);
    await eventually("it goes on", () => (running.notary.halts().length === 0 ? true : undefined));
    await final(running, "2");
    expect(running.ports.logMark.latest()).toMatchObject({ treeSize: 2 });
  });

  it("begins a new ledger without ceremony", async () => {
    const running = await world().start();
    expect(running.ports.logMark.latest()).toBeUndefined();
    await final(running, "1");
    expect(running.ports.logMark.latest()).toMatchObject({ treeSize: 1 });
  });
});

describe("two machines with one data folder", () => {
  it("never sign two branches: whoever comes second halts before its signature", async () => {
    const one = world();
    const before = await one.start();
    await final(before, "1");
    await before.stop();
    copy(one, "", ".copy");
    const first = await one.start();
    const store = openSqliteStore(join(one.folder, "notary.db.copy"));
    copyFileSync(join(one.folder, "log.key"), join(one.folder, "copied.key"));
    copyFileSync(join(one.folder, "log.key.signed.copy"), join(one.folder, "copied.key.signed"));
    const second = await one.start({
      ports: () => ({ store, logMark: openLogMark(join(one.folder, "copied.key"), ORIGIN) }),
    });
    await eventually("both may sign", async () =>
      (await Promise.all([first, second].map(({ notary }) => notary.status(LOCAL_OPERATOR)))).every(
        ({ awaitedNodes }) => awaitedNodes?.length === 0,
      )
        ? true
        : undefined,
    );
    await final(first, "of the first");
    await deposited(second, "of the second");
    await halted(second);
    expect(await store.newestCheckpoint()).toMatchObject({ treeSize: 1 });
    await final(first, "goes on");
    expectOneBranch(one);
    await second.stop();
    await store.close();
  });
});
