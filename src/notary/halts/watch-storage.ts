/**
 * Whether there is room: what deposits meet (`storage-full`, 507) is what `/readyz`, the status and the metrics say. Room is
 * short below the reserve, or where a write was refused although there seemed to be room (a quota, a reserve of zero): that
 * holds until a write succeeds, some room was made, or a minute is over, since nobody may try where nobody is let through.
 */
import type { StorageStanding } from "../model/model.js";
import type { Ports } from "../ports/ports.js";

export interface StorageWatch {
  standing(): Promise<StorageStanding>;
  /** A write was refused for want of room. */
  noteRefused(): Promise<void>;
  /** Something was written durably. */
  noteWritten(): void;
}

const ROOM_MADE_BYTES = 1024 * 1024;
const BELIEVED_MS = 60_000;

export function watchStorage(
  { freeBytes, monotonicMs }: Pick<Ports, "freeBytes" | "monotonicMs">,
  minFreeBytes: number,
): StorageWatch {
  let refused: { readonly atMs: number; readonly freeBytes: number } | undefined;

  function isRefused(free: number): boolean {
    if (refused === undefined) return false;
    const isOver = free >= refused.freeBytes + ROOM_MADE_BYTES || monotonicMs() - refused.atMs >= BELIEVED_MS;
    if (isOver) refused = undefined;
    return !isOver;
  }

  return {
    standing: async () => {
      const [data, originals] = await Promise.all([freeBytes("data"), freeBytes("originals")]);
      return {
        isFull: data < minFreeBytes || isRefused(Math.min(data, originals)),
        isFullForOriginals: originals < minFreeBytes,
        freeBytes: { data, originals },
        minFreeBytes,
      };
    },
    noteRefused: async () => {
      const free = Math.min(await freeBytes("data"), await freeBytes("originals"));
      // Below the reserve it is seen as it is.
      if (free >= minFreeBytes) refused = { atMs: monotonicMs(), freeBytes: free };
    },
    noteWritten: () => {
      refused = undefined;
    },
  };
}
