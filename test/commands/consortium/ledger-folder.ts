/** A ledger's files in a folder, as a web server or a mirror keeps them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  cosignedLine,
  log as usualLog,
  ORIGIN,
  type Signer,
  signedLine,
} from "../../../scripts/make-vectors/sample-world.js";
import { utf8 } from "../../../src/core/bytes.js";
import { encodeCheckpointText } from "../../../src/core/ledger/checkpoint.js";
import { encodeEntryBundle } from "../../../src/core/ledger/entry-bundle.js";
import { edgeOfTree, growTiles } from "../../../src/core/ledger/grow-tiles.js";
import { encodeNote } from "../../../src/core/ledger/note.js";
import { entriesPath, tilePath } from "../../../src/core/ledger/tile.js";
import { hashLeaf } from "../../../src/core/merkle/hash.js";

export interface LedgerFiles {
  readonly entries: readonly string[];
  readonly cosigners: readonly Signer[];
  readonly log?: Signer;
  /** Signature lines beside those of `log` and `cosigners`, made of the checkpoint's text. */
  readonly moreLines?: (text: string) => readonly string[];
}

/** Into `folder`, which is the result. */
export function writeLedger(
  folder: string,
  { entries, cosigners, log = usualLog, moreLines = () => [] }: LedgerFiles,
): string {
  const contents = entries.map(utf8);
  const { rootHash, tiles } = growTiles(
    0,
    edgeOfTree(0).map(() => new Uint8Array()),
    contents.map(hashLeaf),
  );
  const write = (path: string, bytes: Uint8Array | string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };
  for (const { level, index, bytes } of tiles)
    write(tilePath({ level, index, width: bytes.length / 32 }), bytes);
  for (let index = 0; index * 256 < contents.length; index++) {
    const bundle = contents.slice(256 * index, 256 * (index + 1));
    write(entriesPath({ index, width: bundle.length }), encodeEntryBundle(bundle));
  }
  const text = encodeCheckpointText({ origin: ORIGIN, treeSize: contents.length, rootHash });
  const lines = [
    signedLine(log, text),
    ...cosigners.map((each) => cosignedLine(each, text)),
    ...moreLines(text),
  ];
  write("checkpoint", encodeNote(text, lines));
  return folder;
}
