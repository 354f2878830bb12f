/** The bell of one process. */
import type { Bell } from "../../notary/ports/bell.js";

/** Rings for those who hear it in this process alone; many rings in one turn of the event loop are heard as one. */
export function createBell(): Bell {
  const listeners = new Set<() => void>();
  let isRinging = false;
  return {
    ring: () => {
      if (isRinging) return;
      isRinging = true;
      setImmediate(() => {
        isRinging = false;
        for (const listener of listeners) listener();
      });
    },
    hear: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
