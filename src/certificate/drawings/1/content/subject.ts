/**
 * Everything that the pages of drawing 1 are made of besides their template, and nothing else. What a report or a format
 * of a later program calls otherwise or says more of, whoever asks for the drawing puts into these words.
 */
import type { Language, Words } from "../template/words.js";

export const ROLES = ["court", "bank", "arbitration", "notary", "forensic", "regulator"] as const;
export type Role = (typeof ROLES)[number];

/** The checks before issue, in their order. */
export const CHECKS = [
  "evidence-format",
  "record-digest",
  "batch-inclusion",
  "ledger-inclusion",
  "log-signature",
  "cosignatures",
  "quorum",
  "time-order",
  "timestamps",
  "chain",
] as const;
export type CheckName = (typeof CHECKS)[number];

/** Every reason for which a cosignature counts, or does not. */
export const REASONS = [
  "counted",
  "counted-in-total",
  "counted-in-role",
  "log-organisation",
  "depositor",
  "party",
  "same-group",
  "witness-only",
  "outside-tree-sizes",
  "other-algorithm",
  "one-algorithm",
  "completed-later",
  "too-early",
  "organisation-counted-already",
  "group-counted-already",
] as const;
export type Reason = (typeof REASONS)[number];

/** What the issuer may say of itself, in this order. */
export const ISSUER_MEMBERS = ["creditCode", "filingNumber", "contact", "verifier"] as const;
export type IssuerMember = (typeof ISSUER_MEMBERS)[number];

export type Algorithm = "ed25519" | "ml-dsa-44";

/** Digests are base64, times RFC 3339 UTC with milliseconds. */
export interface CertificateSubject {
  readonly issuedAt: string;
  /** What the issuer says of itself. */
  readonly issuer?: Partial<Record<IssuerMember, string>> | undefined;
  readonly language: Language;
  readonly templateDigest: string;
  readonly consortiumDigest: string;
  /** The organisation that keeps the ledger; absent where the trust file does not name it. */
  readonly service?: Words | undefined;
  readonly evidence: {
    readonly statement: StatementFacts;
    readonly batch: {
      readonly id: string;
      readonly root: string;
      readonly size: number;
      readonly sealedAt: string;
      readonly state: {
        readonly software: string;
        readonly config: string;
        readonly clockOffsetMs: number | null;
      };
    };
    readonly inclusion: { readonly leafIndex: number };
  };
  readonly report: ReportFacts;
}

export interface StatementFacts {
  readonly id: string;
  readonly depositor: { readonly id: string; readonly name: string; readonly creditCode?: string };
  readonly recordType: string;
  readonly digestsBy: "service" | "depositor";
  readonly digests: { readonly "sha-256": string; readonly sm3?: string };
  readonly size: number;
  readonly mediaType: string;
  readonly receivedAt: string;
  readonly createdAt?: string;
  readonly name?: string;
  readonly clientRef?: string;
  readonly canonicalization?: string;
  readonly source?: {
    readonly system?: string;
    readonly operator?: string;
    readonly method?: string;
    readonly tool?: string;
  };
  readonly chain?: { readonly id: string; readonly sequence: number; readonly previous?: string };
}

/** Of times that lie far apart: what is said beside them. */
export const TIME_NOTICES = [
  "created-long-before-received",
  "created-after-received",
  "received-long-before-sealed",
  "sealed-long-before-final",
  "cosigner-time-apart",
  "timestamp-apart",
  "timestamp-before-sealed",
] as const;
export type TimeNotice = (typeof TIME_NOTICES)[number];

export interface ReportFacts {
  readonly leafHash: string;
  readonly ledgerIndex: number;
  readonly checkpoint: { readonly origin: string; readonly treeSize: number; readonly rootHash: string };
  /** The whole second not later than which the deposit existed. */
  readonly existedNotLaterThan: string;
  readonly cosigners: readonly CosignerFacts[];
  readonly quorum: {
    readonly total: number;
    readonly roles: readonly { readonly role: Role; readonly got: number }[];
  };
  /** The rule for the checkpoint that the evidence proves against. */
  readonly rule: RuleFacts;
  /** The depositor is no organisation of the trust file. */
  readonly isDepositorUnknown: boolean;
  readonly checks: readonly { readonly name: CheckName; readonly result: "passed" | "not-run" }[];
  readonly timestamps: readonly TimestampFacts[];
  /** What lies far apart. */
  readonly timeNotices: readonly TimeNotice[];
}

export interface CosignerFacts {
  readonly name: string;
  readonly kind: "mirror" | "witness";
  readonly organisation: string;
  readonly organisationName?: Words | undefined;
  readonly role: Role;
  readonly algorithm: Algorithm;
  /** POSIX. */
  readonly timeSeconds: number;
  readonly counted: boolean;
  readonly reason: Reason;
}

export interface RuleFacts {
  readonly total: number;
  readonly roles: readonly { readonly role: Role; readonly count: number }[];
  readonly excludeParties: boolean;
  /** Demanded of the ledger and of each cosigner; empty where any suffices. */
  readonly algorithms: readonly Algorithm[];
}

export interface TimestampFacts {
  readonly authority?: string;
  readonly signer?: string;
  readonly genTime?: string;
  /** The whole second after it and the accuracy that the token claims. */
  readonly notLaterThan?: string;
  /** Hexadecimal. */
  readonly serialNumber?: string;
  readonly standing: "counted" | "counted-already" | "undecided" | "unknown";
}
