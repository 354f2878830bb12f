/**
 * What the notary needs of the world. The comments are the contract; `test/ports/` holds every adapter to it.
 *
 * Durable means: after the promise resolves it survives `kill -9` and power loss. Atomic means: after a crash or a
 * rejected promise either all of it is stored or none. No method retries; the notary's loop does, by looking at the
 * state again, and so every write may fail, or fail after it took effect, without harm.
 */
import type { CreateDigester } from "../core/digest/digester.js";
import type { Hash } from "../core/merkle/hash.js";
import type { Verifiers } from "../core/ledger/verifiers.js";
import type { AddCheckpointRequest } from "../core/witness/add-checkpoint.js";
import type { AddEntriesHeader, EntryPackage } from "../core/witness/add-entries.js";
import type { MirrorInfo } from "../core/witness/mirror-info.js";
import type { IssuerStatement } from "../certificate/content/certificate-record.js";
import type { VerifyX509Signature } from "../pki/algorithms.js";
import type { CertificateLanguage, Organisation, Role } from "./model.js";

export type * from "./model.js";
export { HALT_CODES, IMPAIRMENT_CODES } from "./model.js";

/** Thrown by any port that stores: no room. Nothing of the call was stored; others may succeed later. */
export class StorageFullError extends Error {
  override readonly name = "StorageFullError";
}

/**
 * Milliseconds since 1970, whole, and within the years that the formats can write. May step, back and forth: nothing breaks,
 * and lengths of time are measured by `MonotonicMs`.
 */
export type Now = () => number;
/** Milliseconds that have passed since some moment: it never steps, whatever becomes of the clock. */
export type MonotonicMs = () => number;
/** Unpredictable: nonces and secrets come from here. */
export type RandomBytes = (length: number) => Uint8Array;
/** A fresh ULID in upper case for that time: its 80 random bits unpredictable, so that nobody guesses a neighbour's. */
export type NextId = (atMs: number) => string;
/** SHA-256 of `bytes`, one shot: the tree's hot path. */
export type HashOnce = (bytes: Uint8Array) => Uint8Array;

/** One key with one purpose: Ed25519, or ML-DSA-44 for the log's second one. */
export interface Signer {
  readonly name: string;
  readonly keyId: number;
  readonly vkey: string;
  sign(message: Uint8Array): Uint8Array;
}

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How far the clock is ahead of true time, as measured, in milliseconds; null where nobody measures it. */
export type ClockOffsetMs = () => number | null;

/**
 * What somebody else's clock said: true time less `monotonicMs` lay between these bounds, by it. `atMs`, of `monotonicMs`,
 * is when it was asked.
 */
export interface TimeReading {
  readonly lowMs: number;
  readonly highMs: number;
  readonly atMs: number;
}

export interface TimeServers {
  /** As a log names them. */
  readonly names: readonly string[];
  /** Asks each of them once; undefined for one that does not answer, or what may not be believed. Never rejects. */
  ask(): Promise<readonly (TimeReading | undefined)[]>;
}

/** Bytes free on the file system of the data folder, or of the kept originals. */
export type FreeBytes = (of: "data" | "originals") => Promise<number>;

/** Threads and processes beside the event loop that have died, and have done nothing since. */
export type FailingWorkers = () => readonly ("certificates" | "verifier")[];

// ---- Store: organisations and keys

export interface StoredApiKey {
  readonly id: string;
  readonly organisationId: string;
  readonly role: Role;
  /** SHA-256 of the token's secret. */
  readonly secretHash: Uint8Array;
  readonly createdAtMs: number;
  readonly revokedAtMs?: number;
}

/** All writes durable. */
export interface AccountStore {
  /** Inserts or replaces. */
  putOrganisation(organisation: Organisation): Promise<void>;
  findOrganisation(id: string): Promise<Organisation | undefined>;
  listOrganisations(): Promise<readonly Organisation[]>;
  insertApiKey(key: StoredApiKey): Promise<void>;
  findApiKey(id: string): Promise<StoredApiKey | undefined>;
  listApiKeys(organisationId: string): Promise<readonly StoredApiKey[]>;
  /** Keeps the first time; undefined where there is no such key. */
  revokeApiKey(id: string, atMs: number): Promise<StoredApiKey | undefined>;
}

// ---- Store: deposits

export interface NewDeposit {
  readonly id: string;
  readonly organisationId: string;
  /** JCS(statement). */
  readonly statement: Uint8Array;
  readonly leafHash: Hash;
  readonly receivedAtMs: number;
  /** What the receipt promised: kept, so that a replay signs the same text. */
  readonly sealByMs: number;
  readonly chain?: { readonly id: string; readonly sequence: number };
  readonly idempotencyKey?: { readonly key: string; readonly fingerprint: Uint8Array };
  /** SHA-256 of the content, where it is kept. */
  readonly original?: Uint8Array;
}

/** `seq` runs 1, 2, 3... without gaps over all deposits, in order of commit. Rows never change. */
export interface StoredDeposit extends Omit<NewDeposit, "idempotencyKey"> {
  readonly seq: number;
}

export interface ChainHead {
  readonly chainId: string;
  readonly organisationId: string;
  readonly sequence: number;
  readonly leafHash: Hash;
  /** Deposits after it may have been lost: nothing is to follow it until the chain is resumed. */
  readonly isHeld?: boolean;
  /** Two of its links are proved to stand at one place: nothing is to follow it, ever. */
  readonly isForked?: boolean;
  /** Sequence of the link that was the last by its depositor's word when the chain was resumed. */
  readonly resumedAt?: number;
}

/** The last link of a chain by its depositor's word, whether or not it is a deposit of this store. */
export interface ChainLast extends Pick<ChainHead, "chainId" | "organisationId" | "sequence" | "leafHash"> {
  readonly shownAtMs: number;
}

/** What a group of deposits must know of those before it. */
export interface DepositScope {
  readonly chainIds: readonly string[];
  readonly idempotencyKeys: readonly { readonly organisationId: string; readonly key: string }[];
}
export interface DepositContext {
  chainHead(chainId: string): ChainHead | undefined;
  replay(
    organisationId: string,
    key: string,
  ): { readonly fingerprint: Uint8Array; readonly deposit: StoredDeposit } | undefined;
}

export interface DepositStore {
  /**
   * One atomic, durable step for a whole group: reads the scope, lets `decide` say what to store, and stores it at
   * the next `seq`s in the order given. Serialised against every other `record`: nothing enters a chain of the scope
   * in between. `decide` is pure but for what its caller captures, and may be called again after a conflict; what it
   * throws is rethrown and nothing is stored. Refuses a second deposit with the same id, place in a chain, or
   * idempotency key.
   */
  record(scope: DepositScope, decide: (context: DepositContext) => readonly NewDeposit[]): Promise<void>;
  findDeposit(id: string): Promise<StoredDeposit | undefined>;
  /** The last deposit in the chain, or the last link that was shown, where that is later. */
  chainHead(chainId: string): Promise<ChainHead | undefined>;
  /**
   * Atomic, durable: hands `decide` the chain's head and what else it has of the chain, keeps the last link that it gives, and holds the chain no more; or
   * keeps that the chain is forked. What `decide` throws is rethrown and nothing is stored. Serialised against every `record`.
   */
  resumeChain(
    chainId: string,
    decide: (
      head: ChainHead | undefined,
      leafHashAt: (sequence: number) => Hash | undefined,
    ) => ChainLast | "forked",
  ): Promise<void>;
  /** In order of sequence, those above `after`. */
  listChain(chainId: string, page: { after: number; limit: number }): Promise<readonly StoredDeposit[]>;
  /** Whether any deposit keeps the content with this sha-256. */
  isOriginalKept(sha256: Uint8Array): Promise<boolean>;
}

// ---- Store: batches

/** A batch is the deposits `firstSeq` to `lastSeq`: a deposit's leafIndex is seq - firstSeq. */
export interface NewBatch {
  readonly id: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly sealedAtMs: number;
  /** JCS(batch): the ledger entry. */
  readonly entry: Uint8Array;
  /** Whose deposits it holds, each once. */
  readonly depositorIds: readonly string[];
}
export interface StoredBatch extends NewBatch {
  /** Absent until the ledger has it. */
  readonly ledgerIndex?: number;
}

export interface UnsealedDeposits {
  readonly firstSeq: number;
  readonly leafHashes: readonly Hash[];
  readonly lastReceivedAtMs: number;
  /** Of what their receipts promised. */
  readonly earliestSealByMs: number;
  /** Each once. */
  readonly depositorIds: readonly string[];
}

export interface BatchStore {
  /**
   * The first `limit` deposits in no batch, in order, up to the first whose time of receipt does not belong together with
   * that of the first one; undefined where there is none.
   */
  unsealedDeposits(
    limit: number,
    belongTogether?: (firstReceivedAtMs: number, receivedAtMs: number) => boolean,
  ): Promise<UnsealedDeposits | undefined>;
  /** Atomic, durable. False, and nothing stored, unless `firstSeq` follows the last sealed deposit at this moment. */
  sealBatch(batch: NewBatch): Promise<boolean>;
  /** The batch holding this deposit. */
  findBatchOfSeq(seq: number): Promise<StoredBatch | undefined>;
  /** In order of `firstSeq`: the first `limit` batches without a ledger index. */
  unledgeredBatches(limit: number): Promise<readonly StoredBatch[]>;
  leafHashes(range: { firstSeq: number; lastSeq: number }): Promise<readonly Hash[]>;
  /** Of the batches at the ledger indexes `from` to `to - 1`, in their order. */
  depositorsOfEntries(range: {
    readonly from: number;
    readonly to: number;
  }): Promise<readonly { readonly ledgerIndex: number; readonly depositorIds: readonly string[] }[]>;
}

// ---- Store: the ledger

export interface StoredCheckpoint {
  readonly treeSize: number;
  readonly rootHash: Hash;
  /** The note as the log signed it, without cosignatures. */
  readonly note: string;
  /** The newest deposit that the tree covers, and when its batch says that it was sealed; 0 in the empty tree. */
  readonly lastSeq: number;
  readonly sealedAtMs: number;
}

/** The newest state of a tile: 1 to 256 hashes; its narrower states are prefixes. */
export interface StoredTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array;
}

export interface LedgerAdvance {
  /** The newest checkpoint as the caller read it; undefined for the very first. */
  readonly previous: { readonly treeSize: number; readonly rootHash: Hash } | undefined;
  readonly checkpoint: StoredCheckpoint;
  /** At indexes previous.treeSize, + 1, ...; `batchFirstSeq` names the batch whose entry it is. */
  readonly entries: readonly { readonly content: Uint8Array; readonly batchFirstSeq?: number }[];
  /** Every tile that changed. */
  readonly tiles: readonly StoredTile[];
}

export interface LedgerStore {
  newestCheckpoint(): Promise<StoredCheckpoint | undefined>;
  findCheckpoint(treeSize: number): Promise<StoredCheckpoint | undefined>;
  /**
   * Atomic, durable compare-and-swap: false, and nothing stored, unless the newest checkpoint still is `previous`.
   * This, and no hope, keeps the log from ever publishing two checkpoints that contradict each other.
   */
  advanceLedger(advance: LedgerAdvance): Promise<boolean>;
  /** In the order asked; undefined where there is no such tile. */
  tiles(ids: readonly { level: number; index: number }[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Those that are meant to be changes of the consortium (`isConsortiumEntry`), in their order. */
  consortiumEntries(): Promise<readonly { readonly index: number; readonly content: Uint8Array }[]>;
  /** Entries from `first` on, at most `count`. */
  ledgerEntries(range: { first: number; count: number }): Promise<readonly Uint8Array[]>;
}

// ---- Store: cosignatures and finality

export interface StoredCosignature {
  readonly name: string;
  readonly keyId: number;
  /** The signature line, without its newline. */
  readonly line: string;
  readonly timeSeconds: number;
  readonly storedAtMs: number;
}

/**
 * From `finalAtMs` on, the quorum held on the checkpoint of `treeSize` for the depositors of `depositorClass`: an
 * organisation of the consortium, or "" for everybody else (nobody to exclude). Of one class, sizes and times both
 * grow: a checkpoint that covers nothing new is not recorded, so the first one above an index made it final, but for
 * what is deferred.
 */
export interface Finality {
  readonly depositorClass: string;
  readonly treeSize: number;
  readonly finalAtMs: number;
}

/** The quorum holds, and its cosignatures are in time for batches that were sealed not later than `sealedUpToMs`. */
export interface QuorumMet extends Finality {
  readonly sealedUpToMs: number;
}

/**
 * A batch that was covered when the quorum held, and names a time of sealing too late for those cosignatures: the clock was
 * ahead when it was sealed. It becomes final when cosignatures come that are late enough, and nothing else waits for it.
 */
export interface DeferredBatch {
  readonly ledgerIndex: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly sealedAtMs: number;
}

/** How it stands with a class after a step. */
export interface FinalityStanding {
  readonly newest?: Finality;
  /** Those that are not final yet, in order; absent where the step has changed nothing about them. */
  readonly deferred?: readonly DeferredBatch[];
}

export interface CosignatureStore {
  /**
   * Atomic, durable, serialised against itself. Hands `decide` what is stored for this checkpoint, the newest finality of
   * each class asked for, and the earliest time of sealing among batches that this checkpoint covers and that are deferred
   * for one of them; stores what it adds, and takes up what it says is met: a finality where the checkpoint covers more
   * than the newest one, what of that is deferred, and what was deferred and is so no longer. `decide` is pure but for
   * what its caller captures. A cosignature of a key with a time that is already there for this size is not stored again.
   */
  cosign(
    scope: { readonly treeSize: number; readonly depositorClasses: readonly string[] },
    decide: (
      stored: readonly StoredCosignature[],
      newest: ReadonlyMap<string, Finality>,
      deferredFromMs: number | undefined,
    ) => { readonly add: readonly StoredCosignature[]; readonly met: readonly QuorumMet[] },
  ): Promise<ReadonlyMap<string, FinalityStanding>>;
  /** In the order in which they were stored. */
  cosignatures(treeSize: number): Promise<readonly StoredCosignature[]>;
  /** The largest tree size that this key has cosigned; 0 where none. */
  newestCosigned(key: { readonly name: string; readonly keyId: number }): Promise<number>;
  /** What made the batch at `ledgerIndex` final for this class; of one that was deferred, the checkpoint that ended it. */
  findFinality(depositorClass: string, ledgerIndex: number): Promise<Finality | undefined>;
  newestFinality(depositorClass: string): Promise<Finality | undefined>;
  /** Those that are not final yet for this class, in order. */
  deferredBatches(depositorClass: string): Promise<readonly DeferredBatch[]>;
}

// ---- Store: timestamp tokens

/** A token over a checkpoint's note text, verified before it was stored. */
export interface StoredTimestamp {
  /** Its name in the configuration. */
  readonly authority: string;
  /** DER of the RFC 3161 TimeStampToken. */
  readonly token: Uint8Array;
  readonly genTimeMs: number;
  readonly storedAtMs: number;
}

export interface TimestampStore {
  /** Durable. Keeps the tree size of the first call for this authority, and gives it. */
  beginTimestamps(authority: string, fromTreeSize: number): Promise<number>;
  /** Durable. A token of an authority already there for this size is not replaced. */
  addTimestamp(treeSize: number, timestamp: StoredTimestamp): Promise<void>;
  /** In the order in which they were stored: what comes later stands behind. */
  timestamps(treeSize: number): Promise<readonly StoredTimestamp[]>;
  /**
   * The first `limit` tree sizes from `from` to `to - 1`, ascending, whose checkpoints made something final and have no
   * token of this authority.
   */
  unstamped(range: {
    readonly authority: string;
    readonly from: number;
    readonly to: number;
    readonly limit: number;
  }): Promise<readonly number[]>;
}

// ---- Store: certificates

/**
 * What evidence says besides what never changes: against which checkpoint, with how many of the cosignatures and tokens
 * stored for it. Both only grow, at their ends, so these numbers make the same bytes again at any later time.
 */
export interface EvidenceMoment {
  readonly treeSize: number;
  readonly cosignatures: number;
  readonly timestamps: number;
}

/** One certificate as it was issued: what its file is made from, and what cannot be made again. */
export interface IssuedCertificate {
  readonly depositId: string;
  readonly language: CertificateLanguage;
  /** 1, and higher where an earlier issue no longer proves what it did, lacked time-stamps or was to be followed. */
  readonly issue: number;
  readonly issuedAtMs: number;
  /** SHA-256 of the template's list of files, and of the trust file: both are kept as artifacts. */
  readonly template: Hash;
  readonly consortium: Hash;
  readonly verifyUrl: string;
  /** As it was configured then. */
  readonly issuer?: IssuerStatement | undefined;
  readonly evidence: EvidenceMoment;
  /** How many tokens were stored for that checkpoint at its issue, in the evidence or not. */
  readonly tokensStored: number;
  /** CMS, DER. */
  readonly signature: Uint8Array;
  /** An authority is to time-stamp the signature yet. */
  readonly awaitsTimestamp: boolean;
}
export type CertificateKey = Pick<IssuedCertificate, "depositId" | "language" | "issue">;

/** Rows never change, but that a signature may gain its time-stamp, once. All writes durable. */
export interface CertificateStore {
  /** The newest issue, or that of this number. */
  findCertificate(
    depositId: string,
    language: CertificateLanguage,
    issue?: number,
  ): Promise<IssuedCertificate | undefined>;
  /** False, and nothing stored, where there is such an issue, or none before it. */
  insertCertificate(certificate: IssuedCertificate): Promise<boolean>;
  /** Replaces a signature that awaits its time-stamp by the same with it; false where it does not wait. */
  stampCertificate(key: CertificateKey, signature: Uint8Array): Promise<boolean>;
  /** In order of their issue. */
  certificatesAwaitingTimestamp(limit: number): Promise<readonly IssuedCertificate[]>;
}

/** Whatever certificates are made from and that may change under the program: found again by its digest, for ever. */
export interface ArtifactStore {
  keepArtifact(sha256: Hash, content: Uint8Array): Promise<void>;
  findArtifact(sha256: Hash): Promise<Uint8Array | undefined>;
}

export interface Store
  extends
    AccountStore,
    DepositStore,
    BatchStore,
    LedgerStore,
    CosignatureStore,
    TimestampStore,
    CertificateStore,
    ArtifactStore {
  close(): Promise<void>;
}

// ---- Originals

export type IsNamed = (sha256: Uint8Array) => Promise<boolean>;

/** One content on its way in. */
export interface OriginalWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** After the last `write`: durable under its digest when this resolves. The same content twice is kept once. */
  keep(sha256: Uint8Array): Promise<void>;
  /** Ends it, whatever came before: content that no deposit names by then is forgotten. Again is harmless. */
  end(isNamed: IsNamed): Promise<void>;
}

/** Content-addressed files. Writing throws `StorageFullError`. */
export interface Originals {
  stage(): Promise<OriginalWriter>;
  /** Undefined where there is none. */
  open(sha256: Uint8Array): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** For the start, before anything is staged: ends what a crash left unended. How many that were. */
  sweep(isNamed: IsNamed): Promise<number>;
}

// ---- Witnesses

export type AddCheckpointAnswer =
  /** 200: signature lines, not yet verified by anybody. */
  | { readonly kind: "cosigned"; readonly body: string }
  /** 409: the witness last cosigned this size (tlog-witness). */
  | { readonly kind: "conflict"; readonly treeSize: number }
  /** Any other status: `message` is for the log. */
  | { readonly kind: "refused"; readonly status: number; readonly message: string };

/** Entries of one package and their proof: its place follows from the header and the packages before it. */
export type ProvenEntries = Pick<EntryPackage, "entries" | "proof">;

export interface AddEntriesRequest {
  readonly header: AddEntriesHeader;
  /** The canonical sequence or a prefix of it; each is asked for when it is about to be sent. */
  readonly packages: AsyncIterable<ProvenEntries>;
}

export type AddEntriesAnswer =
  /** 200: signature lines, not yet verified by anybody. */
  | { readonly kind: "mirrored"; readonly body: string }
  /** 202: it has taken part of it; 409: none. Either says how to go on (tlog-mirror). */
  | { readonly kind: "unfinished"; readonly status: 202 | 409; readonly info: MirrorInfo }
  /** Any other answer: `message` is for the log. */
  | { readonly kind: "refused"; readonly status: number; readonly message: string };

/**
 * A node: a tlog-witness, a tlog-mirror, or both at one submission prefix. Rejects where it could not be reached, did
 * not answer in time, or a package could not be made.
 */
export interface WitnessClient {
  addCheckpoint(request: AddCheckpointRequest, signal: AbortSignal): Promise<AddCheckpointAnswer>;
  addEntries(request: AddEntriesRequest, signal: AbortSignal): Promise<AddEntriesAnswer>;
  /**
   * The checkpoint that it shows as the latest of this log that it has cosigned: a signed note, which nobody has looked at
   * yet. Empty where it shows none, as a node that has none does, and a witness that shows nothing to anybody.
   */
  shownCheckpoints(origin: string, signal: AbortSignal): Promise<readonly Uint8Array[]>;
}

// ---- Beside the log's key

export interface MarkedTree {
  readonly treeSize: number;
  readonly rootHash: Hash;
}

/** What the log's key is known to have signed, kept beside the key and not in the store. */
export interface SignedMark {
  /** Undefined where nothing is known of it. */
  latest(): MarkedTree | undefined;
  /** Durable on return. A smaller tree than the marked one changes nothing. */
  raise(tree: MarkedTree): void;
}

// ---- Time-stamping authorities

/**
 * An RFC 3161 authority: takes a TimeStampReq and answers with bytes, which nobody has looked at yet. Rejects where it
 * could not be reached, did not answer in time, or answered with anything else than `application/timestamp-reply`.
 */
export interface TimestampAuthority {
  /** What the configuration calls it: its tokens are stored under this name. */
  readonly name: string;
  readonly url: string;
  /** The policy to ask for: an object identifier. */
  readonly policy?: string;
  request(body: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

// ---- Certificates

/** Everything that fixes a certificate's pages. */
export interface CertificateOrder {
  readonly evidence: Uint8Array;
  /** The trust file, byte for byte. */
  readonly consortium: Uint8Array;
  /** Base64: one of `templates`, or one that was kept. */
  readonly template: string;
  readonly language: CertificateLanguage;
  readonly issuedAtMs: number;
  readonly verifyUrl: string;
  readonly issuer?: IssuerStatement | undefined;
}

export interface SignedDraft {
  /** CMS, DER, without a time-stamp. */
  readonly signature: Uint8Array;
  /** The whole file with it, checked. */
  readonly pdf: Uint8Array;
}

/** The maker has looked at it and makes no certificate of it: asked again, it says the same. */
export class NotMadeError extends Error {
  override readonly name = "NotMadeError";
}

/**
 * Draws, signs and checks, off the event loop. Nothing leaves it that the public verifier would refuse: then it rejects with
 * `NotMadeError`, and with any other error where it could not look at it at all.
 */
export interface CertificateMaker {
  /**
   * Of the template for new certificates: its digest (base64), and its files with their SHA-256 (base64), the one whose
   * digest is the template's among them; each is read as it is asked for.
   */
  readonly template: { readonly digest: string; readonly files: Iterable<readonly [string, Uint8Array]> };
  /** Absent where the operator has configured no signing key: then nothing new is issued. */
  readonly signer?: { readonly notBeforeMs: number; readonly notAfterMs: number };
  sign(order: CertificateOrder): Promise<SignedDraft>;
  /** An issued certificate again, byte for byte. */
  make(order: CertificateOrder, signature: Uint8Array): Promise<Uint8Array>;
}

// ---- All of it

export interface Ports extends Required<Verifiers> {
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
