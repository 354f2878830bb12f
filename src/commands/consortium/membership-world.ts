/** What the commands of `cunzheng consortium` need of the world. */
import type { Verifiers } from "../../core/ledger/verifiers.js";
import type { ApprovalSigner } from "../../core/membership/approval.js";
import type { LedgerReader } from "./following/ledger-reader.js";

export interface MembershipWorld {
  /** Gives the milliseconds since 1970, by the clock that people set. */
  now(): number;
  /** Gives milliseconds by no clock that anybody sets: for how long something takes. */
  monotonicMs(): number;
  /** Makes a fresh ULID. */
  newId(): string;
  /** Replaces the file whole or not at all. */
  writeFile(path: string, content: Uint8Array | string): Promise<void>;
  openLedger(from: string): LedgerReader;
  /** Reads the keys with which the node of this witness.json cosigns. Throws where one is missing. */
  nodeKeys(configFile: string): readonly ApprovalSigner[];
  /** Sends a change to a notary's `POST /v1/consortium/changes`, as an operator. */
  submitChange(request: {
    readonly url: string;
    readonly apiKeyFile: string;
    readonly change: Uint8Array;
  }): Promise<{ readonly status: number; readonly body: string }>;
}

export interface ConsortiumEffects {
  readonly verifiers: Verifiers;
  /** Loads the rest when it is asked for: a file is shown without a network's code. */
  membership(): Promise<MembershipWorld>;
}
