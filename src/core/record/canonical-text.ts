/**
 * A JSON text's RFC 8785 bytes, without its values in between: a record may hold millions of them, and an object for each
 * would take many times the record's own bytes. What is held is the text, the bytes made so far, and the names of the objects
 * that are open.
 */
import { spellString } from "./canonical.js";
import { type JsonOptions, type JsonSink, readJson } from "./json-text.js";

/** Gives the same bytes as `canonicalJson(parseJson(bytes, options))`. Throws as `readJson`. */
export function canonicalText(bytes: Uint8Array, options: JsonOptions): Uint8Array {
  const sink = createCanonicalSink(bytes.length);
  readJson(bytes, options, sink);
  return sink.bytes();
}

/** An open container is an object or array whose end has not come. */
interface Open {
  /** Says whether something stands in it already, so that a comma is due. */
  isFilled: boolean;
  /** An object has the names of its members here, and where each begins in the output, all of which is bytes. */
  readonly names: string[];
  readonly starts: number[];
}

/** Makes a sink that spells what it is told as RFC 8785 does; `sizeHint` is about how many bytes will come of it. */
export function createCanonicalSink(sizeHint: number): JsonSink & { bytes(): Uint8Array } {
  const output = createOutput(sizeHint);
  const around: Open[] = [];
  const separate = () => {
    const open = around.at(-1);
    if (open === undefined || open.names.length > 0) return;
    if (open.isFilled) output.write(",");
    open.isFilled = true;
  };
  const begin = (bracket: string) => {
    separate();
    output.write(bracket);
    around.push({ isFilled: false, names: [], starts: [] });
  };
  return {
    beginArray: () => begin("["),
    beginObject: () => begin("{"),
    name(name) {
      const open = around.at(-1);
      if (open === undefined) throw new Error("internal: a name outside of an object");
      if (open.names.length > 0) output.write(",");
      open.names.push(name);
      open.starts.push(output.length());
      output.write(spellString(name));
      output.write(":");
    },
    endArray() {
      around.pop();
      output.write("]");
    },
    endObject() {
      const open = around.pop();
      if (open !== undefined) sortMembers(open, output);
      output.write("}");
    },
    scalar(value) {
      separate();
      output.write(typeof value === "string" ? spellString(value) : String(value));
    },
    bytes: () => output.bytes(),
  };
}

/** RFC 8785, section 3.2.3: sorted by UTF-16 code units, which is how `<` compares. Most makers write them so. */
function sortMembers({ names, starts }: Open, output: Output): void {
  if (names.every((name, i) => i === 0 || (names[i - 1] as string) < name)) return;
  const first = starts[0] as number;
  // Each with the comma behind it; the last gets one here, for the sake of whatever stands behind it then.
  output.write(",");
  const members = output.bytes().slice(first);
  output.cut(first);
  const order = Uint32Array.from(names.keys()).sort((a, b) =>
    (names[a] as string) < (names[b] as string) ? -1 : 1,
  );
  for (const i of order) {
    const end = starts[i + 1] ?? first + members.length;
    output.copy(members.subarray((starts[i] as number) - first, end - first));
  }
  output.cut(output.length() - 1);
}

interface Output {
  write(text: string): void;
  copy(bytes: Uint8Array): void;
  /** Forgets what stands from `length` on. */
  cut(length: number): void;
  length(): number;
  /** Gives what was written so far: the buffer itself, not a copy. */
  bytes(): Uint8Array;
}

function createOutput(sizeHint: number): Output {
  let buffer = new Uint8Array(sizeHint + 16);
  let length = 0;
  const makeRoom = (more: number) => {
    if (length + more <= buffer.length) return;
    const larger = new Uint8Array(Math.max(length + more, 2 * buffer.length));
    larger.set(buffer.subarray(0, length));
    buffer = larger;
  };
  return {
    write(text) {
      makeRoom(text.length);
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code >= 0x80) {
          // Of each code unit of the rest at most three bytes.
          makeRoom(3 * (text.length - i));
          length += encoder.encodeInto(i === 0 ? text : text.slice(i), buffer.subarray(length)).written;
          return;
        }
        buffer[length++] = code;
      }
    },
    copy(bytes) {
      makeRoom(bytes.length);
      buffer.set(bytes, length);
      length += bytes.length;
    },
    cut(to) {
      length = to;
    },
    length: () => length,
    bytes: () => buffer.subarray(0, length),
  };
}

const encoder = new TextEncoder();
