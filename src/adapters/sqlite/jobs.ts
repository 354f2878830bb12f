/** Jobs in SQLite. Their clock is the machine's, which all processes that have the file open share. */
import { randomUUID } from "node:crypto";
import {
  type ClaimedJob,
  type JobCount,
  type JobFate,
  type JobStore,
  LONGEST_WAIT_MS,
  type StoredJob,
} from "../../notary/ports/work.js";
import { type SqliteDatabase, transact } from "./rows.js";

interface JobRow {
  readonly kind: string;
  readonly key: string;
  readonly attempts: number;
  readonly due_at_ms: number;
  readonly made_at_ms: number;
  readonly claim: string | null;
  readonly last_error: string | null;
  readonly fate: JobFate;
}

interface CountRow {
  readonly kind: string;
  readonly alive: number;
  readonly running: number;
  readonly dead: number;
  readonly oldest_made_at_ms: number | null;
}

export function sqliteJobs(database: SqliteDatabase, nowMs: () => number = Date.now): JobStore {
  const find = database.prepare<[string, string], Pick<JobRow, "claim">>(
    "SELECT claim FROM jobs WHERE kind = ? AND key = ?",
  );
  const takeBack = database.prepare<[string, string]>(
    "UPDATE jobs SET claim = NULL WHERE kind = ? AND key = ?",
  );
  const insert = database.prepare<[string, string, number, number]>(
    "INSERT INTO jobs (kind, key, attempts, due_at_ms, made_at_ms) VALUES (?, ?, 0, ?, ?)",
  );
  const due = database.prepare<[string, number, number], JobRow>(
    "SELECT * FROM jobs WHERE fate = 'open' AND kind = ? AND due_at_ms <= ? ORDER BY due_at_ms LIMIT ?",
  );
  const farOff = database.prepare<[string, number, number], JobRow>(
    "SELECT * FROM jobs WHERE fate = 'open' AND kind = ? AND due_at_ms > ? ORDER BY due_at_ms LIMIT ?",
  );
  const claim = database.prepare<[string, number, string, string]>(
    "UPDATE jobs SET claim = ?, attempts = attempts + 1, due_at_ms = ? WHERE kind = ? AND key = ?",
  );
  const finish = database.prepare<[string, string, string]>(
    "DELETE FROM jobs WHERE kind = ? AND key = ? AND claim = ?",
  );
  const giveBack = database.prepare<[number, number, string | null, JobFate, string, string, string]>(
    `UPDATE jobs SET claim = NULL, attempts = ?, due_at_ms = ?, last_error = coalesce(?, last_error), fate = ?
     WHERE kind = ? AND key = ? AND claim = ?`,
  );
  const replay = database.prepare<[number, string, string]>(
    "UPDATE jobs SET fate = 'open', attempts = 0, due_at_ms = ? WHERE kind = ? AND key = ? AND fate <> 'open'",
  );
  const drop = database.prepare<[string, string]>(
    "UPDATE jobs SET fate = 'dropped' WHERE kind = ? AND key = ? AND fate = 'dead'",
  );
  const list = database.prepare<[JobFate, string, string, number], JobRow>(
    "SELECT * FROM jobs WHERE fate = ? AND (kind, key) > (?, ?) ORDER BY kind, key LIMIT ?",
  );
  const count = database.prepare<[number], CountRow>(
    `SELECT kind, sum(fate = 'dead') AS dead, sum(fate = 'open') AS alive,
       sum(fate = 'open' AND claim IS NOT NULL AND due_at_ms > ?) AS running,
       min(CASE WHEN fate = 'open' THEN made_at_ms END) AS oldest_made_at_ms
     FROM jobs WHERE fate IN ('open', 'dead') GROUP BY kind ORDER BY kind`,
  );

  const claimable = (kind: string, limit: number): readonly JobRow[] => {
    const atMs = nowMs();
    const found = due.all(kind, atMs, limit);
    return found.length < limit
      ? [...found, ...farOff.all(kind, atMs + LONGEST_WAIT_MS, limit - found.length)]
      : found;
  };

  return {
    askForJob: async ({ kind, key }) => {
      // Whoever runs it looks at the cause later than now: nothing is to be written.
      if (find.get(kind, key)?.claim === null) return false;
      return transact(database, () => {
        // Of what is being run the claim is taken back. It ends when it would have ended.
        if (takeBack.run(kind, key).changes > 0) return false;
        const atMs = nowMs();
        insert.run(kind, key, atMs, atMs);
        return true;
      });
    },
    claimJobs: async ({ kind, limit, leaseMs }) => {
      // Whoever finds nothing to claim holds up nobody who writes.
      if (claimable(kind, limit).length === 0) return [];
      return transact(database, () =>
        claimable(kind, limit).map(({ key, attempts }): ClaimedJob => {
          const word = randomUUID();
          claim.run(word, nowMs() + Math.min(leaseMs, LONGEST_WAIT_MS), kind, key);
          return { kind, key, claim: word, attempts: attempts + 1 };
        }),
      );
    },
    finishJob: async ({ kind, key, claim: word }) =>
      transact(database, () => finish.run(kind, key, word).changes === 1),
    giveBackJob: async ({ kind, key, claim: word }, { attempts, waitMs, lastError, isDead }) =>
      transact(database, () => {
        const dueAtMs = nowMs() + Math.min(waitMs, LONGEST_WAIT_MS);
        return (
          giveBack.run(attempts, dueAtMs, lastError ?? null, isDead ? "dead" : "open", kind, key, word)
            .changes === 1
        );
      }),
    replayJob: async ({ kind, key }) =>
      transact(database, () => replay.run(nowMs(), kind, key).changes === 1),
    dropJob: async ({ kind, key }) => transact(database, () => drop.run(kind, key).changes === 1),
    listJobs: async ({ fate, after = { kind: "", key: "" }, limit }) => {
      const atMs = nowMs();
      return list.all(fate, after.kind, after.key, limit).map((row) => storedOf(row, atMs));
    },
    countJobs: async () => {
      const atMs = nowMs();
      return count.all(atMs).map(({ kind, alive, running, dead, oldest_made_at_ms: oldestMs }): JobCount => ({
        ...{ kind, waiting: alive - running, running, dead },
        oldestMs: oldestMs === null ? 0 : Math.max(0, atMs - oldestMs),
      }));
    },
  };
}

const storedOf = (row: JobRow, atMs: number): StoredJob => ({
  ...{ kind: row.kind, key: row.key, attempts: row.attempts },
  state: row.fate !== "open" ? row.fate : row.claim !== null && row.due_at_ms > atMs ? "running" : "waiting",
  ...(row.last_error !== null && { lastError: row.last_error }),
  ageMs: Math.max(0, atMs - row.made_at_ms),
});
