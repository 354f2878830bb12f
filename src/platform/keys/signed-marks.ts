/**
 * What a key has signed, beside the key: of each log the largest tree, in `<key file>.signed`. It is written before a
 * signature leaves, so the memory of whoever signs (a node's witness.db, a notary's notary.db) is never behind it unless
 * it was put back to an older state, or lost. A key that has never signed has no such file.
 *
 *     ledger.example/loans        checkpoints' texts (C2SP tlog-checkpoint), an empty line after each;
 *     1234                        of one log the largest counts
 *     <base64 of the root>
 *
 * Crash story: a mark is appended and synced, which costs one write to the disk. A crash within it leaves half of a text
 * without an empty line after it, which was promised to nobody and is left out; at its opening, and when it has grown
 * long, the file is written anew with one text a log.
 */
import { closeSync, fdatasyncSync, lstatSync, openSync, readFileSync, writeSync } from "node:fs";
import { type Checkpoint, encodeCheckpointText, parseCheckpointText } from "../../core/ledger/checkpoint.js";
import { replaceFileDurably } from "../files/files.js";
import { PRIVATE_FILE, refuseSharedMark } from "../files/owner-alone.js";

type TreeHead = Pick<Checkpoint, "treeSize" | "rootHash">;

export interface SignedMarks {
  readonly file: string;
  /** Undefined where nothing of this log was ever signed, as far as is known. */
  of(origin: string): TreeHead | undefined;
  /** Durable on return; a smaller tree than the marked one changes nothing. */
  raise(origin: string, head: TreeHead): void;
  /** Durable on return, whatever was marked before: for whoever has proved that the larger one never left. */
  replace(origin: string, head: TreeHead): void;
  close(): void;
}

const LONG_BYTES = 1024 * 1024;

/**
 * Throws, naming the file, when it can't be read as one, or others could have written it: what a key has signed is not to
 * be guessed. `remedy` says what its owner can do then.
 */
export function openSignedMarks(keyFile: string, remedy: string): SignedMarks {
  const file = `${keyFile}.signed`;
  const marks = new Map<string, TreeHead>();
  /** Open for appending while the file is whole. */
  let descriptor: number | undefined;
  let length = 0;

  const close = () => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  function rewrite(): void {
    close();
    const text = [...marks].map(([origin, head]) => encodeMark(origin, head)).join("");
    replaceFileDurably(file, text);
    length = text.length;
    descriptor = openSync(file, "a", PRIVATE_FILE);
  }
  function append(text: string): void {
    if (descriptor === undefined || length > LONG_BYTES) {
      rewrite();
      return;
    }
    try {
      writeSync(descriptor, text);
      fdatasyncSync(descriptor);
      length += text.length;
    } catch (error) {
      // Half of it may be there: the next one writes the file anew.
      close();
      throw error;
    }
  }

  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
    refuseSharedMark(file);
    for (const [origin, head] of readMarks(file, remedy))
      if ((marks.get(origin)?.treeSize ?? -1) < head.treeSize) marks.set(origin, head);
    rewrite();
  }
  return {
    file,
    close,
    of: (origin) => marks.get(origin),
    raise: (origin, { treeSize, rootHash }) => {
      const before = marks.get(origin);
      if ((before?.treeSize ?? 0) >= treeSize) return;
      marks.set(origin, { treeSize, rootHash });
      try {
        append(encodeMark(origin, { treeSize, rootHash }));
      } catch (error) {
        // What is not on disk is not marked.
        if (before) marks.set(origin, before);
        else marks.delete(origin);
        throw error;
      }
    },
    replace: (origin, { treeSize, rootHash }) => {
      marks.set(origin, { treeSize, rootHash });
      rewrite();
    },
  };
}

const encodeMark = (origin: string, head: TreeHead): string =>
  `${encodeCheckpointText({ origin, ...head })}\n`;

function readMarks(file: string, remedy: string): (readonly [string, TreeHead])[] {
  try {
    const texts = readFileSync(file, "utf8").split("\n\n");
    // After the last empty line stands nothing, or what a crash has left.
    texts.pop();
    if (texts.length === 0) throw new Error("no checkpoint in it");
    return texts.map((text) => {
      const { origin, treeSize, rootHash } = parseCheckpointText(`${text}\n`);
      return [origin, { treeSize, rootHash }];
    });
  } catch (error) {
    throw new Error(
      `${file} says what the key has signed, and can't be read: bring it back as it was, or ${remedy}`,
      { cause: error },
    );
  }
}
