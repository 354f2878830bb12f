/**
 * The place of the signature: a dictionary whose /Contents is a hole of zeros, and whose /ByteRange covers every other
 * byte of the file. ISO 32000-1, section 12.8; ETSI EN 319 142-1 (PAdES).
 */
import { utf8 } from "../../../../core/bytes.js";

/** The place of /Contents, by offsets in the file: of its "<", and behind its ">". */
export interface Hole {
  readonly start: number;
  readonly end: number;
}

export interface UnsignedCertificate {
  readonly bytes: Uint8Array;
  readonly contents: Hole;
}

export interface SignatureOptions {
  /** Number of its object. */
  readonly id: number;
  /** RFC 3339 UTC. */
  readonly signedAt: string;
  /** Room for the CMS. */
  readonly reservedBytes: number;
}

/** How the dictionary begins: its reader wants it as it is written here. */
export const SIGNATURE_OPENING =
  "<<\n/Type /Sig\n/Filter /Adobe.PPKLite\n/SubFilter /ETSI.CAdES.detached\n/M (D:";
/** As wide as the line of /ByteRange ever gets: three numbers of ten digits. */
const BYTE_RANGE_WIDTH = "/ByteRange [0 ]".length + 3 * 10 + 2;
export const BEFORE_HOLE = "\n/Contents ";
/** What stands behind it: the end of the dictionary and of its object. */
export const AFTER_HOLE = "\n>>\nendobj\n";

export class PendingSignature {
  /** The object as it stands in the file. */
  readonly bytes: Uint8Array;
  readonly #byteRangeAt: number;
  readonly #hole: Hole;
  #offset: number | undefined;

  constructor({ id, signedAt, reservedBytes }: SignatureOptions) {
    const time = signedAt.slice(0, 19).replaceAll(/[-:T]/g, "");
    const head = `${id} 0 obj\n${SIGNATURE_OPENING}${time}Z)\n`;
    const before = utf8(`${head}${" ".repeat(BYTE_RANGE_WIDTH)}${BEFORE_HOLE}<`);
    const after = utf8(`>${AFTER_HOLE}`);
    this.#byteRangeAt = head.length;
    this.#hole = { start: before.length - 1, end: before.length + 2 * reservedBytes + 1 };
    this.bytes = new Uint8Array(this.#hole.end + AFTER_HOLE.length).fill(0x30);
    this.bytes.set(before);
    this.bytes.set(after, this.#hole.end - 1);
  }

  /** Where the object begins: remembered, never searched, since any text of the file may look like it. */
  writtenAt(offset: number): void {
    this.#offset = offset;
  }

  /** Writes /ByteRange into the finished file. */
  fill(file: Uint8Array): UnsignedCertificate["contents"] {
    if (this.#offset === undefined) throw new Error("internal: the signature was not written");
    const [start, end] = [this.#offset + this.#hole.start, this.#offset + this.#hole.end];
    file.set(utf8(`/ByteRange [0 ${start} ${end} ${file.length - end}]`), this.#offset + this.#byteRangeAt);
    return { start, end };
  }
}
