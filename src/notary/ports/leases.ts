/** Leases: who does what only one process may do at a time, as it is stored. */

export interface Lease {
  /** Names the process that holds it, by a word that no other process has or will have. */
  readonly holder: string;
  /** Grows while the holder holds it: whoever sees it stand still for long may take the lease. No clock is compared. */
  readonly beat: number;
  /** Where the holder is asked; empty where it can't be. */
  readonly address: string;
}

export interface LeaseStore {
  /** Undefined where nobody holds it. */
  findLease(name: string): Promise<Lease | undefined>;
  /** Atomic, durable compare-and-swap: false, and nothing stored, unless holder and beat still are those of `previous`. */
  swapLease(name: string, previous: Lease | undefined, next: Lease): Promise<boolean>;
  /** Durable. Without effect where somebody else holds it. */
  endLease(name: string, holder: string): Promise<void>;
}
