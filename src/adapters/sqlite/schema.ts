/**
 * The notary's tables. But for organisations, the revocation of keys, leases and jobs they only grow: a stage leaves its mark in
 * a row of its own (a batch, a ledger entry, a cosignature), so no row that something was promised on ever changes.
 * The n-th text brings a file from schema n to n + 1: append, never edit.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE organisations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    credit_code TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    role TEXT NOT NULL,
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    created_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX api_keys_of_organisation ON api_keys (organisation_id);

  -- seq is given by the program: 1, 2, 3... without gaps, in order of commit.
  CREATE TABLE deposits (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    id TEXT NOT NULL UNIQUE,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
    received_at_ms INTEGER NOT NULL,
    seal_by_ms INTEGER NOT NULL,
    chain_id TEXT,
    chain_sequence INTEGER CHECK (chain_sequence > 0),
    -- SHA-256 of the content, where it is kept.
    original BLOB CHECK (length(original) = 32),
    statement BLOB NOT NULL,
    CHECK ((chain_id IS NULL) = (chain_sequence IS NULL))
  ) STRICT;
  CREATE UNIQUE INDEX deposits_in_chain ON deposits (chain_id, chain_sequence) WHERE chain_id IS NOT NULL;
  CREATE INDEX deposits_of_original ON deposits (original) WHERE original IS NOT NULL;

  CREATE TABLE idempotency_keys (
    organisation_id TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    seq INTEGER NOT NULL REFERENCES deposits (seq),
    PRIMARY KEY (organisation_id, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE batches (
    first_seq INTEGER PRIMARY KEY REFERENCES deposits (seq),
    last_seq INTEGER NOT NULL REFERENCES deposits (seq) CHECK (last_seq >= first_seq),
    id TEXT NOT NULL UNIQUE,
    sealed_at_ms INTEGER NOT NULL,
    -- A JSON array of organisation ids.
    depositor_ids TEXT NOT NULL,
    entry BLOB NOT NULL
  ) STRICT;

  CREATE TABLE ledger_entries (
    entry_index INTEGER PRIMARY KEY,
    batch_first_seq INTEGER UNIQUE REFERENCES batches (first_seq),
    content BLOB NOT NULL
  ) STRICT;

  -- The widest state of each tile: 1 to 256 hashes.
  CREATE TABLE tiles (
    level INTEGER NOT NULL,
    tile_index INTEGER NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    PRIMARY KEY (level, tile_index)
  ) STRICT;

  CREATE TABLE checkpoints (
    tree_size INTEGER PRIMARY KEY,
    root_hash BLOB NOT NULL CHECK (length(root_hash) = 32),
    last_seq INTEGER NOT NULL,
    sealed_at_ms INTEGER NOT NULL,
    note TEXT NOT NULL
  ) STRICT;

  CREATE TABLE cosignatures (
    stored INTEGER PRIMARY KEY,
    tree_size INTEGER NOT NULL REFERENCES checkpoints (tree_size),
    name TEXT NOT NULL,
    key_id INTEGER NOT NULL,
    time_seconds INTEGER NOT NULL,
    stored_at_ms INTEGER NOT NULL,
    line TEXT NOT NULL,
    UNIQUE (tree_size, name, key_id)
  ) STRICT;
  CREATE INDEX cosignatures_of_key ON cosignatures (name, key_id, tree_size);

  CREATE TABLE finalities (
    depositor_class TEXT NOT NULL,
    tree_size INTEGER NOT NULL REFERENCES checkpoints (tree_size),
    final_at_ms INTEGER NOT NULL,
    PRIMARY KEY (depositor_class, tree_size)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Found by its digest: templates' files and lists of files, trust files. What certificates are made from again.
  CREATE TABLE artifacts (
    sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
    content BLOB NOT NULL
  ) STRICT;

  -- No PDF: what one is made from, and its signature. awaits_timestamp goes from 1 to 0 once, with the signature.
  CREATE TABLE certificates (
    issued INTEGER PRIMARY KEY,
    deposit_id TEXT NOT NULL REFERENCES deposits (id),
    language TEXT NOT NULL,
    issue INTEGER NOT NULL CHECK (issue > 0),
    issued_at_ms INTEGER NOT NULL,
    template BLOB NOT NULL REFERENCES artifacts (sha256),
    consortium BLOB NOT NULL REFERENCES artifacts (sha256),
    verify_url TEXT NOT NULL,
    tree_size INTEGER NOT NULL REFERENCES checkpoints (tree_size),
    cosignatures INTEGER NOT NULL,
    timestamps INTEGER NOT NULL,
    signature BLOB NOT NULL,
    awaits_timestamp INTEGER NOT NULL CHECK (awaits_timestamp IN (0, 1)),
    UNIQUE (deposit_id, language, issue)
  ) STRICT;
  CREATE INDEX certificates_awaiting ON certificates (issued) WHERE awaits_timestamp = 1;
  `,
  `
  -- Tokens over a checkpoint's note text: one of each authority, by its name in the configuration.
  CREATE TABLE timestamps (
    stored INTEGER PRIMARY KEY,
    tree_size INTEGER NOT NULL REFERENCES checkpoints (tree_size),
    authority TEXT NOT NULL,
    gen_time_ms INTEGER NOT NULL,
    stored_at_ms INTEGER NOT NULL,
    token BLOB NOT NULL,
    UNIQUE (tree_size, authority)
  ) STRICT;

  -- From which tree size on an authority is asked: the newest checkpoint's when it was first configured.
  CREATE TABLE timestamp_authorities (
    name TEXT PRIMARY KEY,
    from_tree_size INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX finalities_of_size ON finalities (tree_size);
  `,
  `
  -- A batch that was covered when the quorum held, sealed later than its cosignatures: the clock was ahead. tree_size and
  -- final_at_ms are set once, together, when it becomes final.
  CREATE TABLE deferred_batches (
    depositor_class TEXT NOT NULL,
    ledger_index INTEGER NOT NULL REFERENCES ledger_entries (entry_index),
    sealed_at_ms INTEGER NOT NULL,
    tree_size INTEGER REFERENCES checkpoints (tree_size),
    final_at_ms INTEGER,
    PRIMARY KEY (depositor_class, ledger_index),
    CHECK ((tree_size IS NULL) = (final_at_ms IS NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deferred_waiting ON deferred_batches (depositor_class, sealed_at_ms) WHERE tree_size IS NULL;

  -- A key may cosign one checkpoint again, with a later time.
  CREATE TABLE cosignatures_again (
    stored INTEGER PRIMARY KEY,
    tree_size INTEGER NOT NULL REFERENCES checkpoints (tree_size),
    name TEXT NOT NULL,
    key_id INTEGER NOT NULL,
    time_seconds INTEGER NOT NULL,
    stored_at_ms INTEGER NOT NULL,
    line TEXT NOT NULL,
    UNIQUE (tree_size, name, key_id, time_seconds)
  ) STRICT;
  INSERT INTO cosignatures_again (stored, tree_size, name, key_id, time_seconds, stored_at_ms, line)
    SELECT stored, tree_size, name, key_id, time_seconds, stored_at_ms, line FROM cosignatures;
  DROP TABLE cosignatures;
  ALTER TABLE cosignatures_again RENAME TO cosignatures;
  CREATE INDEX cosignatures_of_key ON cosignatures (name, key_id, tree_size);
  `,
  `
  -- A backup was put back: what came after it in these chains is not known until their depositors have shown it.
  CREATE TABLE held_chains (chain_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

  -- The last link of a chain as its depositor has shown it, where it is no row of deposits.
  CREATE TABLE shown_links (
    chain_id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
    shown_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What the issuer said of itself when a certificate was issued: JSON, or nothing.
  ALTER TABLE certificates ADD COLUMN issuer TEXT;
  `,
  `
  -- Two links of these chains are proved to stand at one place: nothing follows either.
  CREATE TABLE forked_chains (chain_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  `,
  `
  -- How many tokens there were for its checkpoint when a certificate was issued. Of older ones nobody has counted.
  ALTER TABLE certificates ADD COLUMN tokens_stored INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- The largest checkpoint that was shown before any was final. One row, or none.
  CREATE TABLE shown_checkpoint (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    tree_size INTEGER NOT NULL REFERENCES checkpoints (tree_size)
  ) STRICT;

  -- Who does what only one process may do at a time; beat grows while it does.
  CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    beat INTEGER NOT NULL CHECK (beat > 0),
    address TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What is to be done beside requests, a row each until it is done. due_at_ms: who has claimed it has it until then; otherwise
  -- nobody claims it before.
  CREATE TABLE jobs (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    due_at_ms INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL,
    claim TEXT,
    last_error TEXT,
    fate TEXT NOT NULL DEFAULT 'open' CHECK (fate IN ('open', 'dead', 'dropped')),
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX jobs_due ON jobs (fate, kind, due_at_ms);
  `,
  `
  -- Whether the notary goes on with this store, or with another that it was moved to: JSON. One row, or none.
  CREATE TABLE standing (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    content TEXT NOT NULL
  ) STRICT;
  `,
];
