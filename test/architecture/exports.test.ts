/**
 * What `src` exports is for programs: nothing stands there that tests alone use. A name counts as used where another file of
 * `src` or `scripts`, or the rest of its own, has it outside of comments; so one that two files export may slip through, and
 * none is accused falsely.
 */
import { expect, it } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** By file and name: what stays in `src` all the same, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "src/certificate/drawings/1/template/wording.ts Step": "a drawing is frozen",
  "src/core/merkle/tree.ts proveSubtreeConsistency":
    "with verifySubtreeConsistency a pair, as each other proof has it: the plain way of what tiles prove",
  "src/core/witness/add-checkpoint.ts parseCosignatureLines":
    "what a witness answers is of the format that this file reads and writes, with vectors (test/vectors/add-checkpoint)",
};

const filesOf = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.m?[jt]s$/.test(path) && !path.includes("node_modules"))
    .map((path) => `${folder}/${path}`);

/** Each identifier of a file, and how often it has it. */
function wordsOf(path: string): ReadonlyMap<string, number> {
  const text = readFileSync(join(root, path), "utf8").replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*/g, "");
  const words = new Map<string, number>();
  for (const [word] of text.matchAll(/[\p{L}\p{N}_$]+/gu)) words.set(word, (words.get(word) ?? 0) + 1);
  return words;
}

const EXPORT =
  /^export (?:async )?(?:abstract )?(?:const|let|function\*?|class|interface|type|enum) ([\p{L}\p{N}_$]+)/gmu;
const exportsOf = (path: string): readonly string[] =>
  [...readFileSync(join(root, path), "utf8").matchAll(EXPORT)].map(([, name]) => name as string);

it("nothing is exported from src that tests alone use, or nobody", () => {
  const source = filesOf("src");
  const words = new Map([...source, ...filesOf("scripts")].map((path) => [path, wordsOf(path)]));
  const inFiles = new Map<string, number>();
  for (const of of words.values())
    for (const word of of.keys()) inFiles.set(word, (inFiles.get(word) ?? 0) + 1);
  const isUsed = (path: string, name: string): boolean =>
    (inFiles.get(name) ?? 0) > 1 || (words.get(path)?.get(name) ?? 0) > 1;
  const unused = source.flatMap((path) =>
    exportsOf(path).flatMap((name) => (isUsed(path, name) ? [] : [`${path} ${name}`])),
  );
  expect(source.length).toBeGreaterThan(300);
  expect(unused.sort()).toEqual(Object.keys(EXCEPTIONS).sort());
});
