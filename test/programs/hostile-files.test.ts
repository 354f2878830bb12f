/**
 * Whatever a stranger hands in, at 50 MB and at the size that is just allowed, the program answers with a code, within a
 * bounded memory. The program as it is built is started for each file: a crash, or a stack that overflows, would show.
 */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { HOSTILE_JSON, largeTokens, largeTrustFile } from "../../scripts/bench/hostile/hostile-json.js";
import { measuredRun, type Run } from "../../scripts/bench/hostile/measured-verify.js";
import { consortium, json, sampleEvidence } from "../../scripts/make-vectors/sample-world.js";
import { FORMAT_BOUNDS } from "../../src/core/record/json.js";
import { MAX_ENTRIES } from "../../src/core/trust/trust-file.js";

const LARGE_BYTES = 50_000_000;
const MOST_MEGABYTES = 500;
const START_MS = 300_000;

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const CHALLENGES = join(PROJECT, "test/vectors/challenge");
const folder = mkdtempSync(join(tmpdir(), "cunzheng-hostile-"));
const path = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The program's own process, with a heap that could not hold what the file would make of itself. */
const run = (...args: readonly string[]): Promise<Run> => measuredRun(args, { folder, heapMegabytes: 400 });

function expectAnswer({ exitCode, output, errors, megabytes }: Run, wanted: number, code: string): void {
  expect({
    exitCode,
    says: `${output}${errors}`.includes(code) ? code : `${output}${errors}`.slice(0, 2000),
  }).toEqual({
    exitCode: wanted,
    says: code,
  });
  expect(megabytes).toBeGreaterThan(0);
  expect(megabytes).toBeLessThan(MOST_MEGABYTES);
}

/** The first challenge of test/vectors/ that stands. */
function challengeVector(): string {
  const { accepted } = JSON.parse(readFileSync(join(CHALLENGES, "cases.json"), "utf8")) as {
    readonly accepted: readonly { readonly file: unknown }[];
  };
  const [{ file } = { file: "" }] = accepted;
  return typeof file === "string" ? file : JSON.stringify(file);
}

const write = (name: string, kind: string, bytes: number): string => {
  writeFileSync(path(name), (HOSTILE_JSON[kind] ?? String)(bytes));
  return path(name);
};
const verify = (file: string, ...more: readonly string[]) =>
  run("verify", file, "--consortium", path("consortium.json"), "--json", ...more);

beforeAll(() => {
  writeFileSync(path("consortium.json"), json(consortium()));
  writeFileSync(path("evidence.json"), json(sampleEvidence().evidence));
});

describe("50 MB of one thing, as the file to be verified", () => {
  it.each(Object.keys(HOSTILE_JSON))(
    "%s",
    async (kind) => {
      const file = write("large", kind, LARGE_BYTES);
      expectAnswer(await verify(file), 1, "file-too-large");
    },
    START_MS,
  );
});

describe("as large as a file may be, of one thing", () => {
  const codes: Readonly<Record<string, string>> = {
    "tiny objects": "json-too-many-values",
    "members of one object": "json-too-many-members",
    numbers: "json-too-many-values",
    "one number": "value-range",
    "one string": "value-type",
    escapes: "value-type",
    nesting: "json-too-deep",
    "white space": "json-syntax",
    "one signature line": "member-missing",
    "lines of a note": "note-malformed",
    "junk tokens": "json-too-many-values",
    checkpoints: "json-too-many-values",
    "a chain of controlledBy": "json-too-many-values",
    "no JSON": "json-syntax",
  };

  it.each(Object.keys(HOSTILE_JSON))(
    "%s",
    async (kind) => {
      const file = write("allowed", kind, FORMAT_BOUNDS.bytes);
      expectAnswer(await verify(file), 1, codes[kind] ?? "no code");
    },
    START_MS,
  );

  it(
    "a ledger proof of one signature line",
    async () => {
      const { evidence } = sampleEvidence();
      const ledgerProof = evidence.ledgerProof.replace(
        "\n— ",
        `\n— ${"x".repeat(FORMAT_BOUNDS.bytes - 20_000)}`,
      );
      writeFileSync(path("line.json"), json({ ...evidence, ledgerProof }));
      expectAnswer(await verify(path("line.json")), 1, "note-line-too-long");
    },
    START_MS,
  );

  it(
    "a hundred tokens that are none",
    async () => {
      const { evidence } = sampleEvidence();
      writeFileSync(
        path("tokens.json"),
        json({ ...evidence, timestamps: largeTokens(FORMAT_BOUNDS.bytes - 50_000) }),
      );
      expectAnswer(await verify(path("tokens.json")), 0, "timestamp-malformed");
    },
    START_MS,
  );

  it(
    "a trust file with as many organisations and cosigners as there may be",
    async () => {
      writeFileSync(path("trust.json"), json(largeTrustFile(consortium(), MAX_ENTRIES)));
      const verified = await run(
        "verify",
        path("evidence.json"),
        "--consortium",
        path("trust.json"),
        "--json",
      );
      expectAnswer(verified, 0, '"verdict": "verified"');
      expectAnswer(await run("policy", "--consortium", path("trust.json"), "--tree-size", "5"), 0, "quorum");
    },
    START_MS,
  );
});

describe("50 MB where another file is asked for", () => {
  const kinds = ["tiny objects", "one signature line", "a chain of controlledBy"];
  const trust = () => ["--consortium", path("consortium.json")];
  const cases: readonly (readonly [string, (file: string) => Promise<Run>, number, string])[] = [
    [
      "a trust file",
      (file) => run("verify", path("evidence.json"), "--consortium", file, "--json"),
      2,
      "file-too-large",
    ],
    ["a record", (file) => verify(path("evidence.json"), "--record", file), 1, "file-too-large"],
    [
      "an answer",
      (file) =>
        run(
          "verify",
          path("challenge.json"),
          ...["--consortium", join(CHALLENGES, "consortium.json"), "--json", "--answer", file],
        ),
      0,
      "evidence-refused",
    ],
    [
      "a receipt",
      (file) => run("challenge", ...trust(), "--receipt", file, "--out", path("c")),
      64,
      "file-too-large",
    ],
    ["a policy's trust file", (file) => run("policy", "--consortium", file), 2, "file-too-large"],
    [
      "a consortium to be shown",
      (file) => run("consortium", "show", "--consortium", file),
      2,
      "file-too-large",
    ],
    ["a change", (file) => run("consortium", "check", ...trust(), "--change", file), 2, "file-too-large"],
    [
      "evidence of a certificate",
      (file) => run("certificate", file, ...trust(), "--with", file, "--out", path("c.pdf")),
      2,
      "cunzheng:",
    ],
  ];

  it.each(cases)(
    "%s",
    async (_, start, exitCode, code) => {
      writeFileSync(path("challenge.json"), challengeVector());
      for (const kind of kinds) expectAnswer(await start(write("other", kind, LARGE_BYTES)), exitCode, code);
    },
    START_MS,
  );
});

describe("what never ends, or is larger than any memory", () => {
  const sparse = () => {
    writeFileSync(path("sparse"), "");
    truncateSync(path("sparse"), 50_000_000_000);
    return path("sparse");
  };

  it(
    "is read up to its bound, as a file and as a trust file",
    async () => {
      for (const file of [sparse(), "/dev/zero"]) {
        expectAnswer(await verify(file), 1, "file-too-large");
        expectAnswer(
          await run("verify", path("evidence.json"), "--consortium", file, "--json"),
          2,
          "file-too-large",
        );
      }
    },
    START_MS,
  );

  it(
    "is not read as a record of another size",
    async () => {
      const { evidence } = sampleEvidence();
      const { canonicalization: _, ...statement } = evidence.statement;
      writeFileSync(path("file-evidence.json"), json({ ...evidence, statement }));
      for (const file of [sparse(), "/dev/zero"])
        expectAnswer(await verify(path("file-evidence.json"), "--record", file), 1, "record-size");
    },
    START_MS,
  );
});

describe("cunzheng challenge", () => {
  it(
    "ends with 64 where a file is no receipt, and with 2 where there is none",
    async () => {
      const challenge = (receipt: string) =>
        run("challenge", "--consortium", path("consortium.json"), "--receipt", receipt, "--out", path("c"));
      for (const [text, code] of [
        ["hello", "note-malformed"],
        ["{bad", "json-syntax"],
        ['{"id":1}', "member-missing"],
        ["", "note-malformed"],
      ] as const) {
        writeFileSync(path("no-receipt"), text);
        expectAnswer(await challenge(path("no-receipt")), 64, code);
      }
      expectAnswer(await challenge(path("nothing-here")), 2, "can't be read");
    },
    START_MS,
  );
});
