/**
 * What MongoDB does not watch by itself, or no more: that the indexes are there which promise that something is there once, that
 * every document is of its type, and that what documents repeat of others, to be found without them, is what those say.
 */
import type { Connection, mongo, Schema } from "mongoose";
import { isConsortiumEntry } from "../../../core/membership/change.js";
import type { Flaw } from "../../../notary/ports/whole/rows.js";
import { keyNameOf } from "../deposits.js";
import { type Collections, SCHEMAS, validatorOf } from "../schema/collections.js";
import type { StepRow } from "../schema/deposits.js";
import type { DeferredRow } from "../schema/finality.js";
import type { BatchRow, CheckpointRow, EntryRow } from "../schema/ledger.js";
import { BUCKET, BUCKET_INDEXES } from "../schema/originals.js";
import type { CounterRow } from "../schema/single.js";
import { readStanding, ruleOf, rulesOf } from "../schema/standing.js";

export async function* flawsOf(connection: Connection, collections: Collections): AsyncGenerator<Flaw> {
  yield* indexFlaws(connection);
  yield* ruleFlaws(connection, (await readStanding(collections.standing)).kind !== "here");
  yield* malformed(collections);
  yield* stepFlaws(collections);
  yield* entryFlaws(collections);
  yield* deferredFlaws(collections);
  yield* checkpointFlaws(collections);
  yield* counterFlaws(collections);
}

interface Wanted {
  readonly key: object;
  readonly unique: boolean;
  readonly sparse: boolean;
}

async function* indexFlaws(connection: Connection): AsyncGenerator<Flaw> {
  const declared = Object.entries(SCHEMAS).map(([name, schema]: [string, Schema]): [string, Wanted[]] => [
    name,
    schema.indexes().map(([key, { unique, sparse }]) => ({
      ...{ key, unique: unique === true, sparse: sparse === true },
    })),
  ]);
  const bucket: [string, Wanted[]][] = [
    [`${BUCKET}.files`, [{ key: BUCKET_INDEXES.files, unique: false, sparse: false }]],
    [`${BUCKET}.chunks`, [{ key: BUCKET_INDEXES.chunks, unique: true, sparse: false }]],
  ];
  for (const [name, wanted] of [...declared, ...bucket]) {
    const there = await connection
      .collection(name)
      .indexes()
      .catch(() => []);
    const known = new Set(
      (there as mongo.IndexDescriptionInfo[]).map(({ key, unique, sparse }) =>
        JSON.stringify([key, unique === true, sparse === true]),
      ),
    );
    for (const { key, unique, sparse } of wanted)
      if (!known.has(JSON.stringify([key, unique, sparse])))
        yield {
          code: "index-missing",
          what: `${name} has no ${unique ? "unique " : ""}index ${JSON.stringify(key)} as it is declared`,
        };
  }
}

async function* ruleFlaws(connection: Connection, isClosed: boolean): AsyncGenerator<Flaw> {
  const there = await rulesOf(connection);
  for (const name of Object.keys(SCHEMAS))
    if (there.get(name) !== JSON.stringify(ruleOf(name, isClosed)))
      yield {
        code: "rule-missing",
        what: `${name} does not refuse what it must: its rule is not as declared`,
      };
}

/** Of one collection so many are told; whoever sees them knows enough. */
const TOLD = 10;

async function* malformed(collections: Collections): AsyncGenerator<Flaw> {
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    const { collection } = collections[name as keyof Collections];
    const found = collection.find({ $nor: [validatorOf(schema)] }, { projection: { _id: 1 }, limit: TOLD });
    for await (const { _id } of found)
      yield {
        code: "row-malformed",
        what: `${name} ${String(_id)} has a value of another type, or lacks one`,
      };
  }
}

const differs = (what: string): Flaw => ({ code: "copy-differs", what });

/** The line of steps: none is missing, and what a group repeats of its deposits is theirs. */
async function* stepFlaws({ deposits }: Collections): AsyncGenerator<Flaw> {
  let [step, lastSeq] = [0, 0];
  const found = deposits.collection.find({}, { sort: { step: 1 }, projection: { "deposits.statement": 0 } });
  for await (const document of found) {
    const row = document as unknown as StepRow;
    const at = `step ${row.step}`;
    if (row.step !== step + 1) yield differs(`${at} follows step ${step}`);
    const { deposits: group = [], links = [], keys = [], word } = row;
    const isGroup = group.length > 0;
    if (isGroup === (word !== undefined))
      yield differs(`${at} is neither a group of deposits nor a word on a chain`);
    if (row._id !== (isGroup ? group[0]?.seq : -row.step)) yield differs(`${at} has the number ${row._id}`);
    if (group.some(({ seq }, i) => seq !== lastSeq + 1 + i))
      yield differs(`${at} does not go on after deposit ${lastSeq}`);
    if (row.lastSeq !== lastSeq + group.length)
      yield differs(`${at} says that the newest deposit is ${row.lastSeq}`);
    const wanted = group.flatMap(({ chain }) => (chain ? [[chain.id, chain.sequence]] : []));
    if (JSON.stringify(links.map(({ chainId, sequence }) => [chainId, sequence])) !== JSON.stringify(wanted))
      yield differs(`${at} is found by other chains than its deposits stand in`);
    const ofSeq = new Map(group.map(({ seq, organisationId }) => [seq, organisationId]));
    for (const { name, seq } of keys) {
      const [organisationId = "", key = ""] = JSON.parse(name) as string[];
      if (ofSeq.get(seq) === undefined || keyNameOf(organisationId, key) !== name)
        yield differs(`${at} has an idempotency key of no deposit`);
    }
    [step, lastSeq] = [row.step, Math.max(lastSeq, row.lastSeq)];
  }
}

async function* entryFlaws({ batches, ledgerEntries }: Collections): AsyncGenerator<Flaw> {
  for await (const document of ledgerEntries.collection.find({}, { sort: { _id: 1 } })) {
    const { _id: index, batch, changeIndex, content } = document as unknown as EntryRow;
    const isChange = batch === undefined && isConsortiumEntry(content);
    if (changeIndex !== (isChange ? index : undefined))
      yield differs(`entry ${index} is ${isChange ? "not " : ""}found among the changes of the consortium`);
    if (batch === undefined) continue;
    const of = await batches.findById(batch.firstSeq).lean<BatchRow>();
    if (of === null)
      yield { code: "reference-missing", what: `entry ${index} is of a batch that is not there` };
    else if (
      batch.lastSeq !== of.lastSeq ||
      batch.sealedAtMs !== of.sealedAtMs ||
      JSON.stringify(batch.depositorIds) !== JSON.stringify(of.depositorIds)
    )
      yield differs(`entry ${index} says something else of batch ${of.id} than the batch`);
  }
}

async function* deferredFlaws({ deferredBatches, ledgerEntries }: Collections): AsyncGenerator<Flaw> {
  for await (const document of deferredBatches.collection.find(
    {},
    { sort: { depositorClass: 1, ledgerIndex: 1 } },
  )) {
    const { depositorClass, ledgerIndex, waiting, ...row } = document as unknown as DeferredRow;
    const batch = (await ledgerEntries.findById(ledgerIndex).lean<EntryRow>())?.batch;
    const isFinal = row.treeSize !== undefined;
    if (
      batch?.firstSeq !== row.firstSeq ||
      batch.lastSeq !== row.lastSeq ||
      batch.sealedAtMs !== row.sealedAtMs ||
      isFinal !== (row.finalAtMs !== undefined) ||
      waiting !== (isFinal ? undefined : depositorClass)
    )
      yield differs(`what is deferred of entry ${ledgerIndex} is not what the entry says`);
  }
}

async function* checkpointFlaws({ checkpoints }: Collections): AsyncGenerator<Flaw> {
  let before = -1;
  const found = checkpoints.collection.find({}, { sort: { _id: 1 }, projection: { previous: 1 } });
  for await (const document of found) {
    const { _id, previous } = document as unknown as CheckpointRow;
    if (previous !== before) yield differs(`checkpoint ${_id} follows ${previous}, and not ${before}`);
    before = _id;
  }
}

async function* counterFlaws({ certificates, counters }: Collections): AsyncGenerator<Flaw> {
  const [last] = await certificates.collection
    .find({ awaiting: { $gt: 0 } }, { sort: { awaiting: -1 }, limit: 1 })
    .toArray();
  const counter = await counters.findById("certificates").lean<CounterRow>();
  const awaiting = (last as { awaiting?: number } | undefined)?.awaiting ?? 0;
  if (awaiting > (counter?.value ?? 0))
    yield differs(`a certificate is number ${awaiting}, and ${counter?.value ?? 0} were issued`);
}
