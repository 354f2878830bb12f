/**
 * PDF files made to hold up whoever reads them: each of one thing again and again, up to a number of bytes. None is a
 * certificate, so each is to be refused, and in a time that its size explains.
 */
import { constants, deflateSync } from "node:zlib";

export type MakeHostile = (bytes: number) => Uint8Array;

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
/** As often as it fits whole into so many bytes. */
const again = (text: string | Buffer, bytes: number): Buffer => {
  const one = typeof text === "string" ? latin1(text) : text;
  return Buffer.alloc(Math.max(0, bytes - (bytes % one.length)), one);
};
const OPENING = "%PDF-1.7\n";
const behindOpening = (content: string, bytes: number, head = ""): Buffer =>
  Buffer.concat([latin1(OPENING + head), again(content, bytes - OPENING.length - head.length)]);

/** A whole file of two objects, as a certificate is spelled, in which everything leads to the first of them. */
function withCatalog(content: Buffer, ends = 1): Buffer {
  const names = Array.from({ length: 8 }, (_, i) => `(n${i}) 1 0 R`).join(" ");
  const first = Buffer.concat([
    latin1(`<< /Names 1 0 R /EmbeddedFiles << /Names [${names}] >> /EF << /F 2 0 R >> /Type /EmbeddedFile `),
    latin1("/AcroForm 1 0 R /Fields [1 0 R] /FT /Sig /V 3 0 R /Z ["),
    content,
    latin1("] >>"),
  ]);
  const second = latin1("<< /Type /EmbeddedFile /Length 2 >>\nstream\n{}\nendstream");
  const parts = [latin1(`${OPENING}1 0 obj\n`), first, latin1("\nendobj\n")];
  const secondAt = lengthOf(parts);
  parts.push(latin1("2 0 obj\n"), second, latin1("\nendobj\n"));
  for (let i = 0; i < ends; i++) {
    const at = lengthOf(parts);
    const offsets = [OPENING.length, secondAt].map(
      (offset) => `${String(offset).padStart(10, "0")} 00000 n \n`,
    );
    const table = `xref\n0 3\n0000000000 65535 f \n${offsets.join("")}`;
    parts.push(latin1(`${table}trailer\n<< /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`));
  }
  return Buffer.concat(parts);
}

const lengthOf = (parts: readonly Buffer[]): number => parts.reduce((sum, { length }) => sum + length, 0);
/** What stands around the content of `withCatalog`, with all its ends. */
const AROUND_BYTES = 10_000;

/** Files of many objects that each have this stream. */
function withStreams(stream: Buffer, members: string, bytes: number): Buffer {
  const parts = [latin1(OPENING)];
  for (let [id, length] = [1, 0]; length + stream.length < bytes; id++) {
    const head = `${id} 0 obj<<${members}/Length ${stream.length}>>stream\n`;
    parts.push(latin1(head), stream, latin1("\nendstream endobj\n"));
    length += head.length + stream.length + 18;
  }
  return Buffer.concat(parts);
}

const OBJECT_STREAM = "/Type/ObjStm/N 1/First 4";
const DEFLATED = `${OBJECT_STREAM}/Filter/FlateDecode`;

/** Where each stream says that it ends before one long stretch of white space, and does not. */
function withFalseLengths(bytes: number): Buffer {
  const [half, objects] = [bytes >> 1, Math.min(20_000, bytes >> 8)];
  const object = `1 0 obj<</Length ${half}>>stream\nendstream\n`;
  const head = latin1(OPENING + object.repeat(objects));
  return Buffer.concat([head, again(" ", bytes - head.length)]);
}

/** Whole tables, one behind the other, of as many objects as a file may have. */
function withTables(bytes: number): Buffer {
  const table = `xref\n0 100000\n0000000000 65535 f \n${"0000000009 00000 n \n".repeat(99_999)}`;
  const parts = [latin1(`${OPENING}1 0 obj\n<< /Names 1 0 R >>\nendobj\n`)];
  for (let at = lengthOf(parts); at + table.length + 60 < bytes; at = lengthOf(parts))
    parts.push(latin1(`${table}trailer\n<< /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`));
  return Buffer.concat(parts);
}

/** Deflate blocks that hold nothing (RFC 1951, section 3.2.4). */
function ofEmptyBlocks(bytes: number): Buffer {
  const blocks = again(Buffer.of(0, 0, 0, 0xff, 0xff), bytes - 200);
  const stream = Buffer.concat([Buffer.of(0x78, 0x9c), blocks, Buffer.of(1, 0, 0, 0xff, 0xff)]);
  return withStreams(stream, DEFLATED, stream.length + 1);
}

function ofLiterals(): Buffer {
  const noise = Buffer.from(Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 2_654_435_761) >>> 24));
  return deflateSync(noise, { strategy: constants.Z_HUFFMAN_ONLY });
}

const catalogOf =
  (content: string, ends = 1): MakeHostile =>
  (bytes) =>
    withCatalog(again(content, bytes - AROUND_BYTES), ends);
const loose =
  (content: string, head = ""): MakeHostile =>
  (bytes) =>
    behindOpening(content, bytes, head);

export const HOSTILE_PDFS: Readonly<Record<string, MakeHostile>> = {
  "one object of numbers, read again and again": catalogOf("1 "),
  "one object of strings": catalogOf(`(${"a".repeat(250)})`),
  "one object of long strings": catalogOf(`(${"a".repeat(60_000)})`),
  "one object of hexadecimal strings": catalogOf(`<${"aa".repeat(78)}>`),
  "one object of names": catalogOf(`/${"a".repeat(126)} `),
  "one object of dictionaries": catalogOf("<<>>"),
  "one object of white space": catalogOf(" "),
  "one object of strings, in a file that ends 32 times": catalogOf(`(${"a".repeat(250)})`, 32),
  "tables of objects": withTables,
  "per cent signs": loose("%"),
  "ends of files": loose("%%EOF\n"),
  "ends of files, but for a letter": loose("%%EO"),
  "heads of objects": loose("0 0 obj\n"),
  "heads of objects without numbers": loose("obj "),
  "small objects": loose("1 0 obj<<>>endobj\n"),
  "small attachments": loose("1 0 obj<</EF<</F 1 0 R>>/F(evidence.json)>>stream\nx\nendstream endobj\n"),
  "strings, in no file of ours": loose(`(${"a".repeat(250)})`, "1 0 obj\n["),
  "strings without an end": loose("1 0 obj("),
  "a comment": loose("a", "1 0 obj%"),
  "dictionaries in dictionaries": loose(`1 0 obj<</A[${"<<>>".repeat(50_000)}]>>`),
  "a stream without an end": loose("e", "1 0 obj<<>>stream\n"),
  "streams without lengths": loose("1 0 obj<<>>stream\nendstream"),
  "streams with false lengths": withFalseLengths,
  "streams of empty blocks": ofEmptyBlocks,
  "streams that are zeros": (bytes) => withStreams(deflateSync(Buffer.alloc(31_000_000)), DEFLATED, bytes),
  "streams of too many zeros": (bytes) =>
    withStreams(deflateSync(Buffer.alloc(100_000_000)), DEFLATED, bytes),
  "streams of letters": (bytes) => withStreams(ofLiterals(), DEFLATED, bytes),
};
