/** A request's body: whole and short, or of any length and as it comes. */
import type { IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";

/**
 * So much of a body above the limit, in multiples of it, is read before the connection is cut: a sender that stops
 * soon gets its 413.
 */
const DRAINED_TIMES = 16;

/**
 * Reads a body; undefined when it is longer than allowed. It is copied as it comes: pieces of one byte would cost
 * hundreds each.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  const body = Buffer.allocUnsafeSlow(maxBytes);
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (size + chunk.length <= maxBytes) chunk.copy(body, size);
    size += chunk.length;
    if (size > DRAINED_TIMES * maxBytes) break;
  }
  return size <= maxBytes ? body.subarray(0, size) : undefined;
}

export interface StreamedBody {
  /** These are the body's chunks; the iterator rejects where the sender breaks off or the compression does. */
  readonly chunks: AsyncIterator<Uint8Array>;
  /** Stops the reading: nothing more will be read. The connection stays, so that the answer arrives. */
  stop(): void;
}

/**
 * SPEC (tlog-mirror): "Mirrors MUST support receiving `Content-Encoding: gzip` in `add-entries` requests." Undefined for
 * any other encoding. No more is decompressed than is read, so a small body that would become a huge one costs no more
 * than the part of it that its reader wants.
 */
export function streamBody(request: IncomingMessage): StreamedBody | undefined {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip") return undefined;
  const gunzip = encoding === "gzip" ? createGunzip() : undefined;
  if (gunzip !== undefined) {
    // `pipeline` would cut the connection together with the decompression, and the answer with it.
    request.pipe(gunzip);
    // What had arrived is still decompressed, and then ends in the middle.
    request.once("error", () => gunzip.end());
  }
  const chunks = (gunzip ?? request).iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
  return {
    chunks,
    stop: () => {
      if (gunzip !== undefined) request.unpipe(gunzip);
      // The rest of the body flows away only once the iterator no longer listens.
      void chunks.return?.().then(() => {
        gunzip?.destroy();
        request.resume();
      });
    },
  };
}
