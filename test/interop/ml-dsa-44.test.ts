/**
 * ML-DSA-44 by others: filippo.io/mldsa with Go's own note package verifies what our nodes and our log sign, and we verify
 * what it signs with our key files. No witness that is published yet signs so (litewitness 0.9.0 knows Ed25519 alone).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { base64, bytesFromBase64 } from "../../src/core/bytes.js";
import { openCheckpoint, parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { emptyRootHash, hashLeaf } from "../../src/core/merkle/hash.js";
import { mlDsa44KeyFromSeed, signMlDsa44 } from "../../src/core/ledger/ml-dsa-44.js";
import { encodeNote, formatSignatureLine, parseNote } from "../../src/core/ledger/note.js";
import { encodeTimestampedSignature, subtreeMessage } from "../../src/core/ledger/timestamped-signature.js";
import { parseVkey, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import { signCheckpoint } from "../../src/notary/ledger/signed-note.js";
import { createSigningKey } from "../../src/platform/keys/keys.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import { cosigner } from "../../src/witness-node/signing/cosign.js";
import { askPeer, describeWith, peers, runPeer } from "./peers.js";

const PEER = "ml-dsa-note";
const ORIGIN = "ledger.example/loans";
const { ed25519, mlDsa44 } = SIGNATURE_TYPE;
const NOW_SECONDS = 1_795_507_200;

describeWith([PEER], "filippo.io/mldsa and we agree on ML-DSA-44", () => {
  const { folder } = peers();
  const keyFile = (name: string) => join(folder, `${name}.key`);
  const put = (name: string, content: string): string => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  const verify = (vkey: string, note: string) => runPeer(PEER, ["verify", vkey, put("note", note)]);
  const logKey = createSigningKey(keyFile("log"), { name: ORIGIN, type: ed25519 });
  const second = createSigningKey(keyFile("second"), { name: ORIGIN, type: mlDsa44 });
  const court = createSigningKey(keyFile("court"), { name: "示例.example/w1", type: mlDsa44 });
  const checkpoint = { origin: ORIGIN, treeSize: 1, rootHash: hashLeaf(new Uint8Array([7])) };
  const signed = signCheckpoint(checkpoint, {
    logSigner: logKey,
    logPostQuantumSigner: second,
    now: () => NOW_SECONDS * 1000,
  });
  const { text } = parseNote(signed);

  it("on our key files", async () => {
    for (const { file, key } of [
      { file: "second", key: second },
      { file: "court", key: court },
    ])
      expect(await askPeer(PEER, ["vkey", keyFile(file)])).toBe(`${key.vkey}\n`);
  });

  it("they verify our log's line, beside an Ed25519 line that they do not know", async () => {
    expect(await verify(second.vkey, signed)).toMatchObject({ exitCode: 0, stdout: `${ORIGIN}\n` });
  });

  it("they verify our node's cosignature, of checkpoints of every kind of size", async () => {
    const cosign = cosigner([court]);
    for (const treeSize of [0, 1, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      const rootHash = treeSize === 0 ? emptyRootHash() : checkpoint.rootHash;
      const sized = signCheckpoint(
        { ...checkpoint, treeSize, rootHash },
        { logSigner: logKey, now: () => 1000 },
      );
      const { text: sizedText } = parseNote(sized);
      const note = encodeNote(sizedText, cosign(sizedText, NOW_SECONDS));
      expect(await verify(court.vkey, note)).toMatchObject({ exitCode: 0 });
    }
  });

  it("they verify core's deterministic signatures", async () => {
    const key = mlDsa44KeyFromSeed(seedOf(keyFile("court")));
    for (let i = 1; i <= 5; i++) {
      const claim = { name: court.name, timeSeconds: NOW_SECONDS + i, checkpoint };
      const signature = signMlDsa44(key, subtreeMessage(claim) ?? new Uint8Array());
      const blob = encodeTimestampedSignature({ timeSeconds: claim.timeSeconds, signature });
      const note = encodeNote(text, [formatSignatureLine(court.name, court.keyId, blob)]);
      expect(await verify(court.vkey, note)).toMatchObject({ exitCode: 0 });
    }
  });

  it("they refuse what we refuse", async () => {
    const [line = ""] = cosigner([court])(text, NOW_SECONDS);
    const [dash = "", name = "", blob = ""] = line.split(" ");
    for (const at of [4, 11, 12, 44, 1000, 2350, 2431]) {
      const bytes = bytesFromBase64(blob);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      const note = encodeNote(text, [[dash, name, base64(bytes)].join(" ")]);
      expect((await verify(court.vkey, note)).exitCode).toBe(1);
      expect(() => openCosignatures(parseNote(note), [parseVkey(court.vkey)], VERIFIERS)).toThrow();
    }
    expect((await verify(court.vkey, encodeNote(text.replace("\n1\n", "\n2\n"), [line]))).exitCode).toBe(1);
    expect((await verify(second.vkey, encodeNote(text, [line]))).exitCode).toBe(1);
  });

  it("we verify what they sign with our key files, as a cosigner and as the log", async () => {
    const file = put("text", text);
    const line = (await askPeer(PEER, ["sign", keyFile("court"), file, String(NOW_SECONDS)])).trimEnd();
    for (const verifiers of [{}, VERIFIERS])
      expect(
        openCosignatures(parseNote(encodeNote(text, [line])), [parseVkey(court.vkey)], verifiers),
      ).toMatchObject([{ timeSeconds: NOW_SECONDS }]);
    const logLine = (await askPeer(PEER, ["sign", keyFile("second"), file, String(NOW_SECONDS)])).trimEnd();
    const opened = openCheckpoint(encodeNote(text, [logLine]), [
      parseVkey(logKey.vkey),
      parseVkey(second.vkey),
    ]);
    expect(opened).toMatchObject(parseCheckpointText(text));
    expect(opened.signedBy.map(({ type }) => type)).toEqual([mlDsa44]);
  });
});

/** The last part of a key file: base64 of a type byte and the seed. */
const seedOf = (file: string): Uint8Array =>
  bytesFromBase64(readFileSync(file, "utf8").trimEnd().split("+").slice(4).join("+")).subarray(1);
