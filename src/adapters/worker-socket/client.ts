/**
 * The worker as a process knows it that is not the worker: found by its lease, asked by its socket, and asked again, or its
 * successor, where it dies, is stopped or hands over meanwhile. What may be asked twice is; what may not is refused then.
 */
import { connect, type Socket } from "node:net";
import type { Halt, Impairment, Readiness, WorkStatus } from "../../notary/model/model.js";
import { Refusal } from "../../notary/model/refusal.js";
import type { Bell } from "../../notary/ports/bell.js";
import type { Log } from "../../notary/ports/host.js";
import type { Draft, Worker } from "../../notary/ports/worker.js";
import { readFrames, sendFrame } from "./frames.js";
import {
  type Arguments,
  type CallName,
  decodeDecisions,
  errorOf,
  type FromWorker,
  PULSE_MS,
  type ToWorker,
} from "./messages.js";

export interface WorkerClientOptions {
  /** Where the worker is that leads now; undefined where none does. */
  readonly findAddress: () => Promise<string | undefined>;
  readonly bell: Bell;
  readonly log: Log;
  /** A deposit waits so long for a worker to answer. */
  readonly patienceMs: number;
}

export interface WorkerClient extends Worker {
  /** As the worker's own; `withinMs` may shorten how long an answer is waited for. */
  record(drafts: readonly Draft[], withinMs?: number): ReturnType<Worker["record"]>;
  /** How long a deposit waits for a worker to answer. */
  readonly patienceMs: number;
  close(): Promise<void>;
}

/** Eight pulses that did not come. */
const SILENCE_MS = 8 * PULSE_MS;
const LOOK_MS = 100;
/** Whoever asks how it stands is not to wait. */
const STANDING_MS = 1500;
/** What is drawn, signed or appended takes a while. */
const DEED_MS = 60_000;
const RETRY_SECONDS = 30;

/** The connection ended before the answer came: the deed may have been done. */
class ConnectionLost extends Error {}

interface Connection {
  readonly socket: Socket;
  call(name: CallName, args: readonly unknown[]): Promise<unknown>;
  end(): void;
}

export function openWorkerClient({ findAddress, bell, log, patienceMs }: WorkerClientOptions): WorkerClient {
  let halts: readonly Halt[] = [];
  let connection: Connection | undefined;
  let connecting: Promise<Connection | undefined> | undefined;
  let isClosed = false;
  let isTold = false;
  let isHeard = false;
  /** Whether somebody held the lease when it was last looked for. */
  let isHeld = false;
  /** What came from the worker is not sent back to it. */
  const deafen = bell.hear(() => {
    if (isHeard) isHeard = false;
    else if (connection) sendFrame(connection.socket, { kind: "ring" } satisfies ToWorker);
  });
  const looking = setInterval(() => void reach().catch(() => undefined), LOOK_MS);

  const reach = (): Promise<Connection | undefined> => {
    if (connection !== undefined || isClosed) return Promise.resolve(connection);
    return (connecting ??= open().finally(() => {
      connecting = undefined;
    }));
  };

  async function open(): Promise<Connection | undefined> {
    const address = await findAddress();
    isHeld = address !== undefined;
    if (address === undefined || address === "") return undefined;
    const opened = await dial(address, {
      heard: (message) => {
        if (message.kind === "pulse") halts = message.halts;
        else {
          isHeard = true;
          bell.ring();
        }
      },
      ended: (one) => {
        if (connection !== one) return;
        connection = undefined;
        // What it said of itself went with it.
        halts = [];
        if (!isClosed && !isTold) log.warn({}, "the worker does not answer: its successor is looked for");
        isTold = true;
      },
    });
    if (opened === undefined) return undefined;
    if (isClosed) {
      opened.end();
      return undefined;
    }
    connection = opened;
    if (isTold) log.info({}, "a worker answers again");
    isTold = false;
    return opened;
  }

  /** Asks, and asks again where `isRepeatable`, until `untilMs`. */
  async function ask<Name extends CallName>(
    name: Name,
    args: Arguments<Name>,
    { withinMs, isRepeatable = true }: { readonly withinMs: number; readonly isRepeatable?: boolean },
  ): Promise<unknown> {
    const untilMs = performance.now() + withinMs;
    while (!isClosed) {
      const worker = await reach().catch(() => undefined);
      if (worker !== undefined)
        try {
          return await inTime(worker.call(name, args), untilMs);
        } catch (error) {
          if (!(error instanceof ConnectionLost)) throw error;
          if (!isRepeatable) throw away();
        }
      if (performance.now() >= untilMs) throw away();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    throw new Refusal("stopping", "the service is stopping", { retryAfterSeconds: 5 });
  }

  /** Undefined where no worker answers. */
  async function askStanding(name: "readiness" | "status"): Promise<unknown> {
    try {
      return await ask(name, [], { withinMs: STANDING_MS });
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  const impairment = (): Impairment => ({
    code: "worker-away",
    detail: `${isHeld ? "the worker that leads does not answer" : "no worker leads"}: deposits wait, and are refused when they have`,
  });

  return {
    record: async (drafts, withinMs = patienceMs) =>
      decodeDecisions((await ask("record", [drafts], { withinMs })) as Parameters<typeof decodeDecisions>[0]),
    appendChange: (by, change) =>
      ask("appendChange", [by, change], { withinMs: DEED_MS }) as ReturnType<Worker["appendChange"]>,
    certificate: (id, language, which) =>
      // A new issue that is asked for twice would be two.
      ask("certificate", [id, language, which], {
        withinMs: DEED_MS,
        isRepeatable: which !== "new",
      }) as ReturnType<Worker["certificate"]>,
    refuseHalted: (work) => {
      const halt = halts.find(({ stops }) => stops.includes(work));
      if (halt !== undefined) throw new Refusal(halt.code, halt.detail, { retryAfterSeconds: RETRY_SECONDS });
    },
    halts: () => halts,
    readiness: async () =>
      ((await askStanding("readiness")) as Readiness | undefined) ?? {
        ...{ halts, isFull: false, impairments: [impairment()] },
      },
    status: async () =>
      ((await askStanding("status")) as WorkStatus | undefined) ?? { impairments: [impairment()] },
    patienceMs,
    close: async () => {
      isClosed = true;
      clearInterval(looking);
      deafen();
      connection?.end();
      await connecting?.catch(() => undefined);
    },
  };
}

const away = () =>
  new Refusal(
    "worker-away",
    "the process that records and signs does not answer: what became of it is not known",
    {
      want: "the same request again, of a deposit under the same Idempotency-Key",
      retryAfterSeconds: 2,
    },
  );

async function inTime<T>(answer: Promise<T>, untilMs: number): Promise<T> {
  answer.catch(() => undefined);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        reject(away());
      },
      Math.max(0, untilMs - performance.now()),
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

interface Hearing {
  readonly heard: (message: Extract<FromWorker, { kind: "pulse" | "ring" }>) => void;
  readonly ended: (connection: Connection) => void;
}

/** Undefined where nobody is there who pulses. A connection that falls silent ends. */
function dial(address: string, { heard, ended }: Hearing): Promise<Connection | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const waiting = new Map<
      number,
      { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }
    >();
    let last = 0;
    let lastHeardMs = performance.now();
    const connection: Connection = {
      socket,
      call: (name, args) =>
        new Promise((resolveCall, reject) => {
          if (socket.destroyed) {
            reject(new ConnectionLost("the connection has ended"));
            return;
          }
          last += 1;
          waiting.set(last, { resolve: resolveCall, reject });
          sendFrame(socket, { kind: "call", id: last, name, args } satisfies ToWorker);
        }),
      end: () => socket.destroy(),
    };
    const watching = setInterval(() => {
      if (performance.now() - lastHeardMs > SILENCE_MS) socket.destroy();
    }, PULSE_MS);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearInterval(watching);
      for (const { reject } of waiting.values()) reject(new ConnectionLost("the worker's connection ended"));
      waiting.clear();
      resolve(undefined);
      ended(connection);
    });
    readFrames(socket, (received) => {
      lastHeardMs = performance.now();
      const message = received as FromWorker;
      if (message.kind === "pulse" || message.kind === "ring") {
        heard(message);
        resolve(connection);
        return;
      }
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.kind === "result") asked?.resolve(message.result);
      else asked?.reject(errorOf(message.failure));
    });
  });
}
