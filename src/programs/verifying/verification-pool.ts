/**
 * The public verifier off the event loop that takes deposits. Anybody may send anything: each file is verified in a
 * thread with bounded memory and time, and a thread that runs out of either is ended and forgotten.
 */
import { Worker } from "node:worker_threads";
import type { TemplateFiles } from "../../certificate/template/template-list.js";
import type { FileReport } from "../../certificate/verify/verify-file.js";
import type { VerificationInput } from "../../http/handlers/verification.js";
import { Refusal } from "../../notary/model/refusal.js";
import { errorOf, stopping, type ThreadFailure } from "./thread-failure.js";

export interface ThreadRequest extends VerificationInput {
  readonly consortium: Uint8Array;
  /** Whose file it is: callers are served in turn. */
  readonly caller?: string;
  /** One more template, beside those of the folders. */
  readonly template?: TemplateFiles;
}
export type ThreadAnswer =
  | {
      readonly report: FileReport;
      /** The digest (base64) of the one that the file names and no folder has: with it the report may be another. */
      readonly unknownTemplate?: string;
    }
  | ThreadFailure;

export interface Verifiers {
  /** Refuses `overloaded` what takes too long or too much memory, and `stopping` what is not done at the close. */
  answer(request: ThreadRequest): Promise<ThreadAnswer>;
  close(): Promise<void>;
}

export interface VerificationPool extends Verifiers {
  /** The report alone; rejects as `answer` does, and with `ParseError` as the verifier does. */
  verify(request: ThreadRequest): Promise<FileReport>;
}

export function reportOf(answer: ThreadAnswer): FileReport {
  if ("report" in answer) return answer.report;
  throw errorOf(answer, "the verifier");
}

export interface PoolOptions {
  /** Folders like `templates/`. */
  readonly templates: readonly string[];
  readonly threads?: number;
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
}

export function createVerificationPool({
  templates,
  threads = 2,
  timeoutMs = 20_000,
  memoryMb = 768,
}: PoolOptions): VerificationPool {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: { readonly take: (thread: Worker) => void; readonly refuse: (why: Error) => void }[] = [];
  let isClosed = false;

  function start(): Worker {
    const thread = new Worker(new URL("./verification-thread.js", import.meta.url), {
      workerData: { templates },
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    thread.on("error", () => undefined); // Told by its exit, to whoever waits for it.
    thread.unref();
    all.add(thread);
    thread.once("exit", () => {
      all.delete(thread);
      const at = idle.indexOf(thread);
      if (at >= 0) idle.splice(at, 1);
      if (!isClosed) waiting.shift()?.take(start());
    });
    return thread;
  }

  function free(): Promise<Worker> {
    if (isClosed) return Promise.reject(stopping());
    const thread = idle.pop() ?? (all.size < threads ? start() : undefined);
    if (thread) return Promise.resolve(thread);
    return new Promise((take, refuse) => waiting.push({ take, refuse }));
  }

  function release(thread: Worker): void {
    if (!all.has(thread)) return;
    const next = waiting.shift();
    if (next) next.take(thread);
    else idle.push(thread);
  }

  function ask(thread: Worker, request: ThreadRequest): Promise<ThreadAnswer> {
    return new Promise((resolve, reject) => {
      const tooMuch = () =>
        end(() =>
          reject(
            isClosed
              ? stopping()
              : new Refusal(
                  "overloaded",
                  "the file took more time or memory to verify than this service gives",
                  {
                    retryAfterSeconds: 60,
                  },
                ),
          ),
        );
      const end = (settle: () => void) => {
        clearTimeout(timer);
        thread.off("message", onAnswer).off("exit", tooMuch);
        settle();
      };
      const onAnswer = (answer: ThreadAnswer) => end(() => resolve(answer));
      const timer = setTimeout(() => {
        all.delete(thread);
        tooMuch();
        void thread.terminate();
      }, timeoutMs);
      thread.once("message", onAnswer).once("exit", tooMuch);
      thread.postMessage(request);
    });
  }

  async function answer(request: ThreadRequest): Promise<ThreadAnswer> {
    const thread = await free();
    try {
      return await ask(thread, request);
    } finally {
      release(thread);
    }
  }

  return {
    answer,
    verify: async (request) => reportOf(await answer(request)),
    close: async () => {
      isClosed = true;
      for (const { refuse } of waiting.splice(0)) refuse(stopping());
      await Promise.all([...all].map((thread) => thread.terminate()));
    },
  };
}
