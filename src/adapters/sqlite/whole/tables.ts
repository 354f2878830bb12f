/** Each kind of row as SQLite keeps it: read in the order of its kind by pages, and written behind what is there. */
import type { IssuerStatement } from "../../../certificate/content/certificate-record.js";
import type { Role } from "../../../notary/model/model.js";
import type { RowKind, StoreRows } from "../../../notary/ports/whole/rows.js";
import { bytesOf, type SqliteDatabase } from "../rows.js";

/** A value of SQLite. A row of it is known by the statement that selects it. */
type Value = string | number | Uint8Array | null;
type Raw = Readonly<Record<string, Value>>;

interface Table<Kind extends RowKind> {
  /** The tables that hold it; the first has a row for each. */
  readonly tables: readonly string[];
  /** Of the rows behind a place, in order; the last parameter is how many. */
  readonly select: string;
  readonly start: readonly Value[];
  readonly placeOf: (raw: Raw) => readonly Value[];
  readonly rowOf: (raw: Raw) => StoreRows[Kind];
  readonly insert: string;
  readonly rawOf: (row: StoreRows[Kind]) => Raw;
  /** So many are read at a time, where they may be large. */
  readonly page?: number;
}

const text = (value: Value | undefined): string => value as string;
const number = (value: Value | undefined): number => value as number;
const bytes = (value: Value | undefined): Uint8Array => bytesOf(value as Buffer);
const orNull = <T extends Value>(value: T | undefined): T | null => value ?? null;

export const TABLES: { readonly [Kind in RowKind]: Table<Kind> } = {
  organisations: {
    tables: ["organisations"],
    select: "SELECT * FROM organisations WHERE id > ? ORDER BY id LIMIT ?",
    start: [""],
    placeOf: ({ id }) => [text(id)],
    rowOf: ({ id, name, credit_code: code }) => ({
      ...{ id: text(id), name: text(name) },
      ...(code !== null && { creditCode: text(code) }),
    }),
    insert: "INSERT INTO organisations VALUES ($id, $name, $code)",
    rawOf: ({ id, name, creditCode }) => ({ id, name, code: orNull(creditCode) }),
  },
  apiKeys: {
    tables: ["api_keys"],
    select: "SELECT * FROM api_keys WHERE id > ? ORDER BY id LIMIT ?",
    start: [""],
    placeOf: ({ id }) => [text(id)],
    rowOf: (raw) => ({
      id: text(raw["id"]),
      organisationId: text(raw["organisation_id"]),
      role: text(raw["role"]) as Role,
      secretHash: bytes(raw["secret_hash"]),
      createdAtMs: number(raw["created_at_ms"]),
      ...(raw["revoked_at_ms"] !== null && { revokedAtMs: number(raw["revoked_at_ms"]) }),
    }),
    insert:
      "INSERT INTO api_keys VALUES ($id, $organisationId, $role, $secretHash, $createdAtMs, $revokedAtMs)",
    rawOf: ({ revokedAtMs, ...row }) => ({ ...row, revokedAtMs: orNull(revokedAtMs) }),
  },
  deposits: {
    tables: ["deposits", "idempotency_keys"],
    select: `SELECT deposits.*, keys.organisation_id AS key_organisation, key, fingerprint FROM deposits
             LEFT JOIN temp.keys_of_deposits AS keys USING (seq) WHERE seq > ? ORDER BY seq LIMIT ?`,
    start: [0],
    placeOf: ({ seq }) => [number(seq)],
    rowOf: (raw) => ({
      seq: number(raw["seq"]),
      id: text(raw["id"]),
      organisationId: text(raw["organisation_id"]),
      leafHash: bytes(raw["leaf_hash"]),
      receivedAtMs: number(raw["received_at_ms"]),
      sealByMs: number(raw["seal_by_ms"]),
      ...(raw["chain_id"] !== null && {
        chain: { id: text(raw["chain_id"]), sequence: number(raw["chain_sequence"]) },
      }),
      ...(raw["original"] !== null && { original: bytes(raw["original"]) }),
      statement: bytes(raw["statement"]),
      ...(raw["key"] !== null && {
        idempotencyKey: {
          organisationId: text(raw["key_organisation"]),
          key: text(raw["key"]),
          fingerprint: bytes(raw["fingerprint"]),
        },
      }),
    }),
    insert: `INSERT INTO deposits VALUES ($seq, $id, $organisationId, $leafHash, $receivedAtMs, $sealByMs,
             $chainId, $chainSequence, $original, $statement)`,
    rawOf: ({ chain, original, idempotencyKey: _, ...row }) => ({
      ...row,
      ...{ chainId: orNull(chain?.id), chainSequence: orNull(chain?.sequence), original: orNull(original) },
    }),
  },
  chains: {
    tables: ["held_chains", "shown_links", "forked_chains"],
    select: `SELECT ids.chain_id, held.chain_id IS NOT NULL AS held, forked.chain_id IS NOT NULL AS forked,
             organisation_id, sequence, leaf_hash, shown_at_ms
             FROM (SELECT chain_id FROM held_chains UNION SELECT chain_id FROM forked_chains
                   UNION SELECT chain_id FROM shown_links) AS ids
             LEFT JOIN held_chains AS held USING (chain_id) LEFT JOIN forked_chains AS forked USING (chain_id)
             LEFT JOIN shown_links USING (chain_id) WHERE ids.chain_id > ? ORDER BY ids.chain_id LIMIT ?`,
    start: [""],
    placeOf: ({ chain_id: id }) => [text(id)],
    rowOf: (raw) => ({
      chainId: text(raw["chain_id"]),
      ...(raw["sequence"] !== null && {
        shown: {
          organisationId: text(raw["organisation_id"]),
          sequence: number(raw["sequence"]),
          leafHash: bytes(raw["leaf_hash"]),
          shownAtMs: number(raw["shown_at_ms"]),
        },
      }),
      isHeld: raw["held"] === 1,
      isForked: raw["forked"] === 1,
    }),
    insert: "",
    rawOf: () => ({}),
  },
  batches: {
    tables: ["batches"],
    select: "SELECT * FROM batches WHERE first_seq > ? ORDER BY first_seq LIMIT ?",
    start: [0],
    placeOf: ({ first_seq: first }) => [number(first)],
    rowOf: (raw) => ({
      ...{ firstSeq: number(raw["first_seq"]), lastSeq: number(raw["last_seq"]), id: text(raw["id"]) },
      sealedAtMs: number(raw["sealed_at_ms"]),
      depositorIds: JSON.parse(text(raw["depositor_ids"])) as string[],
      entry: bytes(raw["entry"]),
    }),
    insert: "INSERT INTO batches VALUES ($firstSeq, $lastSeq, $id, $sealedAtMs, $depositors, $entry)",
    rawOf: ({ depositorIds, ...row }) => ({ ...row, depositors: JSON.stringify(depositorIds) }),
  },
  entries: {
    tables: ["ledger_entries"],
    select: "SELECT * FROM ledger_entries WHERE entry_index > ? ORDER BY entry_index LIMIT ?",
    start: [-1],
    placeOf: ({ entry_index: index }) => [number(index)],
    rowOf: ({ entry_index: index, content, batch_first_seq: first }) => ({
      ...{ index: number(index), content: bytes(content) },
      ...(first !== null && { batchFirstSeq: number(first) }),
    }),
    insert: "INSERT INTO ledger_entries VALUES ($index, $batchFirstSeq, $content)",
    rawOf: ({ batchFirstSeq, ...row }) => ({ ...row, batchFirstSeq: orNull(batchFirstSeq) }),
  },
  tiles: {
    tables: ["tiles"],
    select: "SELECT * FROM tiles WHERE (level, tile_index) > (?, ?) ORDER BY level, tile_index LIMIT ?",
    start: [-1, -1],
    placeOf: ({ level, tile_index: index }) => [number(level), number(index)],
    rowOf: ({ level, tile_index: index, hashes }) => ({
      ...{ level: number(level), index: number(index), hashes: bytes(hashes) },
    }),
    insert: "INSERT INTO tiles VALUES ($level, $index, $hashes)",
    rawOf: ({ level, index, hashes }) => ({ level, index, hashes }),
  },
  checkpoints: {
    tables: ["checkpoints"],
    select: "SELECT * FROM checkpoints WHERE tree_size > ? ORDER BY tree_size LIMIT ?",
    start: [-1],
    placeOf: ({ tree_size: size }) => [number(size)],
    rowOf: (raw) => ({
      ...{ treeSize: number(raw["tree_size"]), rootHash: bytes(raw["root_hash"]) },
      ...{
        lastSeq: number(raw["last_seq"]),
        sealedAtMs: number(raw["sealed_at_ms"]),
        note: text(raw["note"]),
      },
    }),
    insert: "INSERT INTO checkpoints VALUES ($treeSize, $rootHash, $lastSeq, $sealedAtMs, $note)",
    rawOf: (row) => ({ ...row }),
  },
  shown: {
    tables: ["shown_checkpoint"],
    select: "SELECT tree_size FROM shown_checkpoint WHERE tree_size > ? LIMIT ?",
    start: [-1],
    placeOf: ({ tree_size: size }) => [number(size)],
    rowOf: ({ tree_size: size }) => ({ treeSize: number(size) }),
    insert: "INSERT INTO shown_checkpoint VALUES (1, $treeSize)",
    rawOf: (row) => ({ ...row }),
  },
  cosignatures: {
    tables: ["cosignatures"],
    select: `SELECT * FROM cosignatures WHERE (tree_size, stored) > (?, ?) ORDER BY tree_size, stored LIMIT ?`,
    start: [-1, -1],
    placeOf: ({ tree_size: size, stored }) => [number(size), number(stored)],
    rowOf: (raw) => ({
      ...{ treeSize: number(raw["tree_size"]), place: number(raw["place"]), name: text(raw["name"]) },
      ...{ keyId: number(raw["key_id"]), timeSeconds: number(raw["time_seconds"]) },
      ...{ storedAtMs: number(raw["stored_at_ms"]), line: text(raw["line"]) },
    }),
    insert: `INSERT INTO cosignatures (tree_size, name, key_id, time_seconds, stored_at_ms, line)
             VALUES ($treeSize, $name, $keyId, $timeSeconds, $storedAtMs, $line)`,
    rawOf: ({ place: _, ...row }) => ({ ...row }),
  },
  finalities: {
    tables: ["finalities"],
    select: `SELECT * FROM finalities WHERE (depositor_class, tree_size) > (?, ?)
             ORDER BY depositor_class, tree_size LIMIT ?`,
    start: ["", -1],
    placeOf: ({ depositor_class: name, tree_size: size }) => [text(name), number(size)],
    rowOf: ({ depositor_class: name, tree_size: size, final_at_ms: at }) => ({
      ...{ depositorClass: text(name), treeSize: number(size), finalAtMs: number(at) },
    }),
    insert: "INSERT INTO finalities VALUES ($depositorClass, $treeSize, $finalAtMs)",
    rawOf: (row) => ({ ...row }),
  },
  deferred: {
    tables: ["deferred_batches"],
    select: `SELECT * FROM deferred_batches WHERE (depositor_class, ledger_index) > (?, ?)
             ORDER BY depositor_class, ledger_index LIMIT ?`,
    start: ["", -1],
    placeOf: ({ depositor_class: name, ledger_index: index }) => [text(name), number(index)],
    rowOf: (raw) => ({
      ...{ depositorClass: text(raw["depositor_class"]), ledgerIndex: number(raw["ledger_index"]) },
      sealedAtMs: number(raw["sealed_at_ms"]),
      ...(raw["tree_size"] !== null && {
        final: { treeSize: number(raw["tree_size"]), finalAtMs: number(raw["final_at_ms"]) },
      }),
    }),
    insert:
      "INSERT INTO deferred_batches VALUES ($depositorClass, $ledgerIndex, $sealedAtMs, $treeSize, $finalAtMs)",
    rawOf: ({ final, ...row }) => ({
      ...{ ...row, treeSize: orNull(final?.treeSize), finalAtMs: orNull(final?.finalAtMs) },
    }),
  },
  timestamps: {
    tables: ["timestamps"],
    select: "SELECT * FROM timestamps WHERE (tree_size, stored) > (?, ?) ORDER BY tree_size, stored LIMIT ?",
    start: [-1, -1],
    placeOf: ({ tree_size: size, stored }) => [number(size), number(stored)],
    rowOf: (raw) => ({
      ...{
        treeSize: number(raw["tree_size"]),
        place: number(raw["place"]),
        authority: text(raw["authority"]),
      },
      ...{ token: bytes(raw["token"]), genTimeMs: number(raw["gen_time_ms"]) },
      storedAtMs: number(raw["stored_at_ms"]),
    }),
    insert: `INSERT INTO timestamps (tree_size, authority, gen_time_ms, stored_at_ms, token)
             VALUES ($treeSize, $authority, $genTimeMs, $storedAtMs, $token)`,
    rawOf: ({ place: _, ...row }) => ({ ...row }),
  },
  timestampAuthorities: {
    tables: ["timestamp_authorities"],
    select: "SELECT * FROM timestamp_authorities WHERE name > ? ORDER BY name LIMIT ?",
    start: [""],
    placeOf: ({ name }) => [text(name)],
    rowOf: ({ name, from_tree_size: from }) => ({ name: text(name), fromTreeSize: number(from) }),
    insert: "INSERT INTO timestamp_authorities VALUES ($name, $fromTreeSize)",
    rawOf: (row) => ({ ...row }),
  },
  artifacts: {
    tables: ["artifacts"],
    select: "SELECT * FROM artifacts WHERE sha256 > ? ORDER BY sha256 LIMIT ?",
    start: [new Uint8Array(0)],
    placeOf: ({ sha256 }) => [bytes(sha256)],
    rowOf: ({ sha256, content }) => ({ sha256: bytes(sha256), content: bytes(content) }),
    insert: "INSERT INTO artifacts VALUES ($sha256, $content)",
    rawOf: (row) => ({ ...row }),
    // The files of a template are some MB each.
    page: 1,
  },
  certificates: {
    tables: ["certificates"],
    select: `SELECT * FROM certificates WHERE (deposit_id, language, issue) > (?, ?, ?)
             ORDER BY deposit_id, language, issue LIMIT ?`,
    start: ["", "", 0],
    placeOf: ({ deposit_id: id, language, issue }) => [text(id), text(language), number(issue)],
    rowOf: (raw) => ({
      depositId: text(raw["deposit_id"]),
      language: text(raw["language"]) as "zh" | "en",
      ...{ issue: number(raw["issue"]), issuedAtMs: number(raw["issued_at_ms"]) },
      ...{ template: bytes(raw["template"]), consortium: bytes(raw["consortium"]) },
      verifyUrl: text(raw["verify_url"]),
      ...(raw["issuer"] !== null && { issuer: JSON.parse(text(raw["issuer"])) as IssuerStatement }),
      evidence: {
        treeSize: number(raw["tree_size"]),
        cosignatures: number(raw["cosignatures"]),
        timestamps: number(raw["timestamps"]),
      },
      ...{ tokensStored: number(raw["tokens_stored"]), signature: bytes(raw["signature"]) },
      ...(raw["awaits_timestamp"] === 1 && { awaiting: number(raw["issued"]) }),
    }),
    // What waits for nothing needs no number: it has one below all others until the store is whole (../standing.ts).
    insert: `INSERT INTO certificates (issued, deposit_id, language, issue, issued_at_ms, template, consortium, verify_url,
             tree_size, cosignatures, timestamps, signature, awaits_timestamp, issuer, tokens_stored)
             VALUES (coalesce($awaiting, (SELECT min(0, coalesce(min(issued), 0)) - 1 FROM certificates)), $depositId, $language,
             $issue, $issuedAtMs, $template, $consortium, $verifyUrl, $treeSize, $cosignatures, $timestamps, $signature,
             $awaiting IS NOT NULL, $issuer, $tokensStored)`,
    rawOf: ({ evidence, issuer, awaiting, ...row }) => ({
      ...row,
      ...evidence,
      ...{ issuer: issuer === undefined ? null : JSON.stringify(issuer), awaiting: orNull(awaiting) },
    }),
  },
};

/** What a select of deposits joins: no index of the store finds the key of a deposit. */
export function prepareKeys(database: SqliteDatabase): void {
  database.exec(
    `DROP TABLE IF EXISTS temp.keys_of_deposits;
     CREATE TEMP TABLE keys_of_deposits AS SELECT seq, organisation_id, key, fingerprint FROM main.idempotency_keys;
     CREATE INDEX temp.keys_by_seq ON keys_of_deposits (seq);`,
  );
}
