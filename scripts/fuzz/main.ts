/**
 * `npm run fuzz -- [--minutes N | --count N] [--seed S] [--kinds evidence,certificate] [--out FOLDER]`: spoils genuine
 * files at random and verifies what comes of them, twice. Whatever is found is written to the folder, with how it came
 * about; then the exit code is 1.
 */
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openSampleTemplate } from "../bench/sample-certificates.js";
import { openJudge } from "./judge.js";
import { type Kind, KINDS, readOriginals } from "./originals.js";
import { type Found, runFuzzer, type Tally } from "./run.js";
import { openVerifiers } from "./verifiers.js";

const PROGRESS_MS = 10_000;
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    count: { type: "string" },
    seed: { type: "string" },
    kinds: { type: "string", default: KINDS.join(",") },
    out: { type: "string", default: join("data", "fuzz") },
  },
});
const kinds = values.kinds.split(",").map(kindOf);
const seed = values.seed === undefined ? randomInt(2 ** 31) : numberOf("seed", values.seed);
const count = values.count === undefined ? Infinity : numberOf("count", values.count);
const endsAtMs =
  performance.now() + (count === Infinity ? numberOf("minutes", values.minutes) * 60_000 : Infinity);

console.log(`seed ${seed}`);
const template = openSampleTemplate();
const verifiers = openVerifiers((digest) => (digest === template.digest ? template : undefined));
const originals = await readOriginals();
const judge = await openJudge(originals, verifiers);
let toldAtMs = performance.now();
const { done, findings, tally } = await runFuzzer({ judge, originals, kinds, seed, goesOn, found });
printTally(tally);
console.log(`${done} spoilt files, ${findings} findings (seed ${seed})`);
process.exitCode = findings === 0 ? 0 : 1;

function goesOn(sofar: number): boolean {
  const now = performance.now();
  if (now - toldAtMs > PROGRESS_MS) {
    console.log(`${sofar} spoilt files`);
    toldAtMs = now;
  }
  return sofar < count && now < endsAtMs;
}

function found({ given, detail, ...how }: Found): void {
  const folder = join(values.out, `${seed}-${how.number}`);
  mkdirSync(folder, { recursive: true });
  const { parties, ...files } = given;
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  writeFileSync(
    join(folder, "finding.json"),
    `${JSON.stringify({ ...how, parties, detail }, undefined, 2)}\n`,
  );
  console.log(
    `FOUND ${how.what}: ${how.kind}, from "${how.original}", in ${folder}\n  ${detail.slice(0, 400)}`,
  );
}

function printTally(verdictsOf: Tally): void {
  for (const [kind, verdicts] of verdictsOf) {
    const each = [...verdicts].sort().map(([verdict, number]) => `${verdict} ${number}`);
    console.log(`${kind.padEnd(12)} ${each.join(", ")}`);
  }
}

function kindOf(name: string): Kind {
  const kind = KINDS.find((each) => each === name);
  if (kind === undefined) throw new Error(`no kind ${name}: ${KINDS.join(", ")}`);
  return kind;
}

function numberOf(option: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`--${option} is a number, not ${text}`);
  return Number(text);
}
