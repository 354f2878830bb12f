import { describe, expect, it } from "@jest/globals";
import { base64 } from "../../../src/core/bytes.js";
import {
  encodeCheckpointText,
  openCheckpoint,
  parseCheckpointText,
} from "../../../src/core/ledger/checkpoint.js";
import { parseVkey } from "../../../src/core/ledger/vkey.js";
import { expectRefusal, readCases } from "../vector-files.js";

interface Text {
  readonly text: string;
}
interface Signed {
  readonly note: string;
  readonly vkeys: readonly string[];
}

describe("texts", () => {
  type Read = Text & { origin: string; treeSize: number; rootHash: string };
  const { accepted, refused } = readCases<Read, Text>("checkpoint", "texts");

  it.each(accepted)("accepted: $name", ({ text, origin, treeSize, rootHash }) => {
    const checkpoint = parseCheckpointText(text);
    expect({ ...checkpoint, rootHash: base64(checkpoint.rootHash) }).toEqual({ origin, treeSize, rootHash });
    expect(encodeCheckpointText(checkpoint)).toBe(text);
  });

  it.each(refused)("refused: $name", ({ text, code }) => {
    expectRefusal(() => parseCheckpointText(text), code);
  });
});

describe("signed notes", () => {
  const { accepted, refused } = readCases<Signed & { treeSize: number }, Signed>(
    "checkpoint",
    "signed-notes",
  );

  it.each(accepted)("accepted: $name", ({ note, vkeys, treeSize }) => {
    const opened = openCheckpoint(note, vkeys.map(parseVkey));
    expect(opened.treeSize).toBe(treeSize);
    expect(opened.signedBy.map(({ text }) => text)).toEqual(vkeys);
  });

  it.each(refused)("refused: $name", ({ note, vkeys, code }) => {
    expectRefusal(() => openCheckpoint(note, vkeys.map(parseVkey)), code);
  });
});
