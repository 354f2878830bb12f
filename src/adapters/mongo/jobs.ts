/** Jobs in MongoDB. Their clock is that of the database's primary, which is asked before anything is compared with it. */
import { randomUUID } from "node:crypto";
import type { Connection } from "mongoose";
import {
  type ClaimedJob,
  type JobCount,
  type JobName,
  type JobStore,
  LONGEST_WAIT_MS,
  type StoredJob,
} from "../../notary/ports/work.js";
import type { Collections } from "./schema/collections.js";
import { present } from "./schema/documents.js";
import type { JobRow } from "./schema/jobs.js";
import { isDuplicate, storing } from "./server/storing.js";

export function mongoJobs(connection: Connection, { jobs }: Collections): JobStore {
  async function nowMs(): Promise<number> {
    const hello = await connection.db?.admin().command({ hello: 1 });
    if (!(hello?.["localTime"] instanceof Date)) throw new Error("the database does not say what time it is");
    return hello["localTime"].getTime();
  }

  const inOrder = (kind: string, dueAtMs: object, limit: number) =>
    jobs.find({ fate: "open", kind, dueAtMs }).sort({ dueAtMs: 1 }).limit(limit).lean<JobRow[]>();

  async function claimable(kind: string, atMs: number, limit: number): Promise<readonly JobRow[]> {
    const due = await inOrder(kind, { $lte: atMs }, limit);
    if (due.length === limit) return due;
    return [...due, ...(await inOrder(kind, { $gt: atMs + LONGEST_WAIT_MS }, limit - due.length))];
  }

  async function countOf(kind: string, atMs: number): Promise<JobCount> {
    const [dead, alive, running, oldest] = await Promise.all([
      jobs.countDocuments({ fate: "dead", kind }),
      jobs.countDocuments({ fate: "open", kind }),
      jobs.countDocuments({ fate: "open", kind, dueAtMs: { $gt: atMs }, claim: { $exists: true } }),
      jobs.findOne({ fate: "open", kind }).sort({ madeAtMs: 1 }).lean<JobRow>(),
    ]);
    return {
      ...{ kind, waiting: Math.max(0, alive - running), running, dead },
      oldestMs: oldest === null ? 0 : Math.max(0, atMs - oldest.madeAtMs),
    };
  }

  return {
    askForJob: (job) =>
      storing(async () => {
        const _id = idOf(job);
        for (;;) {
          // Of what is being run the claim is taken back. It ends when it would have ended.
          if ((await jobs.updateOne({ _id }, { $unset: { claim: 1 } })).matchedCount === 1) return false;
          const atMs = await nowMs();
          const row = { _id, ...job, attempts: 0, dueAtMs: atMs, madeAtMs: atMs, fate: "open" };
          try {
            await jobs.collection.insertOne(row as never);
            return true;
          } catch (error) {
            // Somebody else was faster. It may even be done by now.
            if (!isDuplicate(error)) throw error;
          }
        }
      }),
    claimJobs: ({ kind, limit, leaseMs }) =>
      storing(async () => {
        const atMs = await nowMs();
        const claimed: ClaimedJob[] = [];
        for (const { _id, key, attempts, dueAtMs } of await claimable(kind, atMs, limit)) {
          const claim = randomUUID();
          const { matchedCount } = await jobs.updateOne(
            { _id, fate: "open", attempts, dueAtMs },
            {
              $set: { claim, dueAtMs: atMs + Math.min(leaseMs, LONGEST_WAIT_MS) },
              $inc: { attempts: 1 },
            },
          );
          if (matchedCount === 1) claimed.push({ kind, key, claim, attempts: attempts + 1 });
        }
        return claimed;
      }),
    finishJob: (claimed) =>
      storing(
        async () => (await jobs.deleteOne({ _id: idOf(claimed), claim: claimed.claim })).deletedCount === 1,
      ),
    giveBackJob: (claimed, { attempts, waitMs, lastError, isDead }) =>
      storing(async () => {
        const dueAtMs = (await nowMs()) + Math.min(waitMs, LONGEST_WAIT_MS);
        const { matchedCount } = await jobs.updateOne(
          { _id: idOf(claimed), claim: claimed.claim },
          {
            $set: { attempts, dueAtMs, fate: isDead ? "dead" : "open", ...present("lastError", lastError) },
            $unset: { claim: 1 },
          },
        );
        return matchedCount === 1;
      }),
    replayJob: (job) =>
      storing(async () => {
        const { matchedCount } = await jobs.updateOne(
          { _id: idOf(job), fate: { $in: ["dead", "dropped"] } },
          { $set: { fate: "open", attempts: 0, dueAtMs: await nowMs() } },
        );
        return matchedCount === 1;
      }),
    dropJob: (job) =>
      storing(
        async () =>
          (await jobs.updateOne({ _id: idOf(job), fate: "dead" }, { $set: { fate: "dropped" } }))
            .matchedCount === 1,
      ),
    listJobs: async ({ fate, after, limit }) => {
      const atMs = await nowMs();
      const rows = await jobs
        .find({ fate, _id: { $gt: after === undefined ? "" : idOf(after) } })
        .sort({ _id: 1 })
        .limit(limit)
        .lean<JobRow[]>();
      return rows.map((row) => storedOf(row, atMs));
    },
    countJobs: async () => {
      const atMs = await nowMs();
      const kinds = (await jobs.distinct("kind", { fate: { $in: ["open", "dead"] } })) as string[];
      return Promise.all(kinds.sort().map((kind) => countOf(kind, atMs)));
    },
  };
}

/** A kind has no space. */
const idOf = ({ kind, key }: JobName): string => `${kind} ${key}`;

const storedOf = ({ kind, key, attempts, lastError, ...row }: JobRow, atMs: number): StoredJob => ({
  ...{ kind, key, attempts },
  state:
    row.fate !== "open" ? row.fate : row.claim !== undefined && row.dueAtMs > atMs ? "running" : "waiting",
  ...present("lastError", lastError),
  ageMs: Math.max(0, atMs - row.madeAtMs),
});
