/**
 * How many bytes a deposit takes where it is kept: in MongoDB (documents, indexes, the line of changes that other members copy, the
 * journal) and in SQLite. Deposits as the service makes them go through the stores' own `record`, in groups as they come
 * together under load. What is kept of originals is as long as they are, and not counted here.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, createConnection } from "mongoose";
import { ulid } from "ulid";
import { migrateMongoStore } from "../../src/adapters/mongo/schema/make-store.js";
import { openMongoStore } from "../../src/adapters/mongo/store.js";
import { openSqliteStore } from "../../src/adapters/sqlite/store.js";
import { base64 } from "../../src/core/bytes.js";
import { hashLeaf } from "../../src/core/merkle/hash.js";
import type { JsonValue } from "../../src/core/record/json.js";
import { encodeStatement, NONCE_BYTES, parseStatement } from "../../src/core/record/statement.js";
import { formatTime } from "../../src/core/record/time.js";
import type { NewDeposit } from "../../src/notary/ports/deposits.js";
import type { Store } from "../../src/notary/ports/ports.js";
import { findMongod } from "../cluster/mongod.js";
import { startReplicaSet } from "../cluster/replica-set.js";
import { DEPOSITOR, ORGANISATIONS } from "../quickstart/sample-consortium.js";
import { machine, printTable, type Row } from "./table.js";

interface Variant {
  readonly what: string;
  readonly group: number;
  /** Each has an idempotency key and stands in a chain of ten. */
  readonly isKeyedAndChained?: boolean;
}

const VARIANTS: readonly Variant[] = [
  { what: "groups of 16", group: 16 },
  { what: "groups of 128", group: 128 },
  { what: "groups of 128, key and chain", group: 128, isKeyedAndChained: true },
];
const CHAIN = 10;
const PROMISE_MS = 11_000;

const organisation = ORGANISATIONS.find(({ id }) => id === DEPOSITOR);
const depositor = {
  id: DEPOSITOR,
  name: organisation?.name.zh ?? DEPOSITOR,
  creditCode: organisation?.creditCode ?? "",
};

export async function benchStorage(count: number): Promise<void> {
  const head = [
    ...machine(),
    `${count} deposits of repayments, statements of ${depositsOf({ what: "", group: 1 }, 1)[0]?.statement.length} bytes; bytes a deposit, of one member of the set`,
  ];
  const folder = await mkdtemp(join(tmpdir(), "cunzheng-bench-"));
  const set = await startReplicaSet(findMongod());
  try {
    const rows: Row[] = [];
    for (const [i, variant] of VARIANTS.entries()) {
      const url = set.url.replace("/?", `/bench-${i}?`);
      const stored = [
        ...(await inMongo(url, variant, count)),
        await inSqlite(join(folder, `${i}.db`), variant, count),
      ];
      rows.push(
        ...stored.map(({ what, bytes }) => ({
          what: `${variant.what}: ${what}`,
          values: [bytes / count],
          unit: "bytes",
        })),
      );
    }
    printTable(head, rows);
  } finally {
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Taken {
  readonly what: string;
  readonly bytes: number;
}

async function inMongo(url: string, variant: Variant, count: number): Promise<readonly Taken[]> {
  await migrateMongoStore(url);
  const connection = await createConnection(url).asPromise();
  const store = await openMongoStore(url);
  try {
    const before = await serverBytes(connection);
    await record(store, variant, count);
    const after = await serverBytes(connection);
    const { size, storageSize, totalIndexSize } = await sizesOf(connection, "deposits");
    return [
      { what: "documents as they are sent", bytes: size },
      { what: "documents on the disk", bytes: storageSize },
      { what: "indexes on the disk", bytes: totalIndexSize },
      { what: "oplog, uncompressed", bytes: after.oplog - before.oplog },
      { what: "journal written", bytes: after.journal - before.journal },
    ];
  } finally {
    await store.close();
    await connection.close(true);
  }
}

async function inSqlite(file: string, variant: Variant, count: number): Promise<Taken> {
  const store = openSqliteStore(file);
  await record(store, variant, count);
  // Whoever closes it last moves the write-ahead log into the file.
  await store.close();
  return { what: "SQLite's file", bytes: (await stat(file)).size };
}

async function record(store: Store, variant: Variant, count: number): Promise<void> {
  await store.putOrganisation(depositor);
  const deposits = depositsOf(variant, count);
  for (let first = 0; first < count; first += variant.group) {
    const group = deposits.slice(first, first + variant.group);
    const scope = {
      ids: group.map(({ id }) => id),
      chainIds: [...new Set(group.flatMap(({ chain }) => (chain ? [chain.id] : [])))],
      idempotencyKeys: group.flatMap(({ organisationId, idempotencyKey }) =>
        idempotencyKey ? [{ organisationId, key: idempotencyKey.key }] : [],
      ),
    };
    await store.record(scope, () => group);
  }
}

/** As `POST /v1/deposits` makes them of a repayment, their digests of content of which no two have the same. */
function depositsOf({ isKeyedAndChained = false }: Variant, count: number): readonly NewDeposit[] {
  let previous: Pick<NewDeposit, "leafHash" | "chain"> | undefined;
  return Array.from({ length: count }, (_, i) => {
    const receivedAtMs = Date.now() + i;
    const id = ulid(receivedAtMs);
    const begins = i % CHAIN === 0 || previous?.chain === undefined;
    const chain = isKeyedAndChained
      ? { id: begins ? ulid(receivedAtMs) : (previous?.chain?.id ?? ""), sequence: (i % CHAIN) + 1 }
      : undefined;
    const statement = encodeStatement(
      parseStatement({
        ...{ type: "cunzheng/statement@v1", id, depositor, recordType: "loan.repayment" },
        digests: { "sha-256": base64(randomBytes(32)), sm3: base64(randomBytes(32)) },
        ...{ digestsBy: "service", size: 480, mediaType: "application/json", canonicalization: "rfc8785" },
        receivedAt: formatTime(receivedAtMs),
        nonce: base64(randomBytes(NONCE_BYTES)),
        ...{ name: "还款流水", source: { system: "bench" }, clientRef: `BENCH-4711-${i}` },
        ...(chain && {
          chain: { ...chain, ...(!begins && previous && { previous: base64(previous.leafHash) }) },
        }),
      } as unknown as JsonValue),
    );
    const deposit: NewDeposit = {
      ...{ id, organisationId: DEPOSITOR, statement, leafHash: hashLeaf(statement) },
      ...{ receivedAtMs, sealByMs: receivedAtMs + PROMISE_MS },
      ...(chain && { chain }),
      ...(isKeyedAndChained && { idempotencyKey: { key: randomUUID(), fingerprint: randomBytes(32) } }),
    };
    previous = deposit;
    return deposit;
  });
}

interface Sizes {
  readonly size: number;
  readonly storageSize: number;
  readonly totalIndexSize: number;
}

/** After everything is in the files: until then their sizes are those of the last checkpoint. */
async function sizesOf(connection: Connection, collection: string): Promise<Sizes> {
  await connection.db?.admin().command({ fsync: 1 });
  return (await connection.db?.command({ collStats: collection })) as unknown as Sizes;
}

async function serverBytes(connection: Connection): Promise<{ oplog: number; journal: number }> {
  const { size } = (await connection
    .useDb("local")
    .db?.command({ collStats: "oplog.rs" })) as unknown as Sizes;
  const status = (await connection.db?.admin().command({ serverStatus: 1 })) as unknown as {
    readonly wiredTiger: { readonly log: Readonly<Record<string, number>> };
  };
  return { oplog: size, journal: status.wiredTiger.log["log bytes written"] ?? NaN };
}
