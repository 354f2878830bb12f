/**
 * multipart/form-data (RFC 7578 over RFC 2046, section 5.1), read strictly and lazily: a part is parsed when it is
 * asked for, its content is never held. What general parsers skip in silence (parts without a name, a preamble, text
 * after the end) is refused here: two readers of one upload must see the same parts.
 */
import { HttpRefusal } from "./problems.js";

export interface Part {
  readonly name: string;
  /** As the part says; absent where it does not. */
  readonly contentType?: string;
  /** To be read before the next part is asked for; what is left unread is passed over. */
  readonly content: AsyncIterable<Buffer>;
}

const MAX_HEADER_BYTES = 8192;
const CRLF = Buffer.from("\r\n");

/** The boundary of a `multipart/form-data` Content-Type; refuses one without. */
export function boundaryOf(contentType: string): string {
  // RFC 2046: 1 to 70 characters of a small set, the last not a space.
  const match =
    /^multipart\/form-data *; *boundary=(?:"([0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-])"|([0-9A-Za-z'+_.-]{1,70}))$/i.exec(
      contentType,
    );
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined)
    throw malformed("the Content-Type carries no boundary", {
      field: "/headers/content-type",
      got: contentType.slice(0, 200),
      want: "multipart/form-data; boundary=…",
    });
  return boundary;
}

export async function* readParts(content: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<Part> {
  const input = createInput(content);
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  // The first delimiter has no line before it: with one put there it is like all the others.
  input.unread(CRLF);
  if (!(await input.take(delimiter.length))?.equals(delimiter))
    throw malformed("the body does not begin with its boundary");
  for (;;) {
    const end = await input.take(2);
    if (end?.equals(Buffer.from("--")) === true) break;
    if (end?.equals(CRLF) !== true) throw malformed("a boundary is followed by other bytes");
    const headers = parseHeaders(await input.takeThrough(Buffer.from("\r\n\r\n"), MAX_HEADER_BYTES));
    const rest = contentUntil(delimiter, input);
    yield { ...headers, content: rest };
    for await (const piece of rest) void piece;
  }
  const epilogue = await input.take(3);
  if (epilogue !== undefined || !["", "\r\n"].includes(input.rest().toString("latin1")))
    throw malformed("bytes follow the last boundary");
}

async function* contentUntil(delimiter: Buffer, input: Input): AsyncGenerator<Buffer> {
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
    if (!(await input.more())) throw malformed("the body ends inside a part");
  }
}

interface Input {
  /** What has come and was not taken. */
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

function createInput(content: AsyncIterable<Buffer>): Input {
  const pieces = content[Symbol.asyncIterator]();
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

function parseHeaders(block: Buffer): { name: string; contentType?: string } {
  const headers = new Map<string, string>();
  for (const line of block.toString("utf8").split("\r\n")) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/s.exec(line);
    if (match === null || /[\r\n\0]/.test(line))
      throw malformed("a part's header is malformed", { got: line.slice(0, 200) });
    const name = (match[1] as string).toLowerCase();
    if (headers.has(name)) throw malformed("a part's header stands twice", { got: name });
    headers.set(name, match[2] as string);
  }
  const encoding = headers.get("content-transfer-encoding")?.toLowerCase() ?? "binary";
  // RFC 7578, section 4.7: deprecated; base64 here would be deposited as base64.
  if (!["binary", "8bit", "7bit"].includes(encoding))
    throw malformed("a part comes in a transfer encoding", { got: encoding, want: "binary" });
  const disposition = headers.get("content-disposition") ?? "";
  const name = parametersOf(disposition)?.get("name");
  if (name === undefined || name === "")
    throw malformed("a part has no name", {
      got: disposition.slice(0, 200),
      want: 'Content-Disposition: form-data; name="…"',
    });
  const contentType = headers.get("content-type");
  return {
    name,
    ...(contentType !== undefined && contentType !== "" && { contentType }),
  };
}

/**
 * Of a `form-data` disposition, read once from left to right: what a quoted file name holds is no parameter.
 * Undefined where it is anything else, or says one twice.
 */
function parametersOf(disposition: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  let rest = /^form-data(?=;|$)/i.test(disposition) ? disposition.slice("form-data".length) : undefined;
  while (rest !== undefined && rest !== "") {
    const match = /^; *([a-z*]+)=(?:"((?:[^"\\]|\\.)*)"|([^";\s]*)) *(?=;|$)/i.exec(rest);
    const name = match?.[1]?.toLowerCase();
    if (match === null || name === undefined || parameters.has(name)) return undefined;
    parameters.set(name, match[2] ?? match[3] ?? "");
    rest = rest.slice(match[0].length);
  }
  return rest === undefined ? undefined : parameters;
}

const malformed = (message: string, detail: { field?: string; got?: string; want?: string } = {}) =>
  new HttpRefusal("multipart-malformed", message, detail);
