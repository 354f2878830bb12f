/**
 * A store that was put back from a backup does not know the last links of its chains. What their depositors show is signed by
 * this notary, and proves which places are given: none of them is given again, and a chain that contradicts itself ends.
 */
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { holdChainsOf } from "../../../src/adapters/sqlite/copies/hold-chains.js";
import { hashStatement } from "../../../src/core/record/statement.js";
import type { DepositResult, Principal, ShownLink } from "../../../src/notary/model/model.js";
import { requestOf, type Running, type World, worlds } from "../world.js";

const makeWorld = worlds();
const UNSEALED = { settings: { sealing: { afterMs: 600_000, promiseMs: 600_000, maxBatchSize: 1000 } } };
let world: World;
let running: Running;
let bank: Principal;
let chain: string;
/** Links 1 to 3: a backup holds them. */
let kept: [DepositResult, DepositResult, DepositResult];
let serial = 0;

const refusal = (code: string, detail: object = {}) => ({ name: "Refusal", code, detail });
const deposit = (into: { readonly id?: string } = { id: chain }, by = bank) =>
  running.notary.deposit(by, requestOf(`record ${serial++}`, { chain: into }));
const link = ({ statement, receipt }: DepositResult): ShownLink => ({ statement, receipt });
const resume = (shown: ShownLink, { id = chain, by = bank } = {}) =>
  running.notary.resumeChain(by, id, shown);
const chainIdOf = ({ statement }: DepositResult) => statement.chain?.id ?? "";
const sequenceOf = ({ statement }: DepositResult) => statement.chain?.sequence;

const storeFile = () => join(world.folder, "notary.db");
async function start(): Promise<void> {
  running = await world.start(UNSEALED);
  bank = await running.principal("bank-a");
}
/** The store of links 1 to 3; every chain is held, unless somebody copied the file back by hand. */
async function putBack({ isHeld = true } = {}): Promise<void> {
  await running.stop();
  for (const name of readdirSync(world.folder))
    if (name.startsWith("notary.db")) rmSync(join(world.folder, name));
  copyFileSync(join(world.folder, "backup.db"), storeFile());
  if (isHeld) expect(holdChainsOf(storeFile())).toBe(1);
  await start();
}
/** Links 4 and on, which came after the backup. */
async function lose(count: number, how?: { readonly isHeld: boolean }): Promise<DepositResult[]> {
  const lost = [];
  for (let i = 0; i < count; i += 1) lost.push(await deposit());
  await putBack(how);
  return lost;
}
const at = (links: readonly DepositResult[], index: number): DepositResult => {
  const found = links[index];
  if (found === undefined) throw new Error(`no link ${index}`);
  return found;
};

async function expectForked(): Promise<void> {
  const refused = refusal("chain-link-contradicts");
  expect(await running.notary.chain(bank, chain)).toMatchObject({ forked: true });
  await expect(deposit()).rejects.toMatchObject({ code: refused.code });
  for (const shown of [{ nothingAfter: 3 }, { nothingAfter: 4 }, link(kept[2])])
    await expect(resume(shown)).rejects.toMatchObject({
      code: expect.stringMatching(/^chain-(link-contradicts|sequence-mismatch)$/),
    });
  await running.stop();
  await start();
  await expect(deposit()).rejects.toMatchObject({ code: refused.code });
  // Another is begun at any time.
  expect(sequenceOf(await deposit({}))).toBe(1);
}

beforeEach(async () => {
  world = makeWorld();
  await start();
  const first = await deposit({});
  chain = chainIdOf(first);
  kept = [first, await deposit(), await deposit()];
  await running.stop();
  // What waited is sealed at the start: of what comes after the backup nothing is then on the ledger.
  await start();
  await running.notary.waitForFinality(kept[2].statement.id, 10_000);
  await running.stop();
  copyFileSync(storeFile(), join(world.folder, "backup.db"));
  await start();
});

describe("a chain whose store was put back", () => {
  it("takes nothing until the last link is shown, and goes on after that, also across links that are lost", async () => {
    const lost = await lose(3);
    await expect(deposit()).rejects.toMatchObject(
      refusal("chain-held", {
        field: "/metadata/chain/id",
        got: chain,
        want: `POST /v1/chains/${chain}/resume`,
      }),
    );
    const last = at(lost, 2);
    const head = { id: chain, length: 6, head: hashStatement(last.statement) };
    expect(await resume(link(last))).toEqual(head);
    expect(await resume(link(last))).toEqual(head);
    const next = await deposit();
    expect(sequenceOf(next)).toBe(7);
    expect(next.statement.chain?.previous).toBe(Buffer.from(head.head).toString("base64"));
  });

  it("stays held by links that came before the one it knows, and by any length but its own", async () => {
    await lose(1);
    for (const stale of [link(kept[0]), link(kept[1]), { nothingAfter: 2 }, { nothingAfter: 4 }])
      await expect(resume(stale)).rejects.toMatchObject({
        code: "chain-sequence-mismatch",
        detail: { want: "3" },
      });
    await expect(deposit()).rejects.toMatchObject({ code: "chain-held" });
    expect(await running.notary.chain(bank, chain)).toMatchObject({ held: true, forked: false, length: 3 });
  });

  it("takes a later link up after an earlier one, or after the word that there is none, while nothing was deposited", async () => {
    const lost = await lose(4);
    expect(await resume({ nothingAfter: 3 })).toMatchObject({ length: 3 });
    expect(await resume(link(at(lost, 1)))).toMatchObject({ length: 5 });
    expect(await resume(link(at(lost, 3)))).toMatchObject({ length: 7 });
    await expect(resume(link(at(lost, 2)))).rejects.toMatchObject({ code: "chain-sequence-mismatch" });
    await expect(resume({ nothingAfter: 3 })).rejects.toMatchObject({ code: "chain-sequence-mismatch" });
    expect(sequenceOf(await deposit())).toBe(8);
  });

  it("ends after the latest of links that are shown at once, beside deposits", async () => {
    const lost = await lose(5);
    const [shown, deposits] = [[3, 0, 4, 1, 2], [] as Promise<DepositResult>[]];
    const asked = shown.map((index) => resume(link(at(lost, index))));
    await Promise.allSettled(asked);
    for (let i = 0; i < 5; i += 1) deposits.push(deposit());
    expect((await Promise.all(deposits)).map(sequenceOf)).toEqual([9, 10, 11, 12, 13]);
  });

  it("goes on also where nobody held it, by a proof that its next place is given", async () => {
    const [lost] = await lose(1, { isHeld: false });
    if (lost === undefined) throw new Error("nothing was lost");
    expect(await resume(link(lost))).toMatchObject({ length: 4 });
    expect(sequenceOf(await deposit())).toBe(5);
  });

  it("is another organisation's for everybody else, and stays held", async () => {
    await lose(1);
    const other = await running.principal("bank-b");
    const reader = await running.principal("bank-a", "reader");
    await expect(resume({ nothingAfter: 3 }, { by: other })).rejects.toMatchObject({
      code: "chain-of-another-organisation",
    });
    await expect(resume({ nothingAfter: 3 }, { by: reader })).rejects.toMatchObject({
      code: "role-insufficient",
    });
    await expect(deposit()).rejects.toMatchObject({ code: "chain-held" });
  });
});

describe("a chain of which two links are proved to stand at one place", () => {
  it("ends where a deposit took the place of a link that is shown too late", async () => {
    const [lost] = await lose(1);
    if (lost === undefined) throw new Error("nothing was lost");
    await resume({ nothingAfter: 3 });
    expect(sequenceOf(await deposit())).toBe(4);
    await expect(resume(link(lost))).rejects.toMatchObject({ code: "chain-link-contradicts" });
    await expectForked();
  });

  it("ends also where more was deposited since", async () => {
    const [lost] = await lose(1);
    if (lost === undefined) throw new Error("nothing was lost");
    await resume({ nothingAfter: 3 });
    for (let i = 0; i < 3; i += 1) await deposit();
    await expect(resume(link(lost))).rejects.toMatchObject({ code: "chain-link-contradicts" });
    await expectForked();
  });

  it("ends where the next link has another before it", async () => {
    const lost = await lose(2);
    await resume({ nothingAfter: 3 });
    await deposit();
    await expect(resume(link(at(lost, 1)))).rejects.toMatchObject({
      code: "chain-link-contradicts",
      detail: { got: "5", want: expect.stringMatching(/^after 4, /) },
    });
    await expectForked();
  });

  it("ends where a link far beyond shows that the depositor's word was wrong and its place given again", async () => {
    const lost = await lose(3);
    await resume({ nothingAfter: 3 });
    await deposit();
    await expect(resume(link(at(lost, 2)))).rejects.toMatchObject({ code: "chain-link-contradicts" });
    await expectForked();
  });
});

describe("what proves no link of the chain", () => {
  it("is refused, and the chain stays held: receipts", async () => {
    const other = await running.principal("bank-b");
    const foreign = await deposit({}, other);
    const ownOther = await deposit({});
    const unchained = await running.notary.deposit(bank, requestOf("without a chain"));
    const [lost] = await lose(1);
    if (lost === undefined) throw new Error("nothing was lost");
    const forged = { ...lost.statement, chain: { ...lost.statement.chain, id: chain, sequence: 9 } };
    const cases: readonly (readonly [ShownLink, object])[] = [
      [link(foreign), { code: "chain-of-another-organisation" }],
      [
        link(ownOther),
        refusal("chain-link-invalid", {
          field: "/statement/chain/id",
          got: chainIdOf(ownOther),
          want: chain,
        }),
      ],
      [link(unchained), { code: "chain-link-invalid", detail: { got: "no chain" } }],
      [{ statement: forged, receipt: lost.receipt }, { code: "chain-link-invalid" }],
      [{ statement: lost.statement, receipt: kept[2].receipt }, { code: "chain-link-invalid" }],
      [{ statement: lost.statement, receipt: "no receipt" }, { code: "chain-link-invalid" }],
    ];
    await running.principal("bank-b");
    for (const [shown, refused] of cases) await expect(resume(shown)).rejects.toMatchObject(refused);
    await expect(deposit()).rejects.toMatchObject({ code: "chain-held" });
  });

  it("is refused: evidence of another chain, of another depositor, and against the ledger", async () => {
    await running.stop();
    running = await world.start();
    bank = await running.principal("bank-a");
    const other = await running.principal("bank-b");
    const evidenceOf = async (by: Principal, { statement }: DepositResult) => {
      await running.notary.waitForFinality(statement.id, 5000);
      return running.notary.evidence(by, statement.id);
    };
    const ownOther = await deposit({});
    const evidence = await evidenceOf(bank, ownOther);
    await expect(resume({ evidence })).rejects.toMatchObject({
      code: "chain-link-invalid",
      detail: { got: chainIdOf(ownOther), want: chain },
    });
    const foreign = await evidenceOf(other, await deposit({}, other));
    await expect(resume({ evidence: foreign })).rejects.toMatchObject({
      code: "chain-of-another-organisation",
    });
    const altered = new TextEncoder().encode(
      new TextDecoder().decode(evidence).replace(chainIdOf(ownOther), chain),
    );
    await expect(resume({ evidence: altered })).rejects.toMatchObject({ code: "chain-link-invalid" });
    expect(await resume({ evidence }, { id: chainIdOf(ownOther) })).toMatchObject({ length: 1 });
  });

  it("takes no chain up that nobody began", async () => {
    const id = "01KAT4M0Z6R2A8Q0F3X5B7C9DE";
    await expect(resume({ nothingAfter: 1 }, { id })).rejects.toMatchObject({ code: "chain-unknown" });
    await expect(resume(link(kept[2]), { id })).rejects.toMatchObject({ code: "chain-link-invalid" });
  });
});
