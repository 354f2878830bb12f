/**
 * How much all uploads together may hold of packages that are not yet whole. A package may have 16 MB, so a few hundred
 * clients that begin one and never end it could fill a node's memory. Where the budget is passed, the upload that holds
 * the most is cut off: honest packages are small and soon whole, so that it is never one of them that goes.
 */
export interface UploadBudget {
  /** Enters an upload. `cut` ends it; it may be called while `hold` runs, also for the upload that holds. */
  enter(cut: () => void): HeldUpload;
}

export interface HeldUpload {
  /** Tells the budget that so much is held now. */
  hold(bytes: number): void;
  /** Tells the budget that nothing is held any more. */
  leave(): void;
}

export function createUploadBudget(maxBytes: number): UploadBudget {
  const uploads = new Map<HeldUpload, { bytes: number; readonly cut: () => void }>();
  let total = 0;
  const set = (upload: HeldUpload, bytes: number) => {
    const entry = uploads.get(upload);
    if (entry === undefined) return;
    total += bytes - entry.bytes;
    entry.bytes = bytes;
  };
  return {
    enter: (cut) => {
      const upload: HeldUpload = {
        hold: (bytes) => {
          set(upload, bytes);
          while (total > maxBytes) {
            const [largest] = [...uploads].sort(([, a], [, b]) => b.bytes - a.bytes);
            if (largest === undefined) return;
            largest[0].leave();
            largest[1].cut();
          }
        },
        leave: () => {
          set(upload, 0);
          uploads.delete(upload);
        },
      };
      uploads.set(upload, { bytes: 0, cut });
      return upload;
    },
  };
}
