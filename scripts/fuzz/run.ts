/** One run of the fuzzer: a number of spoilt files or a stretch of time, from one seed. */
import { PdfReader } from "../../src/certificate/pdf/pdf-reader.js";
import { readSignature } from "../../src/certificate/pdf/signature-object.js";
import { type Random, seededRandom } from "../random.js";
import type { Finding, Judge } from "./judge.js";
import { type Given, type Kind, type Original, originalsOf, spoiltPart } from "./originals.js";
import { pick, spoil, spoilPdf } from "./spoil.js";

export interface RunOptions {
  readonly judge: Judge;
  readonly originals: readonly Original[];
  readonly kinds: readonly Kind[];
  readonly seed: number;
  /** Asked before each file: whether to go on after so many. */
  readonly goesOn: (done: number) => boolean;
  readonly found: (found: Found) => void;
}

export interface Found extends Finding {
  readonly kind: Kind;
  readonly original: string;
  /** Which file of this run it was, from 0. */
  readonly number: number;
  readonly given: Given;
}

/** So many are made of one original before the next is taken: its trust file is read once for them. */
const FILES_OF_ONE = 20;

/** How many files of a kind ended in which verdict. */
export type Tally = Map<Kind, Map<string, number>>;

export interface RunResult {
  readonly done: number;
  readonly findings: number;
  readonly tally: Tally;
}

export async function runFuzzer(options: RunOptions): Promise<RunResult> {
  const { judge, kinds, seed, goesOn, found } = options;
  const random = seededRandom(seed);
  const byKind = new Map(kinds.map((kind) => [kind, originalsOf(kind, options.originals)]));
  const tally: Tally = new Map(kinds.map((kind) => [kind, new Map()]));
  const sittingAt = (number: number) => {
    const kind = kinds[number % kinds.length] as Kind;
    const originals = byKind.get(kind) as readonly Original[];
    return { kind, originals, original: pick(originals, random) };
  };
  let [done, findings] = [0, 0];
  let sitting = sittingAt(0);
  for (; goesOn(done); done++) {
    if (done > 0 && done % FILES_OF_ONE === 0) sitting = sittingAt(done / FILES_OF_ONE);
    const { kind, originals, original } = sitting;
    const given = spoiltGiven(kind, original, pick(originals, random), random.fork());
    const { verdict, finding } = await judge.judge(kind, given, original);
    const verdicts = tally.get(kind) as Map<string, number>;
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    if (finding === undefined) continue;
    findings += 1;
    found({ ...finding, kind, original: original.name, number: done, given });
  }
  return { done, findings, tally };
}

function spoiltGiven(kind: Kind, { given }: Original, other: Original, random: Random): Given {
  if (kind === "certificate") {
    const { hole } = readSignature(new PdfReader(given.file));
    return { ...given, file: spoilPdf(given.file, other.given.file, hole, random) };
  }
  const part = spoiltPart(kind);
  return { ...given, [part]: spoil(given[part] as Uint8Array, other.given[part] as Uint8Array, random) };
}
