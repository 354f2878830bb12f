import { describe, expect, it } from "@jest/globals";
import { parseEntryBundle } from "../../../src/core/ledger/entry-bundle.js";
import { splitTile } from "../../../src/core/ledger/tile.js";
import { emptyRootHash, hashLeaf } from "../../../src/core/merkle/hash.js";
import { verifyInclusion } from "../../../src/core/merkle/inclusion.js";
import { formatTime } from "../../../src/core/record/time.js";
import { parseNote } from "../../../src/core/ledger/note.js";
import { parseTlogProof } from "../../../src/core/ledger/tlog-proof.js";
import { parseEvidence } from "../../../src/core/evidence/evidence.js";
import { parseCheckpointText } from "../../../src/core/ledger/checkpoint.js";
import type { DepositState, Principal } from "../../../src/notary/model/model.js";
import { LOCAL_OPERATOR } from "../../../src/notary/model/model.js";
import { requestOf, type Running, START_MS, type World, WITNESSES, worlds } from "../world.js";

const world = worlds();

async function deposit({ notary }: Running, by: Principal, content = "x"): Promise<string> {
  return (await notary.deposit(by, requestOf(content))).statement.id;
}
const final = ({ notary }: Running, id: string): Promise<DepositState> => notary.waitForFinality(id, 8000);
const namesOf = ({ cosigners }: DepositState) => cosigners.map(({ organisation }) => organisation).sort();
const sizeOf = (evidence: Uint8Array) =>
  parseCheckpointText(parseNote(parseTlogProof(parseEvidence(evidence).ledgerProof).checkpoint).text)
    .treeSize;
/** Waits for what an event loop brings about, and not for a time. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 1));
}
const cosignaturesIn = (evidence: Uint8Array) =>
  parseNote(parseTlogProof(parseEvidence(evidence).ledgerProof).checkpoint).signatures.length - 1;
const logged = ({ logged }: World, text: string) => logged.filter(({ message }) => message.includes(text));

describe("witnesses that are slow or dead", () => {
  it("delay nobody whose quorum holds without them, and come late into later evidence", async () => {
    const one = world();
    const running = await one.start();
    const { notary, principal } = running;
    const stranger = await principal("stranger");
    const slow = [one.witness("court-west"), one.witness("arbitration")];
    const releases = slow.map((witness) => witness.hold());
    const id = await deposit(running, stranger);
    const state = await final(running, id);
    expect(state).toMatchObject({ state: "final", finalAt: formatTime(START_MS) });
    expect(namesOf(state)).toEqual(["bank-a", "bank-b", "court-east"]);
    const early = await notary.evidence(stranger, id);

    one.clock.nowMs += 3000;
    for (const release of releases) release();
    await until(async () => namesOf(await notary.depositState(id)).length === 5);
    // Later cosignatures make it stronger, not later.
    expect(await notary.depositState(id)).toMatchObject({
      finalAt: formatTime(START_MS),
      ledger: { treeSize: 1 },
    });
    const late = await notary.evidence(stranger, id);
    expect([early, late].map((evidence) => cosignaturesIn(evidence))).toEqual([3, 5]);
  });

  it("needed by one depositor alone delay nobody else", async () => {
    const one = world();
    const running = await one.start();
    const [bank, stranger] = [await running.principal("bank-a"), await running.principal("stranger")];
    // Without its own node, bank A needs bank B; and that one is slow.
    const release = one.witness("bank-b").hold();
    const waiting = await deposit(running, bank);
    for (let i = 0; i < 5; i++)
      expect((await final(running, await deposit(running, stranger, `${i}`))).state).toBe("final");
    // Cosignatures that nobody needs may come later.
    await until(async () => (await running.notary.depositState(waiting)).quorum?.awaited.length === 1);
    expect(await running.notary.depositState(waiting)).toMatchObject({
      state: "sealed",
      quorum: {
        total: { got: 3, want: 3 },
        roles: [
          { role: "court", got: 2, want: 1 },
          { role: "bank", got: 0, want: 1 },
        ],
        awaited: [{ organisation: "bank-b", role: "bank", nodes: ["bank-b.example/witness"] }],
      },
    });
    release();
    const state = await final(running, waiting);
    expect(state).toMatchObject({ state: "final", quorum: { total: { got: 4, want: 3 }, awaited: [] } });
    expect(state.cosigners.find(({ organisation }) => organisation === "bank-a")).toMatchObject({
      counted: false,
      reason: "depositor",
    });
  });

  it("are not counted for a depositor that goes by their credit code, or by their name, under another id", async () => {
    const one = world();
    const { notary, ...running } = await one.start();
    const put = async (id: string, name: string, creditCode?: string) => {
      await notary.putOrganisation(LOCAL_OPERATOR, {
        id,
        name,
        ...(creditCode !== undefined && { creditCode }),
      });
      const { token } = await notary.createApiKey(LOCAL_OPERATOR, { organisationId: id, role: "depositor" });
      return notary.authenticate(token);
    };
    const release = one.witness("bank-b").hold();
    const depositors = [
      await put("branch-1", "A branch", "example-BANK-a"),
      await put("branch-2", "ＥＸＡＭＰＬＥ Bank-A"),
    ];
    const waiting = await Promise.all(depositors.map((by, i) => deposit({ notary, ...running }, by, `${i}`)));
    const stranger = await running.principal("stranger");
    // What comes later is final for everybody else: so it is the quorum that these two wait for, and not the ledger.
    const later = await deposit({ notary, ...running }, stranger, "later");
    expect((await final({ notary, ...running }, later)).state).toBe("final");
    for (const id of waiting) {
      // Cosignatures that nobody needs may come later.
      await until(async () => (await notary.depositState(id)).quorum?.awaited.length === 1);
      const state = await notary.depositState(id);
      expect(state).toMatchObject({ state: "sealed", quorum: { awaited: [{ organisation: "bank-b" }] } });
      expect(state.cosigners.find(({ organisation }) => organisation === "bank-a")?.reason).toBe("depositor");
    }
    release();
    for (const id of waiting) expect((await final({ notary, ...running }, id)).state).toBe("final");
  });

  it("meet on one checkpoint, however they take turns", async () => {
    // All five must cosign; each answers only every now and then, and never together.
    const one = world({ quorum: { total: 5, roles: {}, mirrorsOnly: false } });
    const running = await one.start();
    const stranger = await running.principal("stranger");
    let turns = true;
    const takingTurns = (async () => {
      const releases = WITNESSES.map((name) => one.witness(name).hold());
      for (let turn = 0; turns; turn++) {
        const at = turn % WITNESSES.length;
        releases[at]?.();
        releases[at] = one.witness(WITNESSES[at] as (typeof WITNESSES)[number]).hold();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      for (const release of releases) release();
    })();
    const ids: string[] = [];
    for (let i = 0; i < 20; i++) {
      ids.push(await deposit(running, stranger, `${i}`));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const states = await Promise.all(ids.map((id) => final(running, id)));
    turns = false;
    await takingTurns;
    expect(states.map(({ state }) => state)).toEqual(Array(20).fill("final"));
  });

  it("that are dead are asked less and less, and cosign soon after their return", async () => {
    const one = world();
    const running = await one.start();
    const stranger = await running.principal("stranger");
    for (const name of ["bank-a", "bank-b"] as const) one.witness(name).failure = new Error("ECONNREFUSED");
    const id = await deposit(running, stranger);
    expect((await running.notary.waitForFinality(id, 300)).state).toBe("sealed");
    await expect(running.notary.evidence(stranger, id)).rejects.toMatchObject({
      code: "not-final",
      detail: { got: "sealed", want: "final", retryAfterSeconds: 1 },
    });
    expect(one.witness("bank-a").asked).toBeLessThan(4);
    one.witness("bank-a").failure = undefined;
    expect((await final(running, id)).state).toBe("final");
    expect(logged(one, "no cosignature")).toHaveLength(2);
    expect(logged(one, "cosigns again")).toHaveLength(1);
  });

  it("are told of again each minute, and so is finality that stopped, and that it goes on", async () => {
    const one = world();
    const running = await one.start();
    const dead = ["court-east", "court-west"] as const;
    for (const name of dead) one.witness(name).failure = new Error("ECONNREFUSED");
    const id = await deposit(running, await running.principal("stranger"));
    await until(() => logged(one, "no cosignature").length === 2);
    expect(logged(one, "no cosignature")[0]?.fields).toMatchObject({
      failures: 1,
      since: formatTime(START_MS),
    });
    expect(logged(one, "finality stopped")).toHaveLength(0);
    one.clock.nowMs += 61_000;
    await until(() => logged(one, "no cosignature").length === 4);
    for (const { fields } of logged(one, "no cosignature").slice(2)) {
      expect(fields).toMatchObject({ since: formatTime(START_MS) });
      expect((fields as { failures: number }).failures).toBeGreaterThan(1);
    }
    await until(() => logged(one, "finality stopped").length > 0);
    expect(logged(one, "finality stopped")).toMatchObject([
      {
        level: "error",
        fields: {
          oldestWaitingSeconds: 61,
          depositors: ["all without a node of their own"],
          want: { total: 3 },
          away: dead.map((name) => `${name}.example/witness`),
        },
      },
    ]);
    expect(logged(one, "finality goes on")).toHaveLength(0);
    for (const name of dead) one.witness(name).failure = undefined;
    expect((await final(running, id)).state).toBe("final");
    await until(() => logged(one, "finality goes on").length === 1);
    expect(logged(one, "finality stopped")).toHaveLength(1);
  });

  it("that do not answer in time count as dead", async () => {
    const one = world({ quorum: { total: 5, roles: {}, mirrorsOnly: false } });
    const running = await one.start({ settings: { witnessTimeoutMs: 30 } });
    const release = one.witness("bank-b").hold();
    const id = await deposit(running, await running.principal("stranger"));
    await until(() => logged(one, "no cosignature").length > 0);
    release();
    expect((await final(running, id)).state).toBe("final");
  });
});

describe("witnesses that know more or less than the notary thinks", () => {
  it("whose answer was lost are asked again for the same size", async () => {
    const one = world();
    const running = await one.start();
    for (const name of WITNESSES) one.witness(name).lostAnswers = 1;
    const id = await deposit(running, await running.principal("stranger"));
    expect((await final(running, id)).ledger).toEqual({ index: 0, treeSize: 1 });
    expect(one.witness("court-east").cosigned).toEqual([1, 1]);
  });

  it("that forgot all are believed, and told with a proof from nothing", async () => {
    const one = world({ quorum: { total: 5, roles: {}, mirrorsOnly: false } });
    const running = await one.start();
    const stranger = await running.principal("stranger");
    await final(running, await deposit(running, stranger, "1"));
    const witness = one.witness("court-east");
    witness.treeSize = 0;
    witness.rootHash = emptyRootHash();
    expect((await final(running, await deposit(running, stranger, "2"))).state).toBe("final");
    expect(logged(one, "remembers less")).toHaveLength(1);
  });

  it("that have seen a larger ledger than the store has are shouted about and not believed", async () => {
    const one = world();
    const running = await one.start();
    const stranger = await running.principal("stranger");
    one.witness("bank-b").treeSize = 1000;
    const id = await deposit(running, stranger);
    expect((await final(running, id)).state).toBe("final");
    await until(() => logged(one, "knows a larger ledger").length > 0);
  });

  it.each([
    ["no cosignature of its own", { kind: "cosigned", body: "" } as const],
    ["no signature line", { kind: "cosigned", body: "hello\n" } as const],
    ["an error of its own", { kind: "refused", status: 500, message: "sqlite" } as const],
    ["409 for the size that it was asked from", { kind: "conflict", treeSize: 0 } as const],
  ])("that answer %s are not counted, and asked again later", async (_what, oddAnswer) => {
    const one = world({ quorum: { total: 5, roles: {}, mirrorsOnly: false } });
    const running = await one.start();
    one.witness("arbitration").oddAnswer = oddAnswer;
    const id = await deposit(running, await running.principal("stranger"));
    await until(() => logged(one, "no cosignature").length > 0);
    expect((await running.notary.depositState(id)).state).not.toBe("final");
    one.witness("arbitration").oddAnswer = undefined;
    expect((await final(running, id)).state).toBe("final");
  });

  it("that cosign with another's key, or another text, are not stored", async () => {
    const one = world({ quorum: { total: 5, roles: {}, mirrorsOnly: false } });
    const running = await one.start();
    const [odd, other] = [one.witness("arbitration"), one.witness("bank-b")];
    const id = await deposit(running, await running.principal("stranger"));
    await final(running, id);
    odd.oddAnswer = { kind: "cosigned", body: `${odd.line("another text\n")}\n` };
    other.oddAnswer = { kind: "cosigned", body: `${one.witness("bank-a").line("x\n")}\n` };
    const next = await deposit(running, await running.principal("stranger"), "y");
    await until(() => logged(one, "no cosignature").length === 2);
    expect(namesOf(await running.notary.depositState(next))).not.toContain("arbitration");
    expect(namesOf(await running.notary.depositState(next))).not.toContain("bank-b");
  });

  it("whose clock is far behind are shown and not counted", async () => {
    const one = world({ quorum: { total: 4, roles: {}, mirrorsOnly: false } });
    const running = await one.start();
    for (const name of ["arbitration", "bank-b"] as const) one.witness(name).clockOffsetMs = -60_000;
    const stranger = await running.principal("stranger");
    const id = await deposit(running, stranger);
    await until(async () => (await running.notary.depositState(id)).cosigners.length === 5);
    const state = await running.notary.depositState(id);
    expect(state.state).toBe("sealed");
    expect(state.cosigners.filter(({ reason }) => reason === "too-early")).toHaveLength(2);
    // With their clocks right again they are asked to cosign once more, and their first cosignatures are still shown.
    for (const name of ["arbitration", "bank-b"] as const) one.witness(name).clockOffsetMs = 0;
    expect(await final(running, id)).toMatchObject({ state: "final", ledger: { index: 0, treeSize: 1 } });
    const { cosigners } = await running.notary.depositState(id);
    expect(cosigners.filter(({ reason }) => reason === "too-early")).toHaveLength(2);
    expect(cosigners.filter(({ counted }) => counted).length).toBeGreaterThanOrEqual(4);
    await running.notary.evidence(stranger, id);
  });
});

describe("evidence against the latest checkpoint", () => {
  it("is made anew with whoever cosigned that", async () => {
    const one = world();
    const running = await one.start();
    const stranger = await running.principal("stranger");
    const id = await deposit(running, stranger, "1");
    await final(running, id);
    for (const content of ["2", "3"]) await final(running, await deposit(running, stranger, content));
    expect(sizeOf(await running.notary.evidence(stranger, id))).toBe(1);
    expect(sizeOf(await running.notary.evidence(stranger, id, { against: "latest" }))).toBe(3);
    const { proof, entry } = await running.notary.ledgerProof(stranger, id);
    const { index, path } = parseTlogProof(proof);
    verifyInclusion({ leafIndex: index, treeSize: 1, path }, hashLeaf(entry), hashLeaf(entry));
  });
});

describe("the published ledger", () => {
  it("shows the newest final checkpoint with its cosignatures, and never a smaller one than before", async () => {
    const one = world();
    const running = await one.start();
    const { notary } = running;
    const stranger = await running.principal("stranger");
    const shown = async () => parseCheckpointText(parseNote(await notary.checkpoint()).text).treeSize;
    expect(await shown()).toBe(0);
    const releases = (["bank-a", "bank-b"] as const).map((name) => one.witness(name).hold());
    await deposit(running, stranger, "1");
    await until(async () => (await shown()) === 1);
    await deposit(running, stranger, "2");
    await until(async () => (await running.store.newestCheckpoint())?.treeSize === 2);
    // The second has no quorum, nor has the first: the one that is being cosigned is shown.
    expect(await shown()).toBe(1);
    for (const release of releases) release();
    await until(async () => (await shown()) === 2);
    expect(parseNote(await notary.checkpoint()).signatures.length).toBeGreaterThan(3);
    const hashes = await notary.tile({ level: 0, index: 0, width: 2 });
    expect(hashes.subarray(0, 32)).toEqual(await notary.tile({ level: 0, index: 0, width: 1 }));
    const [first, second] = parseEntryBundle(await notary.entries({ index: 0, width: 2 }), 2);
    expect([first, second].map((entry) => hashLeaf(entry as Uint8Array))).toEqual(splitTile(hashes));
    for (const odd of [
      () => notary.tile({ level: 0, index: 0, width: 3 }),
      () => notary.tile({ level: 0, index: 0, width: 0 }),
      () => notary.tile({ level: 1, index: 0, width: 1 }),
      () => notary.entries({ index: 1, width: 1 }),
      () => notary.entries({ index: 0, width: 256 }),
    ])
      await expect(odd()).rejects.toMatchObject({ code: "ledger-resource-unknown" });
  });
});

describe("a trust file whose quorum", () => {
  const warnings = (one: World) => one.logged.filter(({ level }) => level === "warn");

  it("some depositors could never reach has their deposits refused, and told at the start", async () => {
    const one = world({ quorum: { total: 3, roles: { bank: 2 }, mirrorsOnly: false } });
    const running = await one.start();
    expect(warnings(one)).toMatchObject([{ fields: { depositors: ["bank-a", "bank-b"] } }]);
    const [bank, stranger] = [await running.principal("bank-a"), await running.principal("stranger")];
    await expect(deposit(running, bank)).rejects.toMatchObject({
      code: "quorum-unreachable",
      detail: { got: "bank-a" },
    });
    const id = await deposit(running, stranger);
    expect((await final(running, id)).state).toBe("final");
    const evidence = parseEvidence(await running.notary.evidence(stranger, id));
    expect(evidence.batch.size).toBe(1);
  });

  it("half of those who can count would meet is told at the start", async () => {
    const one = world({ quorum: { total: 2, roles: {}, mirrorsOnly: false } });
    await one.start();
    expect(warnings(one)).toMatchObject([{ message: expect.stringContaining("two ledgers") }]);
  });

  it("is sound needs no word", async () => {
    const one = world();
    await one.start();
    expect(warnings(one)).toEqual([]);
  });
});
