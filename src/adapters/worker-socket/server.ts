/** The worker's side of the line: it answers those who ask, tells them that it lives, and passes on the bell. */
import { pause } from "../../notary/model/wake-up.js";
import type { Bell } from "../../notary/ports/bell.js";
import type { Log, Now } from "../../notary/ports/host.js";
import type { Worker } from "../../notary/ports/worker.js";
import type { Entrance } from "./entrances.js";
import { type Line, openLine } from "./line.js";
import { encodeDecisions, failureOf, type FromWorker, PULSE_MS, type ToWorker } from "./messages.js";

/** So long the end waits for what is under way, whose askers wait for it, and for those who read slowly. */
const ENDING_MS = 3000;
const FLUSH_MS = 1000;

export interface WorkerServer {
  /** Takes nothing new, answers what it has begun, and resolves when nobody is answered any more. */
  close(): Promise<void>;
}

export interface WorkerServerOptions {
  readonly bell: Bell;
  readonly log: Log;
  readonly now: Now;
  /** Of this program: no other is talked to. */
  readonly version: string;
}

/** Answers whoever comes in there. */
export async function serveWorker(
  entrance: Entrance,
  worker: Worker,
  { bell, log, now, version }: WorkerServerOptions,
): Promise<WorkerServer> {
  const all = new Set<Line>();
  const agreed = new Set<Line>();
  const underWay = new Set<Promise<void>>();
  let isEnding = false;
  const send = (line: Line, message: FromWorker) => {
    line.send(message);
  };
  const pulse = (): FromWorker => ({ kind: "pulse", halts: worker.halts(), nowMs: now() });
  const deafen = bell.hear(() => {
    for (const line of agreed) send(line, { kind: "ring" });
  });

  async function answer(line: Line, message: Extract<ToWorker, { kind: "call" }>): Promise<void> {
    const { id, name, args } = message;
    try {
      const call = worker[name] as (...given: readonly unknown[]) => Promise<unknown>;
      const result = await call(...args);
      const told =
        name === "record" ? encodeDecisions(result as Awaited<ReturnType<Worker["record"]>>) : result;
      send(line, { kind: "result", id, result: told });
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === "fault")
        log.error({ err: error, call: name }, "what was asked of the worker failed");
      send(line, { kind: "failure", id, failure });
    }
  }

  const listening = await entrance.listen((socket) => {
    const from = socket.remoteAddress;
    const line: Line = openLine(socket, {
      version,
      agreed: () => {
        agreed.add(line);
        send(line, pulse());
      },
      heard: (received) => {
        const message = received as ToWorker;
        if (message.kind === "ring") bell.ring();
        // Whoever asks while it ends asks the successor, when the line has ended.
        else if (message.kind === "call" && !isEnding) {
          const answered = answer(line, message).finally(() => underWay.delete(answered));
          underWay.add(answered);
        }
      },
      ended: (why) => {
        all.delete(line);
        agreed.delete(line);
        if (why !== undefined) log.warn({ from, reason: why }, "a process that asks the worker is left");
      },
    });
    all.add(line);
  }, log);
  const pulsing = setInterval(() => {
    const message = pulse();
    for (const line of agreed) send(line, message);
  }, PULSE_MS);
  return {
    close: async () => {
      isEnding = true;
      const closed = listening.close();
      const late = new AbortController();
      await Promise.race([Promise.all(underWay), pause(ENDING_MS, late.signal)]);
      late.abort();
      deafen();
      clearInterval(pulsing);
      for (const line of all) line.endSoon();
      const cutting = setTimeout(() => {
        for (const line of all) line.end();
      }, FLUSH_MS);
      await closed;
      clearTimeout(cutting);
    },
  };
}
