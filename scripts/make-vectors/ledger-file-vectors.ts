/**
 * Cases of what logs and witnesses exchange and serve: tlog-proof files, add-checkpoint requests and answers, tile
 * paths, entry bundles. What a path or a proof means is tested against trees, not by files.
 */
import { base64, hex, utf8 } from "../../src/core/bytes.js";
import type { VectorFiles } from "./vector-file.js";

const HASHES = [1, 2, 3].map((byte) => base64(new Uint8Array(32).fill(byte)));
const [FIRST = "", SECOND = ""] = HASHES;
const CHECKPOINT = `ledger.example/loans\n7\n${FIRST}\n\n— ledger.example/loans ${base64(new Uint8Array(68))}\n`;
const HEAD = "c2sp.org/tlog-proof@v1\n";
const PROOF = `${HEAD}index 5\n${FIRST}\n${SECOND}\n\n${CHECKPOINT}`;
const EXTRA = `${HEAD}extra aGVsbG8=\nindex 5\n${FIRST}\n${SECOND}\n\n${CHECKPOINT}`;

const badProof = (name: string, text: string) => ({ name, text, code: "proof-malformed" });
const proofs = {
  about:
    "tlog-proof files: the entry's `index`, its `path`, the `checkpoint` verbatim, perhaps `extra` (hexadecimal).",
  accepted: [
    { name: "a path of two", text: PROOF, index: 5, path: [FIRST, SECOND], checkpoint: CHECKPOINT },
    {
      name: "a path of none",
      text: `${HEAD}index 0\n\n${CHECKPOINT}`,
      index: 0,
      path: [],
      checkpoint: CHECKPOINT,
    },
    {
      name: "extra data",
      text: EXTRA,
      index: 5,
      path: [FIRST, SECOND],
      checkpoint: CHECKPOINT,
      extra: hex(utf8("hello")),
    },
    {
      name: "the greatest index",
      text: PROOF.replace("index 5", "index 9007199254740991"),
      index: Number.MAX_SAFE_INTEGER,
      path: [FIRST, SECOND],
      checkpoint: CHECKPOINT,
    },
    {
      name: "the checkpoint is not read",
      text: `${HEAD}index 1\n${FIRST}\n\nanything\n\n\r at all`,
      index: 1,
      path: [FIRST],
      checkpoint: "anything\n\n\r at all",
    },
  ],
  refused: [
    badProof("nothing", ""),
    badProof("another version", PROOF.replace("@v1", "@v2")),
    badProof("no header", PROOF.slice(HEAD.length)),
    badProof("a byte order mark", `\ufeff${PROOF}`),
    badProof("a space after the header", PROOF.replace("@v1", "@v1 ")),
    badProof("lines that end in CR LF", PROOF.replaceAll("\n", "\r\n")),
    badProof("header alone", HEAD),
    badProof("no index", `${HEAD}${FIRST}\n\n${CHECKPOINT}`),
    badProof("no index and no path", `${HEAD}\n${CHECKPOINT}`),
    badProof("index without a number", PROOF.replace("index 5", "index ")),
    badProof("index with a leading zero", PROOF.replace("index 5", "index 05")),
    badProof("index with a sign", PROOF.replace("index 5", "index +5")),
    badProof("negative index", PROOF.replace("index 5", "index -5")),
    badProof("index 2^53", PROOF.replace("index 5", "index 9007199254740992")),
    badProof("two spaces in the index line", PROOF.replace("index 5", "index  5")),
    badProof("a space after the index", PROOF.replace("index 5", "index 5 ")),
    badProof("Index", PROOF.replace("index 5", "Index 5")),
    badProof("index twice", PROOF.replace("index 5", "index 5\nindex 5")),
    badProof("empty extra", PROOF.replace("index", "extra \nindex")),
    badProof("extra without a space", PROOF.replace("index", "extra\nindex")),
    badProof("extra that is not base64", EXTRA.replace("aGVsbG8=", "hello")),
    badProof("extra with bits left over", EXTRA.replace("aGVsbG8=", "aGVsbG9=")),
    badProof("extra twice", EXTRA.replace("extra aGVsbG8=", "extra aGVsbG8=\nextra aGVsbG8=")),
    badProof("extra after the index", PROOF.replace("index 5\n", "index 5\nextra aGVsbG8=\n")),
    badProof("a hash of 31 bytes", PROOF.replace(FIRST, base64(new Uint8Array(31)))),
    badProof("a hash of 33 bytes", PROOF.replace(FIRST, base64(new Uint8Array(33)))),
    badProof("a hash in hexadecimal", PROOF.replace(FIRST, "01".repeat(32))),
    badProof("a hash without padding", PROOF.replace(FIRST, FIRST.slice(0, -1))),
    badProof("a hash with bits left over", PROOF.replace(FIRST, FIRST.replace(/.=$/, "F="))),
    badProof("a space after a hash", PROOF.replace(FIRST, `${FIRST} `)),
    badProof("an empty line between the hashes and no other", `${HEAD}index 5\n${FIRST}\n`),
    badProof("no empty line before the checkpoint", PROOF.replace(`${SECOND}\n\n`, `${SECOND}\n`)),
    badProof("no checkpoint", `${HEAD}index 5\n${FIRST}\n\n`),
  ],
};

const REQUEST = `old 4\n${FIRST}\n${SECOND}\n\n${CHECKPOINT}`;
const lines = (count: number) => `${FIRST}\n`.repeat(count);
const badRequest = (name: string, body: string) => ({ name, body, code: "request-malformed" });
const requests = {
  about:
    "Bodies of add-checkpoint requests (or `hex`, their bytes): `oldSize`, `proof`, the `checkpoint` verbatim.",
  accepted: [
    { name: "a proof of two", body: REQUEST, oldSize: 4, proof: [FIRST, SECOND], checkpoint: CHECKPOINT },
    {
      name: "the first checkpoint",
      body: `old 0\n\n${CHECKPOINT}`,
      oldSize: 0,
      proof: [],
      checkpoint: CHECKPOINT,
    },
    {
      name: "old 0 with a proof: not a matter of form",
      body: `old 0\n${FIRST}\n\n${CHECKPOINT}`,
      oldSize: 0,
      proof: [FIRST],
      checkpoint: CHECKPOINT,
    },
    {
      name: "63 proof lines",
      body: `old 4\n${lines(63)}\n${CHECKPOINT}`,
      oldSize: 4,
      proof: Array<string>(63).fill(FIRST),
      checkpoint: CHECKPOINT,
    },
    {
      name: "the greatest size",
      body: `old 9007199254740991\n\n${CHECKPOINT}`,
      oldSize: Number.MAX_SAFE_INTEGER,
      proof: [],
      checkpoint: CHECKPOINT,
    },
  ],
  refused: [
    badRequest("nothing", ""),
    badRequest("a newline", "\n"),
    badRequest("checkpoint alone", CHECKPOINT),
    badRequest("an empty line in front", `\n${REQUEST}`),
    badRequest("no old line", `${FIRST}\n\n${CHECKPOINT}`),
    badRequest("old without a size", REQUEST.replace("old 4", "old ")),
    badRequest("a leading zero", REQUEST.replace("old 4", "old 04")),
    badRequest("two zeros", REQUEST.replace("old 4", "old 00")),
    badRequest("a sign", REQUEST.replace("old 4", "old +4")),
    badRequest("negative", REQUEST.replace("old 4", "old -4")),
    badRequest("2^53", REQUEST.replace("old 4", "old 9007199254740992")),
    badRequest("two spaces", REQUEST.replace("old 4", "old  4")),
    badRequest("a tab", REQUEST.replace("old 4", "old\t4")),
    badRequest("a space after the size", REQUEST.replace("old 4", "old 4 ")),
    badRequest("Old", REQUEST.replace("old", "Old")),
    badRequest("old twice", REQUEST.replace("old 4", "old 4\nold 4")),
    badRequest("lines that end in CR LF", REQUEST.replaceAll("\n", "\r\n")),
    badRequest("a byte order mark", `\ufeff${REQUEST}`),
    badRequest("64 proof lines", `old 4\n${lines(64)}\n${CHECKPOINT}`),
    badRequest("a hash of 31 bytes", REQUEST.replace(FIRST, base64(new Uint8Array(31)))),
    badRequest("a hash in hexadecimal", REQUEST.replace(FIRST, "01".repeat(32))),
    badRequest("a hash without padding", REQUEST.replace(FIRST, FIRST.slice(0, -1))),
    badRequest("a space after a hash", REQUEST.replace(FIRST, `${FIRST} `)),
    badRequest("no empty line", `old 4\n${FIRST}\n`),
    badRequest("no checkpoint", `old 4\n${FIRST}\n\n`),
    { name: "not UTF-8", hex: `${hex(utf8(REQUEST))}ff`, code: "utf8-invalid" },
  ],
};

const BLOB = base64(new Uint8Array(76).fill(7));
const answers = {
  about: "Bodies of a witness's answers: the `names` of the signature lines, unverified.",
  accepted: [
    { name: "one line", body: `— court.example ${BLOB}\n`, names: ["court.example"] },
    { name: "three lines", body: `— a ${BLOB}\n— a ${BLOB}\n— b ${BLOB}\n`, names: ["a", "a", "b"] },
  ],
  refused: [
    { name: "nothing", body: "", code: "cosignature-malformed" },
    { name: "a newline", body: "\n", code: "note-signature-malformed" },
    { name: "the last line does not end", body: `— a ${BLOB}`, code: "cosignature-malformed" },
    { name: "an empty line in front", body: `\n— a ${BLOB}\n`, code: "note-signature-malformed" },
    { name: "an empty line behind", body: `— a ${BLOB}\n\n`, code: "note-signature-malformed" },
    { name: "a size", body: "7\n", code: "note-signature-malformed" },
    { name: "no dash", body: `a ${BLOB}\n`, code: "note-signature-malformed" },
    {
      name: "a control character in the name",
      body: `— a\u0001b ${BLOB}\n`,
      code: "note-signature-malformed",
    },
    { name: "a whole checkpoint", body: CHECKPOINT, code: "note-signature-malformed" },
    { name: "not UTF-8", hex: `${hex(utf8(`— a ${BLOB}`))}ff0a`, code: "utf8-invalid" },
  ],
};

const hashes = (path: string, level: number, index: number, width = 256) => ({
  name: path,
  path,
  kind: "hashes",
  level,
  index,
  width,
});
const entries = (path: string, index: number, width = 256) => ({
  name: path,
  path,
  kind: "entries",
  level: 0,
  index,
  width,
});
const noPath = (path: string) => ({ name: path === "" ? "nothing" : path, path });
const paths = {
  about: "Paths of tiles and entry bundles. Refused without a code: there is no such file.",
  accepted: [
    hashes("tile/0/000", 0, 0),
    hashes("tile/0/005", 0, 5),
    hashes("tile/0/005.p/3", 0, 5, 3),
    hashes("tile/1/000.p/255", 1, 0, 255),
    hashes("tile/0/999", 0, 999),
    hashes("tile/0/x001/000", 0, 1000),
    hashes("tile/0/x001/x234/067", 0, 1_234_067),
    hashes("tile/0/x001/x234/067.p/1", 0, 1_234_067, 1),
    hashes("tile/0/x004/x294/x967/296", 0, 2 ** 32),
    hashes("tile/0/x009/x007/x199/x254/x740/991", 0, Number.MAX_SAFE_INTEGER),
    hashes("tile/9/000", 9, 0),
    hashes("tile/63/000", 63, 0),
    entries("tile/entries/000", 0),
    entries("tile/entries/x001/x234/067.p/112", 1_234_067, 112),
  ],
  refused: [
    "",
    "tile",
    "tile/0",
    "tile/0/",
    "tile/0/5",
    "tile/0/05",
    "tile/0/0005",
    "tile/0/1234",
    "tile/0/x005",
    "tile/0/x000/005",
    "tile/0/x000/x001/000",
    "tile/0/001/000",
    "tile/0/x001/x000",
    "tile/0/X001/000",
    "tile/0/x1/000",
    "tile/0/x001/00",
    "tile/0/x001//000",
    "tile/0/x009/x007/x199/x254/x740/992",
    "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    "tile/00/000",
    "tile/01/000",
    "tile/64/000",
    "tile/99/000",
    "tile/100/000",
    "tile/-1/000",
    "tile/+1/000",
    "tile/0x1/000",
    "tile/0/000.p/0",
    "tile/0/000.p/00",
    "tile/0/000.p/01",
    "tile/0/000.p/256",
    "tile/0/000.p/257",
    "tile/0/000.p/999",
    "tile/0/000.p/1000",
    "tile/0/000.p/-1",
    "tile/0/000.p/1.0",
    "tile/0/000.p/",
    "tile/0/000.p",
    "tile/0/000.P/3",
    "tile/0/000.p/3/",
    "tile/0/000/3",
    "tile/0/000 ",
    " tile/0/000",
    "/tile/0/000",
    "tile/0/000\n",
    "tile/0/000?x=1",
    "tile/0/0%30",
    "tile/0/００５",
    "tile/0/../0/000",
    "tile/data/000",
    "tile/entries/0/000",
    "tile/Entries/000",
    "tile/entries/000.p/256",
    "entries/000",
  ].map(noPath),
};

const bundle = (...entriesOf: string[]) =>
  entriesOf.map((entry) => (entry.length / 2).toString(16).padStart(4, "0") + entry).join("");
const badBundle = (name: string, bytes: string, width: number) => ({
  name,
  bytes,
  width,
  code: "tile-malformed",
});
const bundles = {
  about: "Entry bundles (hexadecimal) read as `width` entries.",
  accepted: [
    { name: "one entry", bytes: "0003616263", width: 1, entries: ["616263"] },
    { name: "an empty entry", bytes: "0000", width: 1, entries: [""] },
    { name: "three entries", bytes: "00016100000002" + "6263", width: 3, entries: ["61", "", "6263"] },
    { name: "an entry of 300 bytes", bytes: bundle("ab".repeat(300)), width: 1, entries: ["ab".repeat(300)] },
  ],
  refused: [
    badBundle("nothing", "", 1),
    badBundle("half a length", "00", 1),
    badBundle("a length alone", "0001", 1),
    badBundle("an entry cut short", "00036162", 1),
    badBundle("little-endian length", "0300616263", 1),
    badBundle("one entry for two", "0003616263", 2),
    badBundle("two entries for one", bundle("61", "62"), 1),
    badBundle("a byte behind", "000361626300", 1),
    badBundle("a second length cut short", "000361626300", 2),
  ],
};

export const ledgerFileVectors: VectorFiles = {
  "tlog-proof/proofs.json": proofs,
  "add-checkpoint/requests.json": requests,
  "add-checkpoint/answers.json": answers,
  "tile/paths.json": paths,
  "tile/bundles.json": bundles,
};
