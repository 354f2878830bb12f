/**
 * Large JSON records are read in a thread: ten megabytes of small values are seconds of work, in which nobody else would be
 * answered. Organisations are served in turn, so that one with twenty of them delays another by one.
 */
import { Worker } from "node:worker_threads";
import type { DepositBody, ReadDepositBody } from "../../http/intake/deposit-body.js";
import { createFairLine } from "../../http/shares/fair-line.js";
import { Refusal } from "../../notary/model/refusal.js";
import { errorOf, stopping, type ThreadFailure } from "./thread-failure.js";

export type RecordAnswer = { readonly read: DepositBody } | ThreadFailure;

export interface RecordPool {
  /** Rejects with `ParseError`; refuses `overloaded` what takes too long or too much memory. */
  readonly read: ReadDepositBody;
  close(): Promise<void>;
}

export interface RecordPoolOptions {
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
}

/** The thread starts with the first large record, and anew after one that ended it. */
export function createRecordPool({
  timeoutMs = 30_000,
  memoryMb = 1024,
}: RecordPoolOptions = {}): RecordPool {
  const line = createFairLine({ atOnce: 1 });
  let [thread, isClosed]: [Worker | undefined, boolean] = [undefined, false];

  function start(): Worker {
    const started = new Worker(new URL("./record-thread.js", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    started.on("error", () => undefined); // Told by its exit, to whoever waits for it.
    started.once("exit", () => {
      if (thread === started) thread = undefined;
    });
    started.unref();
    return started;
  }

  function ask(worker: Worker, bytes: Uint8Array): Promise<RecordAnswer> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        worker.off("message", onAnswer).off("exit", onExit);
      };
      const onAnswer = (answer: RecordAnswer) => {
        end();
        resolve(answer);
      };
      const onExit = () => {
        end();
        reject(isClosed ? stopping() : tooMuch());
      };
      const timer = setTimeout(() => void worker.terminate(), timeoutMs);
      worker.once("message", onAnswer).once("exit", onExit);
      worker.postMessage(bytes);
    });
  }

  return {
    read: (bytes, caller) =>
      line.run(caller, async () => {
        if (isClosed) throw stopping();
        const answer = await ask((thread ??= start()), bytes);
        if ("read" in answer) return answer.read;
        throw errorOf(answer, "the reader of records");
      }),
    close: async () => {
      isClosed = true;
      await thread?.terminate();
    },
  };
}

const tooMuch = () =>
  new Refusal("overloaded", "the record took more time or memory to read than this service gives", {
    retryAfterSeconds: 60,
  });
