/**
 * Content on its way in: digested as it streams by, and kept in a temporary file where it is to be retained.
 *
 * Crash story: the file is durable under its digest before the deposit commits, so no deposit ever names a file that
 * is not there. A crash, or a refusal, in between leaves a file that no deposit names: `discard` forgets it, or the
 * sweep after the next start of a process.
 */
import { createContentDigester } from "../../core/digest/digests.js";
import type { StagedOriginal } from "../model/model.js";
import type { OriginalWriter } from "../ports/originals.js";
import type { Ports } from "../ports/ports.js";
import { StorageBusyError, StorageFullError } from "../ports/host.js";
import { Refusal } from "../model/refusal.js";
import type { NotarySettings } from "../model/settings.js";

type StagingPorts = Pick<Ports, "store" | "originals" | "createDigester" | "freeBytes">;

/** Only content staged here can be deposited as an original: its digests are ours and not a caller's claim. */
const writers = new WeakMap<StagedOriginal, OriginalWriter>();

/** Between two looks at the free space. */
const SPACE_INTERVAL_BYTES = 8 * 1024 * 1024;

/** Ends what processes that died have left on its way in, `mayGoOn` as `Originals.sweep` has it. */
export async function sweepOriginals(
  { store, originals, log }: Pick<Ports, "store" | "originals" | "log">,
  mayGoOn?: () => Promise<boolean>,
): Promise<void> {
  const swept = await originals.sweep((sha256) => store.isOriginalKept(sha256), mayGoOn);
  if (swept > 0) log.info({ swept }, "ended uploads that a crash had left");
}

export async function stageOriginal(
  ports: StagingPorts,
  { minFreeBytes }: Pick<NotarySettings, "minFreeBytes">,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { keep, maxBytes }: { readonly keep: boolean; readonly maxBytes: number },
): Promise<StagedOriginal> {
  const digester = createContentDigester(ports.createDigester);
  let writer: OriginalWriter | undefined;
  try {
    if (keep) {
      await refuseWithoutSpace(ports, { of: "originals", minFreeBytes });
      writer = await ports.originals.stage();
    }
    let [size, spaceSeenAt] = [0, 0];
    for await (const chunk of content) {
      size += chunk.length;
      if (size > maxBytes)
        throw new Refusal("content-too-large", "the content is too large", {
          want: `at most ${maxBytes} bytes`,
        });
      digester.update(chunk);
      await writer?.write(chunk);
      if (writer && size - spaceSeenAt >= SPACE_INTERVAL_BYTES) {
        spaceSeenAt = size;
        await refuseWithoutSpace(ports, { of: "originals", minFreeBytes });
      }
    }
  } catch (error) {
    await end(ports, writer);
    throw refusedWhereFull(error);
  }
  const staged: StagedOriginal = {
    ...digester.finish(),
    kept: keep,
    discard: () => end(ports, writer),
  };
  if (writer) writers.set(staged, writer);
  return staged;
}

async function end({ store }: StagingPorts, writer: OriginalWriter | undefined): Promise<void> {
  await writer?.end((sha256) => store.isOriginalKept(sha256));
}

/** Durable under its digest when this resolves. */
export async function keepOriginal(staged: StagedOriginal): Promise<void> {
  const writer = writers.get(staged);
  if (writer === undefined) throw new Error("internal: an original that was not staged to be kept");
  await writer.keep(staged.digests["sha-256"]);
}

export async function refuseWithoutSpace(
  { freeBytes }: Pick<Ports, "freeBytes">,
  { of, minFreeBytes }: { readonly of: "data" | "originals"; readonly minFreeBytes: number },
): Promise<void> {
  if ((await freeBytes(of)) < minFreeBytes)
    throw new StorageFullError(`less than ${minFreeBytes} bytes are free`);
}

/** The refusal for the faults of the world that whoever asks should know of: no room, and others who write. */
export function refusedWhereFull(error: unknown): unknown {
  if (error instanceof StorageBusyError)
    return new Refusal("overloaded", "the store is being written to", { retryAfterSeconds: 1 });
  if (!(error instanceof StorageFullError)) return error;
  return new Refusal("storage-full", "the service has no room for more", { retryAfterSeconds: 60 });
}
