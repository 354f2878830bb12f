import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  encodeNote,
  formatSignatureLine,
  parseNote,
  parseSignatureLine,
} from "../../../src/core/ledger/note.js";
import { openNote } from "../../../src/core/ledger/open-note.js";
import { parseVkey } from "../../../src/core/ledger/vkey.js";
import { verifyEd25519 as verifyWithNode } from "../../../src/platform/keys/ed25519.js";
import { expectRefusal, inputBytes, readCases } from "../vector-files.js";

interface NoteCase {
  readonly note?: string;
  readonly hex?: string;
}

describe("parsing", () => {
  const { accepted, refused } = readCases<NoteCase & { text: string; signatures: number }, NoteCase>(
    "note",
    "notes",
  );

  it.each(accepted)("accepted: $name", ({ note, hex, text, signatures }) => {
    const bytes = inputBytes(note, hex);
    const parsed = parseNote(bytes);
    expect(parsed.text).toBe(text);
    expect(parsed.signatures).toHaveLength(signatures);
    const lines = parsed.signatures.map(({ name, keyId, signature }) =>
      formatSignatureLine(name, keyId, signature),
    );
    expect(lines).toEqual(parsed.signatures.map(({ line }) => line));
    expect(inputBytes(encodeNote(parsed.text, lines), undefined)).toEqual(bytes);
  });

  it.each(refused)("refused: $name", ({ note, hex, code }) => {
    // A string may hold what UTF-8 cannot.
    expectRefusal(() => parseNote(note ?? inputBytes(note, hex)), code);
  });

  it("reads back what was written", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("example", "示例/1", "—", "a=b"),
        fc.nat({ max: 0xffff_ffff }),
        fc.uint8Array({ minLength: 1, maxLength: 80 }),
        (name, keyId, signature) => {
          const line = formatSignatureLine(name, keyId, signature);
          expect(parseSignatureLine(line)).toEqual({ name, keyId, signature, line });
        },
      ),
    );
  });
});

describe("opening", () => {
  interface Trusted {
    readonly note: string;
    readonly vkeys: readonly string[];
  }
  const { accepted, refused } = readCases<Trusted & { signedBy: string[] }, Trusted>("note", "signed-notes");
  const VERIFIERS = [undefined, { verifyEd25519: verifyWithNode }];

  it.each(accepted)("accepted: $name", ({ note, vkeys, signedBy }) => {
    for (const verify of VERIFIERS) {
      const signers = openNote(parseNote(note), vkeys.map(parseVkey), verify);
      expect(signers.map(({ text }) => text)).toEqual(signedBy);
    }
  });

  it.each(refused)("refused: $name", ({ note, vkeys, code }) => {
    for (const verify of VERIFIERS)
      expectRefusal(() => openNote(parseNote(note), vkeys.map(parseVkey), verify), code);
  });

  it("tries both of two trusted keys whose name and id are the same", () => {
    const { note, vkeys, signedBy } = accepted[0] as (typeof accepted)[number];
    const key = parseVkey(vkeys[0] as string);
    // Ids are four bytes, so such a pair can be made; which of the two comes first must not matter.
    const collision = { ...key, publicKey: key.publicKey.map((byte) => byte ^ 1), text: "collision" };
    for (const keys of [
      [key, collision],
      [collision, key],
    ])
      expect(openNote(parseNote(note), keys).map(({ text }) => text)).toEqual(signedBy);
    expectRefusal(() => openNote(parseNote(note), [collision]), "signature-invalid");
  });
});
