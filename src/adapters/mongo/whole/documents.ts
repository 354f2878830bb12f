/** Each kind of row as MongoDB keeps it: read in the order of its kind, and as documents to be written behind what is there. */
import type { ClientSession, mongo } from "mongoose";
import { isConsortiumEntry } from "../../../core/membership/change.js";
import type { IssuerStatement } from "../../../certificate/content/certificate-record.js";
import type { Role } from "../../../notary/model/model.js";
import type { ChainRow, DepositRow, RowKind, StoreRows } from "../../../notary/ports/whole/rows.js";
import { keyNameOf } from "../deposits.js";
import { blob, bytesOf, present } from "../schema/documents.js";
import type * as accounts from "../schema/accounts.js";
import type * as certificates from "../schema/certificates.js";
import type { Collections } from "../schema/collections.js";
import type { ChainWord, StepRow } from "../schema/deposits.js";
import type * as finality from "../schema/finality.js";
import type * as ledger from "../schema/ledger.js";
import type { CounterRow } from "../schema/single.js";
import { depositOf, rowOf as depositRowOf } from "../stored-deposit.js";

type Name = keyof Collections;
type Document = object;

interface Kept<Kind extends RowKind> {
  readonly collection: Name;
  readonly filter: object;
  /** An index has this order. */
  readonly sort: mongo.Sort;
  /** The rows of one document. */
  readonly rowsOf: (found: never) => readonly StoreRows[Kind][];
  /** The documents of some rows; what they repeat of others is read in the session. */
  readonly documentsOf: (
    rows: readonly StoreRows[Kind][],
    inside: { readonly collections: Collections; readonly session: ClientSession },
  ) => Document[] | Promise<Document[]>;
}

const kept = <Kind extends RowKind, Row extends object>(one: {
  readonly collection: Name;
  readonly filter?: object;
  readonly sort?: mongo.Sort;
  readonly rowsOf: (found: Row) => readonly StoreRows[Kind][];
  readonly documentsOf: Kept<Kind>["documentsOf"];
}): Kept<Kind> => ({ filter: {}, sort: { _id: 1 }, ...one });

const hexOf = (digest: Uint8Array): string => blob(digest).toString("hex");

/** Chains are told apart by the reader, which has all words of one together. */
export const KEPT: { readonly [Kind in Exclude<RowKind, "chains">]: Kept<Kind> } = {
  organisations: kept<"organisations", accounts.OrganisationRow>({
    collection: "organisations",
    rowsOf: ({ _id: id, name, creditCode }) => [{ id, name, ...present("creditCode", creditCode) }],
    documentsOf: (rows) =>
      rows.map(({ id, name, creditCode }) => ({ _id: id, name, ...present("creditCode", creditCode) })),
  }),
  apiKeys: kept<"apiKeys", accounts.ApiKeyRow>({
    collection: "apiKeys",
    rowsOf: ({ _id: id, organisationId, role, secretHash, createdAtMs, revokedAtMs }) => [
      {
        ...{ id, organisationId, role: role as Role, secretHash: bytesOf(secretHash), createdAtMs },
        ...present("revokedAtMs", revokedAtMs),
      },
    ],
    documentsOf: (rows) =>
      rows.map(({ id, organisationId, role, secretHash, createdAtMs, revokedAtMs }) => ({
        ...{ _id: id, organisationId, role, secretHash: blob(secretHash), createdAtMs },
        ...present("revokedAtMs", revokedAtMs),
      })),
  }),
  deposits: kept<"deposits", StepRow>({
    collection: "deposits",
    filter: { _id: { $gte: 1 } },
    rowsOf: ({ deposits = [], keys = [] }) => {
      const keyOf = new Map(keys.map((key) => [key.seq, key]));
      return deposits.map((row) => {
        const key = keyOf.get(row.seq);
        if (key === undefined) return depositOf(row);
        const [organisationId, name] = JSON.parse(key.name) as [string, string];
        const fingerprint = bytesOf(key.fingerprint);
        return { ...depositOf(row), idempotencyKey: { organisationId, key: name, fingerprint } };
      });
    },
    documentsOf: async (rows, { collections, session }) => [await groupOf(rows, collections, session)],
  }),
  batches: kept<"batches", ledger.BatchRow>({
    collection: "batches",
    rowsOf: ({ _id: firstSeq, lastSeq, id, sealedAtMs, depositorIds, entry }) => [
      { firstSeq, lastSeq, id, sealedAtMs, depositorIds, entry: bytesOf(entry) },
    ],
    documentsOf: (rows) =>
      rows.map(({ firstSeq, lastSeq, id, sealedAtMs, depositorIds, entry }) => ({
        ...{ _id: firstSeq, lastSeq, id, sealedAtMs, depositorIds, entry: blob(entry) },
      })),
  }),
  entries: kept<"entries", ledger.EntryRow>({
    collection: "ledgerEntries",
    rowsOf: ({ _id: index, content, batch }) => [
      { index, content: bytesOf(content), ...present("batchFirstSeq", batch?.firstSeq) },
    ],
    documentsOf: async (rows, { collections, session }) => {
      const firstSeqs = rows.flatMap(({ batchFirstSeq }) => batchFirstSeq ?? []);
      const batches = await collections.batches
        .find({ _id: { $in: firstSeqs } }, { entry: 0 })
        .session(session)
        .lean<ledger.BatchRow[]>();
      const found = new Map(batches.map((batch) => [batch._id, batch]));
      return rows.map(({ index, content, batchFirstSeq }) => {
        const entry = { _id: index, content: blob(content) };
        if (batchFirstSeq === undefined)
          return { ...entry, ...(isConsortiumEntry(content) && { changeIndex: index }) };
        const batch = found.get(batchFirstSeq);
        if (batch === undefined) throw new Error(`entry ${index} is of a batch that is not there`);
        const { lastSeq, sealedAtMs, depositorIds } = batch;
        return { ...entry, batch: { firstSeq: batchFirstSeq, lastSeq, sealedAtMs, depositorIds } };
      });
    },
  }),
  tiles: kept<"tiles", ledger.TileRow>({
    collection: "tiles",
    sort: { level: 1, index: 1 },
    rowsOf: ({ level, index, hashes }) => [{ level, index, hashes: bytesOf(hashes) }],
    documentsOf: (rows) => rows.map(({ level, index, hashes }) => ({ level, index, hashes: blob(hashes) })),
  }),
  checkpoints: kept<"checkpoints", ledger.CheckpointRow>({
    collection: "checkpoints",
    rowsOf: ({ _id: treeSize, rootHash, lastSeq, sealedAtMs, note }) => [
      { treeSize, rootHash: bytesOf(rootHash), lastSeq, sealedAtMs, note },
    ],
    documentsOf: async (rows, { collections, session }) => {
      const newest = await collections.checkpoints
        .findOne({}, { _id: 1 })
        .sort({ _id: -1 })
        .session(session)
        .lean<ledger.CheckpointRow>();
      return rows.map(({ treeSize, rootHash, lastSeq, sealedAtMs, note }, i) => ({
        ...{ _id: treeSize, previous: rows[i - 1]?.treeSize ?? newest?._id ?? -1 },
        ...{ rootHash: blob(rootHash), lastSeq, sealedAtMs, note },
      }));
    },
  }),
  shown: kept<"shown", CounterRow>({
    collection: "counters",
    filter: { _id: "shown" },
    rowsOf: ({ value: treeSize }) => [{ treeSize }],
    documentsOf: (rows) => rows.map(({ treeSize }) => ({ _id: "shown", value: treeSize })),
  }),
  cosignatures: kept<"cosignatures", finality.CosignatureRow>({
    collection: "cosignatures",
    sort: { treeSize: 1, place: 1 },
    rowsOf: ({ treeSize, place, name, keyId, timeSeconds, storedAtMs, line }) => [
      { treeSize, place, name, keyId, timeSeconds, storedAtMs, line },
    ],
    documentsOf: (rows) => rows.map((row) => ({ ...row })),
  }),
  finalities: kept<"finalities", finality.FinalityRow>({
    collection: "finalities",
    sort: { depositorClass: 1, treeSize: 1 },
    rowsOf: ({ depositorClass, treeSize, finalAtMs }) => [{ depositorClass, treeSize, finalAtMs }],
    documentsOf: (rows) => rows.map((row) => ({ ...row })),
  }),
  deferred: kept<"deferred", finality.DeferredRow>({
    collection: "deferredBatches",
    sort: { depositorClass: 1, ledgerIndex: 1 },
    rowsOf: ({ depositorClass, ledgerIndex, sealedAtMs, treeSize, finalAtMs }) => [
      {
        ...{ depositorClass, ledgerIndex, sealedAtMs },
        ...(treeSize !== undefined && finalAtMs !== undefined && { final: { treeSize, finalAtMs } }),
      },
    ],
    documentsOf: async (rows, { collections, session }) => {
      const entries = await collections.ledgerEntries
        .find({ _id: { $in: rows.map(({ ledgerIndex }) => ledgerIndex) } }, { batch: 1 })
        .session(session)
        .lean<ledger.EntryRow[]>();
      const batches = new Map(entries.map(({ _id, batch }) => [_id, batch]));
      return rows.map(({ depositorClass, ledgerIndex, sealedAtMs, final }) => {
        const batch = batches.get(ledgerIndex);
        if (batch === undefined) throw new Error(`entry ${ledgerIndex} is deferred, and of no batch`);
        const { firstSeq, lastSeq } = batch;
        const row = { depositorClass, ledgerIndex, firstSeq, lastSeq, sealedAtMs };
        return final === undefined ? { ...row, waiting: depositorClass } : { ...row, ...final };
      });
    },
  }),
  timestamps: kept<"timestamps", finality.TimestampRow>({
    collection: "timestamps",
    sort: { treeSize: 1, place: 1 },
    rowsOf: ({ treeSize, place, authority, token, genTimeMs, storedAtMs }) => [
      { treeSize, place, authority, token: bytesOf(token), genTimeMs, storedAtMs },
    ],
    documentsOf: (rows) => rows.map(({ token, ...row }) => ({ ...row, token: blob(token) })),
  }),
  timestampAuthorities: kept<"timestampAuthorities", finality.TimestampAuthorityRow>({
    collection: "timestampAuthorities",
    rowsOf: ({ _id: name, fromTreeSize }) => [{ name, fromTreeSize }],
    documentsOf: (rows) => rows.map(({ name, fromTreeSize }) => ({ _id: name, fromTreeSize })),
  }),
  artifacts: kept<"artifacts", certificates.ArtifactRow>({
    collection: "artifacts",
    rowsOf: ({ _id: sha256, content }) => [
      { sha256: new Uint8Array(Buffer.from(sha256, "hex")), content: bytesOf(content) },
    ],
    documentsOf: (rows) =>
      rows.map(({ sha256, content }) => ({ _id: hexOf(sha256), content: blob(content) })),
  }),
  certificates: kept<"certificates", certificates.CertificateRow>({
    collection: "certificates",
    sort: { depositId: 1, language: 1, issue: 1 },
    rowsOf: ({
      template,
      consortium,
      issuer,
      treeSize,
      cosignatures,
      timestamps,
      signature,
      awaiting,
      ...row
    }) => [
      {
        ...{ depositId: row.depositId, language: row.language, issue: row.issue, issuedAtMs: row.issuedAtMs },
        ...{ template: bytesOf(template), consortium: bytesOf(consortium), verifyUrl: row.verifyUrl },
        ...(issuer !== undefined && { issuer: JSON.parse(issuer) as IssuerStatement }),
        ...{ evidence: { treeSize, cosignatures, timestamps }, tokensStored: row.tokensStored },
        ...{ signature: bytesOf(signature), ...present("awaiting", awaiting) },
      },
    ],
    documentsOf: async (rows, { collections, session }) => {
      const numbers = rows.flatMap(({ awaiting }) => awaiting ?? []);
      if (numbers.length > 0)
        // Whoever is issued next has a later number.
        await collections.counters.collection.updateOne(
          { _id: "certificates" as never },
          { $max: { value: Math.max(...numbers) } },
          { upsert: true, session, bypassDocumentValidation: true },
        );
      return rows.map(({ evidence, issuer, template, consortium, signature, ...row }) => ({
        ...{ ...row, ...evidence, template: blob(template), consortium: blob(consortium) },
        ...present("issuer", issuer && JSON.stringify(issuer)),
        signature: blob(signature),
      }));
    },
  }),
};

/** The steps there are, in their line. */
async function newestStep(
  collections: Collections,
  session: ClientSession,
): Promise<Pick<StepRow, "step" | "lastSeq">> {
  const newest = await collections.deposits
    .findOne({}, { step: 1, lastSeq: 1 })
    .sort({ step: -1 })
    .session(session)
    .lean<StepRow>();
  return newest ?? { step: 0, lastSeq: 0 };
}

/** A line that was copied from another store has no tokens of its own: nobody waits for these steps. */
const COPIED = { token: "copied" } as const;

async function groupOf(
  rows: readonly DepositRow[],
  collections: Collections,
  session: ClientSession,
): Promise<StepRow> {
  const { step, lastSeq } = await newestStep(collections, session);
  const links = rows.flatMap(({ chain }) => (chain ? { chainId: chain.id, sequence: chain.sequence } : []));
  const keys = rows.flatMap(({ seq, idempotencyKey: key }) =>
    key ? { name: keyNameOf(key.organisationId, key.key), fingerprint: blob(key.fingerprint), seq } : [],
  );
  return {
    ...{ _id: rows[0]?.seq ?? lastSeq + 1, step: step + 1, lastSeq: rows.at(-1)?.seq ?? lastSeq, ...COPIED },
    deposits: rows.map((row) => depositRowOf(row.seq, row)),
    ...(links.length > 0 && { links }),
    ...(keys.length > 0 && { keys }),
  };
}

/** One step for each word on these chains. */
export async function wordsOf(
  rows: readonly ChainRow[],
  collections: Collections,
  session: ClientSession,
): Promise<StepRow[]> {
  const { step, lastSeq } = await newestStep(collections, session);
  const words = rows.flatMap(({ chainId, shown, isHeld, isForked }): ChainWord[] => [
    ...(shown ? [{ chainId, kind: "shown" as const, ...shown, leafHash: blob(shown.leafHash) }] : []),
    ...(isHeld ? [{ chainId, kind: "held" as const }] : []),
    ...(isForked ? [{ chainId, kind: "forked" as const }] : []),
  ]);
  return words.map((word, i) => ({ _id: -(step + 1 + i), step: step + 1 + i, lastSeq, ...COPIED, word }));
}
