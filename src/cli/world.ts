/** What the commands need of the world: main.ts hands it to them. */
import { type SignatureAlgorithm, type Verifiers } from "../core/ledger/verifiers.js";
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
  readonly verifiers: Verifiers;
  /** The programs and their key material; each resolves with an exit code when it has ended. */
  serve(configFile: string): Promise<number>;
  witness(configFile: string): Promise<number>;
  /** What a node has kept of its logs' misconduct, written into `out`. */
  misconduct(options: { configFile: string; out: string }): Promise<readonly ExportedMisconduct[]>;
  keygen(options: KeygenOptions): Promise<{ vkey: string }>;
  createOperatorKey(options: { configFile: string }): Promise<{ token: string; keyId: string }>;
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

export type KeyKind = "log" | "receipt" | "witness" | "mirror";

/** A mistake of whoever typed the command: shown with its message and answered with 64. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
