/** Asking a log or another node which checkpoints it shows. What it answers is a stranger's until the log's key has opened it. */
import { Agent } from "undici";
import { ParseError, VerificationError } from "../../core/errors.js";
import { openCheckpoint, type SignedCheckpoint } from "../../core/ledger/checkpoint.js";
import { parseJson } from "../../core/record/json.js";
import { readArray, readString } from "../../core/record/reader.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import { getBounded } from "../../platform/server/http-get.js";
import type { TrustedLog } from "../configuration/logs.js";
import { MAX_NOTE_BYTES, MAX_SEEN_BYTES } from "../configuration/paths.js";

export interface NoteClient {
  /**
   * Fetches the checkpoint under a prefix; undefined where there is none. Throws where it can't be had, or is no
   * checkpoint of the log.
   */
  checkpoint(prefix: string, log: TrustedLog): Promise<SignedCheckpoint | undefined>;
  /** Fetches what a node has seen others show; those that are no checkpoints of the log are left out. */
  seen(prefix: string, log: TrustedLog): Promise<SignedCheckpoint[]>;
  close(): Promise<void>;
}

export interface NoteClientOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export function createNoteClient({ signal, timeoutMs }: NoteClientOptions): NoteClient {
  const agent = new Agent({ connections: 2 });
  const get = (url: string, maxBytes: number) =>
    getBounded(url, {
      maxBytes,
      dispatcher: agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
  return {
    checkpoint: async (prefix, log) => {
      const bytes = await get(`${prefix}/checkpoint`, MAX_NOTE_BYTES);
      return bytes && openNoteOf(log, bytes);
    },
    seen: async (prefix, log) => {
      // Other people's witnesses have no such path.
      const bytes = (await get(`${prefix}/seen`, MAX_SEEN_BYTES)) ?? Buffer.from("[]");
      return readArray(readString)(parseJson(bytes, { numbers: "canonical" }), "").flatMap((note) => {
        try {
          return [openNoteOf(log, note)];
        } catch (error) {
          if (error instanceof ParseError || error instanceof VerificationError) return [];
          throw error;
        }
      });
    },
    close: () => agent.close(),
  };
}

/** Opens a checkpoint of the log. Throws as `openCheckpoint`, and for a checkpoint of another log. */
export function openNoteOf({ origin, vkeys }: TrustedLog, note: string | Uint8Array): SignedCheckpoint {
  const opened = openCheckpoint(note, vkeys, VERIFIERS);
  if (opened.origin !== origin)
    throw new VerificationError("origin-mismatch", "a checkpoint of another log", {
      got: opened.origin,
      want: origin,
    });
  return opened;
}
