/**
 * multipart/form-data (RFC 7578 over RFC 2046, section 5.1), read by its grammar and lazily: a part is parsed when it is
 * asked for, its content is never held. What comes before the first boundary and after the last is passed over, as the
 * grammar has it. What general parsers guess at (parts without a name, a header twice, a boundary with text behind it)
 * is refused: two readers of one upload must see the same parts.
 */
import { describe } from "../problems/describe.js";
import { parseDisposition, parseMediaType } from "./header-grammar.js";
import { HttpRefusal } from "../problems/problems.js";

export interface Part {
  readonly name: string;
  /**
   * The file name is as the part says: empty where a form's field for a file was left blank, absent where it is no
   * such field.
   */
  readonly fileName?: string;
  /** The media type is as the part says; absent where it says none. */
  readonly contentType?: string;
  /** The content is to be read before the next part is asked for; what is left unread is passed over. */
  readonly content: AsyncIterable<Buffer>;
}

const MAX_HEADER_BYTES = 8192;
const CRLF = Buffer.from("\r\n");
const [TAB, SPACE] = [0x09, 0x20] as const;

/** Gives the boundary of a `multipart/form-data` Content-Type, whatever stands beside it; refuses one without. */
export function boundaryOf(contentType: string): string {
  const boundary = parseMediaType(contentType)?.parameters.get("boundary");
  // RFC 2046: 1 to 70 characters of a small set, the last not a space.
  if (boundary === undefined || !/^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/.test(boundary))
    throw malformed("the Content-Type carries no boundary", {
      field: "/headers/content-type",
      got: describe(contentType),
      want: "multipart/form-data; boundary=…",
    });
  return boundary;
}

/** Gives the parts in their order. The body is read to its end, or given back unread where this is left early. */
export async function* readParts(content: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<Part> {
  const pieces = content[Symbol.asyncIterator]();
  try {
    const input = createInput(pieces);
    const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
    // Where nothing comes before it, the first delimiter has no line end before it: with one put there all are alike.
    input.unread(CRLF);
    for await (const piece of contentUntil(delimiter, input, "the body has no boundary of its own"))
      void piece;
    while (!(await isLast(input))) {
      const headers = parseHeaders(await input.takeThrough(Buffer.from("\r\n\r\n"), MAX_HEADER_BYTES));
      const rest = contentUntil(delimiter, input, "the body ends inside a part");
      yield { ...headers, content: rest };
      for await (const piece of rest) void piece;
    }
    while (await input.more()) input.drop(input.rest().length);
  } finally {
    // Else whoever sends the body would go on sending it to nobody.
    await pieces.return?.();
  }
}

/** Reads what stands behind a delimiter: `--` ends the body, and a line's end begins a part. */
async function isLast(input: Input): Promise<boolean> {
  let end = await input.take(2);
  const isLast = end?.toString("latin1") === "--";
  if (!isLast && end !== undefined) input.unread(end);
  await passPadding(input);
  end = await input.take(2);
  const isWhole = end === undefined && isLast && input.rest().length === 0;
  if (!isWhole && end?.equals(CRLF) !== true) throw malformed("a boundary is followed by other bytes");
  return isLast;
}

/** SPEC (RFC 2046): receivers "MUST be able to handle padding" (white space) behind a boundary. */
async function passPadding(input: Input): Promise<void> {
  do {
    const rest = input.rest();
    const end = rest.findIndex((byte) => byte !== SPACE && byte !== TAB);
    input.drop(end < 0 ? rest.length : end);
    if (end >= 0) return;
  } while (await input.more());
}

async function* contentUntil(delimiter: Buffer, input: Input, without: string): AsyncGenerator<Buffer> {
  for (;;) {
    const at = input.rest().indexOf(delimiter);
    if (at >= 0) {
      if (at > 0) yield input.drop(at);
      input.drop(delimiter.length);
      return;
    }
    // The delimiter may have begun in the last bytes.
    const safe = input.rest().length - delimiter.length + 1;
    if (safe > 0) yield input.drop(safe);
    if (!(await input.more())) throw malformed(without);
  }
}

interface Input {
  /** Gives what has come and was not taken. */
  rest(): Buffer;
  /** Waits for the next piece; false at the end. */
  more(): Promise<boolean>;
  unread(bytes: Buffer): void;
  /** Takes bytes that are there. */
  drop(length: number): Buffer;
  /** Undefined, and nothing taken, where the body ends before. */
  take(length: number): Promise<Buffer | undefined>;
  takeThrough(mark: Buffer, maxBytes: number): Promise<Buffer>;
}

function createInput(pieces: AsyncIterator<Buffer>): Input {
  let rest: Buffer = Buffer.alloc(0);
  const input: Input = {
    rest: () => rest,
    async more() {
      const { done, value } = await pieces.next();
      if (done === true) return false;
      rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
      return true;
    },
    unread(bytes) {
      rest = Buffer.concat([bytes, rest]);
    },
    drop(length) {
      const taken = rest.subarray(0, length);
      rest = rest.subarray(length);
      return taken;
    },
    async take(length) {
      while (rest.length < length) if (!(await input.more())) return undefined;
      return input.drop(length);
    },
    async takeThrough(mark, maxBytes) {
      for (;;) {
        const at = rest.indexOf(mark);
        if (at >= 0 && at <= maxBytes) return input.drop(at + mark.length).subarray(0, at);
        if (at >= 0 || rest.length > maxBytes) throw malformed("a part's headers are too long");
        if (!(await input.more())) throw malformed("the body ends inside a part's headers");
      }
    },
  };
  return input;
}

function parseHeaders(block: Buffer): Omit<Part, "content"> {
  const headers = new Map<string, string>();
  for (const line of block.toString("utf8").split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || /[\r\n\0]/.test(line))
      throw malformed("a part's header is malformed", { got: describe(line) });
    if (headers.has(name)) throw malformed("a part's header stands twice", { got: describe(name) });
    headers.set(name, line.slice(colon + 1).trim());
  }
  const encoding = headers.get("content-transfer-encoding")?.toLowerCase() ?? "binary";
  // RFC 7578, section 4.7: deprecated; base64 here would be deposited as base64.
  if (!["binary", "8bit", "7bit"].includes(encoding))
    throw malformed("a part comes in a transfer encoding", { got: describe(encoding), want: "binary" });
  const disposition = headers.get("content-disposition") ?? "";
  const { value, parameters } = parseDisposition(disposition) ?? {};
  const name = value === "form-data" ? parameters?.get("name") : undefined;
  if (name === undefined || name === "")
    throw malformed("a part has no name", {
      got: describe(disposition),
      want: 'Content-Disposition: form-data; name="…"',
    });
  const contentType = headers.get("content-type");
  const fileName = parameters?.get("filename*") ?? parameters?.get("filename");
  return {
    name,
    ...(fileName !== undefined && { fileName }),
    ...(contentType !== undefined && contentType !== "" && { contentType }),
  };
}

const malformed = (message: string, detail: { field?: string; got?: string; want?: string } = {}) =>
  new HttpRefusal("multipart-malformed", message, detail);
