/**
 * What a key has signed, beside the key: of each log the largest tree, in `<key file>.signed`. It is written before a
 * cosignature leaves, so the memory (witness.db) is never behind it unless it was put back to an older state, or lost. A
 * key that has never signed has no such file.
 *
 *     ledger.example/loans        checkpoints' texts (C2SP tlog-checkpoint), an empty line between two
 *     1234
 *     <base64 of the root>
 */
import { existsSync, readFileSync } from "node:fs";
import { encodeCheckpointText, parseCheckpointText } from "../core/ledger/checkpoint.js";
import { replaceFileDurably } from "../platform/files.js";
import type { TreeHead } from "./tree-head.js";

export interface SignedMarks {
  readonly file: string;
  /** Undefined where nothing of this log was ever signed, as far as is known. */
  of(origin: string): TreeHead | undefined;
  /** Durable on return; a smaller tree than the marked one changes nothing. */
  raise(origin: string, head: TreeHead): void;
}

/** Throws, naming the file, when it can't be read as one: what a key has signed is not to be guessed. */
export function openSignedMarks(keyFile: string): SignedMarks {
  const file = `${keyFile}.signed`;
  const marks = readMarks(file);
  return {
    file,
    of: (origin) => marks.get(origin),
    raise: (origin, { treeSize, rootHash }) => {
      if ((marks.get(origin)?.treeSize ?? 0) >= treeSize) return;
      const raised = new Map(marks).set(origin, { treeSize, rootHash });
      replaceFileDurably(
        file,
        [...raised].map(([name, head]) => encodeCheckpointText({ origin: name, ...head })).join("\n"),
      );
      marks.set(origin, { treeSize, rootHash });
    },
  };
}

function readMarks(file: string): Map<string, TreeHead> {
  if (!existsSync(file)) return new Map();
  try {
    const texts = readFileSync(file, "utf8").split(/(?<=\n)\n/);
    return new Map(
      texts.map((text) => {
        const { origin, treeSize, rootHash } = parseCheckpointText(text);
        return [origin, { treeSize, rootHash }];
      }),
    );
  } catch (error) {
    throw new Error(
      `${file} says what the key has signed, and can't be read: bring it back as it was, or delete it and run move-past`,
      { cause: error },
    );
  }
}
