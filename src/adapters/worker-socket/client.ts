/**
 * The worker as a process knows it that is not the worker: found by its lease, asked by its line, and asked again, or its
 * successor, where it dies, is stopped or hands over meanwhile. What may be asked twice is; what may not is refused then.
 */
import type { Socket } from "node:net";
import type { Halt, Impairment, Readiness, WorkStatus } from "../../notary/model/model.js";
import { Refusal } from "../../notary/model/refusal.js";
import type { Bell } from "../../notary/ports/bell.js";
import type { Log } from "../../notary/ports/host.js";
import type { Lease } from "../../notary/ports/work.js";
import type { Draft, Worker, WorkerSight } from "../../notary/ports/worker.js";
import type { Way } from "./entrances.js";
import { type Line, openLine } from "./line.js";
import {
  type Arguments,
  type CallName,
  decodeDecisions,
  errorOf,
  type FromWorker,
  type ToWorker,
} from "./messages.js";

export interface WorkerClientOptions {
  /** Of the worker that leads now; undefined where none does. */
  readonly findLease: () => Promise<Lease | undefined>;
  readonly way: Way;
  /** Of this program: no other is talked to. */
  readonly version: string;
  readonly bell: Bell;
  readonly log: Log;
  /** A deposit waits so long for a worker to answer. */
  readonly patienceMs: number;
  /** Is called with what the worker's clock shows, in milliseconds since 1970, each time that it says so. */
  readonly hearClock?: (nowMs: number) => void;
}

export interface WorkerClient extends Worker, WorkerSight {
  /**
   * As the worker's own; `withinMs` may shorten how long an answer is waited for, and while no worker is there it is waited for
   * only as long as it `isAwaited`.
   */
  record(
    drafts: readonly Draft[],
    withinMs?: number,
    isAwaited?: () => boolean,
  ): ReturnType<Worker["record"]>;
  /** How long a deposit waits for a worker to answer. */
  readonly patienceMs: number;
  close(): Promise<void>;
}

const LOOK_MS = 100;
const SEE_MS = 500;
/** Whoever asks how it stands is not to wait. */
const STANDING_MS = 1500;
/** What is drawn, signed or appended takes a while. */
const DEED_MS = 60_000;
const RETRY_SECONDS = 30;

/** The connection ended before the answer came: the deed may have been done. */
class ConnectionLost extends Error {}

interface Connection {
  readonly line: Line;
  /** Whom it leads to, as the lease names it. */
  readonly holder: string;
  call(name: CallName, args: readonly unknown[]): Promise<unknown>;
}

export function openWorkerClient({
  findLease,
  way,
  version,
  bell,
  log,
  patienceMs,
  hearClock,
}: WorkerClientOptions): WorkerClient {
  let halts: readonly Halt[] = [];
  let connection: Connection | undefined;
  let connecting: Promise<Connection | undefined> | undefined;
  let isClosed = false;
  /** Why no worker is asked, as it was told last. */
  let told: string | undefined;
  let isHeard = false;
  /** Whether somebody held the lease when it was last looked for. */
  let isHeld = false;
  let heardMs = performance.now();
  let ledMs = -Infinity;
  let heardHalts: readonly Halt[] = [];
  /** Of the worker that was heard last, as it was seen last. */
  let known: { readonly lease: Lease; readonly lookedMs: number } | undefined;
  /** What came from the worker is not sent back to it. */
  const deafen = bell.hear(() => {
    if (isHeard) isHeard = false;
    else if (connection) connection.line.send({ kind: "ring" } satisfies ToWorker);
  });
  const looking = setInterval(() => void reach().catch(() => undefined), LOOK_MS);
  /** Whoever was seen to lead beside the one that is asked. */
  let successor: string | undefined;
  /** Whether a worker leads that can't be reached from here: whom nobody answers takes long to find that out. */
  const seeing = setInterval(() => {
    if (connecting !== undefined) look().catch(() => undefined);
    else if (connection !== undefined) leaveDeposed(connection).catch(() => undefined);
  }, SEE_MS);

  /**
   * A worker that is cut off from the store answers here, and can do nothing; nor can it find out that another one leads. One that
   * hands over ends the connection by itself as soon as it has answered: it is given the time from one look to the next.
   */
  async function leaveDeposed({ line, holder }: Connection): Promise<void> {
    const lease = await findLease();
    const isDeposed = lease !== undefined && lease.address !== "" && lease.holder !== holder;
    if (isDeposed && lease.holder === successor) line.end();
    successor = isDeposed ? lease.holder : undefined;
  }

  const reach = (): Promise<Connection | undefined> => {
    if (connection !== undefined || isClosed) return Promise.resolve(connection);
    return (connecting ??= open().finally(() => {
      connecting = undefined;
    }));
  };

  function tell(address: string, reason: string): void {
    if (isClosed || told === reason) return;
    told = reason;
    log.warn({ address, reason }, "the worker can't be asked: it, or its successor, is looked for");
  }

  async function look(): Promise<{ readonly lease: Lease | undefined; readonly lookedMs: number }> {
    const lookedMs = performance.now();
    const lease = await findLease();
    isHeld = lease !== undefined;
    if (lease !== undefined && lease.holder === known?.lease.holder) {
      // It has grown at some time since then: this process may have been stopped meanwhile.
      if (known.lease.beat !== lease.beat) ledMs = Math.max(ledMs, known.lookedMs);
      known = { lease, lookedMs };
    }
    return { lease, lookedMs };
  }

  async function open(): Promise<Connection | undefined> {
    const { lease, lookedMs } = await look();
    if (lease === undefined || lease.address === "") return undefined;
    const { address } = lease;
    const socket = way(address);
    if (socket === undefined) {
      tell(address, "its address is of another kind: `cluster` of notary.json is the same for all processes");
      return undefined;
    }
    const opened = await converse(
      socket,
      { version, holder: lease.holder },
      {
        heard: (message) => {
          if (message.kind === "pulse") {
            halts = heardHalts = message.halts;
            hearClock?.(message.nowMs);
            heardMs = ledMs = performance.now();
            if (known?.lease.holder !== lease.holder) known = { lease, lookedMs };
          } else {
            isHeard = true;
            bell.ring();
          }
        },
        ended: (one, why = "it has ended the connection") => {
          tell(address, why);
          if (connection !== one) return;
          connection = undefined;
          // What it said of itself went with it.
          halts = [];
        },
      },
    );
    if (opened === undefined) return undefined;
    if (isClosed) {
      opened.line.end();
      return undefined;
    }
    connection = opened;
    if (told !== undefined) log.info({}, "a worker answers again");
    told = undefined;
    return opened;
  }

  /** Asks, and asks again where `isRepeatable`, until `untilMs`. */
  async function ask<Name extends CallName>(
    name: Name,
    args: Arguments<Name>,
    {
      withinMs,
      isRepeatable = true,
      isAwaited = () => true,
    }: {
      readonly withinMs: number;
      readonly isRepeatable?: boolean;
      readonly isAwaited?: (() => boolean) | undefined;
    },
  ): Promise<unknown> {
    const untilMs = performance.now() + withinMs;
    while (!isClosed) {
      const worker = await inTime(
        reach().catch(() => undefined),
        untilMs,
      );
      if (worker !== undefined)
        try {
          return await inTime(worker.call(name, args), untilMs);
        } catch (error) {
          if (!(error instanceof ConnectionLost)) throw error;
          if (!isRepeatable) throw away();
        }
      if (performance.now() >= untilMs || !isAwaited()) throw away();
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

  function impairment(): Impairment {
    const why = told === undefined ? "" : ` (${told})`;
    const who = isHeld ? `the worker that leads does not answer${why}` : "no worker leads";
    return { code: "worker-away", detail: `${who}: deposits wait, and are refused when they have` };
  }

  return {
    record: async (drafts, withinMs = patienceMs, isAwaited) =>
      decodeDecisions(
        (await ask("record", [drafts], { withinMs, isAwaited })) as Parameters<typeof decodeDecisions>[0],
      ),
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
    sight: () => {
      const nowMs = performance.now();
      return { silentMs: nowMs - heardMs, ledMsAgo: nowMs - ledMs, halts: heardHalts };
    },
    patienceMs,
    close: async () => {
      isClosed = true;
      clearInterval(looking);
      clearInterval(seeing);
      deafen();
      connection?.line.end();
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
  readonly ended: (connection: Connection, why: string | undefined) => void;
}

/** Undefined where nobody is there who pulses. */
function converse(
  socket: Socket,
  { version, holder }: { readonly version: string; readonly holder: string },
  { heard, ended }: Hearing,
): Promise<Connection | undefined> {
  return new Promise((resolve) => {
    const waiting = new Map<
      number,
      { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }
    >();
    let last = 0;
    const send = (message: ToWorker) => {
      line.send(message);
    };
    const line = openLine(socket, {
      version,
      heard: (received) => {
        const message = received as FromWorker;
        if (message.kind === "pulse" || message.kind === "ring") {
          if (message.kind === "pulse") send({ kind: "pulse" });
          heard(message);
          resolve(connection);
          return;
        }
        const asked = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.kind === "result") asked?.resolve(message.result);
        else asked?.reject(errorOf(message.failure));
      },
      ended: (why) => {
        for (const { reject } of waiting.values())
          reject(new ConnectionLost("the worker's connection ended"));
        waiting.clear();
        resolve(undefined);
        ended(connection, why);
      },
    });
    const connection: Connection = {
      ...{ line, holder },
      call: (name, args) =>
        new Promise((resolveCall, reject) => {
          if (line.isEnded()) {
            reject(new ConnectionLost("the connection has ended"));
            return;
          }
          last += 1;
          waiting.set(last, { resolve: resolveCall, reject });
          send({ kind: "call", id: last, name, args });
        }),
    };
  });
}
