/** Who works, and at what: leases and jobs, as they are stored. */

/** The lease of whoever records, seals and signs for a store. */
export const WORKER_LEASE = "worker";

export interface Lease {
  /** Names the process that holds it, by a word that no other process has or will have. */
  readonly holder: string;
  /** Grows while the holder holds it: whoever sees it stand still for long may take the lease. No clock is compared. */
  readonly beat: number;
  /** Where the holder is asked; empty where it can't be. */
  readonly address: string;
}

/** Leases: who does what only one process may do at a time. */
export interface LeaseStore {
  /** Undefined where nobody holds it. */
  findLease(name: string): Promise<Lease | undefined>;
  /** Atomic, durable compare-and-swap: false, and nothing stored, unless holder and beat still are those of `previous`. */
  swapLease(name: string, previous: Lease | undefined, next: Lease): Promise<boolean>;
  /** Durable. Without effect where somebody else holds it. */
  endLease(name: string, holder: string): Promise<void>;
}

/** What a job is known by: there is one row of it, or none. */
export interface JobName {
  /** What is to be done: small letters, digits and hyphens. */
  readonly kind: string;
  /** To what it is to be done. */
  readonly key: string;
}

/** A job that was claimed, as whoever claimed it may end it. */
export interface ClaimedJob extends JobName {
  /** A word that no other claim has or will have: by it a claim that was lost meanwhile is known. */
  readonly claim: string;
  /** How often it was claimed, this time included, since it was asked for or replayed. */
  readonly attempts: number;
}

/** Whether it is to be done: `dead` waits for whoever replays or drops it, `dropped` is not to be done, and is not asked for again. */
export type JobFate = "open" | "dead" | "dropped";

/** An open one waits for its turn or for its next attempt, or runs, as far as anybody knows. */
export type JobState = "waiting" | "running" | Exclude<JobFate, "open">;

export interface StoredJob extends JobName {
  readonly state: JobState;
  readonly attempts: number;
  /** Why the last attempt failed. */
  readonly lastError?: string;
  /** How long ago it was asked for first. */
  readonly ageMs: number;
}

export interface JobCount extends Readonly<Record<Exclude<JobState, "dropped">, number>> {
  readonly kind: string;
  /** How long ago the oldest of those that wait or run was asked for; 0 where there are none. */
  readonly oldestMs: number;
}

/** What becomes of a job whose attempt has failed, or was broken off. */
export interface JobOutcome {
  readonly attempts: number;
  /** Nobody claims it before so much time has passed. */
  readonly waitMs: number;
  readonly lastError?: string | undefined;
  readonly isDead: boolean;
}

/** No row waits for longer, and no claim lasts longer, whatever is asked for. */
export const LONGEST_WAIT_MS = 3_600_000;

/**
 * Jobs: what is to be done beside requests, a row each until it is done. All writes are durable, and all but `askForJob` are
 * compare-and-swap.
 *
 * What passes in and out are lengths of time. When a row may be claimed is compared with the store's own clock alone (the
 * database's where several machines share it, the machine's otherwise), so that no process's clock counts. Where that clock is
 * set, forwards or back, a claim may end early, so that a job runs twice at one time, and no row waits for much longer than
 * `LONGEST_WAIT_MS`: one that says that it waits for longer was written before the clock was set, and may be claimed.
 */
export interface JobStore {
  /**
   * True where there was no such job, and it may be claimed now. One that waits, is dead or was dropped stays as it is. The claim of one
   * that runs is taken back, so that it is claimed once more when its time is over: what has run may not have seen the cause.
   */
  askForJob(job: JobName): Promise<boolean>;
  /**
   * Claims up to `limit` jobs of this kind, those that may be claimed for longest first, for `leaseMs`: nobody else claims them
   * before, and after that anybody may, since whoever claimed them seems to be gone. Of two that claim one job one gets it.
   */
  claimJobs(wanted: {
    readonly kind: string;
    readonly limit: number;
    readonly leaseMs: number;
  }): Promise<readonly ClaimedJob[]>;
  /** It is done, and its row goes away. False, and nothing is changed, where the claim was lost. */
  finishJob(claimed: ClaimedJob): Promise<boolean>;
  /** False, and nothing is changed, where the claim was lost. */
  giveBackJob(claimed: ClaimedJob, outcome: JobOutcome): Promise<boolean>;
  /** One that is dead or was dropped may be claimed again, as if it had not been attempted. False where there is no such job. */
  replayJob(job: JobName): Promise<boolean>;
  /** One that is dead is not to be done. False where there is no such job. */
  dropJob(job: JobName): Promise<boolean>;
  /** After `after`, by kind and key. */
  listJobs(wanted: {
    readonly fate: JobFate;
    readonly after?: JobName | undefined;
    readonly limit: number;
  }): Promise<readonly StoredJob[]>;
  /** Of each kind of which any are open or dead, by kind. */
  countJobs(): Promise<readonly JobCount[]>;
}
