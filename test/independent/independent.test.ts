/**
 * A second opinion: a verifier in another language, written from docs/evidence-format.md alone, by whoever had not
 * read the sources. Over every vector, and over forgeries made anew from the accepted ones, it must say what core
 * says: the verdict, each check's result and code, who counts and why not. Where they differ, one of the two is
 * wrong, or the document leaves something open. Neither looks into timestamp tokens and certificates (section 8.1).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { ParseError } from "../../src/core/errors.js";
import { temporaryFolders } from "../temporary-folder.js";
import { spoiltChanges } from "./spoilt-changes.js";
import { verifyEvidence, type VerifyInput } from "../../src/core/verify/verify-evidence.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const VECTORS = join(HERE, "..", "vectors");
const EVIDENCE = join(VECTORS, "evidence");
const SEED = "the document suffices";
const FORGERIES = 400;
const SPOILT_CHANGES = 400;
const temporaryFolder = temporaryFolders();

const hasPython = spawnSync("python3", ["--version"]).status === 0;
const inCi = process.env["CI"] !== undefined && process.env["CI"] !== "";
if (!hasPython && !inCi)
  console.warn("SKIPPED: python3 is missing, so nobody but ourselves has verified the evidence vectors.");
const withPython = hasPython || inCi ? describe : describe.skip;

withPython("the independent verifier", () => {
  test("python3 is there", () => {
    if (!hasPython) throw new Error("python3 is missing: install it, or nothing independent is tested");
  });

  test("agrees on every vector of the parts", () => {
    const [last, ...disagreements] = python("parts.py", VECTORS).reverse();
    expect(disagreements).toEqual([]);
    expect((last as { cases: number }).cases).toBeGreaterThan(1000);
  });

  test("agrees on every change of a consortium and every history", () => {
    const [last, ...disagreements] = python("membership.py", join(VECTORS, "consortium-change")).reverse();
    expect(disagreements).toEqual([]);
    expect((last as { cases: number }).cases).toBeGreaterThan(140);
  });

  test(`agrees on ${SPOILT_CHANGES} changes spoilt at random`, () => {
    const cases = spoiltChanges(SPOILT_CHANGES);
    const folder = temporaryFolder();
    const write = (name: string, accepted: readonly object[]) =>
      writeFileSync(join(folder, name), JSON.stringify({ accepted, refused: [] }));
    write("changes.json", cases);
    write("histories.json", []);
    expect(python("membership.py", folder)).toEqual([{ cases: SPOILT_CHANGES }]);
    expect(new Set(cases.map(({ code }) => code)).size).toBeGreaterThan(12);
  });

  test("agrees on every evidence vector", () => {
    const answers = python("verify.py", "--batch", EVIDENCE) as Answer[];
    expect(answers.map((answer) => answer.case)).toEqual(folders());
    for (const { case: name, ...answer } of answers)
      expect({ name, ...answer }).toEqual({ name, ...ours(vector(name)) });
  });

  test(`agrees on ${FORGERIES} forgeries`, () => {
    const forgeries = python(
      "forgeries.py",
      EVIDENCE,
      "--seed",
      SEED,
      "--count",
      `${FORGERIES}`,
    ) as Forgery[];
    const answers = forgeries.map((forgery) => ours(filesOf(forgery)));
    forgeries.forEach(({ case: name, report }, i) => {
      expect({ name, ...report }).toEqual({ name, ...answers[i] });
    });
    // They are worth comparing only while they reach every kind of answer.
    const verdicts = answers.map((answer) => ("verdict" in answer ? answer.verdict : "wrongUsage"));
    expect(forgeries.length).toBeGreaterThan(FORGERIES);
    expect(new Set(verdicts)).toEqual(new Set(["verified", "refused", "incomplete", "wrongUsage"]));
    expect(codesIn(answers).size).toBeGreaterThan(40);
  }, 120_000);
});

/** What both verifiers are compared on. The product says more, for people. */
type Report =
  | {
      readonly verdict: string;
      readonly checks: readonly { name: string; result: string; code: string | null }[];
      readonly cosignatures: readonly { name: string; organisation: string; reason: string }[];
      readonly trustFile: string | null;
    }
  | { readonly wrongUsage: true };
type Answer = Report & { readonly case: string };

/** Files in base64, as they are handed over. */
interface Forgery {
  readonly case: string;
  readonly evidence: string;
  readonly consortium: string;
  readonly record: string | null;
  readonly parties: readonly string[];
  readonly report: Report;
}

/** A line of JSON each. Nothing is compiled into the folder of the sources. */
function python(script: string, ...args: readonly string[]): unknown[] {
  const options = { encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  const output = execFileSync("python3", ["-B", join(HERE, script), ...args], options);
  return output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

function ours(input: VerifyInput): Report {
  try {
    const { verdict, checks, cosigners, trustProblem } = verifyEvidence(input);
    return {
      verdict,
      checks: checks.map(({ name, result, code }) => ({ name, result, code: code ?? null })),
      cosignatures: cosigners.map(({ name, organisation, reason }) => ({ name, organisation, reason })),
      trustFile: trustProblem?.code ?? null,
    };
  } catch (error) {
    if (error instanceof ParseError) return { wrongUsage: true };
    throw error;
  }
}

const folders = (): string[] => readdirSync(EVIDENCE).sort();

function vector(name: string): VerifyInput {
  const read = (file: string) => readFileSync(join(EVIDENCE, name, file));
  const { parties } = JSON.parse(read("expected.json").toString()) as { parties: string[] };
  const record = existsSync(join(EVIDENCE, name, "record")) ? { record: read("record") } : {};
  return { evidence: read("evidence.json"), consortium: read("consortium.json"), parties, ...record };
}

function filesOf({ evidence, consortium, record, parties }: Forgery): VerifyInput {
  const files = { evidence: bytes(evidence), consortium: bytes(consortium), parties };
  if (record === null) return files;
  return { ...files, record: record === "unreadable" ? { unreadable: "no such file" } : bytes(record) };
}

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

function codesIn(reports: readonly Report[]): Set<string> {
  const said = reports.flatMap((report) =>
    "verdict" in report ? [report.trustFile, ...report.checks.map(({ code }) => code)] : [],
  );
  return new Set(said.filter((code) => code !== null));
}
