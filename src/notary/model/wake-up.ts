/** "Look now": wakes whoever waits. It carries nothing and may be missed; the state is what is looked at. */
export interface WakeUp {
  /** Resolves at the next `wake`. Look at the state first, and wait without an `await` in between. */
  wait(): Promise<void>;
  wake(): void;
}

export function createWakeUp(): WakeUp {
  let wake: () => void = () => undefined;
  let next = new Promise<void>((resolve) => (wake = resolve));
  return {
    wait: () => next,
    wake: () => {
      wake();
      next = new Promise((resolve) => (wake = resolve));
    },
  };
}

/** Resolves after `delayMs`, or as soon as `signal` is aborted. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    signal.addEventListener("abort", end);
  });
}
