/** The other organisations' nodes: what they are asked, and what they answer. */
import type { AddCheckpointRequest } from "../../core/witness/add-checkpoint.js";
import type { AddEntriesHeader, EntryPackage } from "../../core/witness/add-entries.js";
import type { MirrorInfo } from "../../core/witness/mirror-info.js";

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
