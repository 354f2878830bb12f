/** The contract of `Store` in src/notary/ports/, as tests: every adapter passes the same ones. */
import { describe, expect, it } from "@jest/globals";
import { emptyRootHash, hashLeaf } from "../../src/core/merkle/hash.js";
import { utf8 } from "../../src/core/bytes.js";
import type { DepositContext, NewDeposit } from "../../src/notary/ports/deposits.js";
import type { Finality, StoredCosignature } from "../../src/notary/ports/cosignatures.js";
import type { IssuedCertificate } from "../../src/notary/ports/certificates.js";
import type { Store } from "../../src/notary/ports/ports.js";
import type { StoredCheckpoint } from "../../src/notary/ports/ledger.js";
import type { StoredTimestamp } from "../../src/notary/ports/timestamps.js";

/** `open` gives a fresh store; `reopen` the same data as another process would find it. */
export interface StoreUnderTest {
  open(): Promise<{ store: Store; reopen(): Promise<Store> }>;
}

const hashOf = (text: string) => hashLeaf(utf8(text));

function newDeposit(id: string, change: Partial<NewDeposit> = {}): NewDeposit {
  return {
    id,
    organisationId: "bank-a",
    statement: utf8(`statement ${id}`),
    leafHash: hashOf(id),
    receivedAtMs: 1000,
    sealByMs: 12_000,
    ...change,
  };
}

const NOTHING = { ids: [], chainIds: [], idempotencyKeys: [] };
const record = (store: Store, ...deposits: NewDeposit[]) => store.record(NOTHING, () => deposits);

async function withBank(store: Store): Promise<Store> {
  await store.putOrganisation({ id: "bank-a", name: "Example Bank A" });
  await store.putOrganisation({ id: "bank-b", name: "Example Bank B", creditCode: "X" });
  return store;
}

const checkpoint = (treeSize: number, lastSeq = 0): StoredCheckpoint => ({
  treeSize,
  rootHash: treeSize === 0 ? emptyRootHash() : hashOf(`root ${treeSize}`),
  note: `note ${treeSize}`,
  lastSeq,
  sealedAtMs: treeSize * 1000,
});

export function describeStore(name: string, { open }: StoreUnderTest): void {
  const opened = async () => withBank((await open()).store);

  describe(`${name}: organisations and API keys`, () => {
    it("replaces an organisation and lists all by id", async () => {
      const store = await opened();
      await store.putOrganisation({ id: "bank-b", name: "Renamed" });
      expect(await store.findOrganisation("bank-b")).toEqual({ id: "bank-b", name: "Renamed" });
      expect(await store.findOrganisation("bank-c")).toBeUndefined();
      expect((await store.listOrganisations()).map(({ id }) => id)).toEqual(["bank-a", "bank-b"]);
    });

    it("keeps keys, and the first time of a revocation", async () => {
      const store = await opened();
      const key = {
        id: "K1",
        organisationId: "bank-a",
        role: "depositor",
        secretHash: hashOf("s"),
        createdAtMs: 5,
      } as const;
      await store.insertApiKey(key);
      expect(await store.findApiKey("K1")).toEqual(key);
      expect(await store.revokeApiKey("K1", 7)).toEqual({ ...key, revokedAtMs: 7 });
      expect(await store.revokeApiKey("K1", 9)).toEqual({ ...key, revokedAtMs: 7 });
      expect(await store.revokeApiKey("K2", 9)).toBeUndefined();
      expect(await store.listApiKeys("bank-a")).toEqual([{ ...key, revokedAtMs: 7 }]);
      expect(await store.listApiKeys("bank-b")).toEqual([]);
    });
  });

  describe(`${name}: deposits`, () => {
    it("gives gapless seqs in the order given and returns what was stored", async () => {
      const store = await opened();
      const full = newDeposit("C", { chain: { id: "CH", sequence: 1 }, original: hashOf("o") });
      await record(store, newDeposit("A"), newDeposit("B"));
      await record(store);
      await record(store, full);
      expect(await store.findDeposit("A")).toEqual({ ...newDeposit("A"), seq: 1 });
      expect(await store.findDeposit("C")).toEqual({ ...full, seq: 3 });
      expect(await store.findDeposit("D")).toBeUndefined();
      expect(await store.isOriginalKept(hashOf("o"))).toBe(true);
      expect(await store.isOriginalKept(hashOf("p"))).toBe(false);
    });

    it("shows a group the heads of chains and the deposits of idempotency keys", async () => {
      const store = await opened();
      const first = newDeposit("A", {
        chain: { id: "CH", sequence: 1 },
        idempotencyKey: { key: "k", fingerprint: hashOf("f") },
      });
      await record(store, first, newDeposit("B", { chain: { id: "CH", sequence: 2 } }));
      let seen: { head: unknown; none: unknown; replay: unknown; other: unknown } | undefined;
      await store.record(
        {
          ids: [],
          chainIds: ["CH", "XX"],
          idempotencyKeys: [
            { organisationId: "bank-a", key: "k" },
            { organisationId: "bank-b", key: "k" },
          ],
        },
        (context: DepositContext) => {
          seen = {
            head: context.chainHead("CH"),
            none: context.chainHead("XX"),
            replay: context.replay("bank-a", "k"),
            other: context.replay("bank-b", "k"),
          };
          return [];
        },
      );
      const head = { chainId: "CH", organisationId: "bank-a", sequence: 2, leafHash: hashOf("B") };
      expect(seen?.head).toEqual(head);
      expect(await store.chainHead("CH")).toEqual(head);
      expect(seen?.none).toBeUndefined();
      expect(seen?.replay).toMatchObject({
        fingerprint: hashOf("f"),
        deposit: { id: "A", seq: 1, sealByMs: 12_000 },
      });
      expect(seen?.other).toBeUndefined();
    });

    it.each([
      ["id", newDeposit("A")],
      ["place in a chain", newDeposit("Z", { chain: { id: "CH", sequence: 1 } })],
      ["idempotency key", newDeposit("Z", { idempotencyKey: { key: "k", fingerprint: hashOf("g") } })],
    ])("refuses a second deposit with the same %s, and the whole group with it", async (_what, twice) => {
      const store = await opened();
      const idempotencyKey = { key: "k", fingerprint: hashOf("f") };
      await record(store, newDeposit("A", { chain: { id: "CH", sequence: 1 }, idempotencyKey }));
      await expect(record(store, newDeposit("B"), twice)).rejects.toThrow();
      expect(await store.findDeposit("B")).toBeUndefined();
      await record(store, newDeposit("C"));
      expect(await store.findDeposit("C")).toMatchObject({ seq: 2 });
    });

    it("shows a group the deposits that have its statements' ids, for whoever asks a second time", async () => {
      const store = await opened();
      const deposit = newDeposit("D1");
      await record(store, deposit);
      const seen: unknown[] = [];
      await store.record({ ...NOTHING, ids: ["D1", "D2"] }, (context) => {
        seen.push(context.deposit("D1"), context.deposit("D2"));
        return [];
      });
      expect(seen).toEqual([{ ...deposit, seq: 1 }, undefined]);
      await expect(record(store, newDeposit("D1"))).rejects.toThrow("couldn't store");
    });

    it("stores nothing when the decision throws", async () => {
      const store = await opened();
      await expect(
        store.record(NOTHING, () => {
          throw new Error("undecided");
        }),
      ).rejects.toThrow("undecided");
      await record(store, newDeposit("A"));
      expect(await store.findDeposit("A")).toMatchObject({ seq: 1 });
    });

    it("lists a chain by pages", async () => {
      const store = await opened();
      await record(
        store,
        ...[1, 2, 3, 4, 5].map((sequence) => newDeposit(`A${sequence}`, { chain: { id: "CH", sequence } })),
      );
      const ids = async (after: number, limit: number) =>
        (await store.listChain("CH", { after, limit })).map(({ id }) => id);
      expect(await ids(0, 2)).toEqual(["A1", "A2"]);
      expect(await ids(2, 10)).toEqual(["A3", "A4", "A5"]);
      expect(await ids(5, 10)).toEqual([]);
    });
  });

  describe(`${name}: chains that are resumed`, () => {
    const shown = (chainId: string, sequence: number) => ({
      ...{ chainId, organisationId: "bank-a", sequence, leafHash: hashOf(`shown ${sequence}`), shownAtMs: 7 },
    });
    const linkAt = (sequence: number) => newDeposit(`A${sequence}`, { chain: { id: "CH", sequence } });

    it("go on after the last link that was shown", async () => {
      const store = await opened();
      await record(store, linkAt(1), linkAt(2));
      const seen: unknown[] = [];
      await store.resumeChain({ chainId: "CH", sequence: 2 }, (head, leafHash) => {
        seen.push(head?.sequence, leafHash);
        return shown("CH", 5);
      });
      await store.resumeChain({ chainId: "YY", sequence: 3 }, (head, leafHash) => {
        seen.push(head, leafHash);
        return shown("YY", 3);
      });
      expect(seen).toEqual([2, hashOf("A2"), undefined, undefined]);
      const { shownAtMs: _, ...last } = shown("CH", 5);
      expect(await store.chainHead("CH")).toEqual({ ...last, resumedAt: 5 });
      expect(await store.chainHead("YY")).toMatchObject({ sequence: 3, resumedAt: 3 });
      await record(store, newDeposit("B"), linkAt(6), linkAt(7));
      expect(await store.chainHead("CH")).toMatchObject({
        sequence: 7,
        leafHash: hashOf("A7"),
        resumedAt: 5,
      });
      const ids = async (after: number, limit: number) =>
        (await store.listChain("CH", { after, limit })).map(({ id }) => id);
      expect(await ids(0, 3)).toEqual(["A1", "A2", "A6"]);
      expect(await ids(2, 1)).toEqual(["A6"]);
      expect(await ids(3, 9)).toEqual(["A6", "A7"]);
      expect(await store.listChain("YY", { after: 0, limit: 9 })).toEqual([]);
    });

    it("are forked for ever, and as they were where the decision throws", async () => {
      const store = await opened();
      await record(store, linkAt(1));
      const resume = (decide: Parameters<Store["resumeChain"]>[1]) =>
        store.resumeChain({ chainId: "CH" }, decide);
      await expect(
        resume(() => {
          throw new Error("undecided");
        }),
      ).rejects.toThrow("undecided");
      expect(await store.chainHead("CH")).toEqual({
        ...{ chainId: "CH", organisationId: "bank-a", sequence: 1, leafHash: hashOf("A1") },
      });
      await resume(() => "forked");
      await resume(() => "forked");
      expect(await store.chainHead("CH")).toMatchObject({ sequence: 1, isForked: true });
    });
  });

  describe(`${name}: two processes at one time`, () => {
    const openedTwice = async () => {
      const { store, reopen } = await open();
      await withBank(store);
      return [store, await reopen()] as const;
    };
    const COUNT = 20;

    it("record into one chain, each link once and after the other", async () => {
      const both = await openedTwice();
      const scope = { ...NOTHING, chainIds: ["CH"] };
      const append = (store: Store, id: string) =>
        store.record(scope, (context) => {
          const sequence = (context.chainHead("CH")?.sequence ?? 0) + 1;
          return [newDeposit(id, { chain: { id: "CH", sequence } }), newDeposit(`${id} beside`)];
        });
      await Promise.all(
        both.map(async (store, writer) => {
          for (let i = 0; i < COUNT; i++) await append(store, `D${writer}.${i}`);
        }),
      );
      const links = await both[0].listChain("CH", { after: 0, limit: 99 });
      const numbers = Array.from({ length: 2 * COUNT }, (_, i) => i + 1);
      expect(links.map(({ chain }) => chain?.sequence)).toEqual(numbers);
      expect(links.map(({ seq }) => seq)).toEqual(numbers.map((number) => 2 * number - 1));
    });

    it("record, and resume the chain, each after the other", async () => {
      const [one, other] = await openedTwice();
      for (let round = 0; round < COUNT; round++) {
        const chain = `CH${round}`;
        await record(one, newDeposit(`A${round}`, { chain: { id: chain, sequence: 1 } }));
        let seen = 0;
        await Promise.all([
          one.record({ ...NOTHING, chainIds: [chain] }, (context) =>
            context.chainHead(chain)?.isForked === true
              ? []
              : [newDeposit(`B${round}`, { chain: { id: chain, sequence: 2 } })],
          ),
          other.resumeChain({ chainId: chain }, (head) => {
            seen = head?.sequence ?? 0;
            return "forked";
          }),
        ]);
        // Whichever was later knew of the other.
        expect(await one.chainHead(chain)).toMatchObject({ sequence: seen, isForked: true });
      }
    });

    it("go on from a checkpoint to one alone, whatever its size", async () => {
      const both = await openedTwice();
      for (let round = 0; round < COUNT; round++) {
        const previous = await both[0].newestCheckpoint();
        const advanced = await Promise.all(
          both.map((store, i) => {
            const next = checkpoint((previous?.treeSize ?? 0) + 1 + i);
            return store.advanceLedger({ previous, checkpoint: next, entries: [], tiles: [] });
          }),
        );
        expect(advanced.filter(Boolean)).toHaveLength(1);
      }
    });

    it("seal, advance, issue and take a lease once", async () => {
      const both = await openedTwice();
      const [store] = both;
      const once = async (work: (store: Store, i: number) => Promise<boolean>) =>
        (await Promise.all(both.map(work))).filter(Boolean).length;
      for (const text of ["template", "trust"]) await store.keepArtifact(hashOf(text), utf8(text));
      for (let round = 0; round < 5; round++) {
        await record(store, newDeposit(`D${round}`));
        const seq = round + 1;
        expect(await once((each, i) => each.sealBatch({ ...batch(seq, seq), id: `${round} ${i}` }))).toBe(1);
        const previous = round === 0 ? undefined : checkpoint(round);
        expect(
          await once((each, i) =>
            each.advanceLedger({
              ...{ previous, checkpoint: { ...checkpoint(seq), note: `by ${i}` } },
              entries: [{ content: utf8(`entry ${seq}`), batchFirstSeq: seq }],
              tiles: [{ level: 0, index: 0, hashes: new Uint8Array(32 * seq).fill(i + 1) }],
            }),
          ),
        ).toBe(1);
        const winner = (await store.newestCheckpoint())?.note === "by 0" ? 1 : 2;
        expect(await store.tiles([{ level: 0, index: 0 }])).toEqual([new Uint8Array(32 * seq).fill(winner)]);
        const issued = (i: number): IssuedCertificate => ({
          ...{ depositId: `D${round}`, language: "zh", issue: 1, issuedAtMs: i, tokensStored: 0 },
          ...{
            template: hashOf("template"),
            consortium: hashOf("trust"),
            verifyUrl: "https://notary.example/",
          },
          evidence: { treeSize: seq, cosignatures: 0, timestamps: 0 },
          ...{ signature: utf8("signature"), awaitsTimestamp: true },
        });
        expect(await once((each, i) => each.insertCertificate(issued(i)))).toBe(1);
        const held = await store.findLease("worker");
        const lease = (i: number) => ({ holder: `process ${i}`, beat: round + 1, address: "" });
        expect(await once((each, i) => each.swapLease("worker", held, lease(i)))).toBe(1);
      }
    });

    it("cosign and stamp, and lose nothing", async () => {
      const both = await openedTwice();
      const [store] = both;
      const entries = [{ content: utf8("entry") }];
      await store.advanceLedger({ previous: undefined, checkpoint: checkpoint(1), entries, tiles: [] });
      const seen: number[] = [];
      await Promise.all(
        both.flatMap((each, i) =>
          Array.from({ length: 5 }, async (_, k) => {
            const key = { name: `w${i}.${k}`, keyId: 7 };
            await each.cosign({ treeSize: 1, depositorClasses: [""] }, (stored, newest) => {
              const isMet = stored.length === 9 && newest.size === 0;
              const met = { depositorClass: "", treeSize: 1, finalAtMs: 5, sealedUpToMs: Infinity };
              seen.push(stored.length);
              return {
                add: [{ ...key, line: key.name, timeSeconds: 1, storedAtMs: 1 }],
                met: isMet ? [met] : [],
              };
            });
            const token = { authority: key.name, token: utf8(key.name), genTimeMs: 1, storedAtMs: 1 };
            await each.addTimestamp(1, token);
          }),
        ),
      );
      expect(await store.cosignatures(1)).toHaveLength(10);
      expect(new Set(seen)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
      expect(await store.newestFinality("")).toMatchObject({ treeSize: 1 });
      expect(await store.timestamps(1)).toHaveLength(10);
    });
  });

  const batch = (firstSeq: number, lastSeq: number) => ({
    id: `batch ${firstSeq}`,
    firstSeq,
    lastSeq,
    sealedAtMs: 5000,
    entry: utf8(`entry ${firstSeq}`),
    depositorIds: ["bank-a", "bank-b"],
  });

  describe(`${name}: batches`, () => {
    const withFive = async () => {
      const store = await opened();
      await record(
        store,
        newDeposit("A", { receivedAtMs: 10 }),
        newDeposit("B", { receivedAtMs: 30, organisationId: "bank-b" }),
        newDeposit("C", { receivedAtMs: 20, sealByMs: 11_000 }),
        newDeposit("D"),
        newDeposit("E"),
      );
      return store;
    };

    it("shows the unsealed deposits in order, up to a limit", async () => {
      const store = await withFive();
      expect(await store.unsealedDeposits(3)).toEqual({
        firstSeq: 1,
        leafHashes: ["A", "B", "C"].map(hashOf),
        lastReceivedAtMs: 30,
        earliestSealByMs: 11_000,
        depositorIds: ["bank-a", "bank-b"],
      });
      expect(await store.sealBatch(batch(1, 3))).toBe(true);
      expect(await store.unsealedDeposits(3)).toMatchObject({
        firstSeq: 4,
        leafHashes: [hashOf("D"), hashOf("E")],
      });
      expect(await store.sealBatch(batch(4, 5))).toBe(true);
      expect(await store.unsealedDeposits(3)).toBeUndefined();
      expect(await store.leafHashes({ firstSeq: 2, lastSeq: 4 })).toEqual(["B", "C", "D"].map(hashOf));
    });

    it("ends before the first that does not belong together with those before", async () => {
      const store = await withFive();
      const near = (first: number, other: number) => Math.abs(other - first) <= 10;
      const seqs = async () => (await store.unsealedDeposits(9, near))?.leafHashes;
      expect(await seqs()).toEqual([hashOf("A")]);
      await store.sealBatch(batch(1, 1));
      expect(await store.unsealedDeposits(9, near)).toMatchObject({
        leafHashes: [hashOf("B"), hashOf("C")],
        lastReceivedAtMs: 30,
        earliestSealByMs: 11_000,
        depositorIds: ["bank-b", "bank-a"],
      });
    });

    it("seals only what follows the last sealed deposit", async () => {
      const store = await withFive();
      expect(await store.sealBatch(batch(2, 3))).toBe(false);
      expect(await store.sealBatch(batch(1, 2))).toBe(true);
      expect(await store.sealBatch({ ...batch(1, 2), id: "again" })).toBe(false);
      expect(await store.sealBatch(batch(4, 5))).toBe(false);
      await expect(store.sealBatch(batch(3, 9))).rejects.toThrow();
      expect(await store.findBatchOfSeq(3)).toBeUndefined();
      expect(await store.findBatchOfSeq(2)).toEqual(batch(1, 2));
    });

    it("lists batches without a ledger index until the ledger has them", async () => {
      const store = await withFive();
      await store.sealBatch(batch(1, 2));
      await store.sealBatch(batch(3, 4));
      await store.sealBatch(batch(5, 5));
      expect((await store.unledgeredBatches(2)).map(({ firstSeq }) => firstSeq)).toEqual([1, 3]);
      await store.advanceLedger({
        previous: undefined,
        checkpoint: checkpoint(3, 4),
        entries: [
          { content: utf8("no batch") },
          { content: utf8("entry 1"), batchFirstSeq: 1 },
          { content: utf8("entry 3"), batchFirstSeq: 3 },
        ],
        tiles: [],
      });
      expect(await store.unledgeredBatches(9)).toEqual([batch(5, 5)]);
      expect(await store.findBatchOfSeq(4)).toEqual({ ...batch(3, 4), ledgerIndex: 2 });
      const depositorIds = ["bank-a", "bank-b"];
      expect(await store.depositorsOfEntries({ from: 0, to: 2 })).toEqual([{ ledgerIndex: 1, depositorIds }]);
      expect(await store.depositorsOfEntries({ from: 2, to: 9 })).toEqual([{ ledgerIndex: 2, depositorIds }]);
    });
  });

  describe(`${name}: ledger`, () => {
    const entry = (text: string) => ({ content: utf8(text) });

    it("advances only from the newest checkpoint", async () => {
      const store = await opened();
      expect(await store.newestCheckpoint()).toBeUndefined();
      const genesis = { previous: undefined, checkpoint: checkpoint(0), entries: [], tiles: [] };
      expect(await store.advanceLedger(genesis)).toBe(true);
      expect(await store.advanceLedger(genesis)).toBe(false);
      const first = {
        previous: checkpoint(0),
        checkpoint: checkpoint(1, 7),
        entries: [entry("a")],
        tiles: [],
      };
      expect(await store.advanceLedger({ ...first, previous: undefined })).toBe(false);
      expect(
        await store.advanceLedger({ ...first, previous: { treeSize: 0, rootHash: hashOf("other") } }),
      ).toBe(false);
      expect(await store.advanceLedger(first)).toBe(true);
      expect(await store.advanceLedger(first)).toBe(false);
      expect(await store.newestCheckpoint()).toEqual(checkpoint(1, 7));
      expect(await store.findCheckpoint(0)).toEqual(checkpoint(0));
      expect(await store.findCheckpoint(2)).toBeUndefined();
    });

    it("stores entries, tiles and checkpoint together or not at all", async () => {
      const store = await opened();
      await store.advanceLedger({ previous: undefined, checkpoint: checkpoint(0), entries: [], tiles: [] });
      const tiles = [{ level: 0, index: 0, hashes: new Uint8Array(64).fill(1) }];
      const advance = { previous: checkpoint(0), checkpoint: checkpoint(2), tiles };
      await expect(
        store.advanceLedger({ ...advance, entries: [entry("a"), { content: utf8("b"), batchFirstSeq: 99 }] }),
      ).rejects.toThrow();
      expect(await store.ledgerEntries({ first: 0, count: 9 })).toEqual([]);
      expect(await store.tiles([{ level: 0, index: 0 }])).toEqual([undefined]);
      expect(await store.newestCheckpoint()).toEqual(checkpoint(0));

      expect(await store.advanceLedger({ ...advance, entries: [entry("a"), entry("b")] })).toBe(true);
      expect(await store.ledgerEntries({ first: 1, count: 9 })).toEqual([utf8("b")]);
    });

    it("remembers the largest checkpoint that was shown, and no smaller one after it", async () => {
      const { store, reopen } = await open();
      await withBank(store);
      expect(await store.shownCheckpoint()).toBeUndefined();
      await store.advanceLedger({ previous: undefined, checkpoint: checkpoint(0), entries: [], tiles: [] });
      await record(store, newDeposit("D1"));
      await store.advanceLedger({
        previous: checkpoint(0),
        checkpoint: checkpoint(1),
        entries: [{ content: utf8("entry") }],
        tiles: [],
      });
      for (const [size, shown] of [
        [0, 0],
        [1, 1],
        [0, 1],
      ] as const) {
        await store.showCheckpoint(size);
        expect(await store.shownCheckpoint()).toEqual(checkpoint(shown));
      }
      expect(await (await reopen()).shownCheckpoint()).toEqual(checkpoint(1));
      await expect(store.showCheckpoint(2)).rejects.toThrow("couldn't store");
    });

    it("finds the changes of the consortium among the entries, whatever their batches", async () => {
      const store = await opened();
      await store.advanceLedger({ previous: undefined, checkpoint: checkpoint(0), entries: [], tiles: [] });
      const change = (id: string) => `{"id":"${id}","type":"cunzheng/consortium@v1"}`;
      const entries = ["a", change("1"), "b", change("2"), "c"].map(entry);
      expect(
        await store.advanceLedger({
          ...{ previous: checkpoint(0), checkpoint: checkpoint(5), entries },
          tiles: [{ level: 0, index: 0, hashes: new Uint8Array(160) }],
        }),
      ).toBe(true);
      expect(await store.consortiumEntries()).toEqual([
        { index: 1, content: utf8(change("1")) },
        { index: 3, content: utf8(change("2")) },
      ]);
      expect((await store.consortiumEntries(2)).map(({ index }) => index)).toEqual([3]);
      expect(await store.consortiumEntries(4)).toEqual([]);
    });

    it("gives tiles in the order asked, each in its widest state", async () => {
      const store = await opened();
      const tile = (level: number, index: number, width: number) => ({
        level,
        index,
        hashes: new Uint8Array(32 * width).fill(width),
      });
      await store.advanceLedger({
        previous: undefined,
        checkpoint: checkpoint(1),
        entries: [entry("a")],
        tiles: [tile(0, 0, 1), tile(1, 0, 2)],
      });
      await store.advanceLedger({
        previous: checkpoint(1),
        checkpoint: checkpoint(2),
        entries: [entry("b")],
        tiles: [tile(0, 0, 256), tile(0, 1, 3)],
      });
      expect(
        await store.tiles([
          { level: 1, index: 0 },
          { level: 0, index: 1 },
          { level: 5, index: 0 },
          { level: 0, index: 0 },
        ]),
      ).toEqual([tile(1, 0, 2).hashes, tile(0, 1, 3).hashes, undefined, tile(0, 0, 256).hashes]);
    });
  });

  const withLedger = async () => {
    const store = await opened();
    let previous: StoredCheckpoint | undefined;
    for (const treeSize of [1, 2, 3]) {
      const entries = [{ content: utf8(`${treeSize}`) }];
      await store.advanceLedger({ previous, checkpoint: checkpoint(treeSize), entries, tiles: [] });
      previous = checkpoint(treeSize);
    }
    return store;
  };

  describe(`${name}: cosignatures and finality`, () => {
    const cosignature = (key: string, storedAtMs: number): StoredCosignature => ({
      name: key,
      keyId: 7,
      line: `line of ${key} at ${storedAtMs}`,
      timeSeconds: Math.floor(storedAtMs / 1000),
      storedAtMs,
    });
    const classes = ["", "bank-a"];
    const add = (
      store: Store,
      treeSize: number,
      cosignatures: StoredCosignature[],
      finalities: Finality[] = [],
      sealedUpToMs = Infinity,
    ) =>
      store.cosign({ treeSize, depositorClasses: classes }, () => ({
        add: cosignatures,
        met: finalities.map((one) => ({ ...one, sealedUpToMs })),
      }));
    const finality = (depositorClass: string, treeSize: number, finalAtMs: number) => ({
      depositorClass,
      treeSize,
      finalAtMs,
    });

    it("keeps the cosignatures of a key for each size and time, in the order of storing", async () => {
      const store = await withLedger();
      await add(store, 2, [cosignature("w2", 1000)]);
      await add(store, 2, [cosignature("w1", 2000), cosignature("w2", 3000)]);
      await add(store, 2, [cosignature("w2", 1000), cosignature("w1", 2999)]);
      await add(store, 3, [cosignature("w2", 4000)]);
      const kept = [cosignature("w2", 1000), cosignature("w1", 2000), cosignature("w2", 3000)];
      expect(await store.cosignatures(2)).toEqual(kept);
      expect(await store.cosignatures(1)).toEqual([]);
      expect(await store.newestCosigned({ name: "w2", keyId: 7 })).toBe(3);
      expect(await store.newestCosigned({ name: "w1", keyId: 7 })).toBe(2);
      expect(await store.newestCosigned({ name: "w1", keyId: 8 })).toBe(0);
    });

    it("keeps a cosignature of each key of one name, and tells them apart", async () => {
      const store = await withLedger();
      const first = cosignature("w1", 1000);
      const second = { ...first, keyId: first.keyId + 1, line: `${first.line} by another key` };
      await add(store, 2, [first, second]);
      expect(await store.cosignatures(2)).toEqual([first, second]);
      expect(await store.newestCosigned(second)).toBe(2);
      await add(store, 3, [second]);
      expect(await store.newestCosigned(first)).toBe(2);
      expect(await store.newestCosigned(second)).toBe(3);
    });

    it("decides on what is stored, and stores cosignatures and finality together", async () => {
      const store = await withLedger();
      await add(store, 1, [cosignature("w1", 1000)], [finality("", 1, 1000)]);
      let seen: unknown;
      await store.cosign({ treeSize: 1, depositorClasses: classes }, (stored, newest) => {
        seen = { stored, newest: [...newest.values()] };
        const met = [{ ...finality("bank-a", 1, 2000), sealedUpToMs: Infinity }];
        return { add: [cosignature("w2", 2000)], met };
      });
      expect(seen).toEqual({ stored: [cosignature("w1", 1000)], newest: [finality("", 1, 1000)] });
      await expect(add(store, 1, [cosignature("w3", 3000)], [finality("bank-a", 9, 3000)])).rejects.toThrow();
      expect(await store.cosignatures(1)).toHaveLength(2);
      // What covers nothing new is not recorded again.
      await add(store, 1, [], [finality("bank-a", 1, 3000)]);
      expect(await store.newestFinality("bank-a")).toEqual(finality("bank-a", 1, 2000));
      await expect(add(store, 9, [cosignature("w1", 1)])).rejects.toThrow();
    });

    it("finds the first final checkpoint that covers an index, and the newest", async () => {
      const store = await withLedger();
      await add(store, 1, [], [finality("", 1, 1000)]);
      await add(store, 3, [], [finality("", 3, 3000), finality("bank-a", 3, 3000)]);
      expect(await store.findFinality("", 0)).toEqual(finality("", 1, 1000));
      expect(await store.findFinality("", 1)).toEqual(finality("", 3, 3000));
      expect(await store.findFinality("bank-a", 0)).toEqual(finality("bank-a", 3, 3000));
      expect(await store.findFinality("", 3)).toBeUndefined();
      expect(await store.newestFinality("")).toEqual(finality("", 3, 3000));
      expect(await store.newestFinality("bank-b")).toBeUndefined();
    });

    it("defers the batches that were sealed later than the quorum reaches, each for itself, until one reaches it", async () => {
      const store = await opened();
      await record(store, newDeposit("A"), newDeposit("B"), newDeposit("C"));
      const sealedAt = [1000, 90_000, 2000];
      for (const [i, sealedAtMs] of sealedAt.entries())
        await store.sealBatch({ ...batch(i + 1, i + 1), sealedAtMs });
      const entries = sealedAt.map((_, i) => ({ content: utf8(`${i}`), batchFirstSeq: i + 1 }));
      await store.advanceLedger({ previous: undefined, checkpoint: checkpoint(3, 3), entries, tiles: [] });
      await store.advanceLedger({
        previous: checkpoint(3),
        checkpoint: checkpoint(4),
        entries: [{ content: utf8("no batch") }],
        tiles: [],
      });
      const deferred = [{ ledgerIndex: 1, firstSeq: 2, lastSeq: 2, sealedAtMs: 90_000 }];
      const first = await add(store, 3, [], [finality("", 3, 3000)], 8999);
      expect(first.get("")).toEqual({ newest: finality("", 3, 3000), deferred });
      expect(first.get("bank-a")).toEqual({});
      for (const index of [0, 2]) expect(await store.findFinality("", index)).toEqual(finality("", 3, 3000));
      expect(await store.findFinality("", 1)).toBeUndefined();
      expect(await store.deferredBatches("")).toEqual(deferred);
      let from: unknown;
      const look = (treeSize: number) =>
        store.cosign({ treeSize, depositorClasses: classes }, (_stored, _newest, deferredFromMs) => {
          from = deferredFromMs;
          return { add: [], met: [] };
        });
      await look(3);
      expect(from).toBe(90_000);
      await look(1).catch(() => undefined);
      expect(from).toBeUndefined();
      // A larger checkpoint that does not reach it changes nothing of that; the same one may, later.
      const second = await add(store, 4, [], [finality("", 4, 4000)], 89_999);
      expect(second.get("")).toEqual({ newest: finality("", 4, 4000) });
      const third = await add(store, 4, [], [finality("", 4, 95_000)], 90_000);
      expect(third.get("")).toEqual({ newest: finality("", 4, 4000), deferred: [] });
      expect(await store.findFinality("", 1)).toEqual(finality("", 4, 95_000));
      expect(await store.findFinality("", 2)).toEqual(finality("", 3, 3000));
      expect(await store.deferredBatches("")).toEqual([]);
    });
  });

  describe(`${name}: timestamp tokens`, () => {
    const token = (authority: string, atMs: number): StoredTimestamp => ({
      authority,
      token: utf8(`token of ${authority} at ${atMs}`),
      genTimeMs: atMs,
      storedAtMs: atMs + 5,
    });
    const withFinal = async (...sizes: readonly (readonly [string, number])[]) => {
      const store = await withLedger();
      for (const [depositorClass, treeSize] of sizes)
        await store.cosign({ treeSize, depositorClasses: [depositorClass] }, () => ({
          add: [],
          met: [{ depositorClass, treeSize, finalAtMs: 1, sealedUpToMs: Infinity }],
        }));
      return store;
    };
    const unstamped = (store: Store, authority: string, from = 0, to = 99, limit = 99) =>
      store.unstamped({ authority, from, to, limit });

    it("keeps the first token of an authority for each size, in the order of storing", async () => {
      const store = await withLedger();
      await store.addTimestamp(2, token("b", 2000));
      await store.addTimestamp(2, token("a", 1000));
      await store.addTimestamp(2, token("b", 3000));
      await store.addTimestamp(3, token("a", 4000));
      expect(await store.timestamps(2)).toEqual([token("b", 2000), token("a", 1000)]);
      expect(await store.timestamps(1)).toEqual([]);
      await expect(store.addTimestamp(9, token("a", 1))).rejects.toThrow();
    });

    it("finds what an authority has not stamped among what became final, in order, within a range", async () => {
      // The classes of depositors become final each at its own sizes, a smaller one perhaps later.
      const store = await withFinal(["", 1], ["", 3], ["bank-a", 2], ["bank-a", 3]);
      expect(await unstamped(store, "a")).toEqual([1, 2, 3]);
      expect(await unstamped(store, "a", 2)).toEqual([2, 3]);
      expect(await unstamped(store, "a", 1, 3)).toEqual([1, 2]);
      expect(await unstamped(store, "a", 0, 99, 1)).toEqual([1]);
      await store.addTimestamp(2, token("a", 1000));
      expect(await unstamped(store, "a")).toEqual([1, 3]);
      expect(await unstamped(store, "b")).toEqual([1, 2, 3]);
      expect(await unstamped(await withLedger(), "a")).toEqual([]);
    });

    it("remembers where an authority began", async () => {
      const store = await withLedger();
      expect(await store.beginTimestamps("a", 2)).toBe(2);
      expect(await store.beginTimestamps("a", 3)).toBe(2);
      expect(await store.beginTimestamps("b", 3)).toBe(3);
    });
  });

  describe(`${name}: certificates and artifacts`, () => {
    const withCertificates = async () => {
      const { store, reopen } = await open();
      await withBank(store);
      await record(store, newDeposit("A"), newDeposit("B"));
      const entries = [{ content: utf8("entry") }];
      await store.advanceLedger({ previous: undefined, checkpoint: checkpoint(1), entries, tiles: [] });
      for (const text of ["template", "trust"]) await store.keepArtifact(hashOf(text), utf8(text));
      return { store, reopen };
    };
    const certificate = (change: Partial<IssuedCertificate> = {}): IssuedCertificate => ({
      depositId: "A",
      language: "zh",
      issue: 1,
      issuedAtMs: 5000,
      template: hashOf("template"),
      consortium: hashOf("trust"),
      verifyUrl: "https://notary.example/d/A",
      evidence: { treeSize: 1, cosignatures: 3, timestamps: 1 },
      tokensStored: 2,
      signature: utf8("signature"),
      awaitsTimestamp: false,
      ...change,
    });

    it("keeps the first of an issue, by deposit and language, and gives the newest", async () => {
      const { store, reopen } = await withCertificates();
      expect(await store.findCertificate("A", "zh")).toBeUndefined();
      expect(await store.insertCertificate(certificate())).toBe(true);
      expect(await store.insertCertificate(certificate({ signature: utf8("another") }))).toBe(false);
      expect(await store.insertCertificate(certificate({ issue: 3 }))).toBe(false);
      expect(await store.findCertificate("A", "zh")).toEqual(certificate());
      expect(await store.findCertificate("A", "en")).toBeUndefined();
      expect(await store.findCertificate("B", "zh")).toBeUndefined();
      const issuer = { contact: "contact@notary.example" };
      expect(await store.insertCertificate(certificate({ language: "en", issuer }))).toBe(true);
      expect(await store.findCertificate("A", "en")).toEqual(certificate({ language: "en", issuer }));
      expect(await store.insertCertificate(certificate({ issue: 2, issuedAtMs: 6000 }))).toBe(true);
      await store.close();
      const again = await reopen();
      expect(await again.findCertificate("A", "zh")).toEqual(certificate({ issue: 2, issuedAtMs: 6000 }));
      expect(await again.findCertificate("A", "zh", 1)).toEqual(certificate());
      expect(await again.findCertificate("A", "zh", 3)).toBeUndefined();
      expect(await again.findCertificate("A", "en")).toEqual(certificate({ language: "en", issuer }));
    });

    it("names no deposit, checkpoint or artifact that is not there", async () => {
      const { store } = await withCertificates();
      for (const change of [
        { depositId: "C" },
        { template: hashOf("other") },
        { consortium: hashOf("other") },
        { evidence: { treeSize: 2, cosignatures: 0, timestamps: 0 } },
      ])
        await expect(store.insertCertificate(certificate(change))).rejects.toThrow();
      expect(await store.findCertificate("A", "zh")).toBeUndefined();
    });

    it("adds a time-stamp to a signature that awaits one, once", async () => {
      const { store } = await withCertificates();
      await store.insertCertificate(certificate());
      await store.insertCertificate(certificate({ depositId: "B", awaitsTimestamp: true }));
      await store.insertCertificate(certificate({ depositId: "B", language: "en", awaitsTimestamp: true }));
      const waiting = async () =>
        (await store.certificatesAwaitingTimestamp({ limit: 9 })).map(
          ({ depositId, language }) => `${depositId} ${language}`,
        );
      expect(await waiting()).toEqual(["B zh", "B en"]);
      const [first] = await store.certificatesAwaitingTimestamp({ limit: 1 });
      expect(first).toMatchObject({ depositId: "B", language: "zh", issue: 1 });
      const rest = await store.certificatesAwaitingTimestamp({ after: first?.place, limit: 1 });
      expect(rest).toMatchObject([{ depositId: "B", language: "en", issue: 1 }]);
      expect(await store.certificatesAwaitingTimestamp({ after: rest[0]?.place, limit: 1 })).toEqual([]);
      const key = { depositId: "B", language: "zh", issue: 1 } as const;
      expect(await store.stampCertificate(key, utf8("stamped"))).toBe(true);
      expect(await store.stampCertificate(key, utf8("again"))).toBe(false);
      expect(await store.stampCertificate({ ...key, depositId: "A" }, utf8("unasked"))).toBe(false);
      expect(await store.stampCertificate({ ...key, issue: 2 }, utf8("unknown"))).toBe(false);
      expect(await waiting()).toEqual(["B en"]);
      expect(await store.findCertificate("B", "zh")).toEqual(
        certificate({ depositId: "B", signature: utf8("stamped") }),
      );
      expect((await store.findCertificate("A", "zh"))?.signature).toEqual(utf8("signature"));
    });

    it("keeps artifacts by their digest, for ever", async () => {
      const { store, reopen } = await withCertificates();
      await store.keepArtifact(hashOf("template"), utf8("template"));
      expect(await store.findArtifact(hashOf("unknown"))).toBeUndefined();
      await store.close();
      expect(await (await reopen()).findArtifact(hashOf("template"))).toEqual(utf8("template"));
    });
  });

  describe(`${name}: leases`, () => {
    const lease = (holder: string, beat: number) => ({ holder, beat, address: `/${holder}.sock` });

    it("change hands by compare-and-swap on holder and beat", async () => {
      const store = await opened();
      expect(await store.findLease("worker")).toBeUndefined();
      expect(await store.swapLease("worker", lease("a", 1), lease("b", 2))).toBe(false);
      expect(await store.swapLease("worker", undefined, lease("a", 1))).toBe(true);
      expect(await store.swapLease("worker", undefined, lease("b", 1))).toBe(false);
      expect(await store.swapLease("worker", lease("a", 1), lease("a", 2))).toBe(true);
      // What b saw a beat ago is no more.
      expect(await store.swapLease("worker", lease("a", 1), lease("b", 2))).toBe(false);
      expect(await store.findLease("worker")).toEqual(lease("a", 2));
      expect(await store.swapLease("worker", lease("a", 2), lease("b", 3))).toBe(true);
      expect(await store.findLease("other")).toBeUndefined();
    });

    it("are ended by their holder alone", async () => {
      const store = await opened();
      await store.swapLease("worker", undefined, lease("a", 1));
      await store.endLease("worker", "b");
      expect(await store.findLease("worker")).toEqual(lease("a", 1));
      await store.endLease("worker", "a");
      expect(await store.findLease("worker")).toBeUndefined();
    });
  });

  it(`${name}: another process finds all of it`, async () => {
    const { store, reopen } = await open();
    await withBank(store);
    await record(store, newDeposit("A", { idempotencyKey: { key: "k", fingerprint: hashOf("f") } }));
    await store.sealBatch(batch(1, 1));
    const tiles = [{ level: 0, index: 0, hashes: hashOf("entry 1") }];
    const entries = [{ content: utf8("entry 1"), batchFirstSeq: 1 }];
    await store.advanceLedger({ previous: undefined, checkpoint: checkpoint(1, 1), entries, tiles });
    await store.cosign({ treeSize: 1, depositorClasses: [] }, () => ({
      add: [],
      met: [{ depositorClass: "", treeSize: 1, finalAtMs: 9, sealedUpToMs: Infinity }],
    }));
    const token = { authority: "a", token: utf8("token"), genTimeMs: 10, storedAtMs: 11 };
    await store.addTimestamp(1, token);
    await store.beginTimestamps("a", 1);
    await store.close();
    const again = await reopen();
    expect(await again.timestamps(1)).toEqual([token]);
    expect(await again.beginTimestamps("a", 5)).toBe(1);
    expect(await again.findDeposit("A")).toMatchObject({ seq: 1 });
    expect(await again.findBatchOfSeq(1)).toEqual({ ...batch(1, 1), ledgerIndex: 0 });
    expect(await again.newestCheckpoint()).toEqual(checkpoint(1, 1));
    expect(await again.tiles([{ level: 0, index: 0 }])).toEqual([hashOf("entry 1")]);
    expect(await again.newestFinality("")).toEqual({ depositorClass: "", treeSize: 1, finalAtMs: 9 });
    await record(again, newDeposit("B"));
    expect(await again.findDeposit("B")).toMatchObject({ seq: 2 });
  });
}
