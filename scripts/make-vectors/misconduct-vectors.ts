/**
 * test/vectors/misconduct/: files of two checkpoints under trust files that lie beside them, with who is convicted, or
 * why nobody is. Two branches of one ledger, entry 3 of which differs.
 */
import { base64, utf8 } from "../../src/core/bytes.js";
import { encodeCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { encodeNote } from "../../src/core/ledger/note.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { emptyRootHash, type Hash, hashLeaf } from "../../src/core/merkle/hash.js";
import { proveConsistency, rootOfLeaves } from "../../src/core/merkle/tree.js";
import {
  consortium,
  cosignedLine,
  cosigners,
  log,
  ORIGIN,
  type Signer,
  signedLine,
  signer,
} from "./sample-world.js";
import { encodeVectorFile, type VectorCase } from "./vector-file.js";

const SIZE = 7;
const FIRST_DIFFERENT = 3;
const TYPE = "cunzheng/misconduct@v1";

interface Branch {
  readonly leaves: readonly Hash[];
}
const branchOf = (name: (n: number) => string): Branch => ({
  leaves: Array.from({ length: SIZE }, (_, n) => hashLeaf(utf8(name(n)))),
});
const main = branchOf((n) => `entry ${n}`);
const fork = branchOf((n) => (n === FIRST_DIFFERENT ? "another entry" : `entry ${n}`));

const rootOf = ({ leaves }: Branch, size: number) => rootOfLeaves(leaves.slice(0, size));
const text = (branch: Branch, treeSize: number, origin = ORIGIN, rootHash = rootOf(branch, treeSize)) =>
  encodeCheckpointText({ origin, treeSize, rootHash });
const byLog = (checkpoint: string) => encodeNote(checkpoint, [signedLine(log, checkpoint)]);
const by = (checkpoint: string, ...signers: readonly Signer[]) =>
  encodeNote(
    checkpoint,
    signers.map((key) =>
      key.vkey.type === SIGNATURE_TYPE.cosignature
        ? cosignedLine(key, checkpoint)
        : signedLine(key, checkpoint),
    ),
  );
const consistency = ({ leaves }: Branch, oldSize: number, newSize: number) => ({
  rootHash: base64(rootOfLeaves(leaves.slice(0, oldSize))),
  path: proveConsistency(leaves.slice(0, newSize), oldSize).path.map((hash) => base64(hash)),
});
const between = (
  small: number,
  large: number,
  sign: (checkpoint: string) => string = byLog,
): Record<string, unknown> => ({
  type: TYPE,
  checkpoints: [sign(text(fork, small)), sign(text(main, large))],
  ...(small < large && { consistency: consistency(main, small, large) }),
});
const hashes = (count: number) => Array.from({ length: count }, () => base64(new Uint8Array(32)));
const flip = (hash: string) => hash.replace(/^./, (first) => (first === "A" ? "B" : "A"));

const { courtEast, bankB, stranger } = cosigners;
const otherLogKey = signer(ORIGIN, SIGNATURE_TYPE.ed25519, 30);
const strangersLog = signer(ORIGIN, SIGNATURE_TYPE.ed25519, 31);
const courtsNewKey = signer(courtEast.vkey.name, SIGNATURE_TYPE.cosignature, 32);

/** By file name. */
const trustFiles = () => {
  const usual = consortium();
  const [court, ...others] = usual.witnesses;
  if (court === undefined) throw new Error("internal: a sample without witnesses");
  return {
    "consortium.json": usual,
    "consortium-two-log-keys.json": {
      ...usual,
      log: { ...usual.log, vkeys: [log.vkey.text, otherLogKey.vkey.text] },
    },
    "consortium-court-came-back.json": {
      ...usual,
      witnesses: [{ ...court, until: 5 }, ...others, { ...court, vkeys: [courtsNewKey.vkey.text], from: 6 }],
    },
    "consortium-node-handed-over.json": {
      ...usual,
      witnesses: [
        { ...court, until: 5 },
        ...others,
        { ...court, organisation: "arbitration", vkeys: [courtsNewKey.vkey.text], from: 5 },
      ],
    },
    "consortium-broken.json": { ...usual, quorum: { ...usual.quorum, total: 0 } },
  };
};
type TrustFileName = keyof ReturnType<typeof trustFiles>;

interface Case {
  readonly name: string;
  readonly file: string | Record<string, unknown>;
  readonly consortium?: TrustFileName;
}

const vector = ({ name, file, consortium: trust = "consortium.json" }: Case, answer: object): VectorCase => ({
  name,
  consortium: trust,
  file: typeof file === "string" ? file : JSON.stringify(file),
  ...answer,
});
const convicts = (convicted: readonly string[], one: Case) => vector(one, { verdict: "verified", convicted });
const refuses = (code: string, one: Case) => vector(one, { verdict: "refused", code });

function accepted(): VectorCase[] {
  const cases: VectorCase[] = [];
  for (let large = FIRST_DIFFERENT + 1; large <= SIZE; large++)
    for (let small = FIRST_DIFFERENT + 1; small <= large; small++)
      cases.push(
        convicts([ORIGIN], {
          name: `two branches, sizes ${small} and ${large}`,
          file: between(small, large),
        }),
      );
  const { type, checkpoints, ...rest } = between(5, 7);
  const empty = text(main, 0, ORIGIN, hashLeaf(utf8("")));
  return [
    ...cases,
    convicts([ORIGIN], {
      name: "an empty tree with a root of its own",
      file: { type: TYPE, checkpoints: [byLog(empty)] },
    }),
    convicts([ORIGIN], {
      name: "white space and order of members are free",
      file: `\n${JSON.stringify({ ...rest, checkpoints, type }, null, 2)}\n`,
    }),
    convicts([ORIGIN], {
      name: "lines of strangers are ignored",
      file: between(5, 7, (each) => by(each, strangersLog, log, stranger)),
    }),
    convicts([ORIGIN], {
      name: "the log with either of its keys",
      consortium: "consortium-two-log-keys.json",
      file: {
        ...between(5, 7),
        checkpoints: [by(text(fork, 5), log), by(text(main, 7), otherLogKey)],
      },
    }),
    convicts([courtEast.vkey.name], {
      name: "a cosigner of both, which the log has not signed",
      file: between(5, 7, (each) => by(each, courtEast)),
    }),
    convicts([courtEast.vkey.name], {
      name: "a cosigner of both; another of one; the log of the other",
      file: {
        ...between(5, 7),
        checkpoints: [by(text(fork, 5), courtEast, bankB), by(text(main, 7), log, courtEast)],
      },
    }),
    convicts([ORIGIN, courtEast.vkey.name, bankB.vkey.name], {
      name: "all who signed both, in the order of the trust file",
      file: between(6, 6, (each) => by(each, bankB, log, courtEast)),
    }),
    convicts([courtEast.vkey.name], {
      name: "a cosigner with an old and a new key, one for each branch, at sizes at which neither counts",
      consortium: "consortium-court-came-back.json",
      file: {
        ...between(5, 5),
        checkpoints: [by(text(fork, 5), courtEast), by(text(main, 5), courtsNewKey)],
      },
    }),
    convicts([courtEast.vkey.name], {
      name: "who signed both with its own key, before it handed the node over",
      consortium: "consortium-node-handed-over.json",
      file: between(5, 5, (each) => by(each, courtEast)),
    }),
  ];
}

function refused(): VectorCase[] {
  const fine = between(5, 7);
  const proof = consistency(main, 5, 7);
  const [small, large] = fine["checkpoints"] as [string, string];
  const one = (checkpoint: string) => ({ type: TYPE, checkpoints: [checkpoint] });
  const whole = JSON.stringify(fine);
  const beforeTheFork = between(FIRST_DIFFERENT, 7);
  const withLines = (count: number) =>
    encodeNote(
      text(fork, 5),
      Array.from({ length: count }, () => signedLine(log, text(fork, 5))),
    );
  return [
    ...Array.from({ length: FIRST_DIFFERENT }, (_, i) => i + 1).map((size) =>
      refuses("not-contradictory", {
        name: `size ${size}: before the branches part`,
        file: between(size, 7),
      }),
    ),
    refuses("nobody-convicted", {
      name: "a node that another organisation runs now, under the same name: each has signed one branch",
      consortium: "consortium-node-handed-over.json",
      file: {
        ...between(5, 5),
        checkpoints: [by(text(fork, 5), courtEast), by(text(main, 5), courtsNewKey)],
      },
    }),
    refuses("not-contradictory", {
      name: "one branch",
      file: { ...fine, checkpoints: [byLog(text(main, 5)), large] },
    }),
    refuses("not-contradictory", {
      name: "one checkpoint twice",
      file: { type: TYPE, checkpoints: [small, small] },
    }),
    refuses("not-contradictory", { name: "none", file: { type: TYPE, checkpoints: [] } }),
    refuses("not-contradictory", { name: "one alone", file: one(small) }),
    refuses("not-contradictory", {
      name: "the empty tree alone, as it is",
      file: one(byLog(text(main, 0, ORIGIN, emptyRootHash()))),
    }),
    refuses("not-contradictory", {
      name: "sixteen",
      file: { ...fine, checkpoints: Array<string>(16).fill(small) },
    }),
    refuses("list-too-long", {
      name: "seventeen",
      file: { ...fine, checkpoints: Array<string>(17).fill("") },
    }),
    refuses("consistency-malformed", {
      name: "a proof of 64 hashes",
      file: { ...fine, consistency: { ...consistency(main, 5, 7), path: hashes(64) } },
    }),
    refuses("list-too-long", {
      name: "a proof of 65 hashes",
      file: { ...fine, consistency: { ...consistency(main, 5, 7), path: hashes(65) } },
    }),
    refuses("not-contradictory", { name: "three", file: { ...fine, checkpoints: [small, large, large] } }),
    refuses("not-contradictory", {
      name: "the larger first",
      file: { ...fine, checkpoints: [large, small] },
    }),
    refuses("not-contradictory", { name: "no proof", file: { type: TYPE, checkpoints: [small, large] } }),
    refuses("not-contradictory", {
      name: "a proof between trees of one size",
      file: { ...between(5, 5), consistency: proof },
    }),
    refuses("not-contradictory", {
      name: "a proof beside one alone",
      file: { ...one(byLog(text(main, 0, ORIGIN, hashLeaf(utf8(""))))), consistency: proof },
    }),
    refuses("consistency-mismatch", {
      name: "the root of the other branch",
      file: { ...fine, consistency: { ...proof, rootHash: consistency(fork, 5, 7).rootHash } },
    }),
    refuses("consistency-mismatch", {
      name: "the proof of the other branch",
      file: { ...fine, consistency: consistency(fork, 5, 7) },
    }),
    refuses("consistency-malformed", {
      name: "the proof of other sizes",
      file: { ...fine, consistency: { ...consistency(main, 6, 7), rootHash: proof.rootHash } },
    }),
    ...proof.path.map((_, at) =>
      refuses("consistency-mismatch", {
        name: `hash ${at} altered`,
        file: {
          ...fine,
          consistency: { ...proof, path: proof.path.map((hash, i) => (i === at ? flip(hash) : hash)) },
        },
      }),
    ),
    refuses("consistency-malformed", {
      name: "a hash too few",
      file: { ...fine, consistency: { ...proof, path: proof.path.slice(1) } },
    }),
    refuses("consistency-malformed", {
      name: "a hash too many",
      file: { ...fine, consistency: { ...proof, path: [...proof.path, proof.rootHash] } },
    }),
    refuses("consistency-malformed", {
      name: "no hash",
      file: { ...fine, consistency: { ...proof, path: [] } },
    }),
    refuses("not-contradictory", {
      name: "a proof from the empty tree",
      file: {
        type: TYPE,
        checkpoints: [byLog(text(main, 0, ORIGIN, hashLeaf(utf8("")))), large],
        consistency: { rootHash: base64(emptyRootHash()), path: [] },
      },
    }),
    refuses("nobody-convicted", {
      name: "signed by strangers",
      file: between(5, 7, (each) => by(each, stranger)),
    }),
    refuses("nobody-convicted", {
      name: "signed by another key of the log's name",
      file: between(5, 7, (each) => by(each, strangersLog)),
    }),
    refuses("nobody-convicted", {
      name: "the log signed one, a cosigner the other",
      file: { ...fine, checkpoints: [by(text(fork, 5), courtEast), by(text(main, 7), log)] },
    }),
    refuses("nobody-convicted", {
      name: "two cosigners, one each",
      file: { ...fine, checkpoints: [by(text(fork, 5), courtEast), by(text(main, 7), bankB)] },
    }),
    refuses("nobody-convicted", {
      name: "the log's other key, which this trust file does not name",
      file: { ...fine, checkpoints: [by(text(fork, 5), log), by(text(main, 7), otherLogKey)] },
    }),
    refuses("origin-mismatch", {
      name: "both of another log",
      file: {
        type: TYPE,
        checkpoints: [fork, main].map((each) => byLog(text(each, 5, "other.example/log"))),
      },
    }),
    refuses("origin-mismatch", {
      name: "one of another log",
      file: { type: TYPE, checkpoints: [byLog(text(fork, 5, "other.example/log")), byLog(text(main, 5))] },
    }),
    refuses("signature-invalid", {
      name: "the log's line of another text",
      file: { ...fine, checkpoints: [encodeNote(text(fork, 5), [signedLine(log, text(main, 5))]), large] },
    }),
    refuses("signature-invalid", {
      name: "a cosigner's line of another text beside the log's",
      file: {
        ...fine,
        checkpoints: [
          encodeNote(text(fork, 5), [signedLine(log, text(fork, 5)), cosignedLine(courtEast, text(main, 5))]),
          large,
        ],
      },
    }),
    refuses("cosignature-time", {
      name: "a cosignature at time 0",
      file: {
        ...fine,
        checkpoints: [
          encodeNote(text(fork, 5), [
            signedLine(log, text(fork, 5)),
            cosignedLine(courtEast, text(fork, 5), 0),
          ]),
          large,
        ],
      },
    }),
    refuses("checkpoint-extension", {
      name: "an extension line",
      file: { ...fine, checkpoints: [byLog(`${text(fork, 5)}more\n`), large] },
    }),
    refuses("checkpoint-malformed", {
      name: "a size with a leading zero",
      file: { ...fine, checkpoints: [byLog(text(fork, 5).replace("\n5\n", "\n05\n")), large] },
    }),
    refuses("note-malformed", {
      name: "a checkpoint without signatures",
      file: { ...fine, checkpoints: [text(fork, 5), large] },
    }),
    refuses("note-signature-malformed", {
      name: "a line that is none",
      file: { ...fine, checkpoints: [`${small}- ${ORIGIN} AAAA\n`, large] },
    }),
    refuses("note-too-many-signatures", {
      name: "101 lines",
      file: { ...fine, checkpoints: [withLines(101), large] },
    }),
    refuses("member-missing", { name: "no type", file: whole.replace(`"type":"${TYPE}",`, "") }),
    refuses("type-unknown", { name: "another version", file: { ...fine, type: "cunzheng/misconduct@v2" } }),
    refuses("member-missing", { name: "no checkpoints", file: { type: TYPE, consistency: proof } }),
    refuses("member-unknown", { name: "a member more", file: { ...fine, note: "" } }),
    refuses("member-unknown", {
      name: "a member more in the proof",
      file: { ...fine, consistency: { ...proof, size: 5 } },
    }),
    refuses("value-type", { name: "a proof of null", file: { ...beforeTheFork, consistency: null } }),
    refuses("value-type", {
      name: "a checkpoint of another type",
      file: { ...fine, checkpoints: [small, 7] },
    }),
    refuses("value-range", {
      name: "a root of 31 bytes",
      file: { ...fine, consistency: { ...proof, rootHash: base64(new Uint8Array(31)) } },
    }),
    refuses("base64-invalid", {
      name: "a root without padding",
      file: { ...fine, consistency: { ...proof, rootHash: proof.rootHash.replace("=", "") } },
    }),
    refuses("json-duplicate-key", { name: "a member twice", file: whole.replace("{", `{"type":"${TYPE}",`) }),
    refuses("json-trailing-bytes", { name: "something after it", file: `${whole}{}` }),
    refuses("json-byte-order-mark", { name: "a byte order mark", file: `\ufeff${whole}` }),
    refuses("json-syntax", { name: "cut off", file: whole.slice(0, -1) }),
    vector(
      { name: "a broken trust file", file: fine, consortium: "consortium-broken.json" },
      { verdict: "incomplete", code: "quorum-invalid" },
    ),
  ];
}

export function misconductVectors(): ReadonlyMap<string, string> {
  const about =
    "Each case: `file` is a misconduct file, `consortium` the trust file beside this one; `convicted` names the log or cosigners in the trust file's order";
  return new Map([
    ["misconduct/cases.json", encodeVectorFile({ about, accepted: accepted(), refused: refused() })],
    ...Object.entries(trustFiles()).map(
      ([name, value]) => [`misconduct/${name}`, `${JSON.stringify(value, null, 2)}\n`] as const,
    ),
  ]);
}
