/** By which plans a database has answered: its profiler writes down every operation, with the plan that was really taken. */
import type { Connection } from "mongoose";

const PROFILE_BYTES = 8 * 1024 * 1024;

export async function watchPlans({ db }: Connection): Promise<void> {
  await db?.createCollection("system.profile", { capped: true, size: PROFILE_BYTES });
  await db?.command({ profile: 2 });
}

export interface TakenPlan {
  readonly collection: string;
  /** As in "IXSCAN { _id: 1 }"; absent of what needs none, like an insert. */
  readonly plan?: string;
  /** All that was found was sorted in memory. */
  readonly isSorted: boolean;
  readonly command: string;
}

/** Ends the watching. */
export async function takenPlans({ db, name }: Connection): Promise<readonly TakenPlan[]> {
  await db?.command({ profile: 0 });
  const rows = await db?.collection("system.profile").find().sort({ $natural: 1 }).toArray();
  return (rows ?? []).flatMap((row) => {
    const collection = String(row["ns"]).slice(name.length + 1);
    if (collection.startsWith("system.") || collection.startsWith("$cmd")) return [];
    const plan = row["planSummary"] as string | undefined;
    const command = JSON.stringify(row["command"]).slice(0, 300);
    return [
      { collection, ...(plan !== undefined && { plan }), isSorted: row["hasSortStage"] === true, command },
    ];
  });
}

/** Those that read a whole collection, or sorted what they found. */
export const slowPlans = (plans: readonly TakenPlan[]): readonly TakenPlan[] =>
  plans.filter(({ plan, isSorted }) => isSorted || /COLLSCAN|\bSORT\b/.test(plan ?? ""));
