/** What the commands about jobs need of the world. */
import type { JobFate, JobName, StoredJob } from "../../../notary/ports/work.js";

export interface JobsAsked {
  readonly configFile: string;
  readonly fates: readonly JobFate[];
}

export interface JobsDecided {
  readonly configFile: string;
  readonly deed: "replay" | "drop";
  /** One of them, or all that are dead. */
  readonly which: JobName | "all-dead";
}

export interface JobEffects {
  /** By fate, as asked, then by kind and key. */
  listJobs(asked: JobsAsked): Promise<readonly StoredJob[]>;
  /** How many it was done to. */
  decideJobs(decided: JobsDecided): Promise<number>;
}
