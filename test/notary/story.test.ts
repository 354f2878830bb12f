import { describe, expect, it } from "@jest/globals";
import { parseVkey } from "../../src/core/ledger/vkey.js";
import { openReceipt } from "../../src/core/evidence/receipt.js";
import { parseEvidence } from "../../src/core/evidence/evidence.js";
import { hashStatement } from "../../src/core/record/statement.js";
import { verifyEvidence } from "../../src/core/verify/verify-evidence.js";
import { START_MS, requestOf, worlds } from "./world.js";
import { formatTime } from "../../src/core/record/time.js";

const world = worlds();

describe("a deposit's whole way", () => {
  it("ends in evidence that the public verifier accepts", async () => {
    const { start, consortium, clock } = world();
    const { notary, principal } = await start();
    const bank = await principal("bank-a");
    const result = await notary.deposit(bank, requestOf("a record", { name: "loan", clientRef: "7" }));
    expect(result.replayed).toBe(false);
    expect(result.statement.depositor).toEqual({ id: "bank-a", name: "Example bank-a" });
    expect(result.leafHash).toEqual(hashStatement(result.statement));
    const receipt = openReceipt(result.receipt, [parseVkey(notary.identity.receiptVkey)]);
    expect(receipt).toMatchObject({
      origin: notary.identity.origin,
      id: result.statement.id,
      sealBy: formatTime(START_MS + 5 + 10_000),
    });
    clock.nowMs += 250;

    const state = await notary.waitForFinality(result.statement.id, 5000);
    expect(state).toMatchObject({
      state: "final",
      receivedAt: formatTime(START_MS),
      sealedAt: formatTime(START_MS + 250),
      finalAt: formatTime(START_MS + 250),
      batch: { size: 1, leafIndex: 0 },
      ledger: { index: 0, treeSize: 1 },
    });
    const evidence = await notary.evidence(bank, result.statement.id);
    const report = verifyEvidence({ evidence, consortium });
    expect(report.verdict).toBe("verified");
    expect(parseEvidence(evidence).statement).toEqual(result.statement);
    // Its own node may have cosigned, and does not count.
    for (const { organisation, reason } of report.cosigners)
      if (organisation === "bank-a") expect(reason).toBe("depositor");
  });

  it("tells the operator when a batch is sealed later than a receipt promised", async () => {
    const { start, clock, logged } = world();
    const sealing = { afterMs: 5, promiseMs: 1000, maxBatchSize: 8192 };
    const { notary, principal } = await start({ settings: { sealing } });
    const bank = await principal("bank-a");
    const late = () => logged.filter(({ message }) => message.includes("later than its receipts promised"));

    const kept = await notary.deposit(bank, requestOf("in time"));
    await notary.waitForFinality(kept.statement.id, 5000);
    expect(late()).toEqual([]);

    const broken = await notary.deposit(bank, requestOf("too late"));
    clock.nowMs += 5 + 1000 + 250;
    await notary.waitForFinality(broken.statement.id, 5000);
    expect(late()).toMatchObject([{ level: "warn", fields: { lateMs: 250 } }]);
  });
});
