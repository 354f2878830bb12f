/** Texts within bytes, Latin-1. */
import { isAt } from "../pdf-values.js";

/**
 * Finds where a short text next stands, from `from` on. It goes from one place where the text could end to the next
 * (R. N. Horspool, Practical fast searching in strings, 1980), so files of nothing but its first letter cost no more
 * than others.
 */
export function indexOfText(bytes: Uint8Array, text: string, from: number): number | undefined {
  const [steps, last] = [stepsOf(text), text.length - 1];
  for (let at = from; at + last < bytes.length; at += steps[bytes[at + last] as number] as number)
    if (isAt(bytes, at, text)) return at;
  return undefined;
}

const known = new Map<string, Uint8Array>();

/** For each byte at the text's end how far it may go on: to where that byte last stands within the text before its end. */
function stepsOf(text: string): Uint8Array {
  let steps = known.get(text);
  if (steps === undefined) {
    known.set(text, (steps = new Uint8Array(256).fill(text.length)));
    for (let i = 0; i < text.length - 1; i++) steps[text.charCodeAt(i)] = text.length - 1 - i;
  }
  return steps;
}
