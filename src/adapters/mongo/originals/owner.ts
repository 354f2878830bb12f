/** Which processes live, by the database's clock: each says so from time to time. */
import { randomBytes } from "node:crypto";
import type { Collections } from "../schema/collections.js";
import type { OwnerRow } from "../schema/originals.js";

const BEAT_MS = 30_000;
/** Much longer than a receipt's promise: a process that stands still for so long records nothing that it has staged before. */
const DEAD_AFTER_MS = 600_000;

export interface Owner {
  readonly name: string;
  /** Of everybody who is not dead, with itself. */
  living(): Promise<ReadonlySet<string>>;
  /** Ends the claims of those who are. */
  bury(): Promise<void>;
  close(): Promise<void>;
}

export async function openOwner({ originalOwners }: Collections): Promise<Owner> {
  const name = randomBytes(8).toString("hex");
  const beat = () =>
    originalOwners.collection.updateOne({ _id: name as never }, [{ $set: { seenAt: "$$NOW" } }], {
      upsert: true,
    });
  await beat();
  const timer = setInterval(() => void beat().catch(() => undefined), BEAT_MS);
  timer.unref();
  /** What the database's clock said a moment ago is in the own beat. */
  const look = async () => {
    await beat();
    const all = await originalOwners
      .find({ _id: { $gte: "" } })
      .sort({ _id: 1 })
      .lean<OwnerRow[]>();
    const now = all.find(({ _id }) => _id === name)?.seenAt.getTime() ?? 0;
    return all.map((row) => ({ ...row, isDead: row.seenAt.getTime() < now - DEAD_AFTER_MS }));
  };
  return {
    name,
    living: async () => new Set((await look()).flatMap(({ _id, isDead }) => (isDead ? [] : [_id]))),
    bury: async () => {
      for (const { _id, seenAt, isDead } of await look())
        if (isDead) await originalOwners.deleteOne({ _id, seenAt });
    },
    close: async () => {
      clearInterval(timer);
      await originalOwners.deleteOne({ _id: name });
    },
  };
}
