/**
 * Cases of notes, verifier keys, checkpoints, cosignatures and receipts: each refused one is a valid one with one
 * thing changed. Codes are written by hand from the specifications, not copied from what the program answered.
 */
import {
  base64,
  bytesFromBase64,
  bytesFromHex,
  concatBytes,
  hex,
  uint64,
  utf8,
} from "../../src/core/bytes.js";
import { publicKeyFromSeed, signEd25519 } from "../../src/core/ledger/ed25519.js";
import { encodeNote, formatSignatureLine } from "../../src/core/ledger/note.js";
import { encodeTimestampedSignature } from "../../src/core/ledger/timestamped-signature.js";
import { formatVkey, keyIdOf, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { cosignatureMessage } from "../../src/core/witness/cosignature.js";
import { ed25519Vectors } from "./ed25519-vectors.js";
import type { VectorCase, VectorFiles } from "./vector-file.js";

interface Key {
  readonly name: string;
  readonly keyId: number;
  readonly publicKey: Uint8Array;
  readonly vkey: string;
  readonly seed: Uint8Array;
}

/** Each key's seed is its number, 32 times. */
function keyOf(name: string, type: number, seedByte: number): Key {
  const seed = new Uint8Array(32).fill(seedByte);
  const publicKey = publicKeyFromSeed(seed);
  const key = { name, type, publicKey };
  return { name, publicKey, seed, keyId: keyIdOf(key), vkey: formatVkey(key) };
}

const log = keyOf("ledger.example/loans", SIGNATURE_TYPE.ed25519, 1);
const logNext = keyOf("ledger.example/loans", SIGNATURE_TYPE.ed25519, 2);
const stranger = keyOf("stranger.example", SIGNATURE_TYPE.ed25519, 3);
const court = keyOf("court.example/witness", SIGNATURE_TYPE.cosignature, 4);
const bank = keyOf("bank.example/witness", SIGNATURE_TYPE.cosignature, 5);
const receipts = keyOf("receipts.example", SIGNATURE_TYPE.ed25519, 6);

const signature = (key: Key, text: string) => signEd25519(key.seed, utf8(text));
const signed = (key: Key, text: string) => formatSignatureLine(key.name, key.keyId, signature(key, text));
const cosigned = (key: Key, text: string, timeSeconds = 1_795_507_200) =>
  formatSignatureLine(
    key.name,
    key.keyId,
    encodeTimestampedSignature({
      timeSeconds,
      signature: signEd25519(key.seed, cosignatureMessage(timeSeconds, text)),
    }),
  );

const TEXT = "An example.\n";
const EXAMPLE_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const LINE = signed(log, TEXT);
const NOTE = encodeNote(TEXT, [LINE]);
const BLOB = base64(new Uint8Array(68).fill(9));
const lineOf = (bytes: number): string => {
  const blob = base64(new Uint8Array(6000));
  return `— ${"x".repeat(bytes - 5 - blob.length)} ${blob}`;
};
const times = (count: number) => Array.from({ length: count }, (_, i) => `— name${i} ${BLOB}`);
const flipped = (line: string): string => {
  const [dash, name, blob = ""] = line.split(" ");
  const bytes = bytesFromBase64(blob);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
  return `${dash} ${name} ${base64(bytes)}`;
};

const accepted = (name: string, text: string, lines: readonly string[]): VectorCase => ({
  name,
  note: encodeNote(text, lines),
  text,
  signatures: lines.length,
});
const badNote = (name: string, note: string, code = "note-malformed"): VectorCase => ({ name, note, code });
const badLine = (name: string, line: string): VectorCase => ({
  name,
  note: encodeNote(TEXT, [LINE, line]),
  code: "note-signature-malformed",
});

const notes = {
  about:
    "Signed notes, read without verifying: `note` (or `hex`, its bytes), the `text` that is signed, how many `signatures`.",
  accepted: [
    accepted("one signature", TEXT, [LINE]),
    accepted("two signatures", TEXT, [LINE, `— other ${BLOB}`]),
    accepted("one line twice", TEXT, [LINE, LINE]),
    accepted("a signature line of 8,192 bytes", TEXT, [LINE, lineOf(8192)]),
    accepted("a line of the text of 8,192 bytes", `${"é".repeat(4096)}\n`, [LINE]),
    accepted("a hundred signatures", TEXT, times(100)),
    accepted("empty lines in the text", "a\n\nb\n\n\nc\n", [LINE]),
    accepted("a text that ends in an empty line", "a\n\n", [LINE]),
    accepted("a text of one empty line", "\n", [LINE]),
    accepted("a signature line in the text", `a\n\n${LINE}\n`, [LINE]),
    accepted("DEL and C1 control characters are none below U+0020", "a\u007f\u0085\n", [LINE]),
    accepted("any characters in the text", "存证 \u{1f600}\ufeff\n", [LINE]),
    accepted("any characters in a name", TEXT, [`— 示例法院/节点—1 ${BLOB}`, `— a\ufeff\u200b ${BLOB}`]),
    accepted("a signature of one byte", TEXT, [`— name ${base64(new Uint8Array(5))}`]),
    accepted("a key id above 2^31", TEXT, [`— name ${base64(new Uint8Array(68).fill(255))}`]),
  ],
  refused: [
    badNote("nothing", ""),
    badNote("no empty line", `${TEXT}${LINE}\n`),
    badNote("no text", `\n${LINE}\n`),
    badNote("no signature line", `${TEXT}\n`),
    badNote("text alone", TEXT),
    badNote("the last line does not end", NOTE.slice(0, -1)),
    badNote("an empty line after the signatures", `${NOTE}\n`),
    badNote("two empty lines after the signatures", `${NOTE}\n\n`),
    badNote("an empty line between the signatures", `${NOTE}\nx\n`, "note-signature-malformed"),
    badNote("lines that end in CR LF", NOTE.replaceAll("\n", "\r\n")),
    badNote("a tab in the text", encodeNote("An\texample.\n", [LINE])),
    badNote("U+0000 in the text", encodeNote("An\0example.\n", [LINE])),
    badNote("U+001F in the text", encodeNote("An\u001fexample.\n", [LINE])),
    badNote("a tab in a signature line", encodeNote(TEXT, [LINE.replace(" ", "\t")])),
    badNote("U+000B in a name", encodeNote(TEXT, [`— na\vme ${BLOB}`])),
    badNote("a signature line of 8,193 bytes", encodeNote(TEXT, [LINE, lineOf(8193)]), "note-line-too-long"),
    badNote(
      "a line of the text of 8,194 bytes, in 4,097 characters",
      encodeNote(`${"é".repeat(4097)}\n`, [LINE]),
      "note-line-too-long",
    ),
    badNote(
      "a line too long before one with a control character",
      `${"x".repeat(8193)}\n\t\n`,
      "note-line-too-long",
    ),
    badNote(
      "a line too long after one with a control character",
      `\t\n${"x".repeat(8193)}`,
      "note-line-too-long",
    ),
    badNote("101 signatures", encodeNote(TEXT, times(101)), "note-too-many-signatures"),
    badNote(
      "101 signatures, one line many times",
      encodeNote(TEXT, Array<string>(101).fill(LINE)),
      "note-too-many-signatures",
    ),
    { name: "not UTF-8", hex: `${hex(utf8("An "))}ff${hex(utf8(NOTE))}`, code: "utf8-invalid" },
    { name: "a surrogate as UTF-8", hex: `eda080${hex(utf8(NOTE))}`, code: "utf8-invalid" },
    { name: "an overlong newline", hex: hex(utf8(NOTE)).replace("0a", "c08a"), code: "utf8-invalid" },
    { name: "a lone surrogate in a string", note: `\ud800${NOTE}`, code: "note-malformed" },
    badLine("a hyphen for the em dash", LINE.replace("—", "-")),
    badLine("an en dash for the em dash", LINE.replace("—", "–")),
    badLine("no dash", LINE.slice(2)),
    badLine("no space after the dash", LINE.replace("— ", "—")),
    badLine("two spaces after the dash", LINE.replace("— ", "—  ")),
    badLine("two spaces before the signature", `— name  ${BLOB}`),
    badLine("a space after the signature", `— name ${BLOB} `),
    badLine("a space before the dash", ` — name ${BLOB}`),
    badLine("no name", `— ${BLOB}`),
    badLine("an empty name", `—  ${BLOB}`),
    badLine("no signature", "— name "),
    badLine("plus in the name", `— na+me ${BLOB}`),
    badLine("a space in the name", `— na me ${BLOB}`),
    badLine("a no-break space in the name", `— na\u00a0me ${BLOB}`),
    badLine("an ideographic space in the name", `— na\u3000me ${BLOB}`),
    badLine("a line separator in the name", `— na\u2028me ${BLOB}`),
    badLine("U+0085 in the name", `— na\u0085me ${BLOB}`),
    badLine("signature of no bytes", `— name ${base64(new Uint8Array(4))}`),
    badLine("a blob of one byte", `— name ${base64(new Uint8Array(1))}`),
    badLine("base64 without padding", `— name ${base64(new Uint8Array(5)).replace("=", "")}`),
    badLine("base64 with bits left over", `— name ${base64(new Uint8Array(5)).replace("A=", "B=")}`),
    badLine("base64url", `— name ${base64(new Uint8Array(6).fill(255)).replaceAll("/", "_")}`),
    badLine("base64 with text behind the padding", `— name ${base64(new Uint8Array(5))}AAAA`),
    badLine("hexadecimal", `— name ${"0".repeat(33)}`),
  ],
};

const opened = (
  name: string,
  lines: readonly string[],
  vkeys: readonly string[],
  signedBy: readonly string[],
) => ({
  name,
  note: encodeNote(TEXT, lines),
  vkeys,
  signedBy,
});
const unopened = (name: string, lines: readonly string[], vkeys: readonly string[], code: string) => ({
  name,
  note: encodeNote(TEXT, lines),
  vkeys,
  code,
});
const asId = (line: string, keyId: number): string => {
  const [, name = "", blob = ""] = line.split(" ");
  return formatSignatureLine(name, keyId, bytesFromBase64(blob).subarray(4));
};

const opening = {
  about: "Notes with the keys that are trusted: `signedBy` are the keys that signed, in the note's order.",
  accepted: [
    opened("the known key", [LINE], [log.vkey], [log.vkey]),
    {
      name: "the example of C2SP signed-note",
      note: "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
      vkeys: [EXAMPLE_VKEY],
      signedBy: [EXAMPLE_VKEY],
    },
    opened("one of two known keys", [LINE], [logNext.vkey, log.vkey], [log.vkey]),
    opened(
      "two keys of one name",
      [signed(logNext, TEXT), LINE],
      [log.vkey, logNext.vkey],
      [logNext.vkey, log.vkey],
    ),
    opened("one line twice: one signer", [LINE, LINE], [log.vkey], [log.vkey]),
    opened("an unknown key beside it", [signed(stranger, TEXT), LINE], [log.vkey], [log.vkey]),
    opened(
      "an unknown key's bad line beside it",
      [flipped(signed(stranger, TEXT)), LINE],
      [log.vkey],
      [log.vkey],
    ),
    opened("a line of the known name with another id", [asId(LINE, 7), LINE], [log.vkey], [log.vkey]),
    opened(
      "a line of the known id with another name",
      [LINE.replace("loans", "other"), LINE],
      [log.vkey],
      [log.vkey],
    ),
    opened(
      "a bad line of a cosigner's key, which is not for notes",
      [flipped(cosigned(court, TEXT)), LINE],
      [log.vkey, court.vkey],
      [log.vkey],
    ),
  ],
  refused: [
    unopened("no known key", [LINE], [], "signature-missing"),
    unopened("an unknown key alone", [signed(stranger, TEXT)], [log.vkey], "signature-missing"),
    unopened("the known name with another id", [asId(LINE, 7)], [log.vkey], "signature-missing"),
    unopened(
      "the known id with another name",
      [LINE.replace("loans", "other")],
      [log.vkey],
      "signature-missing",
    ),
    unopened(
      "a name that differs in case",
      [LINE.replace("ledger", "Ledger")],
      [log.vkey],
      "signature-missing",
    ),
    unopened("a cosignature alone", [cosigned(court, TEXT)], [court.vkey], "signature-missing"),
    unopened(
      "a plain signature by a cosigner's key",
      [asId(signed(court, TEXT), court.keyId)],
      [court.vkey],
      "signature-missing",
    ),
    unopened("a bit flipped", [flipped(LINE)], [log.vkey], "signature-invalid"),
    unopened("another text signed", [signed(log, "Another example.\n")], [log.vkey], "signature-invalid"),
    unopened(
      "the text signed without its newline",
      [signed(log, TEXT.slice(0, -1))],
      [log.vkey],
      "signature-invalid",
    ),
    unopened(
      "the text signed with the empty line",
      [signed(log, `${TEXT}\n`)],
      [log.vkey],
      "signature-invalid",
    ),
    unopened(
      "a good line and a bad one of the same key",
      [LINE, flipped(LINE)],
      [log.vkey],
      "signature-invalid",
    ),
    unopened(
      "a bad line of one known key, a good one of another",
      [flipped(signed(logNext, TEXT)), LINE],
      [log.vkey, logNext.vkey],
      "signature-invalid",
    ),
    unopened(
      "signed by another key under this name and id",
      [asId(signed({ ...stranger, name: log.name }, TEXT), log.keyId)],
      [log.vkey],
      "signature-invalid",
    ),
    unopened(
      "a signature of 63 bytes",
      [formatSignatureLine(log.name, log.keyId, signature(log, TEXT).subarray(1))],
      [log.vkey],
      "signature-invalid",
    ),
    unopened(
      "a signature of 65 bytes",
      [formatSignatureLine(log.name, log.keyId, concatBytes(signature(log, TEXT), Uint8Array.of(0)))],
      [log.vkey],
      "signature-invalid",
    ),
    unopened(
      "a cosignature under the log's name and id",
      [asId(cosigned({ ...log }, TEXT), log.keyId)],
      [log.vkey],
      "signature-invalid",
    ),
  ],
};

const vkeyOf = (name: string, type: number, key: Uint8Array): string => {
  const id = keyIdOf({ name, type, publicKey: key }).toString(16).padStart(8, "0");
  return `${name}+${id}+${base64(concatBytes(Uint8Array.of(type), key))}`;
};
const readVkey = (name: string, vkey: string, type: number, keyName: string) => ({
  name,
  vkey,
  type,
  keyName,
});
const badVkey = (name: string, vkey: string, code = "vkey-malformed") => ({ name, vkey, code });
const [LOG_NAME = "", LOG_ID = "", LOG_KEY = ""] = log.vkey.split("+");
const mlDsaKey = Uint8Array.from({ length: 1312 }, (_, i) => i % 251);
/** A key whose base64 holds a plus. */
const plusKey = ((): Key => {
  for (let seed = 10; ; seed++) {
    const key = keyOf("plus.example", SIGNATURE_TYPE.ed25519, seed);
    if (key.vkey.split("+").length > 3) return key;
  }
})();

const vkeys = {
  about:
    "Verifier keys: `type` is the signature type, `keyName` the name. Keys of unknown types are read; it is their user who sets them aside.",
  accepted: [
    readVkey("Ed25519", log.vkey, 1, LOG_NAME),
    readVkey("Ed25519 cosignatures", court.vkey, 4, court.name),
    readVkey("ML-DSA-44", vkeyOf("court.example/ml", 6, mlDsaKey), 6, "court.example/ml"),
    readVkey("plus within the base64", plusKey.vkey, 1, plusKey.name),
    readVkey("the example of C2SP signed-note", EXAMPLE_VKEY, 1, "example.com/foo"),
    readVkey("a name beyond ASCII", vkeyOf("示例法院", 1, log.publicKey), 1, "示例法院"),
    readVkey(
      "type 2: its id is another hash",
      `${LOG_NAME}+00000000+${base64(concatBytes(Uint8Array.of(2), log.publicKey))}`,
      2,
      LOG_NAME,
    ),
    readVkey(
      "type 255 of any length",
      `${LOG_NAME}+ffffffff+${base64(Uint8Array.of(255, 1, 2, 3))}`,
      255,
      LOG_NAME,
    ),
  ],
  refused: [
    badVkey("nothing", ""),
    badVkey("name alone", LOG_NAME),
    badVkey("two parts", `${LOG_NAME}+${LOG_ID}`),
    badVkey("no name", `+${LOG_ID}+${LOG_KEY}`),
    badVkey("a space in the name", vkeyOf("ledger example", 1, log.publicKey)),
    badVkey("an ideographic space in the name", vkeyOf("ledger\u3000example", 1, log.publicKey)),
    badVkey("a tab in the name", vkeyOf("ledger\texample", 1, log.publicKey)),
    badVkey("U+0001 in the name", vkeyOf("ledger\u0001example", 1, log.publicKey)),
    badVkey("a space in front", ` ${log.vkey}`),
    badVkey("a newline at the end", `${log.vkey}\n`),
    badVkey("id in upper case", EXAMPLE_VKEY.replace("530d903a", "530D903A")),
    badVkey("id of 7 digits", `${LOG_NAME}+${LOG_ID.slice(1)}+${LOG_KEY}`),
    badVkey("id of 9 digits", `${LOG_NAME}+0${LOG_ID}+${LOG_KEY}`),
    badVkey("id with 0x", `${LOG_NAME}+0x${LOG_ID.slice(2)}+${LOG_KEY}`),
    badVkey("no key", `${LOG_NAME}+${LOG_ID}+`),
    badVkey("not base64", `${LOG_NAME}+${LOG_ID}+*${LOG_KEY.slice(1)}`),
    badVkey(
      "base64url",
      plusKey.vkey.replace(
        /\+([^+]*)\+(.*)$/,
        (part) => part.slice(0, 10) + part.slice(10).replaceAll("+", "-"),
      ),
    ),
    badVkey("base64 without padding", `${LOG_NAME}+00000000+/w`),
    badVkey("Ed25519 key of 31 bytes", vkeyOf(LOG_NAME, 1, log.publicKey.subarray(1))),
    badVkey("Ed25519 key of 33 bytes", vkeyOf(LOG_NAME, 1, concatBytes(log.publicKey, Uint8Array.of(0)))),
    badVkey("cosignature key of 31 bytes", vkeyOf(LOG_NAME, 4, log.publicKey.subarray(1))),
    badVkey("ML-DSA-44 key of 32 bytes", vkeyOf(LOG_NAME, 6, log.publicKey)),
    badVkey("type byte alone", vkeyOf(LOG_NAME, 1, new Uint8Array(0))),
    badVkey("a private key", `PRIVATE+KEY+${LOG_NAME}+${LOG_ID}+${LOG_KEY}`),
    badVkey("another id", `${LOG_NAME}+00000000+${LOG_KEY}`, "vkey-mismatch"),
    badVkey("another name", `${LOG_NAME}2+${LOG_ID}+${LOG_KEY}`, "vkey-mismatch"),
    badVkey(
      "another key",
      `${LOG_NAME}+${LOG_ID}+${base64(concatBytes(Uint8Array.of(1), stranger.publicKey))}`,
      "vkey-mismatch",
    ),
    badVkey(
      "the same key as another type",
      `${LOG_NAME}+${LOG_ID}+${base64(concatBytes(Uint8Array.of(4), log.publicKey))}`,
      "vkey-mismatch",
    ),
    badVkey(
      "another id, ML-DSA-44",
      `${LOG_NAME}+00000000+${base64(concatBytes(Uint8Array.of(6), mlDsaKey))}`,
      "vkey-mismatch",
    ),
    ...(ed25519Vectors["ed25519/keys.json"]?.refused ?? [])
      .map(({ name, publicKey }) => ({ name, key: bytesFromHex(String(publicKey)) }))
      .filter(({ key }) => key.length === 32)
      .map(({ name, key }, i) =>
        badVkey(`weak key: ${name}`, vkeyOf("weak.example", i % 2 === 0 ? 1 : 4, key), "key-weak"),
      ),
  ],
};

const ROOT = base64(new Uint8Array(32).fill(0xfb));
const readCheckpoint = (name: string, origin: string, treeSize: number, rootHash = ROOT) => ({
  name,
  text: `${origin}\n${treeSize}\n${rootHash}\n`,
  origin,
  treeSize,
  rootHash,
});
const badCheckpoint = (name: string, text: string, code = "checkpoint-malformed") => ({ name, text, code });
const size = (name: string, spelling: string) => badCheckpoint(name, `${LOG_NAME}\n${spelling}\n${ROOT}\n`);
const root = (name: string, spelling: string) => badCheckpoint(name, `${LOG_NAME}\n3\n${spelling}\n`);

const checkpoints = {
  about: "The note text of checkpoints: three lines, no extension lines.",
  accepted: [
    readCheckpoint("a tree of 3", LOG_NAME, 3),
    readCheckpoint("the empty tree", LOG_NAME, 0, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    readCheckpoint("2^32", LOG_NAME, 2 ** 32),
    readCheckpoint("2^53 - 1", LOG_NAME, Number.MAX_SAFE_INTEGER),
    readCheckpoint("any origin", "sigsum.org/v1/tree/é + 存证", 1),
  ],
  refused: [
    badCheckpoint("nothing", ""),
    badCheckpoint("a newline", "\n"),
    badCheckpoint("two lines", `${LOG_NAME}\n3\n`),
    badCheckpoint("the last line does not end", `${LOG_NAME}\n3\n${ROOT}`),
    badCheckpoint("empty origin", `\n3\n${ROOT}\n`),
    badCheckpoint("an empty line in front", `\n${LOG_NAME}\n3\n${ROOT}\n`),
    size("no size", ""),
    size("leading zero", "03"),
    size("two zeros", "00"),
    size("a sign", "+3"),
    size("negative", "-3"),
    size("minus zero", "-0"),
    size("a fraction", "3.0"),
    size("an exponent", "3e2"),
    size("hexadecimal", "0x3"),
    size("a space behind", "3 "),
    size("a space in front", " 3"),
    size("full-width digit", "３"),
    size("2^53", "9007199254740992"),
    size("2^64", "18446744073709551616"),
    size("CR", "3\r"),
    root("no root", ""),
    root("31 bytes", base64(new Uint8Array(31))),
    root("33 bytes", base64(new Uint8Array(33))),
    root("base64url", ROOT.replaceAll("+", "-")),
    root("no padding", ROOT.slice(0, -1)),
    root("bits left over", ROOT.replace(/.=$/, "t=")),
    root("hexadecimal", "00".repeat(32)),
    root("a space behind", `${ROOT} `),
    badCheckpoint("an extension line", `${LOG_NAME}\n3\n${ROOT}\nextension\n`, "checkpoint-extension"),
    badCheckpoint("two extension lines", `${LOG_NAME}\n3\n${ROOT}\none\ntwo\n`, "checkpoint-extension"),
    badCheckpoint("an empty line behind", `${LOG_NAME}\n3\n${ROOT}\n\n`, "checkpoint-extension"),
  ],
};

const CHECKPOINT = `${LOG_NAME}\n3\n${ROOT}\n`;
const openedCheckpoint = {
  about:
    "Checkpoints as signed notes, with the log's keys: the text first, whose parts an ML-DSA-44 key signs.",
  accepted: [
    {
      name: "signed by the log",
      note: encodeNote(CHECKPOINT, [signed(log, CHECKPOINT)]),
      vkeys: [log.vkey],
      treeSize: 3,
    },
    {
      name: "cosignatures are not its matter",
      note: encodeNote(CHECKPOINT, [signed(log, CHECKPOINT), flipped(cosigned(court, CHECKPOINT))]),
      vkeys: [log.vkey],
      treeSize: 3,
    },
  ],
  refused: [
    {
      name: "not signed by the log",
      note: encodeNote(CHECKPOINT, [cosigned(court, CHECKPOINT)]),
      vkeys: [log.vkey],
      code: "signature-missing",
    },
    {
      name: "signature of another checkpoint",
      note: encodeNote(CHECKPOINT, [signed(log, CHECKPOINT.replace("\n3\n", "\n4\n"))]),
      vkeys: [log.vkey],
      code: "signature-invalid",
    },
    {
      name: "signed, but no checkpoint",
      note: encodeNote(TEXT, [LINE]),
      vkeys: [log.vkey],
      code: "checkpoint-malformed",
    },
    {
      name: "signed, with an extension line",
      note: encodeNote(`${CHECKPOINT}more\n`, [signed(log, `${CHECKPOINT}more\n`)]),
      vkeys: [log.vkey],
      code: "checkpoint-extension",
    },
    { name: "no note", note: CHECKPOINT, vkeys: [log.vkey], code: "note-malformed" },
  ],
};

const SIGNATURE_HEX = "ab".repeat(64);
const blobs = {
  about: "A cosignature without its key id (hexadecimal): 8 bytes of POSIX seconds, 64 of Ed25519 signature.",
  accepted: [
    {
      name: "a time of 2026",
      blob: `${hex(uint64(1_795_507_200))}${SIGNATURE_HEX}`,
      timeSeconds: 1_795_507_200,
    },
    { name: "the first second", blob: `${hex(uint64(1))}${SIGNATURE_HEX}`, timeSeconds: 1 },
    { name: "beyond 2^32", blob: `${hex(uint64(2 ** 32 + 5))}${SIGNATURE_HEX}`, timeSeconds: 2 ** 32 + 5 },
    {
      name: "the last second of 9999",
      blob: `${hex(uint64(253_402_300_799))}${SIGNATURE_HEX}`,
      timeSeconds: 253_402_300_799,
    },
  ],
  refused: [
    { name: "no time", blob: `${hex(uint64(0))}${SIGNATURE_HEX}`, code: "cosignature-time" },
    {
      name: "the year 10000",
      blob: `${hex(uint64(253_402_300_800))}${SIGNATURE_HEX}`,
      code: "cosignature-time",
    },
    { name: "2^53 + 1", blob: `0020000000000001${SIGNATURE_HEX}`, code: "cosignature-time" },
    { name: "2^63 - 1", blob: `7fffffffffffffff${SIGNATURE_HEX}`, code: "cosignature-time" },
    { name: "2^64 - 1", blob: `ffffffffffffffff${SIGNATURE_HEX}`, code: "cosignature-time" },
    { name: "empty", blob: "", code: "cosignature-malformed" },
    { name: "a plain signature of 64 bytes", blob: SIGNATURE_HEX, code: "cosignature-malformed" },
    { name: "71 bytes", blob: `${hex(uint64(5))}${SIGNATURE_HEX}`.slice(2), code: "cosignature-malformed" },
    { name: "73 bytes", blob: `${hex(uint64(5))}${SIGNATURE_HEX}00`, code: "cosignature-malformed" },
    { name: "of ML-DSA-44's length", blob: "01".repeat(2428), code: "cosignature-malformed" },
  ],
};

const openedBy = (
  name: string,
  lines: readonly string[],
  keys: readonly Key[],
  cosigners: readonly (readonly [Key, number])[],
) => ({
  name,
  note: encodeNote(CHECKPOINT, lines),
  vkeys: keys.map(({ vkey }) => vkey),
  cosignatures: cosigners.map(([key, timeSeconds]) => ({ name: key.name, timeSeconds })),
});
const refusedBy = (
  name: string,
  lines: readonly string[],
  keys: readonly Key[],
  code = "signature-invalid",
) => ({
  name,
  note: encodeNote(CHECKPOINT, lines),
  vkeys: keys.map(({ vkey }) => vkey),
  code,
});
const T = 1_795_507_200;
const courtLine = cosigned(court, CHECKPOINT, T);
const retimed = ((): string => {
  const blob = bytesFromBase64(courtLine.split(" ")[2] ?? "").subarray(12);
  return formatSignatureLine(
    court.name,
    court.keyId,
    encodeTimestampedSignature({ timeSeconds: T + 1, signature: blob }),
  );
})();

const cosignatures = {
  about:
    "Cosigned checkpoints with the cosigners' keys: `cosignatures` are those of known keys, in the note's order.",
  accepted: [
    openedBy("one cosigner", [signed(log, CHECKPOINT), courtLine], [court], [[court, T]]),
    openedBy(
      "two cosigners",
      [courtLine, cosigned(bank, CHECKPOINT, T + 2)],
      [bank, court],
      [
        [court, T],
        [bank, T + 2],
      ],
    ),
    openedBy(
      "one cosigner at two times: both are shown",
      [courtLine, cosigned(court, CHECKPOINT, T + 9)],
      [court],
      [
        [court, T],
        [court, T + 9],
      ],
    ),
    openedBy(
      "one line twice: both are shown",
      [courtLine, courtLine],
      [court],
      [
        [court, T],
        [court, T],
      ],
    ),
    openedBy("none", [signed(log, CHECKPOINT)], [court], []),
    openedBy("of an unknown key", [courtLine], [bank], []),
    openedBy("a bad line of an unknown key", [flipped(courtLine)], [bank], []),
    openedBy(
      "one cosigner's signature replayed under another's name: an unknown key",
      [courtLine.replace(court.name, bank.name)],
      [bank, court],
      [],
    ),
    openedBy(
      "a plain signature line, even a bad one",
      [flipped(signed(log, CHECKPOINT)), courtLine],
      [log, court],
      [[court, T]],
    ),
  ],
  refused: [
    refusedBy("a bit flipped", [flipped(courtLine)], [court]),
    refusedBy("a good line and a bad one", [courtLine, flipped(courtLine)], [court]),
    refusedBy("one good cosigner, one bad", [courtLine, flipped(cosigned(bank, CHECKPOINT))], [court, bank]),
    refusedBy("another time than the signed one", [retimed], [court]),
    refusedBy(
      "another checkpoint cosigned",
      [cosigned(court, CHECKPOINT.replace("\n3\n", "\n4\n"))],
      [court],
    ),
    refusedBy("another origin cosigned", [cosigned(court, CHECKPOINT.replace("loans", "other"))], [court]),
    refusedBy(
      "another's signature under this name and id",
      [asId(cosigned({ ...bank, name: court.name }, CHECKPOINT), court.keyId)],
      [court, bank],
    ),
    refusedBy(
      "the text signed without header and time",
      [
        formatSignatureLine(
          court.name,
          court.keyId,
          encodeTimestampedSignature({ timeSeconds: T, signature: signature(court, CHECKPOINT) }),
        ),
      ],
      [court],
    ),
    refusedBy(
      "a plain signature under the cosigner's id",
      [asId(signed(court, CHECKPOINT), court.keyId)],
      [court],
      "cosignature-malformed",
    ),
    refusedBy("time 0, well signed", [cosigned(court, CHECKPOINT, 0)], [court], "cosignature-time"),
    refusedBy(
      "the year 10000, well signed",
      [cosigned(court, CHECKPOINT, 253_402_300_800)],
      [court],
      "cosignature-time",
    ),
  ],
};

const ID = "01KAVB1E00EXAMP1E000RECE1P";
const LEAF = base64(new Uint8Array(32).fill(0x5a));
const BY = "2026-11-24T08:00:01.000Z";
const RECEIPT = `cunzheng/receipt@v1\n${LOG_NAME}\n${ID}\n${LEAF}\nseal by ${BY}\n`;
const badReceipt = (name: string, from: string | RegExp, to: string) => ({
  name,
  text: RECEIPT.replace(from, to),
  code: "receipt-malformed",
});
const receiptTexts = {
  about:
    "The note text of receipts: type, the log's origin, the statement's id, its leaf hash, `seal by` a time.",
  accepted: [
    { name: "a receipt", text: RECEIPT, origin: LOG_NAME, id: ID, leafHash: LEAF, sealBy: BY },
    {
      name: "any origin",
      text: RECEIPT.replace(LOG_NAME, "存证 +"),
      origin: "存证 +",
      id: ID,
      leafHash: LEAF,
      sealBy: BY,
    },
  ],
  refused: [
    { name: "nothing", text: "", code: "receipt-malformed" },
    badReceipt("another version", "@v1", "@v2"),
    badReceipt("another type", "receipt@", "statement@"),
    badReceipt("no origin", LOG_NAME, ""),
    badReceipt("id in lower case", ID, ID.toLowerCase()),
    badReceipt("id too short", ID, ID.slice(1)),
    badReceipt("id with U", ID, ID.replace("X", "U")),
    badReceipt("id beyond 128 bits", ID, ID.replace("0", "8")),
    badReceipt("no id", ID, ""),
    badReceipt("leaf hash of 31 bytes", LEAF, base64(new Uint8Array(31))),
    badReceipt("leaf hash in hexadecimal", LEAF, "5a".repeat(32)),
    badReceipt("leaf hash without padding", LEAF, LEAF.slice(0, -1)),
    badReceipt("no leaf hash", LEAF, ""),
    badReceipt("a day that does not exist", "11-24", "11-31"),
    badReceipt("no milliseconds", ".000Z", "Z"),
    badReceipt("microseconds", ".000Z", ".000000Z"),
    badReceipt("another zone", "Z\n", "+08:00\n"),
    badReceipt("23:59:60", "08:00:01", "23:59:60"),
    badReceipt("sealed by", "seal by", "sealed by"),
    badReceipt("two spaces", "seal by ", "seal by  "),
    badReceipt("a space behind", "Z\n", "Z \n"),
    badReceipt("a time alone", "seal by ", ""),
    badReceipt("no newline at the end", /\n$/, ""),
    badReceipt("a sixth line", /$/, "more\n"),
    badReceipt("an empty line behind", /$/, "\n"),
    badReceipt("four lines", `${LEAF}\n`, ""),
    badReceipt("lines that end in CR LF", /\n/g, "\r\n"),
  ],
};

const receiptNotes = {
  about: "Receipts as signed notes, with the receipt keys of the trust file.",
  accepted: [
    {
      name: "signed by the receipt key",
      note: encodeNote(RECEIPT, [signed(receipts, RECEIPT)]),
      vkeys: [receipts.vkey],
      id: ID,
    },
    {
      name: "of several receipt keys one",
      note: encodeNote(RECEIPT, [signed(receipts, RECEIPT)]),
      vkeys: [stranger.vkey, receipts.vkey],
      id: ID,
    },
  ],
  refused: [
    {
      name: "signed by the log's key",
      note: encodeNote(RECEIPT, [signed(log, RECEIPT)]),
      vkeys: [receipts.vkey],
      code: "signature-missing",
    },
    {
      name: "a cosignature",
      note: encodeNote(RECEIPT, [cosigned(court, RECEIPT)]),
      vkeys: [receipts.vkey, court.vkey],
      code: "signature-missing",
    },
    {
      name: "another time signed",
      note: encodeNote(RECEIPT, [signed(receipts, RECEIPT.replace("08:00:01", "08:00:02"))]),
      vkeys: [receipts.vkey],
      code: "signature-invalid",
    },
    {
      name: "signed, but a checkpoint",
      note: encodeNote(CHECKPOINT, [signed(receipts, CHECKPOINT)]),
      vkeys: [receipts.vkey],
      code: "receipt-malformed",
    },
    { name: "text alone", note: RECEIPT, vkeys: [receipts.vkey], code: "note-malformed" },
  ],
};

export const noteVectors: VectorFiles = {
  "note/notes.json": notes,
  "note/signed-notes.json": opening,
  "vkey/vkeys.json": vkeys,
  "checkpoint/texts.json": checkpoints,
  "checkpoint/signed-notes.json": openedCheckpoint,
  "cosignature/blobs.json": blobs,
  "cosignature/signed-notes.json": cosignatures,
  "receipt/texts.json": receiptTexts,
  "receipt/signed-notes.json": receiptNotes,
};
