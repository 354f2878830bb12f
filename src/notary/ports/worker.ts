/**
 * What a process that answers requests asks of the one that works: the worker records, signs, seals, appends, gathers and
 * certifies. Where both are one process the call is a function's; otherwise it crosses a socket, may be lost with its
 * answer and asked again of another worker, so that each deed is the same deed when it is asked for twice.
 */
import type { ConsortiumChange } from "../../core/membership/change.js";
import type { Hash } from "../../core/merkle/hash.js";
import type { Statement } from "../../core/record/statement.js";
import type {
  AppendedChange,
  CertificateFile,
  CertificateLanguage,
  Halt,
  HaltedWork,
  Principal,
  Readiness,
  WhichIssue,
  WorkStatus,
} from "../model/model.js";
import type { Refusal } from "../model/refusal.js";
import type { NewDeposit } from "./deposits.js";

/** A deposit whose request is in order by itself; only its place is to be decided, which the commit alone can do. */
export interface Draft {
  /** The statement's: by it the deposit is known again where its group is recorded a second time. */
  readonly id: string;
  readonly organisationId: string;
  readonly receivedAtMs: number;
  readonly sealByMs: number;
  /** Of a deposit in no chain, which the commit adds nothing to; `chain` is what is asked for of any other. */
  readonly content:
    | { readonly encoded: Uint8Array; readonly leafHash: Hash }
    | {
        readonly statement: Statement;
        readonly chain: { readonly id?: string | undefined; readonly sequence?: number | undefined };
      };
  readonly idempotencyKey?: { readonly key: string; readonly fingerprint: Uint8Array };
  /** SHA-256 of the content, where it is kept. */
  readonly original?: Uint8Array;
  /** Whether its depositor's deposits can become final under the trust file. */
  readonly canBeFinal: boolean;
}

/** As much of a stored deposit as its answer is made of. */
export type Deposited = Pick<NewDeposit, "id" | "statement" | "leafHash" | "sealByMs">;

/** What became of one draft, durable when it is told. */
export type Decision =
  | {
      readonly kind: "recorded";
      readonly leafHash: Hash;
      /** Its place, where it is in a chain. */
      readonly chain?: NonNullable<Statement["chain"]>;
    }
  /** It was there before: by its idempotency key, or, where `replayed` is false, since its own group was recorded before. */
  | { readonly kind: "found"; readonly deposited: Deposited; readonly replayed: boolean }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Every method refuses with `Refusal`, `worker-away` where no worker answers among them, unless it says otherwise. */
export interface Worker {
  /**
   * Records drafts in their order; one outcome a draft, each true when it is told. Asked twice of the same drafts it records
   * them once. What it rejects with, other than a `Refusal`, leaves open what was recorded.
   */
  record(drafts: readonly Draft[]): Promise<readonly Decision[]>;
  /** Operators only; as `Notary.appendChange`. */
  appendChange(by: Principal, change: ConsortiumChange): Promise<AppendedChange>;
  /** As `Notary.certificate`, of a deposit that whoever asks may have. */
  certificate(id: string, language: CertificateLanguage, which: WhichIssue): Promise<CertificateFile>;
  /** Throws a `Refusal` while this work is halted. */
  refuseHalted(work: HaltedWork): void;
  /** Why nothing is taken or signed now; none where all is well. */
  halts(): readonly Halt[];
  /** Does not refuse where no worker answers: it says so. */
  readiness(): Promise<Readiness>;
  /** Does not refuse where no worker answers: it says so. */
  status(): Promise<WorkStatus>;
}

/** What a process that asks a worker knows of it without asking. */
export interface WorkerSight {
  sight(): {
    /** So long, in milliseconds, no worker was heard of here. */
    readonly silentMs: number;
    /**
     * So long ago, in milliseconds, a worker was seen to lead: by what it said, or by its lease, which goes on growing in the store
     * while it can't be reached from here. Infinite where none ever was.
     */
    readonly ledMsAgo: number;
    /** As they were when it was heard last. */
    readonly halts: readonly Halt[];
  };
}
