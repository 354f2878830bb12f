/** From one version of the schema to the next: each step may be done twice, and by two programs at one time. */
import type { Connection, mongo } from "mongoose";
import { type Collections, collectionsOf, SCHEMAS, validatorOf } from "./collections.js";
import { BUCKET, BUCKET_INDEXES } from "./originals.js";

type SchemaStep = (connection: Connection, collections: Collections) => Promise<void>;

/** Makes what is declared and not there: collections with their rules, and indexes. */
export const makeMissing: SchemaStep = async (connection, collections) => {
  const there = new Set((await connection.listCollections()).map(({ name }) => name));
  await Promise.all(
    Object.entries(SCHEMAS).map(async ([name, schema]) => {
      if (!there.has(name))
        await connection.createCollection(name, { validator: validatorOf(schema) }).catch(unlessThere);
      const indexes = schema
        .indexes()
        .map(([key, options]) => ({ ...options, key }) as mongo.IndexDescription);
      if (indexes.length > 0) await collections[name as keyof Collections].collection.createIndexes(indexes);
    }),
  );
  await connection.collection(`${BUCKET}.files`).createIndex(BUCKET_INDEXES.files);
  await connection.collection(`${BUCKET}.chunks`).createIndex(BUCKET_INDEXES.chunks, { unique: true });
};

/** The n-th step brings a database from schema n to n + 1: append, never edit. */
const STEPS: readonly SchemaStep[] = [
  makeMissing,
  // The collections `jobs` and `standing`.
  makeMissing,
];

/** Brings the database to the newest schema; does nothing where it has it. Throws where a newer program has written it. */
export async function migrate(connection: Connection): Promise<void> {
  const collections = collectionsOf(connection);
  const version = await versionOf(collections);
  if (version > STEPS.length) throw newer(connection, version);
  for (const [index, step] of STEPS.entries()) {
    if (index < version) continue;
    await step(connection, collections);
    await collections.counters.updateOne({ _id: "schema" }, { $max: { value: index + 1 } }, { upsert: true });
  }
}

/** Throws unless the database has the newest schema. */
export async function refuseOtherSchema(connection: Connection, collections: Collections): Promise<void> {
  const version = await versionOf(collections);
  if (version > STEPS.length) throw newer(connection, version);
  if (version < STEPS.length)
    throw new Error(
      `the database ${connection.name} has schema ${version}, and this program needs ${STEPS.length}: it must be migrated first`,
    );
}

const versionOf = async ({ counters }: Collections): Promise<number> =>
  (await counters.findOne({ _id: "schema" }).lean())?.value ?? 0;

const newer = ({ name }: Connection, version: number): Error =>
  new Error(
    `the database ${name} was written by a newer program (schema ${version}, this one knows ${STEPS.length})`,
  );

const NAMESPACE_EXISTS = 48;

/** Another program may have been faster. */
function unlessThere(error: unknown): void {
  if ((error as { code?: unknown }).code !== NAMESPACE_EXISTS) throw error;
}
