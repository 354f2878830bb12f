/** The worker's side of the socket: it answers those who ask, tells them that it lives, and passes on the bell. */
import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { pause } from "../../notary/model/wake-up.js";
import type { Bell } from "../../notary/ports/bell.js";
import type { Log } from "../../notary/ports/host.js";
import type { Worker } from "../../notary/ports/worker.js";
import { readFrames, sendFrame } from "./frames.js";
import { encodeDecisions, failureOf, type FromWorker, PULSE_MS, type ToWorker } from "./messages.js";

const MOST_UNREAD_BYTES = 16 * 1024 * 1024;
/** So long the end waits for what is under way, whose askers wait for it, and for those who read slowly. */
const ENDING_MS = 3000;
const FLUSH_MS = 1000;

export interface WorkerServer {
  /** Takes nothing new, answers what it has begun, and resolves when nobody is answered any more. */
  close(): Promise<void>;
}

/** Listens at `path`, which nobody else has. Whoever can reach it owns the folder that it lies in. */
export async function serveWorker(
  path: string,
  worker: Worker,
  { bell, log }: { readonly bell: Bell; readonly log: Log },
): Promise<WorkerServer> {
  const sockets = new Set<Socket>();
  const underWay = new Set<Promise<void>>();
  let isEnding = false;
  const send = (socket: Socket, message: FromWorker) => {
    sendFrame(socket, message);
  };
  const pulse = (): FromWorker => ({ kind: "pulse", halts: worker.halts() });
  const deafen = bell.hear(() => {
    for (const socket of sockets) send(socket, { kind: "ring" });
  });

  async function answer(socket: Socket, message: Extract<ToWorker, { kind: "call" }>): Promise<void> {
    const { id, name, args } = message;
    try {
      const call = worker[name] as (...given: readonly unknown[]) => Promise<unknown>;
      const result = await call(...args);
      const told =
        name === "record" ? encodeDecisions(result as Awaited<ReturnType<Worker["record"]>>) : result;
      send(socket, { kind: "result", id, result: told });
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === "fault")
        log.error({ err: error, call: name }, "what was asked of the worker failed");
      send(socket, { kind: "failure", id, failure });
    }
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    readFrames(socket, (received) => {
      const message = received as ToWorker;
      if (message.kind === "ring") bell.ring();
      // Whoever asks while it ends asks the successor, when the connection has ended.
      else if (!isEnding) {
        const answered = answer(socket, message).finally(() => underWay.delete(answered));
        underWay.add(answered);
      }
    });
    send(socket, pulse());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  const pulsing = setInterval(() => {
    const message = pulse();
    for (const socket of sockets)
      // Whoever reads nothing, since it is stopped, is not written to without end.
      if (socket.writableLength > MOST_UNREAD_BYTES) socket.destroy();
      else send(socket, message);
  }, PULSE_MS);
  return {
    close: async () => {
      isEnding = true;
      const closed = new Promise((resolve) => server.close(resolve));
      const late = new AbortController();
      await Promise.race([Promise.all(underWay), pause(ENDING_MS, late.signal)]);
      late.abort();
      deafen();
      clearInterval(pulsing);
      for (const socket of sockets) socket.destroySoon();
      const cutting = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, FLUSH_MS);
      await closed;
      clearTimeout(cutting);
      rmSync(path, { force: true });
    },
  };
}
