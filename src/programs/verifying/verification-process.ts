/**
 * The public verifier in a process of its own, which the operating system serves last: whatever strangers have verified,
 * the processors are the depositors' first. It has its own memory and its own garbage to collect, and a death of it is
 * nobody's but its own: the next file starts it again.
 *
 * Files go there in pieces, the next when the last was taken: to write 32 MiB at once would hold up the event loop.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createFairLine } from "../../http/shares/fair-line.js";
import { Refusal } from "../../notary/model/refusal.js";
import { stopping } from "./thread-failure.js";
import type { PoolOptions, ThreadAnswer, ThreadRequest, Verifiers } from "./verification-pool.js";

/** What a request has of bytes: sent apart, in pieces. */
export const PARTS = ["file", "record", "answer"] as const;
export type Part = (typeof PARTS)[number];

export type ToVerifier =
  | { readonly options: PoolOptions }
  | { readonly consortium: Uint8Array }
  | { readonly id: number; readonly part: Part; readonly piece: Uint8Array }
  | { readonly id: number; readonly ask: Omit<ThreadRequest, Part | "consortium"> };

export type FromVerifier =
  | { readonly id: number; readonly answer: ThreadAnswer }
  | { readonly id: number; readonly overloaded: string };

const PIECE_BYTES = 128 * 1024;
const DEFAULT_THREADS = 2;

export interface VerificationProcess extends Verifiers {
  /** The process died, and none has judged anything since. */
  isFailing(): boolean;
}

/** The process starts with the first file. */
export function createVerificationProcess(options: PoolOptions): VerificationProcess {
  const { threads = DEFAULT_THREADS } = options;
  /** One more than it has threads, so that none waits for bytes; callers in turn. */
  const line = createFairLine({ atOnce: threads + 1 });
  let running: Running | undefined;
  let [isClosed, isFailing] = [false, false];

  const start = (): Running => {
    const started = run(options, () => {
      if (running === started) running = undefined;
      isFailing = !isClosed;
    });
    return started;
  };

  return {
    answer: (request) =>
      line.run(request.caller ?? "", async () => {
        if (isClosed) throw stopping();
        const answer = await (running ??= start()).ask(request);
        isFailing = false;
        return answer;
      }),
    isFailing: () => isFailing,
    close: async () => {
      isClosed = true;
      await running?.end();
    },
  };
}

interface Running {
  ask(request: ThreadRequest): Promise<ThreadAnswer>;
  end(): Promise<void>;
}

function run(options: PoolOptions, onGone: () => void): Running {
  const child = fork(new URL("./verification-child.js", import.meta.url), {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [],
  });
  const waiting = new Map<number, { resolve(answer: ThreadAnswer): void; reject(why: Error): void }>();
  let [nextId, isEnding] = [0, false];
  let sent: Uint8Array | undefined;
  const gone = new Promise<void>((resolve) => {
    const end = () => {
      onGone();
      for (const { reject } of waiting.values()) reject(isEnding ? stopping() : overloaded());
      waiting.clear();
      resolve();
    };
    child.once("exit", end).once("error", end);
  });
  child.on("message", (message: FromVerifier) => {
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if ("answer" in message) asked?.resolve(message.answer);
    else asked?.reject(overloaded(message.overloaded));
  });
  const ready = tell(child, { options });

  async function send(
    id: number,
    { file, record, answer, consortium, ...ask }: ThreadRequest,
  ): Promise<void> {
    await ready;
    for (const [part, bytes] of Object.entries({ file, record, answer }))
      for (let at = 0; bytes !== undefined && (at < bytes.length || at === 0); at += PIECE_BYTES)
        await tell(child, { id, part: part as Part, piece: bytes.subarray(at, at + PIECE_BYTES) });
    // One after the other, with nobody else's in between: the file is judged under its own.
    const isKnown = sent === consortium;
    sent = consortium;
    await Promise.all([...(isKnown ? [] : [tell(child, { consortium })]), tell(child, { id, ask })]);
  }

  return {
    ask: (request) => {
      const id = (nextId += 1);
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        // A process that is gone has said so to all who wait.
        send(id, request).catch(() => undefined);
      });
    },
    end: async () => {
      isEnding = true;
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Resolves when it was written: a buffer that is full keeps its sender waiting, and nobody else. */
function tell(child: ChildProcess, message: ToVerifier): Promise<void> {
  return new Promise((resolve, reject) => {
    child.send(message, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

const overloaded = (why = "the verifier ended before it had judged the file") =>
  new Refusal("overloaded", why, { retryAfterSeconds: 60 });
