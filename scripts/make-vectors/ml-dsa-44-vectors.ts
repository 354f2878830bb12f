/**
 * Cases of ML-DSA-44: signatures, and signature lines of type 0x06 by a log and by cosigners. Each refused one is a valid
 * one with one thing changed; codes are written by hand from the specifications.
 */
import { base64, bytesFromBase64, concatBytes, hex, uint64, utf8 } from "../../src/core/bytes.js";
import { type Checkpoint, parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { ML_DSA_44, mlDsa44KeyFromSeed, signMlDsa44 } from "../../src/core/ledger/ml-dsa-44.js";
import { encodeNote, formatSignatureLine } from "../../src/core/ledger/note.js";
import { encodeTimestampedSignature, subtreeMessage } from "../../src/core/ledger/timestamped-signature.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { cosignedLine, signedLine, type Signer, signer, subtreeLine } from "./sample-world.js";
import type { VectorFiles } from "./vector-file.js";

const { ed25519, cosignature, mlDsa44 } = SIGNATURE_TYPE;
const ORIGIN = "ledger.example/loans";
const TEXT = `${ORIGIN}\n3\n${base64(new Uint8Array(32).fill(0xfb))}\n`;
const CHECKPOINT = parseCheckpointText(TEXT);
const T = 1_795_507_200;

const log = signer(ORIGIN, ed25519, 1);
const logMlDsa = signer(ORIGIN, mlDsa44, 7);
const court = signer("court.example/witness", cosignature, 4);
const courtMlDsa = signer("court.example/witness", mlDsa44, 8);
const bankMlDsa = signer("bank.example/witness", mlDsa44, 9);

/** Turns one bit of the blob after the key id. */
const flipped = (line: string, byte: number): string => {
  const [dash = "", name = "", blob = ""] = line.split(" ");
  const bytes = bytesFromBase64(blob);
  bytes[4 + byte] = (bytes[4 + byte] ?? 0) ^ 1;
  return [dash, name, base64(bytes)].join(" ");
};
const resized = (line: string, length: number): string => {
  const [dash = "", name = "", blob = ""] = line.split(" ");
  const bytes = new Uint8Array(4 + length);
  bytes.set(bytesFromBase64(blob).subarray(0, bytes.length));
  return [dash, name, base64(bytes)].join(" ");
};
/** The line of `key` with whatever message signed. */
const signing = ({ vkey, sign }: Signer, message: Uint8Array, timeSeconds = T): string =>
  formatSignatureLine(
    vkey.name,
    vkey.keyId,
    encodeTimestampedSignature({ timeSeconds, signature: sign(message) }),
  );
const messageOf = (name: string, timeSeconds = T, checkpoint: Checkpoint = CHECKPOINT): Uint8Array =>
  subtreeMessage({ name, timeSeconds, checkpoint }) ?? new Uint8Array();
/** The signed message with the bytes from `at` on replaced. */
const edited = (message: Uint8Array, at: number, bytes: Uint8Array): Uint8Array => {
  const copy = message.slice();
  copy.set(bytes, at);
  return copy;
};
const altered = (change: Partial<Checkpoint>): Uint8Array =>
  messageOf(courtMlDsa.vkey.name, T, { ...CHECKPOINT, ...change });

const courtLine = subtreeLine(courtMlDsa, TEXT, T);
const bankLine = subtreeLine(bankMlDsa, TEXT, T + 2);
const logLine = subtreeLine(logMlDsa, TEXT, T);
const courtMessage = messageOf(courtMlDsa.vkey.name);
/** Where `start` stands in the message: after label, two names with their lengths, and the time. */
const START = 12 + 1 + utf8(courtMlDsa.vkey.name).length + 8 + 1 + utf8(ORIGIN).length;

const texts = (keys: readonly Signer[]) => keys.map(({ vkey }) => vkey.text);
const opened = (
  name: string,
  lines: readonly string[],
  keys: readonly Signer[],
  cosigners: readonly (readonly [Signer, number])[],
) => ({
  name,
  note: encodeNote(TEXT, lines),
  vkeys: texts(keys),
  cosignatures: cosigners.map(([{ vkey }, timeSeconds]) => ({ name: vkey.name, timeSeconds })),
});
const refused = (
  name: string,
  lines: readonly string[],
  keys: readonly Signer[],
  code = "signature-invalid",
) => ({ name, note: encodeNote(TEXT, lines), vkeys: texts(keys), code });

/** What is refused of whoever's line it is; `key` is its own. */
const badLines = (line: string, key: Signer, name: string) => [
  refused("a bit of the challenge flipped", [flipped(line, 8)], [key]),
  refused("a bit of the response flipped", [flipped(line, 8 + 1000)], [key]),
  refused("a bit of the hint flipped", [flipped(line, 8 + 2419)], [key]),
  refused("a bit of the time flipped", [flipped(line, 7)], [key]),
  refused("a good line and a bad one", [line, flipped(line, 8)], [key]),
  refused("an empty signature", [resized(line, 8)], [key], "cosignature-malformed"),
  refused("a byte short", [resized(line, 2427)], [key], "cosignature-malformed"),
  refused("a byte long", [resized(line, 2429)], [key], "cosignature-malformed"),
  refused("of an Ed25519 cosignature's length", [resized(line, 72)], [key], "cosignature-malformed"),
  refused("of an Ed25519 signature's length", [resized(line, 64)], [key], "cosignature-malformed"),
  refused("without its time", [resized(line, 2420)], [key], "cosignature-malformed"),
  refused("time 0, well signed", [signing(key, messageOf(name, 0), 0)], [key], "cosignature-time"),
  refused(
    "the year 10000, well signed",
    [signing(key, messageOf(name, 253_402_300_800), 253_402_300_800)],
    [key],
    "cosignature-time",
  ),
  refused("another time than the signed one", [signing(key, messageOf(name, T + 1))], [key]),
  refused("the text signed as by Ed25519", [signing(key, utf8(`cosignature/v1\ntime ${T}\n${TEXT}`))], [key]),
  refused("the text signed without a time", [signing(key, utf8(TEXT))], [key]),
  refused("another's name signed", [signing(key, messageOf("stranger.example"))], [key]),
];

const cosignatures = {
  about:
    "Checkpoints with cosignatures of type 0x06 (ML-DSA-44) and the cosigners' keys: `cosignatures` are those of known keys, in the note's order.",
  accepted: [
    opened("one cosigner", [signedLine(log, TEXT), courtLine], [courtMlDsa], [[courtMlDsa, T]]),
    opened(
      "two cosigners",
      [courtLine, bankLine],
      [bankMlDsa, courtMlDsa],
      [
        [courtMlDsa, T],
        [bankMlDsa, T + 2],
      ],
    ),
    opened(
      "one cosigner with both its keys",
      [cosignedLine(court, TEXT, T), courtLine],
      [court, courtMlDsa],
      [
        [court, T],
        [courtMlDsa, T],
      ],
    ),
    opened(
      "only the Ed25519 key is known: the other's line is not looked at",
      [cosignedLine(court, TEXT, T), flipped(courtLine, 8)],
      [court],
      [[court, T]],
    ),
    opened(
      "only the ML-DSA-44 key is known",
      [flipped(cosignedLine(court, TEXT, T), 8), courtLine],
      [courtMlDsa],
      [[courtMlDsa, T]],
    ),
    opened(
      "the last second of 9999",
      [subtreeLine(courtMlDsa, TEXT, 253_402_300_799)],
      [courtMlDsa],
      [[courtMlDsa, 253_402_300_799]],
    ),
    opened("of an unknown key", [courtLine], [bankMlDsa], []),
    opened(
      "the log's own line is no cosignature of another name",
      [logLine, courtLine],
      [courtMlDsa],
      [[courtMlDsa, T]],
    ),
  ],
  refused: [
    ...badLines(courtLine, courtMlDsa, courtMlDsa.vkey.name),
    refused("one good cosigner, one bad", [courtLine, flipped(bankLine, 9)], [courtMlDsa, bankMlDsa]),
    refused(
      "the Ed25519 line good, the ML-DSA-44 line bad",
      [cosignedLine(court, TEXT, T), flipped(courtLine, 8)],
      [court, courtMlDsa],
    ),
    refused(
      "the Ed25519 line bad, the ML-DSA-44 line good",
      [flipped(cosignedLine(court, TEXT, T), 9), courtLine],
      [court, courtMlDsa],
    ),
    refused("another size signed", [signing(courtMlDsa, altered({ treeSize: 4 }))], [courtMlDsa]),
    refused(
      "another origin signed",
      [signing(courtMlDsa, altered({ origin: "ledger.example/other" }))],
      [courtMlDsa],
    ),
    refused(
      "another root signed",
      [signing(courtMlDsa, edited(courtMessage, courtMessage.length - 1, Uint8Array.of(0)))],
      [courtMlDsa],
    ),
    refused(
      "a subtree that does not start at the first leaf",
      [signing(courtMlDsa, edited(courtMessage, START, uint64(1)))],
      [courtMlDsa],
    ),
    refused(
      "another label",
      [signing(courtMlDsa, edited(courtMessage, 0, utf8("subtree/v2\n\0")))],
      [courtMlDsa],
    ),
    refused(
      "the label without its zero byte",
      [signing(courtMlDsa, concatBytes(utf8("subtree/v1\n"), courtMessage.subarray(12)))],
      [courtMlDsa],
    ),
    refused(
      "a byte after the message",
      [signing(courtMlDsa, concatBytes(courtMessage, Uint8Array.of(0)))],
      [courtMlDsa],
    ),
    refused(
      "another cosigner's signature under this name and id",
      [
        formatSignatureLine(
          courtMlDsa.vkey.name,
          courtMlDsa.vkey.keyId,
          encodeTimestampedSignature({ timeSeconds: T, signature: bankMlDsa.sign(courtMessage) }),
        ),
      ],
      [courtMlDsa, bankMlDsa],
    ),
    {
      name: "well signed, with an extension line",
      note: encodeNote(`${TEXT}more\n`, [courtLine]),
      vkeys: texts([courtMlDsa]),
      code: "checkpoint-extension",
    },
  ],
};

const signedBy = (name: string, lines: readonly string[], keys: readonly Signer[]) => ({
  name,
  note: encodeNote(TEXT, lines),
  vkeys: texts(keys),
  treeSize: 3,
});

const checkpoints = {
  about:
    "Checkpoints with the log's keys of both types, 0x01 and 0x06: any suffices, each that is there must verify.",
  accepted: [
    signedBy("by both keys", [signedLine(log, TEXT), logLine], [log, logMlDsa]),
    signedBy("by the ML-DSA-44 key alone", [logLine], [logMlDsa]),
    signedBy("only the Ed25519 key is trusted", [signedLine(log, TEXT), flipped(logLine, 8)], [log]),
    signedBy("only the ML-DSA-44 key is trusted", [flipped(signedLine(log, TEXT), 8), logLine], [logMlDsa]),
  ],
  refused: [
    ...badLines(logLine, logMlDsa, ORIGIN),
    refused(
      "the Ed25519 line good, the other bad",
      [signedLine(log, TEXT), flipped(logLine, 8)],
      [log, logMlDsa],
    ),
    refused(
      "the Ed25519 line bad, the other good",
      [flipped(signedLine(log, TEXT), 8), logLine],
      [log, logMlDsa],
    ),
    refused("a cosigner's line only", [courtLine], [logMlDsa], "signature-missing"),
    refused("a cosigner's key, and not the log's", [logLine], [court], "signature-missing"),
  ],
};

const BLOB = "ab".repeat(ML_DSA_44.signatureBytes);
const blob = (name: string, time: string, code?: string) => ({
  name,
  algorithm: "ml-dsa-44",
  blob: `${time}${BLOB}`,
  ...(code === undefined ? { timeSeconds: Number.parseInt(time, 16) } : { code }),
});
const blobs = {
  about: "As blobs.json, with an ML-DSA-44 signature of 2420 bytes.",
  accepted: [
    blob("a time of 2026", hex(uint64(T))),
    blob("the first second", hex(uint64(1))),
    blob("the last second of 9999", hex(uint64(253_402_300_799))),
  ],
  refused: [
    blob("no time", hex(uint64(0)), "cosignature-time"),
    blob("the year 10000", hex(uint64(253_402_300_800)), "cosignature-time"),
    blob("2^53 + 1", "0020000000000001", "cosignature-time"),
    blob("2^64 - 1", "ffffffffffffffff", "cosignature-time"),
    blob("a byte short", hex(uint64(5)).slice(2), "cosignature-malformed"),
    blob("a byte long", `${hex(uint64(5))}00`, "cosignature-malformed"),
    blob("a plain signature", "", "cosignature-malformed"),
    {
      name: "of Ed25519's length",
      algorithm: "ml-dsa-44",
      blob: "01".repeat(72),
      code: "cosignature-malformed",
    },
    { name: "empty", algorithm: "ml-dsa-44", blob: "", code: "cosignature-malformed" },
  ],
};

const key = mlDsa44KeyFromSeed(new Uint8Array(32).fill(8));
const MESSAGE = utf8("An example.\n");
const SIGNATURE = signMlDsa44(key, MESSAGE);
const claim = (name: string, signature: Uint8Array, message = MESSAGE, publicKey = key.publicKey) => ({
  name,
  publicKey: hex(publicKey),
  message: hex(message),
  signature: hex(signature),
});
const changed = (at: number, ...bytes: readonly number[]): Uint8Array =>
  edited(SIGNATURE, at < 0 ? SIGNATURE.length + at : at, Uint8Array.from(bytes));
/** The hint: 80 bytes of indexes, polynomial by polynomial and ascending in each, then 4 of where each ends. */
const HINT = ML_DSA_44.signatureBytes - 84;
const ends = SIGNATURE.subarray(HINT + 80);
const [firstEnd = 0] = ends;
const lastEnd = ends[3] ?? 0;
const swapped = changed(HINT, SIGNATURE[HINT + 1] ?? 0, SIGNATURE[HINT] ?? 0);
const rnd = new Uint8Array(32).fill(0x5a);

const signatures = {
  about: "ML-DSA-44 (FIPS 204, pure, empty context), in hexadecimal: whether the signature verifies.",
  accepted: [
    claim("deterministic", SIGNATURE),
    claim("hedged", signMlDsa44(key, MESSAGE, rnd)),
    claim("of an empty message", signMlDsa44(key, new Uint8Array()), new Uint8Array()),
  ],
  refused: [
    claim("of another message", SIGNATURE, utf8("Another.\n")),
    claim("by another key", SIGNATURE, MESSAGE, mlDsa44KeyFromSeed(new Uint8Array(32).fill(9)).publicKey),
    claim("a bit of c~ flipped", changed(0, (SIGNATURE[0] ?? 0) ^ 1)),
    claim("a bit of z flipped", changed(32, (SIGNATURE[32] ?? 0) ^ 1)),
    claim("a coefficient of z at its bound", changed(32, 0xff, 0xff, 0xff)),
    claim("another coefficient of z at its bound", changed(32, 0, 0, 0)),
    claim("a hint index changed", changed(HINT, (SIGNATURE[HINT] ?? 0) ^ 1)),
    claim("two hint indexes in the wrong order", swapped),
    claim("a hint index twice", changed(HINT + 1, SIGNATURE[HINT] ?? 0)),
    claim("a byte after the last hint", changed(HINT + lastEnd, 1)),
    claim("more hints than there may be", changed(-1, 81)),
    claim("hint counts that go down", changed(-3, firstEnd - 1)),
    claim("no hints at all", edited(SIGNATURE, HINT, new Uint8Array(84))),
    claim("a byte short", SIGNATURE.slice(0, -1)),
    claim("a byte long", concatBytes(SIGNATURE, Uint8Array.of(0))),
    claim("empty", new Uint8Array()),
    claim("all zero", new Uint8Array(2420)),
    claim("a public key a byte short", SIGNATURE, MESSAGE, key.publicKey.slice(0, -1)),
    claim("a public key a byte long", SIGNATURE, MESSAGE, concatBytes(key.publicKey, Uint8Array.of(0))),
    claim("an empty public key", SIGNATURE, MESSAGE, new Uint8Array()),
    claim(
      "a bit of rho flipped",
      SIGNATURE,
      MESSAGE,
      edited(key.publicKey, 0, Uint8Array.of((key.publicKey[0] ?? 0) ^ 1)),
    ),
    claim(
      "a bit of t1 flipped",
      SIGNATURE,
      MESSAGE,
      edited(key.publicKey, 99, Uint8Array.of((key.publicKey[99] ?? 0) ^ 1)),
    ),
  ].map((one) => ({ ...one, code: "signature-invalid" })),
};

export const mlDsa44Vectors: VectorFiles = {
  "ml-dsa-44/signatures.json": signatures,
  "cosignature/blobs-ml-dsa-44.json": blobs,
  "cosignature/signed-notes-ml-dsa-44.json": cosignatures,
  "checkpoint/signed-notes-ml-dsa-44.json": checkpoints,
};
