/** Misconduct files: every pair of sizes of two branches convicts, and nothing else does. */
import { describe, expect, it } from "@jest/globals";
import { base64, bytesFromHex, utf8 } from "../../../src/core/bytes.js";
import { encodeMisconduct, type Misconduct } from "../../../src/core/evidence/misconduct.js";
import { publicKeyFromSeed, signEd25519 } from "../../../src/core/ledger/ed25519.js";
import { formatSignatureLine } from "../../../src/core/ledger/note.js";
import { encodeTimestampedSignature } from "../../../src/core/ledger/timestamped-signature.js";
import { formatVkey, parseVkey, SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";
import { emptyRootHash, hashLeaf } from "../../../src/core/merkle/hash.js";
import { proveConsistency, rootOfLeaves } from "../../../src/core/merkle/tree.js";
import { verifyMisconduct } from "../../../src/core/verify/verify-misconduct.js";
import { cosignatureMessage } from "../../../src/core/witness/cosignature.js";
import { createTestLog, type TestLog } from "../../witness-node/test-log.js";

const SIZE = 12;
const log = createTestLog({ size: SIZE });
const fork = log.withEntry(3, "another entry");
const cosigner = (name: string, byte: number) => {
  const seed = new Uint8Array(32).fill(byte);
  const vkey = formatVkey({ name, type: SIGNATURE_TYPE.cosignature, publicKey: publicKeyFromSeed(seed) });
  const cosign = (text: string, timeSeconds: number) =>
    formatSignatureLine(
      name,
      parseVkey(vkey).keyId,
      encodeTimestampedSignature({
        timeSeconds,
        signature: signEd25519(seed, cosignatureMessage(timeSeconds, text)),
      }),
    );
  return { name, vkey, cosign };
};
const court = cosigner("court.example/witness", 7);
const bank = cosigner("bank.example/mirror", 8);

const trustFile = (...vkeys: readonly string[]) =>
  utf8(
    JSON.stringify({
      type: "cunzheng/consortium@v1",
      log: {
        origin: log.origin,
        organisation: "example-notary",
        vkeys: vkeys.length > 0 ? vkeys : [log.vkey],
        url: "https://n.example",
      },
      receipts: {
        vkeys: [
          formatVkey({
            name: "receipts.example",
            type: SIGNATURE_TYPE.ed25519,
            publicKey: publicKeyFromSeed(new Uint8Array(32).fill(9)),
          }),
        ],
      },
      organisations: ["notary", "court", "bank"].map((role) => ({
        id: `example-${role}`,
        role,
        name: { zh: `示例${role}`, en: `Example ${role}` },
        creditCode: `EXAMPLE-${role}`,
      })),
      witnesses: [
        { ...court, kind: "witness", organisation: "example-court" },
        { ...bank, kind: "mirror", organisation: "example-bank" },
      ].map(({ name, vkey: key, kind, organisation }) => ({
        name,
        kind,
        vkeys: [key],
        organisation,
        url: `https://${organisation}.example`,
      })),
      quorum: { total: 1, roles: {} },
      timestampAuthorities: [],
      certificateAuthorities: [],
    }),
  );

const verify = (misconduct: object, consortium = trustFile()) =>
  verifyMisconduct({ misconduct: encodeMisconduct(misconduct as Misconduct), consortium });

const leaves = (of: TestLog, size: number) => of.entries.slice(0, size).map(hashLeaf);
const consistency = (of: TestLog, oldSize: number, newSize: number) => ({
  rootHash: base64(rootOfLeaves(leaves(of, oldSize))),
  path: proveConsistency(leaves(of, newSize), oldSize).path.map((hash) => base64(hash)),
});
const type = "cunzheng/misconduct@v1";
const between = (small: number, large: number): Misconduct => ({
  type,
  checkpoints: [fork.checkpoint(small), log.checkpoint(large)],
  ...(small < large && { consistency: consistency(log, small, large) }),
});
const refusedAs = (code: string) => ({ verdict: "refused", problem: { code }, convicted: [] });

describe("two branches", () => {
  it("convict the log whatever their sizes, from the entry on in which they differ", () => {
    for (let large = 1; large <= SIZE; large++)
      for (let small = 1; small <= large; small++) {
        const { verdict, convicted, problem } = verify(between(small, large));
        if (small <= 3) expect([small, large, verdict]).toEqual([small, large, "refused"]);
        else
          expect({ small, large, verdict, problem, names: convicted.map(({ kind }) => kind) }).toEqual({
            small,
            large,
            verdict: "verified",
            problem: undefined,
            names: ["log"],
          });
      }
  });

  it("convict a log by the ML-DSA-44 signatures of its checkpoints, and by one of each key", () => {
    const bySecond = (of: TestLog, size: number) =>
      of.checkpoint(size, { lines: [of.signSecond(of.text(size))] });
    const checkpoints = [bySecond(fork, 5), bySecond(log, 9)];
    const file = { type, checkpoints, consistency: consistency(log, 5, 9) };
    expect(verify(file, trustFile(log.secondVkey))).toMatchObject({
      verdict: "verified",
      convicted: [{ kind: "log" }],
    });
    // Who knows the Ed25519 key alone can't tell.
    expect(verify(file)).toMatchObject(refusedAs("nobody-convicted"));
    const mixed = { ...file, checkpoints: [fork.checkpoint(5), bySecond(log, 9)] };
    expect(verify(mixed)).toMatchObject(refusedAs("nobody-convicted"));
    expect(verify(mixed, trustFile(log.vkey, log.secondVkey))).toMatchObject({ verdict: "verified" });
  });

  it("convict a cosigner of both, and nobody who signed one", () => {
    const text = [fork.text(5), log.text(9)] as const;
    const both = text.map((each, i) => court.cosign(each, 1000 + i));
    const checkpoints = [
      fork.checkpoint(5, { lines: [both[0] as string, bank.cosign(text[0], 1)] }),
      log.checkpoint(9, { lines: [log.sign(text[1]), both[1] as string] }),
    ];
    const report = verify({ type, checkpoints, consistency: consistency(log, 5, 9) });
    expect(report).toMatchObject({
      verdict: "verified",
      convicted: [{ kind: "witness", name: court.name, organisation: "example-court" }],
    });
  });
});

it("an empty tree with a root of its own convicts alone", () => {
  const alone = (root: Uint8Array) => ({ type, checkpoints: [log.checkpoint(0, { root })] });
  expect(verify(alone(hashLeaf(utf8(""))))).toMatchObject({
    verdict: "verified",
    convicted: [{ kind: "log" }],
  });
  expect(verify(alone(emptyRootHash()))).toMatchObject(refusedAs("not-contradictory"));
});

describe("what proves nothing", () => {
  const stranger = createTestLog({ size: SIZE, seed: 10 });
  const other = createTestLog({ size: SIZE, origin: "other.example/log" });
  const fine = between(5, 9);
  const proof = fine.consistency as NonNullable<Misconduct["consistency"]>;
  const flip = (text: string) => text.replace(/^./, (first) => (first === "A" ? "B" : "A"));
  const cases: readonly (readonly [string, object, string])[] = [
    [
      "the same checkpoint twice",
      { type, checkpoints: [log.checkpoint(5), log.checkpoint(5)] },
      "not-contradictory",
    ],
    [
      "two checkpoints of one branch",
      { type, checkpoints: [log.checkpoint(5), log.checkpoint(9)], consistency: consistency(log, 5, 9) },
      "not-contradictory",
    ],
    ["one checkpoint", { type, checkpoints: [log.checkpoint(5)] }, "not-contradictory"],
    ["none", { type, checkpoints: [] }, "not-contradictory"],
    ["three", { type, checkpoints: [1, 2, 3].map((n) => fork.checkpoint(n)) }, "not-contradictory"],
    ["the larger first", { ...fine, checkpoints: [...fine.checkpoints].reverse() }, "not-contradictory"],
    ["no proof between two sizes", { type, checkpoints: fine.checkpoints }, "not-contradictory"],
    ["a proof between one size", { ...between(5, 5), consistency: proof }, "not-contradictory"],
    [
      "a proof beside one checkpoint",
      { type, checkpoints: [log.checkpoint(0, { root: hashLeaf(utf8("")) })], consistency: proof },
      "not-contradictory",
    ],
    [
      "another root in the proof",
      { ...fine, consistency: { ...proof, rootHash: flip(proof.rootHash) } },
      "consistency-mismatch",
    ],
    [
      "the proof of the other branch",
      { ...fine, consistency: consistency(fork, 5, 9) },
      "consistency-mismatch",
    ],
    [
      "a hash altered",
      {
        ...fine,
        consistency: { ...proof, path: proof.path.map((hash, i) => (i === 1 ? flip(hash) : hash)) },
      },
      "consistency-mismatch",
    ],
    [
      "a hash too few",
      { ...fine, consistency: { ...proof, path: proof.path.slice(1) } },
      "consistency-malformed",
    ],
    [
      "a hash too many",
      { ...fine, consistency: { ...proof, path: [...proof.path, proof.rootHash] } },
      "consistency-malformed",
    ],
    [
      "checkpoints of a stranger's key",
      {
        ...fine,
        checkpoints: [stranger.checkpoint(5, { root: rootOfLeaves(leaves(fork, 5)) }), log.checkpoint(9)],
      },
      "nobody-convicted",
    ],
    [
      "a branch that nobody signed",
      {
        ...fine,
        checkpoints: [fork.checkpoint(5, { lines: [bank.cosign(fork.text(5), 1)] }), log.checkpoint(9)],
      },
      "nobody-convicted",
    ],
    [
      "a signature of another text",
      { ...fine, checkpoints: [fork.checkpoint(5, { lines: [log.sign(log.text(5))] }), log.checkpoint(9)] },
      "signature-invalid",
    ],
    ["another log", { ...fine, checkpoints: [other.checkpoint(5), log.checkpoint(9)] }, "origin-mismatch"],
    ["no note", { ...fine, checkpoints: ["", log.checkpoint(9)] }, "note-malformed"],
    ["an unknown member", { ...fine, why: "" }, "member-unknown"],
    ["a missing member", { type }, "member-missing"],
    ["another type", { ...fine, type: "cunzheng/misconduct@v2" }, "type-unknown"],
  ];
  it.each(cases)("%s", (_what, misconduct, code) => {
    expect(verify(misconduct)).toMatchObject(refusedAs(code));
  });

  it("under a trust file with another key", () => {
    expect(verify(fine, trustFile(stranger.vkey)).verdict).toBe("refused");
    expect(verify(fine, bytesFromHex("7b7d"))).toMatchObject({
      verdict: "incomplete",
      problem: { code: "member-missing" },
    });
  });
});
