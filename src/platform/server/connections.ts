/**
 * Connections of one server: so many at all and so many of one address, and none of them kept by a client that does not
 * read what it asked for. What is refused here is refused before a byte of a request is parsed.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { type AnswerFault, lastAnswer } from "./head-faults.js";

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
}

export interface ReaderPace {
  /** So long an answer may wait for its reader, ... */
  readonly graceMs: number;
  /** ... and as much longer as what has left would take at this pace. */
  readonly bytesPerSecond: number;
}

export interface ConnectionGuardOptions {
  readonly limits: ConnectionLimits;
  readonly slowReaders: ReaderPace;
  /** By which name a client is counted; undefined: it is a proxy, which brings many clients, and counts for no one. */
  readonly nameOf: (remoteAddress: string | undefined) => string | undefined;
}

export interface ConnectionsStanding {
  readonly open: number;
  /** Of one address. */
  readonly largest: number;
  /** Since the start. */
  readonly refused: number;
  /** Ended, since nobody read what they asked for: since the start. */
  readonly unread: number;
}

export interface ConnectionGuard {
  standing(): ConnectionsStanding;
}

const LOOK_EVERY_MS = 500;

/** Whom it refuses it answers with `answerFault`, so that a person can read why and a program can act on it. */
export function guardConnections(
  server: Server,
  options: ConnectionGuardOptions,
  answerFault: AnswerFault,
): ConnectionGuard {
  const { limits, slowReaders, nameOf } = options;
  const open = new Map<Socket, Delivery>();
  /** As large as there are addresses with a connection. */
  const byAddress = new Map<string, number>();
  let [refused, unread] = [0, 0];

  server.on("connection", (socket) => {
    const name = nameOf(socket.remoteAddress);
    const has = name === undefined ? 0 : (byAddress.get(name) ?? 0);
    if (open.size >= limits.total || has >= limits.perAddress) {
      refused += 1;
      const answer = answerFault(
        has >= limits.perAddress
          ? { kind: "connections-of-address", limit: limits.perAddress }
          : { kind: "connections-of-all", limit: limits.total },
      );
      // One write into an empty buffer, and no more is spent on it; then it is closed, read or not.
      socket.on("error", () => undefined).end(lastAnswer(answer), () => socket.destroy());
      return;
    }
    open.set(socket, { pendingSinceMs: undefined, before: 0 });
    if (name !== undefined) byAddress.set(name, has + 1);
    socket.once("close", () => {
      open.delete(socket);
      const left = name === undefined ? 0 : (byAddress.get(name) ?? 0) - 1;
      if (name === undefined) return;
      if (left > 0) byAddress.set(name, left);
      else byAddress.delete(name);
    });
  });

  const look = setInterval(() => {
    const nowMs = performance.now();
    for (const [socket, delivery] of open)
      if (isUnread(socket, delivery, slowReaders, nowMs)) {
        unread += 1;
        socket.destroy();
      }
  }, LOOK_EVERY_MS);
  look.unref();
  server.once("close", () => clearInterval(look));

  return {
    standing: () => ({
      open: open.size,
      largest: [...byAddress.values()].reduce((most, has) => Math.max(most, has), 0),
      refused,
      unread,
    }),
  };
}

/** What waits to be read on one connection, since when, and how much had left before. */
interface Delivery {
  pendingSinceMs: number | undefined;
  before: number;
}

function isUnread(
  socket: Socket,
  delivery: Delivery,
  { graceMs, bytesPerSecond }: ReaderPace,
  nowMs: number,
) {
  if (socket.writableLength === 0) {
    delivery.pendingSinceMs = undefined;
    return false;
  }
  // What the kernel has taken counts as read: its buffers are small.
  const left = socket.bytesWritten - socket.writableLength;
  if (delivery.pendingSinceMs === undefined) {
    delivery.pendingSinceMs = nowMs;
    delivery.before = left;
  }
  return nowMs - delivery.pendingSinceMs > graceMs + ((left - delivery.before) / bytesPerSecond) * 1000;
}
