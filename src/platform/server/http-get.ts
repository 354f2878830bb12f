/** GET from a stranger, or what a stranger left in a folder: nobody there is trusted with our memory or our time. */
import { readFile, stat } from "node:fs/promises";
import { type Dispatcher, fetch } from "undici";

export interface GetOptions {
  /** After decompression too. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly dispatcher?: Dispatcher;
}

/** What was sent is longer than allowed: nothing else is known of it. */
export class TooLongError extends Error {
  override readonly name = "TooLongError";
}

/** Undefined for 404. Throws `TooLongError`, and for whatever else is no answer. */
export async function getBounded(
  url: string,
  { maxBytes, signal, dispatcher }: GetOptions,
): Promise<Uint8Array | undefined> {
  const response = await fetch(url, {
    ...(dispatcher && { dispatcher }),
    signal,
    // Whom we ask is where the configuration says; it can't send us elsewhere.
    redirect: "error",
    headers: { "accept-encoding": "gzip, identity" },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw new Error(`${url} answered ${response.status}`);
  }
  return boundedBytes((response.body ?? []) as AsyncIterable<Uint8Array>, { maxBytes, what: url });
}

/** All of a body that somebody else sends. Throws `TooLongError`, naming `what` it is. */
export async function boundedBytes(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, what }: { readonly maxBytes: number; readonly what: string },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new TooLongError(`${what} is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  // Not a Buffer, whose `slice` shares its memory: who parses the bytes need not know.
  return new Uint8Array(Buffer.concat(chunks));
}

/** As `getBounded`, of a file. */
export async function readBounded(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    const found = await stat(file);
    // A pipe or a device, or a link to one, would never end.
    if (!found.isFile()) throw new Error(`${file} is no file`);
    const { size } = found;
    if (size > maxBytes) throw new TooLongError(`${file} is longer than ${maxBytes} bytes`);
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
