/**
 * `Accept` (RFC 9110, section 12.5.1) where each resource comes in one form. What real clients write is taken as it is
 * meant: one that asks for `application/json` reads every kind of JSON, one that asks for bytes takes any file, and one
 * that a generator has told of nothing but `application/problem+json` names how it wants refusals.
 */
import { parseMediaRanges, type Parameterised } from "./header-grammar.js";

/** Tells whether one of the media types that a resource comes in is among those that the client takes. */
export function isAcceptable(accept: string | undefined, produced: readonly string[]): boolean {
  if (accept === undefined || accept === "*/*" || produced.length === 0) return true;
  const ranges = parseMediaRanges(accept).filter(({ parameters }) => !Number.isNaN(qualityOf(parameters)));
  // Nothing of it can be read: then nothing was asked for.
  if (ranges.length === 0) return true;
  return produced.some((type) => qualityFor(type, ranges) > 0);
}

/** Gives the quality of the range that fits a media type most closely; 0 where none does. */
function qualityFor(type: string, ranges: readonly Parameterised[]): number {
  let [closest, quality] = [0, 0];
  for (const { value, parameters } of ranges) {
    const closeness = closenessOf(value, type);
    if (closeness > closest) [closest, quality] = [closeness, qualityOf(parameters)];
  }
  return quality;
}

const isJson = (type: string): boolean => type === "application/json" || type.endsWith("+json");

/** Tells how closely a range fits a type: 0 not at all, 4 by its very name. */
function closenessOf(range: string, type: string): number {
  if (range === type) return 4;
  if (isJson(type) && (range === "application/json" || range === "application/*+json")) return 3;
  if (range.endsWith("/*") && type.startsWith(range.slice(0, -1))) return 2;
  return ["*/*", "application/octet-stream", "application/problem+json"].includes(range) ? 1 : 0;
}

/** 1 where none is given; NaN for what is no number. */
function qualityOf(parameters: Parameterised["parameters"]): number {
  return Number(parameters.get("q") ?? 1);
}
