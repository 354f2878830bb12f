import { describe, expect, it } from "@jest/globals";
import { base64 } from "../../../src/core/bytes.js";
import { encodeReceiptText, openReceipt, parseReceiptText } from "../../../src/core/evidence/receipt.js";
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
  type Read = Text & Record<"origin" | "id" | "leafHash" | "sealBy", string>;
  const { accepted, refused } = readCases<Read, Text>("receipt", "texts");

  it.each(accepted)("accepted: $name", ({ text, origin, id, leafHash, sealBy }) => {
    const receipt = parseReceiptText(text);
    expect({ ...receipt, leafHash: base64(receipt.leafHash) }).toEqual({ origin, id, leafHash, sealBy });
    expect(encodeReceiptText(receipt)).toBe(text);
  });

  it.each(refused)("refused: $name", ({ text, code }) => {
    expectRefusal(() => parseReceiptText(text), code);
  });
});

describe("signed notes", () => {
  const { accepted, refused } = readCases<Signed & { id: string }, Signed>("receipt", "signed-notes");

  it.each(accepted)("accepted: $name", ({ note, vkeys, id }) => {
    expect(openReceipt(note, vkeys.map(parseVkey)).id).toBe(id);
  });

  it.each(refused)("refused: $name", ({ note, vkeys, code }) => {
    expectRefusal(() => openReceipt(note, vkeys.map(parseVkey)), code);
  });
});
