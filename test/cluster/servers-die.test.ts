/** What the store does when its servers are killed or stand still: it loses nothing that it has promised, and never hangs. */
import { afterEach, describe, expect, it } from "@jest/globals";
import { startReplicaSet, type ReplicaSet } from "../../scripts/cluster/replica-set.js";
import { migrateMongoStore } from "../../src/adapters/mongo/schema/make-store.js";
import { openMongoStore } from "../../src/adapters/mongo/store.js";
import { utf8 } from "../../src/core/bytes.js";
import { hashLeaf } from "../../src/core/merkle/hash.js";
import type { Store } from "../../src/notary/ports/ports.js";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function opened(): Promise<{ set: ReplicaSet; store: Store }> {
  const set = await startReplicaSet(process.env["CUNZHENG_TEST_MONGOD"] ?? "mongod", 3);
  closers.push(() => set.stop());
  const url = set.url.replace("/?", "/notary?");
  await migrateMongoStore(url);
  const store = await openMongoStore(url);
  closers.push(() => store.close());
  await store.putOrganisation({ id: "bank-a", name: "Example Bank A" });
  return { set, store };
}

const SCOPE = { chainIds: ["CH"], idempotencyKeys: [] };

/** Appends a link. Asked again for the same id it finds what it has recorded, as a depositor's second try does. */
async function append(store: Store, id: string): Promise<void> {
  await store.record({ ...SCOPE, ids: [id] }, (context) => {
    if (context.deposit(id)) return [];
    const sequence = (context.chainHead("CH")?.sequence ?? 0) + 1;
    return [
      {
        ...{ id, organisationId: "bank-a", statement: utf8(id), leafHash: hashLeaf(utf8(id)) },
        ...{ receivedAtMs: 1, sealByMs: 2, chain: { id: "CH", sequence } },
      },
    ];
  });
}

/** Resolves with how long it took, however it ended. */
async function lasting(work: Promise<unknown>): Promise<{ readonly ms: number; readonly isDone: boolean }> {
  const start = performance.now();
  const isDone = await work.then(
    () => true,
    () => false,
  );
  return { ms: performance.now() - start, isDone };
}

/** All its waits and the driver's one repetition together: no call may take longer. */
const LONGEST_MS = 20_000;

describe.each(["SIGKILL", "SIGSTOP"] as const)("a primary that gets %s", (signal) => {
  it("is followed by another, every receipt is kept, and what failed is found or recorded when it is asked again", async () => {
    const { set, store } = await opened();
    const promised: string[] = [];
    let longestMs = 0;
    for (let i = 0; i < 60; i++) {
      if (i === 20) (await set.primary()).kill(signal);
      const id = `D${i}`;
      for (;;) {
        const { ms, isDone } = await lasting(append(store, id));
        longestMs = Math.max(longestMs, ms);
        if (isDone) break;
      }
      promised.push(id);
    }
    expect(longestMs).toBeLessThan(LONGEST_MS);
    const links = await store.listChain("CH", { after: 0, limit: 99 });
    expect(links.map(({ id }) => id)).toEqual(promised);
    expect(links.map(({ seq }) => seq)).toEqual(promised.map((_, i) => i + 1));
  });
});

it("rejects within bounds without a majority, whatever is asked, and can be closed", async () => {
  const { set, store } = await opened();
  await append(store, "D1");
  const primary = await set.primary();
  for (const member of set.members) if (member !== primary) member.kill("SIGSTOP");
  const calls = {
    record: () => append(store, "D2"),
    sealBatch: () =>
      store.sealBatch({
        ...{
          id: "B1",
          firstSeq: 1,
          lastSeq: 1,
          sealedAtMs: 1,
          entry: utf8("entry"),
          depositorIds: ["bank-a"],
        },
      }),
    advanceLedger: () =>
      store.advanceLedger({
        ...{ previous: undefined, entries: [], tiles: [] },
        checkpoint: { treeSize: 0, rootHash: new Uint8Array(32), note: "note", lastSeq: 0, sealedAtMs: 0 },
      }),
    cosign: () => store.cosign({ treeSize: 0, depositorClasses: [""] }, () => ({ add: [], met: [] })),
    swapLease: () => store.swapLease("worker", undefined, { holder: "a", beat: 1, address: "" }),
    isOriginalKept: () => store.isOriginalKept(new Uint8Array(32)),
  };
  const results = await Promise.all(
    Object.entries(calls).map(async ([name, call]) => ({ name, ...(await lasting(call())) })),
  );
  for (const { name, ms, isDone } of results) {
    expect([name, isDone]).toEqual([name, false]);
    expect([name, ms < LONGEST_MS]).toEqual([name, true]);
  }
  for (const member of set.members) member.kill("SIGKILL");
  expect(await lasting(store.findDeposit("D1"))).toMatchObject({ isDone: false });
  expect((await lasting(store.close())).ms).toBeLessThan(LONGEST_MS);
});
