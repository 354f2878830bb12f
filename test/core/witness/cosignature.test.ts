import { describe, expect, it } from "@jest/globals";
import { bytesFromHex, hex, utf8 } from "../../../src/core/bytes.js";
import { parseNote } from "../../../src/core/ledger/note.js";
import {
  encodeTimestampedSignature,
  parseTimestampedSignature,
} from "../../../src/core/ledger/timestamped-signature.js";
import type { SignatureAlgorithm } from "../../../src/core/ledger/verifiers.js";
import { parseVkey } from "../../../src/core/ledger/vkey.js";
import { cosignatureMessage, openCosignatures } from "../../../src/core/witness/cosignature.js";
import { VERIFIERS as BY_NODE } from "../../../src/platform/keys/verifiers.js";
import { expectRefusal, readCases } from "../vector-files.js";

interface Blob {
  readonly blob: string;
  /** Absent: Ed25519. */
  readonly algorithm?: SignatureAlgorithm;
}
interface Cosigned {
  readonly note: string;
  readonly vkeys: readonly string[];
}

it("the signed message is the specification's, byte for byte", () => {
  const text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  expect(cosignatureMessage(1_679_315_147, text)).toEqual(utf8(`cosignature/v1\ntime 1679315147\n${text}`));
});

describe("blobs", () => {
  const { accepted, refused } = readCases<Blob & { timeSeconds: number }, Blob>("cosignature", "blobs");

  it.each(accepted)("accepted: $name", ({ blob, algorithm = "ed25519", timeSeconds }) => {
    const parsed = parseTimestampedSignature(bytesFromHex(blob), [algorithm]);
    expect(parsed.algorithm).toBe(algorithm);
    expect(parsed.timeSeconds).toBe(timeSeconds);
    expect(hex(encodeTimestampedSignature(parsed))).toBe(blob);
  });

  it.each(refused)("refused: $name", ({ blob, algorithm = "ed25519", code }) => {
    expectRefusal(() => parseTimestampedSignature(bytesFromHex(blob), [algorithm]), code);
  });
});

describe("cosigned checkpoints", () => {
  type Opened = Cosigned & { cosignatures: { name: string; timeSeconds: number }[] };
  const { accepted, refused } = readCases<Opened, Cosigned>("cosignature", "signed-notes");
  const VERIFIERS = [undefined, BY_NODE];

  it.each(accepted)("accepted: $name", ({ note, vkeys, cosignatures }) => {
    for (const verify of VERIFIERS) {
      const opened = openCosignatures(parseNote(note), vkeys.map(parseVkey), verify);
      expect(opened.map(({ vkey, timeSeconds }) => ({ name: vkey.name, timeSeconds }))).toEqual(cosignatures);
      for (const { line } of opened) expect(note).toContain(`\n${line}\n`);
    }
  });

  it.each(refused)("refused: $name", ({ note, vkeys, code }) => {
    for (const verify of VERIFIERS)
      expectRefusal(() => openCosignatures(parseNote(note), vkeys.map(parseVkey), verify), code);
  });
});
