/** What strangers send may stand in a log line, and cause lines: so a line has a length, and a cause so many lines. */

/** Characters of one text in a line; a stack has more. */
const MAX_TEXT = 500;
const MAX_STACK = 4000;
const MAX_DEPTH = 4;
const MAX_ITEMS = 50;

/** A line's fields, with long texts cut and deep or long values left out. Errors stay as they are, for `boundedError`. */
export function boundedFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, bounded(value, 1)]));
}

function bounded(value: unknown, depth: number): unknown {
  if (typeof value === "string") return cut(value, MAX_TEXT);
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  if (depth === MAX_DEPTH) return "(left out)";
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => bounded(item, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const members = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    members.map(([name, member]) => [cut(name, MAX_TEXT), bounded(member, depth + 1)]),
  );
}

/** Of an error as pino writes it. */
export function boundedError(error: Record<string, unknown>): Record<string, unknown> {
  const { stack, ...rest } = error;
  return { ...boundedFields(rest), ...(typeof stack === "string" && { stack: cut(stack, MAX_STACK) }) };
}

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`;

export interface LeftOut {
  readonly cause: string;
  readonly suppressed: number;
  readonly seconds: number;
}

export const LINES_PER_CAUSE = 100;
const WINDOW_MS = 10_000;
/** Causes are the program's own words and codes; should anybody's text become one, all others share this. */
const MAX_CAUSES = 1000;

/** Whether one more line of a cause is written; how many were not is told when its ten seconds are over. */
export function boundCauses(tell: (leftOut: LeftOut) => void): (cause: string) => boolean {
  const written = new Map<string, number>();
  return (given) => {
    const cause = written.has(given) || written.size < MAX_CAUSES ? given : "others";
    const lines = (written.get(cause) ?? 0) + 1;
    written.set(cause, lines);
    if (lines > 1) return lines <= LINES_PER_CAUSE;
    setTimeout(() => {
      const suppressed = (written.get(cause) ?? 0) - LINES_PER_CAUSE;
      written.delete(cause);
      if (suppressed > 0) tell({ cause, suppressed, seconds: WINDOW_MS / 1000 });
    }, WINDOW_MS).unref();
    return true;
  };
}
