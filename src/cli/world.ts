/** What the commands need of the world: main.ts hands it to them. */
import { type VerifyEd25519 } from "../core/ledger/ed25519.js";
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
  /** A new notary's store out of a mirror's copy. Throws with what is in the way. */
  adoptLedger(options: {
    configFile: string;
    from: string;
    without: readonly string[];
    tell: (line: string) => void;
  }): Promise<void>;
  keygen(options: { name: string; kind: KeyKind; out: string }): Promise<{ vkey: string }>;
  createOperatorKey(options: { configFile: string }): Promise<{ token: string; keyId: string }>;
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
