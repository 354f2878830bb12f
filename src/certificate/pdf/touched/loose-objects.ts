/**
 * The objects of a PDF, found one behind the other without its tables. What stands in a stream is skipped where the stream
 * says how long it is and ends there, so that no text inside can pose as an object.
 */
import { isAt, type PdfDictionary, PdfPointer, type PdfValue, textAt } from "../pdf-values.js";
import { indexOfText } from "./find-text.js";
import { isDigit, isSpace, LooseParser, NoValue } from "./loose-values.js";

export interface LooseObject {
  readonly id: number;
  readonly value: PdfDictionary;
  /** The offset lies behind the dictionary. */
  readonly offset: number;
}

const MAX_OBJECTS = 100_000;
/**
 * Bytes of values that are read all in all, those within object streams too: a certificate has a hundredth of it, and what
 * else is in it lies in streams, which are skipped. Each reading costs something, also one that comes to nothing.
 */
const MAX_READ_BYTES = 4_000_000;
const READING_BYTES = 32;

export class LooseObjects {
  count = 0;
  isEncrypted = false;
  readonly #bytes: Uint8Array;
  #left = MAX_READ_BYTES;
  readonly #found: LooseObject[] = [];
  readonly #byId = new Map<number, LooseObject[]>();
  readonly #streams = new Map<LooseObject, Uint8Array>();
  /** From here on no stream ends. */
  #endless = Number.POSITIVE_INFINITY;
  /** Objects that are numbers: lengths of streams, which may follow them. */
  readonly #numbers = new Map<number, number>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#scan();
  }

  dictionaries(): readonly LooseObject[] {
    return this.#found;
  }

  /** Gives the objects of this id, of every revision. */
  withId(id: number): readonly LooseObject[] {
    return this.#byId.get(id) ?? [];
  }

  #scan(): void {
    const bytes = this.#bytes;
    for (let at = 0; at < bytes.length && this.count < MAX_OBJECTS && this.#left > 0;) {
      const head = nextHead(bytes, at);
      if (head === undefined) return;
      const parser = this.#parserAt(bytes, head.end);
      at = head.end;
      try {
        const value = parser.value();
        at = this.#keep(head.id, value, parser);
      } catch (error) {
        if (!(error instanceof NoValue)) throw error;
      }
      this.#left -= parser.at - head.end + READING_BYTES;
    }
  }

  /** Makes the parser of one value, which ends the reading where it is longer than what is left to read. */
  #parserAt(bytes: Uint8Array, at: number): LooseParser {
    return new LooseParser(bytes.subarray(0, at + Math.max(0, this.#left)), at);
  }

  /** Keeps an object, and tells where to go on. */
  #keep(id: number | undefined, value: PdfValue, parser: LooseParser): number {
    if (value instanceof Map && (value as PdfDictionary).has("Encrypt")) this.isEncrypted = true;
    if (id === undefined) return parser.at; // A trailer.
    this.count++;
    if (typeof value === "number") this.#numbers.set(id, value);
    if (!(value instanceof Map)) return parser.at;
    const object = { id, value: value as PdfDictionary, offset: parser.at };
    this.#found.push(object);
    this.#byId.set(id, [...(this.#byId.get(id) ?? []).slice(-MAX_REVISIONS), object]);
    const stream = this.streamOf(object);
    return stream === undefined ? parser.at : stream.byteOffset - this.#bytes.byteOffset + stream.length;
  }

  /** Gives what stands behind the dictionary between `stream` and `endstream`; undefined where nothing does. */
  streamOf(object: LooseObject): Uint8Array | undefined {
    const known = this.#streams.get(object);
    const stream = known ?? this.#readStream(object);
    if (stream !== undefined) this.#streams.set(object, stream);
    return stream;
  }

  #readStream({ value, offset }: LooseObject): Uint8Array | undefined {
    const parser = new LooseParser(this.#bytes, offset);
    parser.space();
    if (!parser.skips("stream")) return undefined;
    // Section 7.3.8.1: CR LF or LF; some write CR alone.
    if (!parser.skips("\r\n") && !parser.skips("\n")) parser.skips("\r");
    const start = parser.at;
    const said = value.get("Length");
    const length = said instanceof PdfPointer ? this.#numbers.get(said.id) : said;
    if (typeof length === "number" && length >= 0 && start + length <= this.#bytes.length) {
      const behind = this.#parserAt(this.#bytes, start + length);
      behind.space();
      // Many lengths may lead to one long stretch of white space.
      this.#left -= behind.at - (start + length);
      if (behind.skips("endstream")) return this.#bytes.subarray(start, start + length);
    }
    if (start >= this.#endless) return undefined;
    const end = indexOfText(this.#bytes, "endstream", start);
    if (end === undefined) {
      this.#endless = start;
      return undefined;
    }
    const lineEnd = this.#bytes[end - 1] === 0x0a ? (this.#bytes[end - 2] === 0x0d ? 2 : 1) : 0;
    return this.#bytes.subarray(start, Math.max(start, end - lineEnd));
  }

  /** Gives the values of an object stream: it has `count` pairs of id and offset, and the values from `first` on. */
  *inside(content: Uint8Array, { first, count }: { first: number; count: number }): Generator<PdfValue> {
    const head = this.#parserAt(content, 0);
    // Offsets may point to one value again and again.
    for (let i = 0; i < count && this.count < MAX_OBJECTS && this.#left > 0; i++, this.count++) {
      try {
        const [id, offset] = [head.value(), head.value()];
        if (typeof id !== "number" || typeof offset !== "number" || head.at > first) return;
        const parser = this.#parserAt(content, first + offset);
        const value = parser.value();
        this.#left -= parser.at - (first + offset) + READING_BYTES;
        if (typeof value === "number") this.#numbers.set(id, value);
        yield value;
      } catch (error) {
        if (!(error instanceof NoValue)) throw error;
        return;
      }
    }
  }
}

const MAX_REVISIONS = 16;

interface Head {
  /** The id is undefined of a trailer. */
  readonly id: number | undefined;
  readonly end: number;
}

/** The next `12 0 obj` or `trailer` from `at` on. */
function nextHead(bytes: Uint8Array, at: number): Head | undefined {
  for (let i = at; i < bytes.length; i++) {
    if (bytes[i] === 0x6f && bytes[i + 1] === 0x62 && bytes[i + 2] === 0x6a) {
      const id = idBefore(bytes, i, at);
      if (id !== undefined) return { id, end: i + 3 };
    }
    if (bytes[i] === 0x74 && isAt(bytes, i, "trailer")) return { id: undefined, end: i + 7 };
  }
  return undefined;
}

/** Reads the id of `12 0 ` before `obj`; at most ten digits, and as much white space. */
function idBefore(bytes: Uint8Array, end: number, from: number): number | undefined {
  const least = Math.max(from, end - 40);
  const generationEnd = startOf(isSpace, bytes, end, least);
  if (generationEnd === end || !isDigit(bytes[generationEnd - 1])) return undefined;
  const generation = startOf(isDigit, bytes, generationEnd, least);
  const last = startOf(isSpace, bytes, generation, least);
  const first = startOf(isDigit, bytes, last, least);
  const isHead = generation < generationEnd && last < generation && first < last;
  return isHead && last - first <= 10 ? Number(textAt(bytes, first, last)) : undefined;
}

/** Tells where the run of such bytes begins that ends before `end`: `end` itself where there is none. */
function startOf(is: (byte?: number) => boolean, bytes: Uint8Array, end: number, least: number): number {
  let start = end;
  while (start > least && is(bytes[start - 1])) start--;
  return start;
}
