/** What the commands need of the world: main.ts hands it to them. */
import { type VerifyEd25519 } from "../core/ledger/ed25519.js";
import { type ApprovalSigner } from "../core/membership/approval.js";
import { type Report } from "../core/verify/report.js";
import { type Catalogue } from "./report-text.js";

/** Checks an evidence file or a certificate PDF, told apart by their first bytes. */
export type VerifyFile = (input: {
  readonly file: Uint8Array;
  readonly consortium: Uint8Array;
  readonly record?: Uint8Array | { readonly unreadable: string };
  readonly parties: readonly string[];
}) => Promise<Report>;

export interface CommandWorld {
  readonly version: string;
  /** `zh` or `en`: the reader's, from the environment. */
  readonly language: "zh" | "en";
  /** Read when a report is to be printed for people. */
  readonly catalogue: () => Catalogue;
  print(text: string): void;
  printError(text: string): void;
  readFile(path: string): Promise<Uint8Array>;
  readonly verifyFile: VerifyFile;
  readonly verifyEd25519: VerifyEd25519;
  /** The programs and their key material; each resolves with an exit code when it has ended. */
  serve(configFile: string): Promise<number>;
  witness(configFile: string): Promise<number>;
  /** What a node has kept of its logs' misconduct, written into `out`. */
  misconduct(options: { configFile: string; out: string }): Promise<readonly ExportedMisconduct[]>;
  membership(): Promise<MembershipWorld>;
  keygen(options: { name: string; kind: KeyKind; out: string }): Promise<{ vkey: string }>;
  createOperatorKey(options: { configFile: string }): Promise<{ token: string; keyId: string }>;
}

/** A ledger somewhere: nothing of it is proved before `entries` has proved it. */
export interface LedgerReader {
  checkpoint(): Promise<Uint8Array>;
  /** From the index `first` on, each proved to stand in this tree. Throws at the first that does not. */
  entries(
    tree: { readonly treeSize: number; readonly rootHash: Uint8Array },
    first: number,
  ): AsyncIterable<{ readonly index: number; readonly entry: Uint8Array }>;
  close(): Promise<void>;
}

/** What the commands of `cunzheng consortium` need. */
export interface MembershipWorld {
  now(): number;
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

export type KeyKind = "log" | "receipt" | "witness" | "mirror";

/** A mistake of whoever typed the command: shown with its message and answered with 64. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
