/**
 * What the notary needs of the world. The comments are the contract; `test/ports/` holds every adapter to it.
 *
 * Durable means: after the promise resolves it survives `kill -9` and power loss. Atomic means: after a crash or a
 * rejected promise either all of it is stored or none. No method retries; the notary's loop does, by looking at the
 * state again, and so every write may fail, or fail after it took effect, without harm.
 */
import type { CreateDigester } from "../../core/digest/digester.js";
import type { Verifiers } from "../../core/ledger/verifiers.js";
import type { VerifyX509Signature } from "../../pki/der/algorithms.js";
import type {
  Now,
  MonotonicMs,
  RandomBytes,
  NextId,
  HashOnce,
  Signer,
  Log,
  TimeServers,
  FreeBytes,
  FailingWorkers,
  SignedMark,
} from "./host.js";
import type { AccountStore } from "./accounts.js";
import type { Bell } from "./bell.js";
import type { DepositStore } from "./deposits.js";
import type { BatchStore } from "./batches.js";
import type { LedgerStore } from "./ledger.js";
import type { CosignatureStore } from "./cosignatures.js";
import type { TimestampStore, TimestampAuthority } from "./timestamps.js";
import type { CertificateStore, ArtifactStore, CertificateMaker } from "./certificates.js";
import type { Originals } from "./originals.js";
import type { WitnessClient } from "./nodes.js";
import type { JobStore, LeaseStore } from "./work.js";

export interface Store
  extends
    AccountStore,
    DepositStore,
    BatchStore,
    LedgerStore,
    LeaseStore,
    JobStore,
    CosignatureStore,
    TimestampStore,
    CertificateStore,
    ArtifactStore {
  /** Several processes may `record` at one time, on several machines. Absent where one process's write holds up all others. */
  readonly takesManyWriters?: true;
  /** Bytes free on the disks of the store's own servers. Absent where the store lies on this machine's disks. */
  readonly freeBytes?: FreeBytes;
  close(): Promise<void>;
}

export interface Ports extends Required<Verifiers> {
  /** Of the process that this runs in, as the operating system numbers it. */
  readonly pid: number;
  readonly now: Now;
  readonly monotonicMs: MonotonicMs;
  readonly randomBytes: RandomBytes;
  readonly nextId: NextId;
  readonly hashOnce: HashOnce;
  readonly createDigester: CreateDigester;
  readonly verifyX509Signature: VerifyX509Signature;
  /** Absent where none are configured. */
  readonly timeServers?: TimeServers;
  readonly freeBytes: FreeBytes;
  /** Absent where everything happens in this thread. */
  readonly failingWorkers?: FailingWorkers;
  readonly log: Log;
  readonly bell: Bell;
  /** Rings when a job was asked for, for whoever runs jobs. */
  readonly jobBell: Bell;
  readonly logSigner: Signer;
  /** The log's second key (ML-DSA-44); absent where the log signs with Ed25519 only. */
  readonly logPostQuantumSigner?: Signer;
  readonly logMark: SignedMark;
  readonly receiptSigner: Signer;
  readonly store: Store;
  readonly originals: Originals;
  /** By the name in the consortium. A witness and a mirror that are one node have one client, under both names. */
  readonly witnesses: ReadonlyMap<string, WitnessClient>;
  readonly certificates: CertificateMaker;
  readonly timestampAuthorities: readonly TimestampAuthority[];
}
