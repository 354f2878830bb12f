/** `cunzheng jobs`: what a notary's store says of its jobs, and what an operator decides of the dead ones. */
import type { JobsAsked, JobsDecided } from "../commands/notary/jobs/effects.js";
import type { Store } from "../notary/ports/ports.js";
import type { JobFate, JobName, StoredJob } from "../notary/ports/work.js";
import { withStore } from "./opening/with-store.js";

const PAGE = 500;

export const listJobs = ({ configFile, fates }: JobsAsked): Promise<readonly StoredJob[]> =>
  withStore(configFile, async (store) => {
    const found: StoredJob[] = [];
    for (const fate of fates) for await (const one of jobsOf(store, fate)) found.push(one);
    return found;
  });

/** How many it was done to: none where there is no such dead job. */
export const decideJobs = ({ configFile, deed, which }: JobsDecided): Promise<number> =>
  withStore(configFile, async (store) => {
    const decide = async (job: JobName) =>
      (await (deed === "replay" ? store.replayJob(job) : store.dropJob(job))) ? 1 : 0;
    if (which !== "all-dead") return decide(which);
    let decided = 0;
    for await (const job of jobsOf(store, "dead")) decided += await decide(job);
    return decided;
  });

async function* jobsOf(store: Store, fate: JobFate): AsyncGenerator<StoredJob> {
  for (let after: JobName | undefined; ;) {
    const page = await store.listJobs({ fate, after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1);
  }
}
