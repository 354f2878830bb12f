/**
 * Bodies as they come in: bounded in size and in time, and never left half read, so that a refusal reaches a client
 * that is still sending. Node's own iterator over a request would destroy the connection instead.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HttpRefusal } from "./problems.js";
import { type Pace, patienceMs } from "./shares/patience.js";

export interface ReceiveLimits {
  readonly maxBytes: number;
  readonly idleMs: number;
  readonly totalMs: number;
  readonly pace: Pace;
}

/** The body's pieces. The next is not asked of the network before the last was taken: memory stays flat. */
export async function* receive(request: IncomingMessage, limits: ReceiveLimits): AsyncGenerator<Buffer> {
  const admit = createGate(request, limits);
  const pieces: Buffer[] = [];
  let waitedMs = 0;
  let ended = false;
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const onData = (piece: Buffer): void => {
    request.pause();
    pieces.push(piece);
    wake();
  };
  const onEnd = (): void => {
    ended = true;
    wake();
  };
  const onClose = (): void => {
    if (!ended) failure ??= incomplete();
    wake();
  };
  request.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
  if (request.destroyed && !request.complete) failure = incomplete();
  try {
    for (;;) {
      for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
        admit(piece, waitedMs);
        yield piece;
      }
      if (failure !== undefined) throw failure;
      if (ended) return;
      // The clock runs only here: while a piece is being worked on, nobody is slow but ourselves.
      const fromMs = performance.now();
      await new Promise<void>((resolve, reject) => {
        const idle = setTimeout(() => reject(tooSlow(`nothing came for ${limits.idleMs} ms`)), limits.idleMs);
        wake = () => {
          clearTimeout(idle);
          resolve();
        };
        request.resume();
      });
      waitedMs += performance.now() - fromMs;
    }
  } finally {
    wake();
    request.off("data", onData).off("end", onEnd).off("close", onClose);
    // A connection that breaks later must not become an uncaught error.
    request.off("error", onClose).on("error", () => undefined);
  }
}

/** The whole body in memory. */
export function readBody(request: IncomingMessage, limits: ReceiveLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const admit = createGate(request, limits);
    const pieces: Buffer[] = [];
    const stop = (): void => {
      clearTimeout(idle);
      request.off("data", onData).off("end", onEnd).off("close", onClose);
    };
    const fail = (error: unknown): void => {
      stop();
      // Whatever is thrown here is a refusal of `admit` or one of the two below.
      reject(error as Error);
    };
    const idle = setTimeout(() => fail(tooSlow(`nothing came for ${limits.idleMs} ms`)), limits.idleMs);
    const onData = (piece: Buffer): void => {
      try {
        admit(piece);
        pieces.push(piece);
        idle.refresh();
      } catch (error) {
        fail(error);
      }
    };
    const onEnd = (): void => {
      stop();
      resolve(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
    };
    const onClose = (): void => fail(incomplete());
    request.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
  });
}

/** Counts pieces, and throws for the one that is too much or too late; `waitedMs` is how long this service had nothing to do but wait. */
function createGate(
  request: IncomingMessage,
  limits: ReceiveLimits,
): (piece: Buffer, waitedMs?: number) => void {
  const announced = announcedSize(request);
  if (announced !== undefined && announced > limits.maxBytes)
    throw tooLarge(`${announced} bytes`, limits.maxBytes);
  const begunMs = performance.now();
  const latest = begunMs + limits.totalMs;
  const { pace } = limits;
  let size = 0;
  return (piece, waitedMs = performance.now() - begunMs) => {
    if (patienceMs(pace, size, waitedMs) <= 0)
      throw tooSlow(`less than ${pace.bytesPerSecond} bytes a second after ${pace.graceMs} ms`);
    size += piece.length;
    if (size > limits.maxBytes) throw tooLarge(`more than ${limits.maxBytes} bytes`, limits.maxBytes);
    if (performance.now() > latest) throw tooSlow(`not complete after ${limits.totalMs} ms`);
  };
}

/** `Content-Length` where it is given: HTTP's parser has checked that it is a number. */
export function announcedSize(request: IncomingMessage): number | undefined {
  const length = request.headers["content-length"];
  return length === undefined ? undefined : Number(length);
}

/**
 * After a refusal: takes what the client still sends and forgets it, for at most `lingerMs`. Closing at once would
 * reset the connection, and the client might never read why.
 */
export function discardRest(request: IncomingMessage, response: ServerResponse, lingerMs = 5_000): void {
  if (request.complete || request.destroyed) return;
  request.resume();
  response.once("finish", () => {
    if (request.complete || request.destroyed) return;
    const cut = setTimeout(() => request.socket.destroy(), lingerMs);
    const done = (): void => clearTimeout(cut);
    request.once("end", done).once("close", done);
  });
}

const incomplete = () => new HttpRefusal("body-incomplete", "the connection ended inside the body");
const tooSlow = (got: string) =>
  new HttpRefusal("request-timeout", "the body came too slowly", { got }, { Connection: "close" });
const tooLarge = (got: string, maxBytes: number) =>
  new HttpRefusal("body-too-large", "the body is over the limit", { got, want: `at most ${maxBytes} bytes` });
