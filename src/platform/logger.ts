/**
 * Logs: one JSON object a line, times in RFC 3339 UTC, secrets of a request left out. Lines are bounded in length, those that
 * requests can cause in number too, and where nothing can be written the program goes on.
 */
import { type DestinationStream, type Logger, pino, stdSerializers, stdTimeFunctions } from "pino";
import { boundCauses, boundedError, boundedFields } from "./files/bounded-lines.js";

export type { Logger } from "pino";

/** From the fewest lines to the most. */
export const LOG_LEVELS = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  /** Of the program: stands in every line. */
  readonly name: string;
  readonly level: LogLevel;
  /** Standard output where absent. */
  readonly destination?: DestinationStream;
}

const LEFT_OUT = "lines of one cause were left out";
const WARN = 40;

export function createLogger({ name, level, destination }: LoggerOptions): Logger {
  const mayWrite = boundCauses((leftOut) => logger.warn(leftOut, LEFT_OUT));
  const options = {
    name,
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      // Words: whoever greps at night knows no numbers.
      level: (label: string) => ({ level: label }),
      log: boundedFields,
    },
    serializers: { err: (error: Error) => boundedError({ ...stdSerializers.err(error) }) },
    redact: { paths: ["authorization", "*.authorization", "*.*.authorization"], censor: "(redacted)" },
    hooks: {
      logMethod(args: Parameters<Logger["info"]>, method: Logger["info"], lineLevel: number) {
        const cause = causeOf(args, lineLevel);
        if (cause === undefined || mayWrite(cause)) method.apply(this as never, args);
      },
    },
  };
  const logger: Logger = pino(options, destination ?? standardOutput(() => logger));
  return logger;
}

/** Of what goes wrong, and of what has a code (refused requests): undefined for lines that are never left out. */
function causeOf([first, second]: readonly unknown[], lineLevel: number): string | undefined {
  const message = typeof first === "string" ? first : second;
  const code = (first as { code?: unknown } | null)?.code;
  if (message === LEFT_OUT || (lineLevel < WARN && typeof code !== "string")) return undefined;
  return [message, code].filter((part) => typeof part === "string").join(": ");
}

/** Lines that wait while the disk is full: those beyond are lost, and how many is told when there is room again. */
const MAX_WAITING = 1024 * 1024;

/** Whatever reads or stores the lines may be full or gone: that stops no request. */
function standardOutput(logger: () => Logger): DestinationStream {
  const stream = pino.destination({ dest: 1, sync: true, maxLength: MAX_WAITING });
  let lost = 0;
  // What was not written waits in the stream, which tries again with the next line.
  stream.on("error", () => undefined);
  stream.on("drop", () => (lost += 1));
  stream.on("drain", () => {
    const lines = lost;
    lost = 0;
    if (lines > 0) logger().warn({ lines }, "lines were lost: they could not be written");
  });
  return stream;
}
