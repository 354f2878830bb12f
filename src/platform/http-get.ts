/** Fetching what a stranger serves: no more bytes than were asked for, and from nowhere else. */
import { type Dispatcher, fetch } from "undici";

export interface GetOptions {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly dispatcher?: Dispatcher;
}

/** Undefined for 404. Reads no more than `maxBytes` of what it is sent, after decompression too. */
export async function getBounded(
  url: string,
  { maxBytes, signal, dispatcher }: GetOptions,
): Promise<Uint8Array | undefined> {
  const response = await fetch(url, {
    ...(dispatcher && { dispatcher }),
    signal,
    // Who is asked is where the configuration says; it can't send us elsewhere.
    redirect: "error",
    headers: { "accept-encoding": "gzip, identity" },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw new Error(`${url} answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`${url} is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
