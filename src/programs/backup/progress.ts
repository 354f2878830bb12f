/** What a long copy says of itself while it runs: a line every few seconds. */
const TELL_EVERY_MS = 5000;

export interface Progress {
  /** `amount` is told where the last line is long enough ago. */
  step(describe: () => string): void;
}

export function tellProgress(tell: (line: string) => void): Progress {
  let toldMs = performance.now();
  return {
    step: (describe) => {
      if (performance.now() - toldMs < TELL_EVERY_MS) return;
      toldMs = performance.now();
      tell(`  ${describe()}`);
    },
  };
}

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** `1.4 GiB`. */
export function formatBytes(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  while (amount >= 1024 && unit < UNITS.length - 1) [amount, unit] = [amount / 1024, unit + 1];
  return `${unit === 0 ? amount : amount.toFixed(1)} ${UNITS[unit] ?? ""}`;
}

export const percentOf = (done: number, of: number): string =>
  `${of === 0 ? 100 : Math.floor((100 * done) / of)}%`;
