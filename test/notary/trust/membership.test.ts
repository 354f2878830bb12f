/** Changes of the consortium in the notary: appended once whatever fails, taken up at the next start, and never undone by old evidence. */
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.js";
import {
  type Change,
  encodeConsortiumChange,
  isConsortiumEntry,
} from "../../../src/core/membership/change.js";
import { applyChange } from "../../../src/core/membership/apply-change.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import { parseConsortium } from "../../../src/core/trust/consortium.js";
import { parseTrustFile, type TrustFile } from "../../../src/core/trust/trust-file.js";
import { LOCAL_OPERATOR } from "../../../src/notary/model/model.js";
import type { Ports } from "../../../src/notary/ports/ports.js";
import { trustInForce } from "../../../src/notary/trust/trust-in-force.js";
import { VERIFIERS } from "../../../src/platform/keys/verifiers.js";
import { sampleChange, type SampleChange } from "../../http/sample-change.js";
import { requestOf, type World, worlds } from "../world.js";

const world = worlds();
const moved = (url: string): Change => ({ kind: "change-log", url });
const approved = ({ consortium, witnesses }: World, change: SampleChange) =>
  sampleChange({ json: consortium, witnesses }, change);

/** As the program starts: the trust file in force out of the configured one and the store. */
async function started(one: World) {
  const store = openSqliteStore(join(one.folder, "notary.db"));
  const log = { info: nothing, warn: nothing, error: nothing };
  const consortium = await trustInForce({ store, ...VERIFIERS, log }, one.consortium);
  await store.close();
  return one.start({ settings: { consortium } });
}
const nothing = (): void => undefined;

async function changesIn(store: Ports["store"]): Promise<number> {
  const entries = await store.ledgerEntries({ first: 0, count: 1000 });
  return entries.filter(isConsortiumEntry).length;
}

describe("a change of the consortium", () => {
  it("is in force from the next start, under the configured file too", async () => {
    const one = world();
    const before = await one.start();
    const change = approved(one, {
      change: { kind: "retire-witness", name: "bank-b.example/witness", until: 0 },
    });
    expect(await before.notary.appendChange(LOCAL_OPERATOR, change)).toMatchObject({ index: 0, revision: 1 });
    await before.stop();

    const after = await started(one);
    const trusted = parseConsortium(after.notary.identity.consortium);
    expect(trusted.revision).toBe(1);
    const bank = await after.principal("bank-a");
    // Bank A is left out as the depositor and bank B as retired: no bank is left.
    await expect(after.notary.deposit(bank, requestOf("1"))).rejects.toMatchObject({
      code: "quorum-unreachable",
    });
    const next = await after.notary.appendChange(
      LOCAL_OPERATOR,
      approved(one, {
        before: parseTrustFile(after.notary.identity.consortium),
        change: moved("https://new.example"),
        approvals: 3,
      }),
    );
    expect(next).toMatchObject({ index: 1, revision: 2 });
    while (one.witness("court-east").treeSize < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(one.witness("bank-b").treeSize).toBeLessThan(2);
  });

  it("stands on the ledger once, where the store failed after it had stored it", async () => {
    const one = world();
    let failures = 1;
    const running = await one.start({
      ports: ({ store }) => ({
        store: {
          ...store,
          advanceLedger: async (advance) => {
            const stored = await store.advanceLedger(advance);
            if (advance.entries.length > 0 && failures-- > 0) throw new Error("the answer is lost");
            return stored;
          },
        },
      }),
    });
    const change = approved(one, { change: moved("https://new.example") });
    await expect(running.notary.appendChange(LOCAL_OPERATOR, change)).rejects.toThrow("the answer is lost");
    expect(await running.notary.appendChange(LOCAL_OPERATOR, change)).toMatchObject({
      index: 0,
      replayed: true,
    });
    expect(await changesIn(running.store)).toBe(1);
  });

  it("comes between batches without harm, and of two of one trust file one is taken", async () => {
    const one = world();
    const running = await one.start();
    const bank = await running.principal("bank-a");
    const changes = ["a", "b", "c"].map((name) =>
      approved(one, { change: moved(`https://${name}.example`) }),
    );
    const deposits = Array.from({ length: 30 }, (_, i) => running.notary.deposit(bank, requestOf(`${i}`)));
    const outcomes = await Promise.allSettled(
      changes.map((each) => running.notary.appendChange(LOCAL_OPERATOR, each)),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
    for (const outcome of outcomes)
      if (outcome.status === "rejected")
        expect(outcome.reason).toMatchObject({ code: "change-of-other-trust-file" });
    for (const { statement } of await Promise.all(deposits)) {
      await running.notary.waitForFinality(statement.id, 10_000);
      const evidence = await running.notary.evidence(bank, statement.id);
      expect(verifyEvidence({ evidence, consortium: one.consortium }).verdict).toBe("verified");
    }
    expect(await changesIn(running.store)).toBe(1);
  });

  it("is refused while the notary stops, and by whoever is no operator", async () => {
    const one = world();
    const running = await one.start();
    const change = approved(one, { change: moved("https://new.example") });
    const bank = await running.principal("bank-a");
    await expect(running.notary.appendChange(bank, change)).rejects.toMatchObject({
      code: "role-insufficient",
    });
    await running.notary.close();
    await expect(running.notary.appendChange(LOCAL_OPERATOR, change)).rejects.toMatchObject({
      code: "stopping",
    });
    expect(await changesIn(running.store)).toBe(0);
  });
});

describe("evidence that rested on a key which was in other hands", () => {
  it("is made anew against a later checkpoint", async () => {
    const one = world();
    const before = await one.start();
    const bank = await before.principal("bank-a");
    for (const name of ["court-west", "bank-a"] as const) one.witness(name).failure = new Error("away");
    const { statement } = await before.notary.deposit(bank, requestOf("1"));
    await before.notary.waitForFinality(statement.id, 10_000);
    const first = await before.notary.evidence(bank, statement.id);
    const retire: Change = { kind: "retire-witness", name: "arbitration.example/witness", until: 0 };
    for (const name of ["court-west", "bank-a"] as const) one.witness(name).failure = undefined;
    await before.notary.appendChange(LOCAL_OPERATOR, approved(one, { change: retire }));
    await before.stop();

    const after = await started(one);
    const consortium = after.notary.identity.consortium;
    expect(verifyEvidence({ evidence: first, consortium }).verdict).toBe("refused");
    const again = await after.principal("bank-a");
    const second = await after.notary.deposit(again, requestOf("2"));
    await after.notary.waitForFinality(second.statement.id, 10_000);
    const anew = await after.notary.evidence(again, statement.id);
    expect(verifyEvidence({ evidence: anew, consortium }).verdict).toBe("verified");
    // Whoever has not followed the change finds nothing wrong with it either.
    expect(verifyEvidence({ evidence: anew, consortium: one.consortium }).verdict).toBe("verified");
  });
});

describe("the trust file in force", () => {
  it("stays the configured one, byte for byte, where the ledger holds nothing valid", async () => {
    const one = world();
    const running = await one.start();
    const told: object[] = [];
    const log = { info: nothing, warn: nothing, error: (fields: object) => void told.push(fields) };
    const before = parseTrustFile(one.consortium);
    const lie = encodeConsortiumChange(approved(one, { change: moved("https://lie.example"), approvals: 0 }));
    const stored = { consortiumEntries: () => Promise.resolve([{ index: 5, content: lie }]) };
    const store = { ...running.store, ...stored };
    expect(await trustInForce({ store, ...VERIFIERS, log }, one.consortium)).toBe(one.consortium);
    expect(told).toMatchObject([{ index: 5, code: "approvals-insufficient" }]);
    const good = encodeConsortiumChange(approved(one, { change: moved("https://new.example") }));
    const consortiumEntries = () =>
      Promise.resolve([lie, good].map((content, index) => ({ index, content })));
    const inForce = await trustInForce(
      { store: { ...store, consortiumEntries }, ...VERIFIERS, log },
      one.consortium,
    );
    const wanted: TrustFile = applyChange(before, moved("https://new.example"));
    expect(parseTrustFile(inForce)).toEqual(wanted);
  });
});
