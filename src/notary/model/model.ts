/**
 * What the notary's use cases take and give. Times that leave the notary are RFC 3339 texts (`Time`), as the
 * formats spell them; inside, and in the store, they are milliseconds since 1970 with `Ms` in their name.
 */
import type { DigestName } from "../../core/digest/digester.js";
import type { ContentDigests } from "../../core/digest/digests.js";
import type { Hash } from "../../core/merkle/hash.js";
import type { DigestsBy, Statement } from "../../core/record/statement.js";
import type { OrganisationRole } from "../../core/trust/trust-file.js";
import type { Cosigner, QuorumCount } from "../../core/trust/quorum.js";

/** RFC 3339 UTC with milliseconds. */
export type Time = string;

/** Who deposits or reads. A registered name and credit code go into every statement as they are then. */
export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly creditCode?: string;
}

/**
 * `depositor` deposits and reads what its organisation deposited; `reader` only reads that; `operator` keeps
 * organisations and API keys, and can neither deposit nor read anyone's deposits.
 */
export type Role = "depositor" | "reader" | "operator";
export const ROLES: readonly Role[] = ["depositor", "reader", "operator"];

/** An API key without its secret, of which only the SHA-256 is kept. */
export interface ApiKey {
  readonly id: string;
  readonly organisationId: string;
  readonly role: Role;
  readonly createdAt: Time;
  readonly revokedAt?: Time;
}

/** Who is asking: what `authenticate` made of a token. */
export interface Principal {
  readonly organisation: Organisation;
  readonly role: Role;
  readonly keyId: string;
}

/** Whoever can run commands on the notary's machine: the first operator key has to come from somewhere. */
export const LOCAL_OPERATOR: Principal = {
  organisation: { id: "local", name: "local operator" },
  role: "operator",
  keyId: "local",
};

export interface DepositMetadata {
  readonly recordType: string;
  readonly name?: string;
  /** A claim of the depositor: shown, never judged. */
  readonly createdAt?: Time;
  readonly source?: NonNullable<Statement["source"]>;
  readonly clientRef?: string;
  /** Keep the content, for its depositor to download. */
  readonly retain?: boolean;
  /** Without `id` a new chain begins; `sequence` is an assertion: the deposit is refused where it does not follow. */
  readonly chain?: { readonly id?: string; readonly sequence?: number };
}

/** Content that went through `stageOriginal`: digested, and where it is to be kept, safely in a temporary file. */
export interface StagedOriginal {
  readonly digests: ContentDigests;
  readonly size: number;
  readonly kept: boolean;
  /** Call it when the request has been answered, in a `finally`: forgets what no deposit has taken. */
  discard(): Promise<void>;
}

export interface DepositRequest {
  readonly digests: ContentDigests;
  /** `service` only where the receiver of the request computed `digests` and `size` from the content's own bytes. */
  readonly digestsBy: DigestsBy;
  readonly size: number;
  readonly mediaType: string;
  readonly canonicalization?: "rfc8785";
  readonly metadata: DepositMetadata;
  /** Required where `metadata.retain` is set; its digests and size must be those of the request. */
  readonly original?: StagedOriginal;
  /** The same key with the same fingerprint (of the request, by its receiver) gives the same deposit again. */
  readonly idempotencyKey?: { readonly key: string; readonly fingerprint: Uint8Array };
}

export interface DepositResult {
  readonly statement: Statement;
  readonly leafHash: Hash;
  /** A signed note: `cunzheng/receipt@v1`. */
  readonly receipt: string;
  /** True where an earlier request with the same idempotency key made this deposit. */
  readonly replayed: boolean;
}

/** One cosignature on the checkpoint that a deposit's evidence proves against. */
export interface StateCosigner extends Cosigner {
  /** `timeSeconds` as a text: the cosigner's own clock, whole seconds. */
  readonly cosignedAt: Time;
  /** When the notary had stored it. */
  readonly storedAt: Time;
}

/** A change of the consortium on the ledger. */
export interface AppendedChange {
  readonly index: number;
  /** The size of the first checkpoint over it. */
  readonly treeSize: number;
  /** The number of the trust file that comes of it; `trustFile` is the base64 SHA-256 of that file's RFC 8785 bytes. */
  readonly revision: number;
  readonly trustFile: string;
  /** True where it was there before. */
  readonly replayed: boolean;
}

/** Public: who deposited when and who cosigned, and nothing of what. */
export interface DepositState {
  readonly id: string;
  readonly depositor: Statement["depositor"];
  /** Whether the service has received the content, or knows of it what the depositor says. */
  readonly digestsBy: DigestsBy;
  readonly state: "received" | "sealed" | "final";
  readonly receivedAt: Time;
  /** The receipt's promise: a bound on `sealedAt`. */
  readonly sealBy: Time;
  readonly sealedAt?: Time;
  /** The time of sealing that its batch names, where it has not come, since the clock was ahead: until then it stays `sealed`. */
  readonly finalNotBefore?: Time;
  /** The earliest time by which the cosignatures that count sufficed, and the notary had stored them. */
  readonly finalAt?: Time;
  /** The bound that the cosignatures prove, as the report of the evidence has it. */
  readonly existedNotLaterThan?: Time;
  readonly batch?: { readonly id: string; readonly size: number; readonly leafIndex: number };
  /** `treeSize` is that of the checkpoint which made the deposit final, else of the newest covering one. */
  readonly ledger?: { readonly index: number; readonly treeSize: number };
  /** Once it is on the ledger: at the tree size of `ledger`, without the depositor's own nodes. */
  readonly quorum?: QuorumState;
  readonly cosigners: readonly StateCosigner[];
}

export interface QuorumState {
  readonly total: QuorumCount["total"];
  readonly roles: QuorumCount["roles"];
  /** Organisations that would count and have not cosigned, with their nodes that would; none where it is final. */
  readonly awaited: readonly {
    readonly organisation: string;
    readonly role: OrganisationRole;
    readonly nodes: readonly string[];
  }[];
}

export interface ChainLink {
  readonly id: string;
  readonly sequence: number;
  readonly leafHash: Hash;
  readonly recordType: string;
  readonly name?: string;
  readonly receivedAt: Time;
  readonly state: DepositState["state"];
}

/** What a depositor shows as the last link of its chain. */
export type ShownLink =
  /** The evidence file's bytes. */
  | { readonly evidence: Uint8Array }
  /** As the deposit was answered. */
  | { readonly statement: Statement; readonly receipt: string }
  /** The depositor says that nothing came after the link of this sequence, the last that is known here. */
  | { readonly nothingAfter: number };

/** The last link, after which the next deposit comes. */
export interface ResumedChain {
  readonly id: string;
  readonly length: number;
  readonly head: Hash;
}

/** A page of one's own chain, in order of `sequence`. */
export interface ChainPage {
  readonly id: string;
  /** Sequence of the newest deposit: the chain's length. */
  readonly length: number;
  readonly head: Hash;
  /** It takes no deposit until its depositor has shown its last link (`resumeChain`). */
  readonly held: boolean;
  /** Two of its links are proved to stand at one place (`resumeChain`): it takes no deposit any more. */
  readonly forked: boolean;
  /** Those that this store has: after a backup was put back, some before the head may be missing. */
  readonly links: readonly ChainLink[];
  /** Ask again with `after` set to this; absent on the last page. */
  readonly next?: number;
}

export interface OriginalContent {
  readonly content: AsyncIterable<Uint8Array>;
  readonly size: number;
  readonly mediaType: string;
  readonly name?: string;
  readonly digests: ContentDigests;
}

export type CertificateLanguage = "zh" | "en";

/** The newest issue that still proves what it did, a new one beside those before, or the one of this number. */
export type WhichIssue = "newest" | "new" | number;

/** One issue of a certificate. */
export interface CertificateFile {
  readonly pdf: Uint8Array;
  /** 1 for the first in its language. */
  readonly issue: number;
  /** How many time-stamp tokens its evidence carries; 0: it was issued without. */
  readonly timestamps: number;
}

/** `final`: the earliest checkpoint that met the quorum; `latest`: the newest one that did. */
export type Against = "final" | "latest";

export interface NamedDigest {
  readonly name: DigestName;
  readonly digest: Uint8Array;
}

/** How it stands with one time-stamping authority. */
export interface TimestampAuthorityState {
  /** As the configuration calls it. */
  readonly name: string;
  readonly url: string;
  /** It answered when last asked, with a token that counts; or has not been asked since the start. */
  readonly alive: boolean;
  /** How many requests have failed in a row. */
  readonly failures: number;
  readonly lastSuccessAt?: Time;
  readonly lastError?: string;
  readonly lastErrorAt?: Time;
  /** Final checkpoints without a token of it; counted to 10,000. */
  readonly pending: number;
}

/** This machine's clock, by others. `unknown`: too few have answered, or they disagree. */
export type ClockState = "right" | "ahead" | "behind" | "unknown";

export interface ClockStanding {
  readonly state: ClockState;
  /** Who says so: more than half of the time servers, or a quorum of nodes. */
  readonly by: "time-servers" | "nodes" | null;
  /** How far the clock is ahead by their word, about; it is negative where the clock is behind. Nodes tell whole seconds. */
  readonly aheadSeconds?: number;
}

/** What can halt this notary; each is a refusal's code as well, with status and wording in `http/problems.ts`. */
export const HALT_CODES = ["clock-wrong", "ledger-behind", "ledger-unconfirmed"] as const;
export type HaltCode = (typeof HALT_CODES)[number];

/**
 * `deposits`: none are taken, since their receipts would be signed. `signing`: nothing is sealed, no checkpoint is signed,
 * no change of the consortium is appended and no certificate issued; what was issued before is still handed out.
 */
export type HaltedWork = "deposits" | "signing";

/** A reason for which this notary for the time being takes no deposits, signs nothing, or both (halts.ts). */
export interface Halt {
  readonly code: HaltCode;
  /** A sentence. */
  readonly detail: string;
  readonly stops: readonly HaltedWork[];
  /** When it began, by this machine's clock, which may be what is wrong; `forSeconds` is measured without it. */
  readonly since: Time;
  readonly forSeconds: number;
}

/** What can be wrong while deposits may still be taken (impairments.ts). */
export const IMPAIRMENT_CODES = [
  "storage-full",
  "finality-stopped",
  "nodes-awaited",
  "clock-unjudged",
  "sealing-failing",
  "timestamps-missing",
  "signer-invalid",
  "jobs-dead",
  "certificates-failing",
  "verifier-failing",
  "worker-away",
  "worker-away-recording",
  "queue-away",
] as const;
export type ImpairmentCode = (typeof IMPAIRMENT_CODES)[number];

export interface Impairment {
  readonly code: ImpairmentCode;
  /** A sentence, for everybody. */
  readonly detail: string;
}

/** Room on the file systems of the data folder and of the kept originals, which may be one. */
export interface StorageStanding {
  /** Deposits are refused (`storage-full`). */
  readonly isFull: boolean;
  /** Deposits that keep their original are refused. */
  readonly isFullForOriginals: boolean;
  readonly freeBytes: { readonly data: number; readonly originals: number };
  readonly minFreeBytes: number;
}

/** What everybody is told: whether deposits are taken, and what is wrong otherwise. */
export interface Readiness {
  readonly halts: readonly Halt[];
  readonly isFull: boolean;
  readonly impairments: readonly Impairment[];
}

/** How many jobs of a kind there are: what is to be done beside requests (run-jobs.ts). */
export interface JobStanding {
  readonly kind: string;
  /** They wait for their turn, or for their next attempt. */
  readonly waiting: number;
  readonly running: number;
  /** Failed too often or for good: they wait for whoever replays them. */
  readonly dead: number;
  /** How long ago the oldest of those that wait or run was asked for; 0 where there are none. */
  readonly oldestSeconds: number;
}

/** What operators are told: it says at night whether somebody must get up. */
export type NotaryStatus = OwnStatus & (Work | { readonly [Name in keyof Work]?: never });

/** What the worker says of itself; while none answers, that this is so. */
export type WorkStatus = Pick<OwnStatus, "impairments"> &
  ((Work & Pick<OwnStatus, "storage">) | { readonly [Name in "storage" | keyof Work]?: never });

/** What a process that answers requests says by itself, from the store and from the disk. */
export interface OwnStatus {
  readonly software: string;
  /** Tree size of the newest checkpoint. */
  readonly ledgerSize: number;
  /**
   * Batches that were sealed while the clock was ahead: final when the time that they name has come, the last of them
   * `until`. Nothing else waits for them.
   */
  readonly deferred: { readonly batches: number; readonly until?: Time };
  readonly jobs: readonly JobStanding[];
  /** What is wrong beside halts, as far as it is known: none where all is well. */
  readonly impairments: readonly Impairment[];
  readonly storage: StorageStanding;
}

/** What only the worker knows: absent while none answers. */
export interface Work {
  /** The process that works, and since when, under the trust file in force. */
  readonly worker: { readonly pid: number; readonly since: Time };
  /** How long the oldest deposit that is on the ledger has waited for its quorum; 0 where none waits. */
  readonly finalityLagSeconds: number;
  /** Why nothing is taken or signed now; none where all is well. */
  readonly halts: readonly Halt[];
  /** Nodes of the trust file that have not shown what they have cosigned: before enough have, nothing is signed; then there are none. */
  readonly awaitedNodes: readonly string[];
  readonly clock: ClockStanding;
  /** How far this machine's clock is ahead, as time servers measured it; null where none did, or not lately. */
  readonly clockOffsetMs: number | null;
  readonly timestampAuthorities: readonly TimestampAuthorityState[];
  readonly sinceStart: { readonly deposits: number; readonly batches: number; readonly certificates: number };
}

/** What a stranger needs to know of this notary before trusting anything else it says. */
export interface NotaryIdentity {
  readonly origin: string;
  readonly software: string;
  readonly logVkey: string;
  readonly receiptVkey: string;
  /** The trust file that this notary works under, byte for byte. */
  readonly consortium: Uint8Array;
}
