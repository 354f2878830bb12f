/**
 * The sources of a ledger that a command is given, and the checkpoints that they have. None of them is believed, and none
 * can spoil what another has: one that gives nothing, or what does not prove, is named and left aside.
 */
import { VerificationError } from "../../../core/errors.js";
import { type Checkpoint, parseCheckpointText } from "../../../core/ledger/checkpoint.js";
import { type Note, parseNote } from "../../../core/ledger/note.js";
import { emptyRootHash, type Hash } from "../../../core/merkle/hash.js";
import type { LedgerReader } from "./ledger-reader.js";
import { problemText } from "../../text/problem-text.js";

export interface Source {
  /** The source stands here as it was given. */
  readonly from: string;
  readonly ledger: LedgerReader;
}

/** A candidate is a checkpoint with all signature lines under it, whoever had them. */
export interface Candidate {
  readonly note: Note;
  readonly checkpoint: Checkpoint;
  /** These sources have it. */
  readonly sources: readonly Source[];
}

export interface Beginning {
  readonly rootHash: Hash;
  readonly path: readonly Hash[];
}

export interface Sources {
  /** The candidate of the largest tree is the first. */
  readonly candidates: readonly Candidate[];
  /** Gives the checkpoint as this source alone has it; undefined where it has none of this ledger. */
  noteOf(source: Source): Note | undefined;
  /** Says why a source gave nothing, or nothing that proves; undefined where there was no cause for complaint. */
  problemOf(source: Source): string | undefined;
  /** Gives the entries from the index `first` on, out of whichever source of it proves them. Throws where none does. */
  entries(
    candidate: Candidate,
    first: number,
  ): AsyncGenerator<{ readonly index: number; readonly entry: Uint8Array }>;
  /** Gives what the candidate's tree says of its first `size` entries. Throws where no source of it proves it. */
  beginning(candidate: Candidate, size: number): Promise<Beginning>;
}

/** A source that is slower than this is the last to be asked, while another has the same. */
const SLOW_MS = 5000;

/** Asks all of them at once. `origin` is the ledger's: checkpoints of others are none. */
export async function askSources(
  sources: readonly Source[],
  { origin, monotonicMs }: { readonly origin: string; readonly monotonicMs: () => number },
): Promise<Sources> {
  const problems = new Map<Source, string>();
  const offers = await Promise.all(
    sources.map(async (source) => {
      try {
        const note = parseNote(await source.ledger.checkpoint());
        const checkpoint = parseCheckpointText(note.text);
        if (checkpoint.origin !== origin)
          throw new VerificationError("origin-mismatch", "the checkpoint is of another ledger", {
            got: checkpoint.origin,
            want: origin,
          });
        return [{ source, note, checkpoint }];
      } catch (error) {
        problems.set(source, problemText(error));
        return [];
      }
    }),
  );
  const slow = new Set<Source>();
  /** Gives those that have not failed, the slow ones last. */
  const inOrder = (candidate: Candidate): Source[] =>
    candidate.sources
      .filter((source) => !problems.has(source))
      .sort((a, b) => Number(slow.has(a)) - Number(slow.has(b)));
  const failed = (source: Source, error: unknown): void => void problems.set(source, problemText(error));
  const exhausted = ({ sources: all }: Candidate, last: unknown): unknown =>
    last ?? new Error(all.map((source) => problems.get(source) ?? "").join("; "));

  async function* entries(candidate: Candidate, first: number) {
    let [next, last]: [number, unknown] = [first, undefined];
    for (let [source] = inOrder(candidate); source !== undefined; [source] = inOrder(candidate)) {
      try {
        let askedAt = monotonicMs();
        let isChanged = false;
        for await (const each of source.ledger.entries(candidate.checkpoint, next)) {
          const isSlow = monotonicMs() - askedAt > SLOW_MS;
          next = each.index + 1;
          yield each;
          askedAt = monotonicMs();
          if (!isSlow || slow.has(source)) continue;
          slow.add(source);
          isChanged = inOrder(candidate)[0] !== source;
          if (isChanged) break;
        }
        if (!isChanged) return;
      } catch (error) {
        failed(source, error);
        last = error;
      }
    }
    throw exhausted(candidate, last);
  }

  return {
    candidates: mergeOffers(offers.flat()),
    noteOf: (wanted) => offers.flat().find(({ source }) => source === wanted)?.note,
    problemOf: (source) => problems.get(source),
    entries,
    beginning: async (candidate, size) => {
      if (size === 0) return { rootHash: emptyRootHash(), path: [] };
      let last: unknown;
      for (const source of inOrder(candidate))
        try {
          return await source.ledger.beginning(candidate.checkpoint, size);
        } catch (error) {
          failed(source, error);
          last = error;
        }
      throw exhausted(candidate, last);
    },
  };
}

interface Offer {
  readonly source: Source;
  readonly note: Note;
  readonly checkpoint: Checkpoint;
}

/**
 * Joins what the sources offer: the same checkpoint has other cosignatures at the log and at each mirror, and each line is
 * taken once. The largest tree comes first.
 */
function mergeOffers(offers: readonly Offer[]): Candidate[] {
  const texts = [...new Set(offers.map(({ note }) => note.text))];
  return texts
    .flatMap((text): Candidate[] => {
      const same = offers.filter(({ note }) => note.text === text);
      const [one] = same;
      if (one === undefined) return [];
      const lines = new Map(same.flatMap(({ note }) => note.signatures.map((line) => [line.line, line])));
      return [
        {
          note: { text, signatures: [...lines.values()] },
          checkpoint: one.checkpoint,
          sources: same.map(({ source }) => source),
        },
      ];
    })
    .sort((a, b) => b.checkpoint.treeSize - a.checkpoint.treeSize);
}
