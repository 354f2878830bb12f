/** The notary as its doors see it: every use case, with what it refuses. */
import type {
  Against,
  ApiKey,
  AppendedChange,
  CertificateFile,
  CertificateLanguage,
  ChainPage,
  DepositRequest,
  DepositResult,
  DepositState,
  Halt,
  NamedDigest,
  NotaryIdentity,
  NotaryStatus,
  Organisation,
  OriginalContent,
  Principal,
  Readiness,
  ResumedChain,
  Role,
  ShownLink,
  StagedOriginal,
  WhichIssue,
} from "./model.js";

import type { ConsortiumChange } from "../../core/membership/change.js";

/**
 * Every use case refuses with `Refusal` (see its codes) or core's `ParseError` (a value of the request that no
 * statement may carry, with its field); any other error is a fault of ours. A refusal has changed nothing.
 */
export interface Notary {
  readonly identity: NotaryIdentity;

  /** `cz_<id>_<secret>`. Refuses `api-key-unknown` and `api-key-revoked`. */
  authenticate(token: string): Promise<Principal>;

  // Operators only (`role-insufficient`).
  putOrganisation(by: Principal, organisation: Organisation): Promise<Organisation>;
  organisation(by: Principal, id: string): Promise<Organisation>;
  organisations(by: Principal): Promise<readonly Organisation[]>;
  /** `token` is shown this once. */
  createApiKey(
    by: Principal,
    request: { organisationId: string; role: Role },
  ): Promise<{ readonly key: ApiKey; readonly token: string }>;
  apiKeys(by: Principal, organisationId: string): Promise<readonly ApiKey[]>;
  /** Idempotent; takes effect before it resolves. */
  revokeApiKey(by: Principal, keyId: string): Promise<ApiKey>; /** How the service stands. */
  status(by: Principal): Promise<NotaryStatus>;
  /**
   * Resolves when the change is on the ledger. Refuses whatever the quorum of the trust file in force has not approved,
   * and what every reader of the ledger would refuse.
   */
  appendChange(by: Principal, change: ConsortiumChange): Promise<AppendedChange>;

  /**
   * Digests content of any size as it streams by (sha-256 and sm3), and keeps it in a temporary file where `keep`.
   * Refuses `content-too-large` as soon as `maxBytes` is passed, and `storage-full`.
   */
  stageOriginal(
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: { readonly keep: boolean; readonly maxBytes: number },
  ): Promise<StagedOriginal>;
  /** Depositors only. Resolves when the deposit is durable: it then survives `kill -9` and power loss. */
  deposit(by: Principal, request: DepositRequest): Promise<DepositResult>;

  // Public.
  /** Why it takes no deposits or signs nothing now; none where all is well. */
  halts(): readonly Halt[];
  /** The same, and what else is wrong. */
  readiness(): Promise<Readiness>;
  depositState(id: string): Promise<DepositState>;
  /** Resolves when the deposit is final, or at the time-out; whether it is final. */
  whenFinal(id: string, timeoutMs: number): Promise<boolean>;
  /** The state at finality, or at the time-out whatever it then is. */
  waitForFinality(id: string, timeoutMs: number): Promise<DepositState>;
  /** Whether the deposit's content has this digest: a yes or no to whoever already holds the digest. */
  confirmDigest(id: string, digest: NamedDigest): Promise<boolean>;

  // Depositors and readers, of their own organisation's deposits (`deposit-of-another-organisation`).
  /** What `deposit` answered. */
  depositResult(by: Principal, id: string): Promise<DepositResult>;
  original(by: Principal, id: string): Promise<OriginalContent>;
  /** Depositors only: after a backup was put back. Refuses `chain-link-invalid`, `chain-link-contradicts` and those of chains. */
  resumeChain(by: Principal, chainId: string, shown: ShownLink): Promise<ResumedChain>;
  chain(by: Principal, chainId: string, page?: { after?: number; limit?: number }): Promise<ChainPage>;
  /** The evidence file. Refuses `not-final` until then. Checked with the public verifier before it leaves. */
  evidence(by: Principal, id: string, options?: { against?: Against }): Promise<Uint8Array>;
  /** The same proof for other people's tools: a C2SP tlog-proof and its leaf's content, JCS(batch). */
  ledgerProof(
    by: Principal,
    id: string,
    options?: { against?: Against },
  ): Promise<{ readonly proof: string; readonly entry: Uint8Array }>;
  /**
   * The signed PDF, each issue the same file for ever. A first issue waits, within bounds, for the evidence's time-stamps;
   * where it was issued without any, the next issue follows when one has come. A new issue is for depositors only.
   * Refuses `certificates-unavailable`, `certificate-issue-unknown`, `certificate-issues-exhausted`.
   */
  certificate(
    by: Principal,
    id: string,
    options: { language: CertificateLanguage; issue?: WhichIssue },
  ): Promise<CertificateFile>;
  /** Many, in the order asked: refused as a whole where one of them would be, before the first is made. */
  certificates(
    by: Principal,
    ids: readonly string[],
    options: { language: CertificateLanguage },
  ): Promise<AsyncIterable<{ readonly id: string; readonly pdf: Uint8Array }>>;

  // The ledger, public (tlog-tiles). Refuses `ledger-resource-unknown`.
  checkpoint(): Promise<string>;
  tile(tile: { level: number; index: number; width: number }): Promise<Uint8Array>;
  entries(bundle: { index: number; width: number }): Promise<Uint8Array>;

  /** Stops accepting (`stopping`), finishes what it has begun; what is unfinished is found again at the next start. */
  close(): Promise<void>;
}

/** The ledger as anybody reads it. */
export type LedgerReads = Pick<Notary, "checkpoint" | "tile" | "entries">;
