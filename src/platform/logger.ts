/** Logs: one JSON object a line, times in RFC 3339 UTC, secrets of a request left out. */
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";

export type { Logger } from "pino";

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

export interface LoggerOptions {
  /** Of the program: stands in every line. */
  readonly name: string;
  readonly level: LogLevel;
  /** Standard output where absent. */
  readonly destination?: DestinationStream;
}

export function createLogger({ name, level, destination }: LoggerOptions): Logger {
  const options = {
    name,
    level,
    timestamp: stdTimeFunctions.isoTime,
    // Words: whoever greps at night knows no numbers.
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: ["authorization", "*.authorization", "*.*.authorization"], censor: "(redacted)" },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
