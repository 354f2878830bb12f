/** What the commands need of the world: main.ts hands it to them. */
import type { FileReport } from "../../certificate/verify/verify-file.js";
import type { ChallengeReport } from "../../core/verify/verify-challenge.js";
import type { MeasuredRecord } from "../../core/record/content.js";
import type { SignatureAlgorithm, Verifiers } from "../../core/ledger/verifiers.js";
import type { ApprovalSigner } from "../../core/membership/approval.js";
import type { Catalogue } from "../text/report-text.js";

/** Checks evidence, a certificate PDF, a misconduct file or a challenge, told apart by what they say of themselves. */
export type VerifyFile = (input: {
  readonly file: Uint8Array;
  readonly consortium: Uint8Array;
  readonly record?: Uint8Array | MeasuredRecord | { readonly unreadable: string };
  readonly answer?: Uint8Array;
  readonly parties: readonly string[];
  /** A folder with templates of certificates, beside the program's own. */
  readonly templates?: string;
}) => Promise<FileReport>;

export interface RecordQuestion {
  /** In bytes: larger ones are not held, but digested as they are read. */
  readonly most: number;
  /** Of the record that is wanted, where that is known: one of another size need not be read. */
  readonly wantedSize: () => number | undefined;
  /** Told now and then while a large one is read. */
  readonly tell: (readBytes: number, size: number) => void;
}

export interface CommandWorld {
  readonly version: string;
  /** `zh` or `en`: the reader's, from the environment. */
  readonly language: "zh" | "en";
  /** Read when a report is to be printed for people. */
  readonly catalogue: () => Catalogue;
  print(text: string): void;
  printError(text: string): void;
  /** The file; of one that has more than `most` bytes its first `most` + 1, which every parser refuses for their number. */
  readFile(path: string, most: number): Promise<Uint8Array>;
  /** A record of any size. Rejects where it can't be read. */
  readRecord(path: string, question: RecordQuestion): Promise<Uint8Array | MeasuredRecord>;
  readonly verifyFile: VerifyFile;
  readonly verifiers: Verifiers;
  /** The programs and their key material; each resolves with an exit code when it has ended. */
  serve(configFile: string): Promise<number>;
  witness(configFile: string): Promise<number>;
  serveArchive(options: {
    configFile: string;
    consortiumFile: string;
    listen: { host: string; port: number };
    publicUrl?: string;
  }): Promise<number>;
  /** Brings a stopped node's memory past what it is known to have signed. */
  movePast(configFile: string): Promise<readonly MovedPast[]>;
  /** What a node has kept of its logs' misconduct, written into `out`. */
  misconduct(options: { configFile: string; out: string }): Promise<readonly ExportedMisconduct[]>;
  /** A receipt as a challenge, written to `out` where it stands; asks the log and its nodes for a checkpoint. */
  challenge(options: ChallengeArguments): Promise<{
    readonly report: ChallengeReport;
    readonly bytes: Uint8Array;
    readonly silent: readonly string[];
  }>;
  /** A certificate's pages again, before it is signed. Throws with what is wanting; writes `out`. */
  makeCertificate(options: CertificateArguments): Promise<RemadeCertificate>;
  /** Builds a template of certificates in place, of the program's own folder where none is named. Throws with what is wrong. */
  buildTemplate(options: {
    name: string;
    templates?: string;
  }): Promise<{ readonly sha256: string; readonly file: string }>;
  /** A new notary's store out of a mirror's copy. Throws with what is in the way. */
  adoptLedger(options: SuccessionOptions): Promise<void>;
  /** A store from a backup joined with a mirror's copy. Throws with what is in the way. */
  recover(options: SuccessionOptions): Promise<void>;
  /** Throws with what is in the way; there is then no backup. */
  backUp(options: BackupArguments): Promise<BackupSummary>;
  /** Throws with what is wrong with the backup, or in the way; nothing is restored then. */
  restore(options: { from: string; to?: string; tell: (line: string) => void }): Promise<RestoredSummary>;
  membership(): Promise<MembershipWorld>;
  keygen(options: KeygenOptions): Promise<{ vkey: string }>;
  /** A key with its X.509 certificate, in two files. Throws where either exists, or the authority may not issue it. */
  makeX509(options: X509Arguments): Promise<X509Made>;
  createOperatorKey(options: { configFile: string }): Promise<{ token: string; keyId: string }>;
}

export interface SuccessionOptions {
  readonly configFile: string;
  readonly from: string;
  readonly without: readonly string[];
  readonly unseen?: number;
  readonly tell: (line: string) => void;
}

export interface CertificateArguments {
  /** A file: the evidence, or a certificate with both files inside. */
  readonly evidence: string;
  readonly consortium: string;
  /** A file: certificate.json. */
  readonly with?: string;
  readonly templates?: string;
  readonly out: string;
}

/** Digests in hexadecimal. */
export interface RemadeCertificate {
  readonly sha256: string;
  /** Of a certificate that was given: whether its own bytes, its signature aside, are the same. */
  readonly isSame?: boolean;
  /** The trust file that the certificate names, where it is not the one that was given. */
  readonly issuedUnder?: string;
}

export interface ChallengeArguments {
  /** A file: the signed note, or the answer to a deposit, which has it as `receipt`. */
  readonly receipt: string;
  readonly consortium: string;
  /** A file: a signed note with cosignatures. */
  readonly checkpoint?: string;
  readonly parties: readonly string[];
  readonly out: string;
}

export interface BackupArguments {
  readonly configFile: string;
  readonly out: string;
  readonly withKeys: boolean;
  /** SHA-256, hexadecimal. */
  readonly withoutOriginals: readonly string[];
  readonly tell: (line: string) => void;
}

export interface BackupSummary {
  readonly takenAt: string;
  readonly origin: string;
  readonly ledger: { readonly treeSize: number };
  readonly deposits: { readonly count: number; readonly lastReceivedAt?: string };
  readonly originals: { readonly count: number; readonly bytes: number; readonly without: readonly string[] };
  readonly files: readonly {
    readonly member: string;
    readonly name: string;
    readonly was: string;
    readonly isSecret: boolean;
    readonly isIncluded: boolean;
  }[];
}

export interface RestoredSummary {
  readonly manifest: BackupSummary;
  /** The notary.json of the restored folder; absent where the backup was only checked. */
  readonly configFile?: string;
  /** Keys and passwords to bring: neither in the backup nor where the service had them. */
  readonly missing: BackupSummary["files"];
}

/** Of one log. */
export interface MovedPast {
  readonly origin: string;
  readonly outcome: "moved" | "nothing-forgotten" | "unproved" | "contradicted";
  readonly fromSize: number;
  readonly toSize: number;
  /** What was signed, and where that is known. */
  readonly found: readonly { readonly treeSize: number; readonly from: string }[];
  readonly silent: readonly { readonly name: string; readonly error: string }[];
  readonly problems: readonly string[];
}

interface Tree {
  readonly treeSize: number;
  readonly rootHash: Uint8Array;
}

/** A ledger somewhere: nothing of it is believed, `entries` and `beginning` prove what they give. */
export interface LedgerReader {
  checkpoint(): Promise<Uint8Array>;
  /** From the index `first` on, each proved to stand in this tree. Throws at the first that does not. */
  entries(tree: Tree, first: number): AsyncIterable<{ readonly index: number; readonly entry: Uint8Array }>;
  /** The root of the tree's first `size` entries, and the consistency proof from it to the tree's. Throws where it has none. */
  beginning(
    tree: Tree,
    size: number,
  ): Promise<{ readonly rootHash: Uint8Array; readonly path: readonly Uint8Array[] }>;
  close(): Promise<void>;
}

/** What the commands of `cunzheng consortium` need. */
export interface MembershipWorld {
  /** Milliseconds since 1970, by the clock that people set. */
  now(): number;
  /** By no clock that anybody sets: for how long something takes. */
  monotonicMs(): number;
  /** A fresh ULID. */
  newId(): string;
  /** Replaces the file whole or not at all. */
  writeFile(path: string, content: Uint8Array | string): Promise<void>;
  openLedger(from: string): LedgerReader;
  /** The keys with which the node of this witness.json cosigns. */
  nodeKeys(configFile: string): readonly ApprovalSigner[];
  /** To a notary's `POST /v1/consortium/changes`, as an operator. */
  submitChange(request: {
    readonly url: string;
    readonly apiKeyFile: string;
    readonly change: Uint8Array;
  }): Promise<{ readonly status: number; readonly body: string }>;
}

export interface ExportedMisconduct {
  readonly origin: string;
  readonly files: readonly string[];
  readonly waiting: number;
  readonly suspects: number;
}

export interface KeygenOptions {
  readonly name: string;
  readonly kind: KeyKind;
  readonly algorithm: SignatureAlgorithm;
  readonly out: string;
}

export const X509_ALGORITHMS = ["rsa-2048", "rsa-3072", "ecdsa-p256", "ecdsa-p384"] as const;

export interface X509Arguments {
  readonly kind: "authority" | "document-signer" | "timestamp-signer";
  readonly subject: {
    readonly commonName: string;
    readonly organisation?: string | undefined;
    readonly country?: string | undefined;
  };
  readonly algorithm: (typeof X509_ALGORITHMS)[number];
  readonly days: number;
  /** Its files without their endings; absent where the subject signs itself. */
  readonly authority?: string;
  /** The files to write, without their endings. */
  readonly out: string;
}

export interface X509Made {
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly pem: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export type KeyKind = "log" | "receipt" | "witness" | "mirror";

/** What a command needs can't be had: nothing was judged. Answered with 2. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

/** A mistake of whoever typed the command: shown with its message and answered with 64. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
