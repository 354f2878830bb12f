/**
 * A second opinion: a verifier in another language, written from docs/evidence-format.md alone, by whoever had not
 * read the sources. Over every vector, and over forgeries made anew from the accepted ones, it must say what core
 * says: the verdict, each check's result and code, who counts and why not, every notice; of misconduct files who is convicted, of
 * challenges what is said of the answer. Where they differ, one of the two is wrong, or the document leaves something
 * open.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { verifyChallenge } from "../../src/core/verify/verify-challenge.js";
import { foldText } from "../../src/core/trust/identity.js";
import { verifyX509Signature } from "../../src/platform/keys/x509-signature.js";
import { timestampAuthorities } from "../../src/pki/timestamps/check-timestamps.js";
import { temporaryFolders } from "../temporary-folder.js";
import { spoiltChanges } from "./spoilt-changes.js";
import { hasPython, isPythonExpected, withPython } from "./with-python.js";
import { verifyEvidence, type VerifyInput } from "../../src/core/verify/verify-evidence.js";
import { verifyMisconduct } from "../../src/core/verify/verify-misconduct.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const VECTORS = join(HERE, "..", "vectors");
const EVIDENCE = join(VECTORS, "evidence");
const SEED = "the document suffices";
const FORGERIES = 400;
const FORGED_CLAIMS = 400;
const SPOILT_CHANGES = 400;
const openTimestampAuthorities = timestampAuthorities(verifyX509Signature);
const temporaryFolder = temporaryFolders();

if (!isPythonExpected)
  console.warn("SKIPPED: python3 is missing, so nobody but ourselves has verified the evidence vectors.");

withPython("the independent verifier", () => {
  test("python3 is there", () => {
    if (!hasPython) throw new Error("python3 is missing: install it, or nothing independent is tested");
  });

  test("agrees on every vector of the parts", () => {
    const [last, ...disagreements] = python("parts.py", VECTORS).reverse();
    expect(disagreements).toEqual([]);
    expect((last as { cases: number }).cases).toBeGreaterThan(1000);
  });

  test("agrees on every vector of misconduct and challenges", () => {
    const [last, ...disagreements] = python("cases.py", VECTORS).reverse();
    expect(disagreements).toEqual([]);
    expect((last as { cases: number }).cases).toBeGreaterThan(130);
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
    const disagreements = forgeries.flatMap(({ case: name, report }, i) =>
      JSON.stringify(report) === JSON.stringify(answers[i])
        ? []
        : [{ name, independent: report, ours: answers[i] }],
    );
    expect(disagreements).toEqual([]);
    // They are worth comparing only while they reach every kind of answer.
    const verdicts = answers.map((answer) => ("verdict" in answer ? answer.verdict : "wrongUsage"));
    expect(forgeries.length).toBeGreaterThan(FORGERIES);
    expect(new Set(verdicts)).toEqual(new Set(["verified", "refused", "incomplete", "wrongUsage"]));
    expect(codesIn(answers).size).toBeGreaterThan(40);
    expect(noticesIn(answers).size).toBeGreaterThan(12);
  }, 120_000);

  test(`agrees on ${FORGED_CLAIMS} forged misconduct files and challenges`, () => {
    const forgeries = python(
      "forged_claims.py",
      VECTORS,
      "--seed",
      SEED,
      "--count",
      `${FORGED_CLAIMS}`,
    ) as ForgedClaim[];
    const answers = forgeries.map(oursOfClaim);
    const disagreements = forgeries.flatMap(({ case: name, report }, i) => {
      const said = answers[i];
      return JSON.stringify(report) === JSON.stringify(said)
        ? []
        : [{ name, independent: report, ours: said }];
    });
    expect(disagreements).toEqual([]);
    expect(forgeries.length).toBeGreaterThan(FORGED_CLAIMS);
    expect(saidOf("misconduct", forgeries, answers, "verdict")).toEqual(
      new Set(["verified", "refused", "incomplete"]),
    );
    expect(saidOf("challenge", forgeries, answers, "verdict")).toEqual(
      new Set(["unanswered", "late", "rebutted", "refused", "incomplete", "wrongUsage"]),
    );
    expect(saidOf("challenge", forgeries, answers, "answerCode")).toEqual(
      new Set(["evidence-refused", "statement-differs", "sealed-late", "ledger-late"]),
    );
    expect(saidOf("misconduct", forgeries, answers, "code").size).toBeGreaterThan(25);
    expect(saidOf("challenge", forgeries, answers, "code").size).toBeGreaterThan(25);
  }, 300_000);
});

/** What both verifiers are compared on. The product says more, for people. */
type Report =
  | {
      readonly verdict: string;
      readonly checks: readonly { name: string; result: string; code: string | null }[];
      readonly cosignatures: readonly { name: string; organisation: string; reason: string }[];
      readonly trustFile: string | null;
      readonly notices: readonly string[];
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

/** What both say of a misconduct file or a challenge. */
type ClaimReport =
  | { readonly verdict: string; readonly code: string | null; readonly convicted: readonly string[] }
  | { readonly verdict: string; readonly code: string | null; readonly answerCode: string | null }
  | { readonly wrongUsage: true };

type ForgedClaim = { readonly case: string; readonly consortium: string; readonly report: ClaimReport } & (
  | { readonly kind: "misconduct"; readonly misconduct: string }
  | {
      readonly kind: "challenge";
      readonly challenge: string;
      readonly answer: string | null;
      readonly parties: readonly string[];
    }
);

/** A line of JSON each. Nothing is compiled into the folder of the sources. */
function python(script: string, ...args: readonly string[]): unknown[] {
  const options = { encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  const output = execFileSync("python3", ["-B", join(HERE, script), ...args], options);
  return output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

/** As every door says before it verifies anything: a text of white space names no party. */
const isWrongUsage = (parties: readonly string[] = []): boolean =>
  parties.some((party) => foldText(party) === "");

function ours(input: VerifyInput): Report {
  if (isWrongUsage(input.parties)) return { wrongUsage: true };
  const { verdict, checks, cosigners, trustProblem, notices } = verifyEvidence({
    ...input,
    openTimestampAuthorities,
  });
  return {
    verdict,
    checks: checks.map(({ name, result, code }) => ({ name, result, code: code ?? null })),
    cosignatures: cosigners.map(({ name, organisation, reason }) => ({ name, organisation, reason })),
    trustFile: trustProblem?.code ?? null,
    notices: notices.map(({ code }) => code).sort(),
  };
}

function oursOfClaim(claim: ForgedClaim): ClaimReport {
  const consortium = bytes(claim.consortium);
  if (claim.kind === "misconduct") {
    const report = verifyMisconduct({ misconduct: bytes(claim.misconduct), consortium });
    return {
      verdict: report.verdict,
      code: report.problem?.code ?? null,
      convicted: report.convicted.map(({ name }) => name),
    };
  }
  const { parties } = claim;
  if (isWrongUsage(parties)) return { wrongUsage: true };
  const answer =
    claim.answer === null
      ? {}
      : {
          answer: verifyEvidence({
            evidence: bytes(claim.answer),
            consortium,
            parties,
            openTimestampAuthorities,
          }),
        };
  const report = verifyChallenge({ challenge: bytes(claim.challenge), consortium, parties, ...answer });
  return {
    verdict: report.verdict,
    code: report.problem?.code ?? null,
    answerCode: report.answer?.code ?? null,
  };
}

/** What was said of one kind, without what nobody said. */
function saidOf(
  kind: ForgedClaim["kind"],
  forgeries: readonly ForgedClaim[],
  answers: readonly ClaimReport[],
  member: "verdict" | "code" | "answerCode",
): Set<string> {
  const ofKind = answers.filter((_, i) => forgeries[i]?.kind === kind);
  const said = ofKind.map((report) => {
    if ("wrongUsage" in report) return member === "verdict" ? "wrongUsage" : null;
    return member in report ? (report as Record<typeof member, string | null>)[member] : null;
  });
  return new Set(said.filter((what) => what !== null));
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

const noticesIn = (reports: readonly Report[]): Set<string> =>
  new Set(reports.flatMap((report) => ("verdict" in report ? report.notices : [])));

function codesIn(reports: readonly Report[]): Set<string> {
  const said = reports.flatMap((report) =>
    "verdict" in report ? [report.trustFile, ...report.checks.map(({ code }) => code)] : [],
  );
  return new Set(said.filter((code) => code !== null));
}
