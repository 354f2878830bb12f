/**
 * Bodies as they come in: bounded in size and in time, and never left half read, so that a refusal reaches a client
 * that is still sending. Node's own iterator over a request would destroy the connection instead.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createGathered, createPieces, type Gathered, type Memory } from "./gather.js";
import { HttpRefusal } from "../problems/problems.js";
import { createFairLine, pieceByPiece } from "../shares/fair-line.js";
import { type Pace, patienceMs } from "../shares/patience.js";

/** An incoming request comes with its response, on which a client that waits for it is told to go on. */
export interface Incoming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface ReceiveLimits {
  readonly maxBytes: number;
  readonly idleMs: number;
  readonly totalMs: number;
  readonly pace: Pace;
}

/** So much may wait to be taken before the network is asked for no more. */
const WAITING_BYTES = 65_536;

/**
 * Gives the body's pieces, small ones joined. No more is asked of the network while a good deal waits to be taken:
 * memory stays flat, whatever the pieces' sizes.
 */
export async function* receive(from: Incoming, limits: ReceiveLimits): AsyncGenerator<Buffer> {
  const { request } = from;
  const admit = createGate(request, limits);
  const pieces = createPieces();
  let waitedMs = 0;
  let ended = false;
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const onData = (piece: Buffer): void => {
    pieces.push(piece);
    if (pieces.size >= WAITING_BYTES) request.pause();
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
  askForBody(from);
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

/** Reads the whole body, counted in `memory` as it comes: whoever takes it frees it. */
export async function readBody(from: Incoming, limits: ReceiveLimits, memory: Memory): Promise<Gathered> {
  const { request } = from;
  const gathered = createGathered(memory, announcedSize(request));
  try {
    await gather(from, limits, gathered);
    return gathered;
  } catch (error) {
    gathered.free();
    throw error;
  }
}

function gather(from: Incoming, limits: ReceiveLimits, gathered: Gathered): Promise<void> {
  const { request } = from;
  return new Promise((resolve, reject) => {
    const admit = createGate(request, limits);
    const stop = (): void => {
      clearTimeout(idle);
      request.off("data", onData).off("end", onEnd).off("close", onClose);
    };
    const fail = (error: unknown): void => {
      stop();
      // Whatever is thrown here is a refusal of `admit`, of the memory or one of the two below.
      reject(error as Error);
    };
    const idle = setTimeout(() => fail(tooSlow(`nothing came for ${limits.idleMs} ms`)), limits.idleMs);
    const onData = (piece: Buffer): void => {
      try {
        admit(piece);
        gathered.add(piece);
        idle.refresh();
      } catch (error) {
        fail(error);
      }
    };
    const onEnd = (): void => {
      stop();
      resolve();
    };
    const onClose = (): void => fail(incomplete());
    askForBody(from);
    request.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
  });
}

/**
 * RFC 9110, section 10.1.1: who sends `Expect: 100-continue` waits with the body. It is asked for where it is read, so
 * that nobody sends a body that is refused by its head.
 */
function askForBody({ request, response }: Incoming): void {
  if (!awaitsContinue(request) || response.headersSent) return;
  askedFor.add(request);
  response.writeContinue();
}

const askedFor = new WeakSet<IncomingMessage>();

/** Tells whether the client waits to be told. In HTTP/1.0 the header means nothing. */
const awaitsContinue = (request: IncomingMessage): boolean =>
  request.headers.expect !== undefined && request.httpVersionMinor > 0;

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

/** Gives `Content-Length` where it is given: HTTP's parser has checked that it is a number. */
export function announcedSize(request: IncomingMessage): number | undefined {
  const length = request.headers["content-length"];
  return length === undefined ? undefined : Number(length);
}

/** A rest of this size is read and forgotten, and the connection kept. */
const KEPT_REST_BYTES = 16 * 1024 * 1024;
const LINGER_MS = 5_000;
/** Of a client that sends nothing before it is asked to. */
const SHORT_LINGER_MS = 1_000;

/**
 * After a refusal: takes what the client still sends and forgets it, for at most five seconds. To close at once would reset
 * the connection, and the client might never read why. Undefined where the connection is kept; else the answer has
 * to say `Connection: close`, and to end when the promise resolves: a connection is closed with its answer's end.
 */
export function discardRest({ request, response }: Incoming): Promise<void> | undefined {
  if (request.complete || request.destroyed) return undefined;
  forget(request);
  const isAwaiting = awaitsContinue(request) && !askedFor.has(request);
  if (!isAwaiting && (announcedSize(request) ?? Infinity) <= KEPT_REST_BYTES) {
    response.once(
      "finish",
      () => void untilOver(request, LINGER_MS).then((isOver) => isOver || request.socket.destroy()),
    );
    return undefined;
  }
  return untilOver(request, isAwaiting ? SHORT_LINGER_MS : LINGER_MS).then(() => undefined);
}

/** All that this event loop reads and forgets, its senders in turn. */
const forgotten = createFairLine(pieceByPiece(() => true, 1));

function forget(request: IncomingMessage): void {
  const sender = request.socket.remoteAddress ?? "";
  request.on("data", () => {
    request.pause();
    void forgotten.turn(sender).then(() => request.resume());
  });
  request.resume();
}

/** Resolves when the body has ended or its connection is gone; false when it went on for too long. */
function untilOver(request: IncomingMessage, lingerMs: number): Promise<boolean> {
  if (request.complete || request.destroyed) return Promise.resolve(true);
  return new Promise((resolve) => {
    const cut = setTimeout(() => resolve(false), lingerMs);
    const done = (): void => {
      clearTimeout(cut);
      resolve(true);
    };
    request.once("end", done).once("close", done);
  });
}

const incomplete = () => new HttpRefusal("body-incomplete", "the connection ended inside the body");
const tooSlow = (got: string) =>
  new HttpRefusal("request-timeout", "the body came too slowly", { got }, { Connection: "close" });
const tooLarge = (got: string, maxBytes: number) =>
  new HttpRefusal("body-too-large", "the body is over the limit", { got, want: `at most ${maxBytes} bytes` });
