import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { base64, bytesFromBase64, utf8 } from "../../../src/core/bytes.js";
import { hashStatement } from "../../../src/core/record/statement.js";
import { type DepositRequest, LOCAL_OPERATOR } from "../../../src/notary/model/model.js";
import { isOnMongo } from "../open-store.js";
import { requestOf, type Running, worlds } from "../world.js";

const world = worlds();
const fingerprint = (byte: number) => new Uint8Array(32).fill(byte);
const chunks = (...texts: string[]) => texts.map(utf8);

const refusal = (code: string, detail: object = {}) => ({ name: "Refusal", code, detail });

describe("concurrent deposits", () => {
  it("share commits, and one that is refused fails alone", async () => {
    const { start } = world();
    let groups = 0;
    const { notary, principal } = await start({
      ports: ({ store }) => ({
        store: {
          ...store,
          record: (scope, decide) => {
            groups += 1;
            return store.record(scope, decide);
          },
        },
      }),
    });
    const bank = await principal("bank-a");
    const chain = (await notary.deposit(bank, requestOf("head", { chain: {} }))).statement.chain;
    groups = 0;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, i) =>
        notary.deposit(
          bank,
          requestOf(`${i}`, i % 10 === 3 ? { chain: { id: chain?.id as string, sequence: 99 } } : {}),
        ),
      ),
    );
    expect(groups).toBe(1);
    for (const [i, outcome] of outcomes.entries()) {
      expect(outcome.status).toBe(i % 10 === 3 ? "rejected" : "fulfilled");
      if (outcome.status === "rejected")
        expect(outcome.reason).toMatchObject(
          refusal("chain-sequence-mismatch", { field: "/metadata/chain/sequence", got: "99", want: "2" }),
        );
    }
    await notary.waitForFinality(
      (outcomes[99] as PromiseFulfilledResult<{ statement: { id: string } }>).value.statement.id,
      5000,
    );
  });

  it("into one chain get 1 to 200, each tied to the one before", async () => {
    const { start } = world();
    const { notary, principal } = await start();
    const bank = await principal("bank-a");
    const first = await notary.deposit(bank, requestOf("0", { chain: { sequence: 1 } }));
    const id = first.statement.chain?.id as string;
    expect(first.statement.chain).toEqual({ id, sequence: 1 });
    const others = await Promise.all(
      Array.from({ length: 199 }, async (_, i) => {
        // In several waves, so that links fall within and between groups.
        for (let turn = i % 7; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
        return notary.deposit(bank, requestOf(`${i + 1}`, { chain: { id } }));
      }),
    );
    const ordered = [first, ...others].sort(
      (a, b) => (a.statement.chain?.sequence ?? 0) - (b.statement.chain?.sequence ?? 0),
    );
    expect(ordered.map(({ statement }) => statement.chain?.sequence)).toEqual(
      Array.from({ length: 200 }, (_, i) => i + 1),
    );
    for (const [i, { statement }] of ordered.entries())
      expect(statement.chain?.previous).toBe(
        i === 0 ? undefined : base64(hashStatement((ordered[i - 1] as (typeof ordered)[0]).statement)),
      );

    const page = await notary.chain(bank, id, { after: 150, limit: 30 });
    expect(page).toMatchObject({ id, length: 200, next: 180 });
    expect(page.links.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 30 }, (_, i) => 151 + i));
    expect(page.head).toEqual(ordered[199]?.leafHash);
    expect((await notary.chain(bank, id, { after: 180, limit: 30 })).next).toBeUndefined();
  });

  it("refuses what is not the organisation's own, and chains that are not there", async () => {
    const { start } = world();
    const { notary, principal } = await start();
    const [bank, other] = [await principal("bank-a"), await principal("bank-b")];
    const { statement } = await notary.deposit(bank, requestOf("0", { chain: {} }));
    const id = statement.chain?.id as string;
    const ofAnother = refusal("chain-of-another-organisation");
    await expect(notary.deposit(other, requestOf("1", { chain: { id } }))).rejects.toMatchObject(ofAnother);
    await expect(notary.chain(other, id)).rejects.toMatchObject(ofAnother);
    await expect(notary.deposit(bank, requestOf("1", { chain: { id: "nothing" } }))).rejects.toMatchObject(
      refusal("chain-unknown", { got: "nothing" }),
    );
    await expect(notary.deposit(bank, requestOf("1", { chain: { sequence: 2 } }))).rejects.toMatchObject(
      refusal("chain-sequence-mismatch", { got: "2", want: "1" }),
    );
    const foreign = refusal("deposit-of-another-organisation");
    for (const read of [
      () => notary.evidence(other, statement.id),
      () => notary.depositResult(other, statement.id),
      () => notary.original(other, statement.id),
      () => notary.certificate(other, statement.id, { language: "zh" }),
    ])
      await expect(read()).rejects.toMatchObject(foreign);
    await expect(notary.depositState("01JDDDDDDDDDDDDDDDDDDDDDDD")).rejects.toMatchObject(
      refusal("deposit-unknown"),
    );
  });
});

describe("idempotency keys", () => {
  const keyed = (content: string, byte: number): DepositRequest => ({
    ...requestOf(content, { chain: {} }),
    idempotencyKey: { key: "k", fingerprint: fingerprint(byte) },
  });

  it("give the same deposit and receipt again: at once, later, and after a restart with other settings", async () => {
    const { start } = world();
    const one = await start();
    const bank = await one.principal("bank-a");
    const [first, twin] = await Promise.all([
      one.notary.deposit(bank, keyed("x", 1)),
      one.notary.deposit(bank, keyed("x", 1)),
    ]);
    expect(first.replayed).toBe(false);
    expect(twin).toEqual({ ...first, replayed: true });
    expect(await one.notary.deposit(bank, keyed("x", 1))).toEqual({ ...first, replayed: true });
    await one.stop();
    const two = await start({ settings: { sealing: { afterMs: 7, promiseMs: 77, maxBatchSize: 9 } } });
    expect(await two.notary.deposit(bank, keyed("x", 1))).toEqual({ ...first, replayed: true });
    expect(await two.notary.depositResult(bank, first.statement.id)).toEqual({ ...first, replayed: true });
    expect((await two.notary.chain(bank, first.statement.chain?.id as string)).length).toBe(1);
  });

  it("refuse another request, at once and later, and belong to one organisation", async () => {
    const { start } = world();
    const { notary, principal } = await start();
    const [bank, other] = [await principal("bank-a"), await principal("bank-b")];
    const reused = refusal("idempotency-key-reused", { got: "k" });
    const [first, second] = await Promise.allSettled([
      notary.deposit(bank, keyed("x", 1)),
      notary.deposit(bank, keyed("y", 2)),
    ]);
    expect(first.status).toBe("fulfilled");
    expect((second as PromiseRejectedResult).reason).toMatchObject(reused);
    await expect(notary.deposit(bank, keyed("y", 2))).rejects.toMatchObject(reused);
    expect((await notary.deposit(other, keyed("y", 2))).replayed).toBe(false);
  });

  it("of a refused request are free again", async () => {
    const { start } = world();
    const { notary, principal } = await start();
    const bank = await principal("bank-a");
    const wrong = { ...keyed("x", 1), metadata: { recordType: "t", chain: { sequence: 5 } } };
    await expect(notary.deposit(bank, wrong)).rejects.toMatchObject(refusal("chain-sequence-mismatch"));
    expect((await notary.deposit(bank, keyed("x", 2))).replayed).toBe(false);
  });
});

describe("requests that no statement can carry", () => {
  it.each([
    ["a lone surrogate", requestOf("x", { name: "\ud800" }), "json-lone-surrogate", undefined],
    [
      "a claimed time that is none",
      requestOf("x", { createdAt: "yesterday" }),
      "time-invalid",
      "/metadata/createdAt",
    ],
    ["an empty source", requestOf("x", { source: {} }), "member-missing", "/metadata/source"],
    ["a negative size", { ...requestOf("x"), size: -1 }, "value-range", "/size"],
    [
      "a short digest",
      { ...requestOf("x"), digests: { "sha-256": new Uint8Array(31) } },
      "digest-length",
      "/digests/sha-256",
    ],
    ["too much", requestOf("x", { clientRef: "x".repeat(17_000) }), "request-invalid", "/metadata"],
    ["a retained nothing", requestOf("x", { retain: true }), "request-invalid", "/metadata/retain"],
  ] as const)("%s", async (_what, request, code, field) => {
    const { start } = world();
    const { notary, principal, store } = await start();
    await expect(notary.deposit(await principal("bank-a"), request)).rejects.toMatchObject({
      code,
      ...(field && { detail: { field } }),
    });
    expect(await store.unsealedDeposits(1)).toBeUndefined();
  });
});

describe("who may", () => {
  it("deposit: depositors only", async () => {
    const { start } = world();
    const { notary, principal } = await start();
    for (const by of [
      await principal("bank-a", "reader"),
      await principal("bank-a", "operator"),
      LOCAL_OPERATOR,
    ])
      await expect(notary.deposit(by, requestOf("x"))).rejects.toMatchObject(refusal("role-insufficient"));
  });

  it("read: depositors and readers of the same organisation; operators read nobody's", async () => {
    const { start } = world();
    const { notary, principal } = await start();
    const bank = await principal("bank-a");
    const { statement } = await notary.deposit(bank, requestOf("x", { chain: {} }));
    await notary.waitForFinality(statement.id, 5000);
    expect((await notary.evidence(await principal("bank-a", "reader"), statement.id)).length).toBeGreaterThan(
      0,
    );
    const operator = await principal("bank-a", "operator");
    const refused = refusal("role-insufficient");
    await expect(notary.evidence(operator, statement.id)).rejects.toMatchObject(refused);
    await expect(notary.chain(operator, statement.chain?.id as string)).rejects.toMatchObject(refused);
  });
});

describe("room", () => {
  it("too little of it refuses deposits and seals what was accepted", async () => {
    const { start } = world();
    let free = 1000;
    const { notary, principal } = await start({
      ports: () => ({ freeBytes: async () => free }),
      settings: { minFreeBytes: 1000 },
    });
    const bank = await principal("bank-a");
    const { statement } = await notary.deposit(bank, requestOf("x"));
    free = 999;
    const full = refusal("storage-full", { retryAfterSeconds: 60 });
    await expect(notary.deposit(bank, requestOf("y"))).rejects.toMatchObject(full);
    await expect(notary.stageOriginal(chunks("z"), { keep: true, maxBytes: 9 })).rejects.toMatchObject(full);
    expect((await notary.waitForFinality(statement.id, 5000)).state).toBe("final");
    free = 1000;
    await notary.deposit(bank, requestOf("y"));
  });
});

/** What lies in the folder is looked at: GridFS has the suite of the port. */
const describeFiles = isOnMongo ? describe.skip : describe;

describeFiles("originals", () => {
  const stage = ({ notary }: Running, keep: boolean, ...texts: string[]) =>
    notary.stageOriginal(chunks(...texts), { keep, maxBytes: 100 });
  const request = (original: Awaited<ReturnType<typeof stage>>, retain: boolean): DepositRequest => ({
    digests: { "sha-256": original.digests["sha-256"] },
    digestsBy: "service",
    size: original.size,
    mediaType: "text/plain",
    metadata: { recordType: "t", retain, name: "a.txt" },
    original,
  });
  const filesIn = (folder: string) =>
    readdirSync(join(folder, "originals"), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );

  it("are kept where asked for, downloadable, and both digests stand in the statement", async () => {
    const { start, folder } = world();
    const running = await start();
    const { notary, principal } = running;
    const bank = await principal("bank-a");
    const original = await stage(running, true, "hello ", "world");
    const { statement } = await notary.deposit(bank, request(original, true));
    await original.discard();
    expect(statement.size).toBe(11);
    expect(statement.digests.sm3).toBe(base64(original.digests.sm3 as Uint8Array));
    const download = await notary.original(bank, statement.id);
    expect(download).toMatchObject({ size: 11, mediaType: "text/plain", name: "a.txt" });
    let text = "";
    for await (const chunk of download.content) text += Buffer.from(chunk).toString();
    expect(text).toBe("hello world");
    expect(filesIn(folder)).toHaveLength(1);
    expect(
      await notary.confirmDigest(statement.id, {
        name: "sha-256",
        digest: bytesFromBase64(statement.digests["sha-256"]),
      }),
    ).toBe(true);
    expect(await notary.confirmDigest(statement.id, { name: "sm3", digest: new Uint8Array(32) })).toBe(false);
  });

  it("leave nothing where the deposit is refused, not wanted, too large or broken off", async () => {
    const { start, folder } = world();
    const running = await start();
    const { notary, principal } = running;
    const bank = await principal("bank-a");
    const unwanted = await stage(running, true, "a");
    const { statement } = await notary.deposit(bank, request(unwanted, false));
    await unwanted.discard();
    await expect(notary.original(bank, statement.id)).rejects.toMatchObject(refusal("original-not-kept"));

    const refused = await stage(running, true, "b");
    const wrong = {
      ...request(refused, true),
      metadata: { recordType: "t", retain: true, chain: { id: "X" } },
    };
    await expect(notary.deposit(bank, wrong)).rejects.toMatchObject(refusal("chain-unknown"));
    await refused.discard();

    await expect(stage(running, true, "x".repeat(101))).rejects.toMatchObject(refusal("content-too-large"));
    async function* broken() {
      yield utf8("c");
      throw new Error("the connection broke");
    }
    await expect(notary.stageOriginal(broken(), { keep: true, maxBytes: 9 })).rejects.toThrow("broke");
    expect(filesIn(folder)).toEqual([]);
  });

  it("must be the content that the request says", async () => {
    const { start } = world();
    const running = await start();
    const bank = await running.principal("bank-a");
    const original = await stage(running, true, "a");
    for (const change of [{ size: 2 }, { digests: requestOf("b").digests }])
      await expect(
        running.notary.deposit(bank, { ...request(original, true), ...change }),
      ).rejects.toMatchObject(refusal("content-mismatch"));
    await original.discard();
  });

  it("of a crashed request are swept at the next start, those that deposits name stay", async () => {
    const { start, folder } = world();
    const one = await start();
    const bank = await one.principal("bank-a");
    const [kept, lost] = [await stage(one, true, "kept"), await stage(one, true, "lost")];
    writeFileSync(join(folder, "originals", "staged", "0123456789abcdef"), "half");
    const { statement } = await one.notary.deposit(bank, request(kept, true));
    const wrong = { ...request(lost, true), metadata: { recordType: "t", retain: true, chain: { id: "X" } } };
    await expect(one.notary.deposit(bank, wrong)).rejects.toThrow();
    // No discard: the process is gone.
    await one.stop();
    const two = await start();
    expect(filesIn(folder)).toHaveLength(1);
    expect((await two.notary.original(bank, statement.id)).size).toBe(4);
    expect(existsSync(join(folder, "originals", "staged"))).toBe(true);
  });
});
