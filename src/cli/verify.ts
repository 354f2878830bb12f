/**
 * `cunzheng verify`: one file, the verifier's own trust file, perhaps the record and the parties; a report and an
 * exit code. Reads those files and nothing else: no network, no clock, no key built in.
 */
import { basename } from "node:path";
import { hex } from "../core/bytes.js";
import { sha256 } from "../core/digest/sha256.js";
import { sm3 } from "../core/digest/sm3.js";
import { ParseError } from "../core/errors.js";
import { isMisconduct } from "../core/evidence/misconduct.js";
import { type Report, type Verdict } from "../core/verify/report.js";
import { verifyMisconduct } from "../core/verify/verify-misconduct.js";
import { misconductText } from "./misconduct-text.js";
import { type InputFile, type ReportInputs, reportText } from "./report-text.js";
import { type CommandWorld, UsageError } from "./world.js";

export const EXIT_CODES: Readonly<Record<Verdict, number>> = { verified: 0, refused: 1, incomplete: 2 };

export interface VerifyArguments {
  readonly file: string;
  readonly consortium: string;
  readonly record?: string;
  readonly party: readonly string[];
  readonly json?: boolean;
  readonly lang: "zh" | "en";
}

interface GivenFiles {
  readonly file: Uint8Array;
  readonly consortium: Uint8Array;
}

export async function verifyCommand(options: VerifyArguments, world: CommandWorld): Promise<number> {
  // What can't be read can't be checked: incomplete, and said so; the file is not thereby false.
  const unreadable = (what: string, error: unknown) => {
    const message = `the ${what} can't be read: ${(error as Error).message}`;
    if (options.json)
      world.print(
        `${JSON.stringify({ type: "cunzheng/report@v1", verdict: "incomplete", error: { code: `${what}-unreadable`, message } })}\n`,
      );
    else world.printError(`cunzheng: ${message}\n`);
    return EXIT_CODES.incomplete;
  };
  let file: Uint8Array;
  let consortium: Uint8Array;
  try {
    file = await world.readFile(options.file);
  } catch (error) {
    return unreadable("file", error);
  }
  try {
    consortium = await world.readFile(options.consortium);
  } catch (error) {
    return unreadable("consortium", error);
  }
  if (isMisconduct(file)) return verifyMisconductFile(options, { file, consortium }, world);
  const record = options.record === undefined ? undefined : await readRecord(options.record, world);

  let report: Report;
  try {
    report = await world.verifyFile({ file, consortium, parties: options.party, ...(record && { record }) });
  } catch (error) {
    if (error instanceof ParseError && error.code === "organisation-unknown")
      throw new UsageError(`--party: ${error.message}; known: ${error.detail.want ?? ""}`);
    throw error;
  }
  if (options.json) world.print(`${JSON.stringify(report, null, 2)}\n`);
  else {
    const inputs = {
      ...inputsOf(options, { file, consortium }, world),
      ...(record instanceof Uint8Array && {
        record: { ...inputFile(options.record ?? "", record), sm3: hex(sm3(record)) },
      }),
    };
    world.print(reportText(report, inputs, world.catalogue(), options.lang));
  }
  return EXIT_CODES[report.verdict];
}

function verifyMisconductFile(options: VerifyArguments, files: GivenFiles, world: CommandWorld): number {
  if (options.record !== undefined || options.party.length > 0)
    throw new UsageError(
      "a misconduct file is about no record and no parties: --record and --party say nothing here",
    );
  const { file: misconduct, consortium } = files;
  const report = verifyMisconduct({ misconduct, consortium, ...world.verifiers });
  if (options.json) world.print(`${JSON.stringify(report, null, 2)}\n`);
  else {
    const inputs = inputsOf(options, files, world);
    world.print(misconductText(report, inputs, world.catalogue(), options.lang));
  }
  return EXIT_CODES[report.verdict];
}

async function readRecord(path: string, world: CommandWorld): Promise<Uint8Array | { unreadable: string }> {
  try {
    return await world.readFile(path);
  } catch (error) {
    return { unreadable: (error as Error).message };
  }
}

const inputsOf = (
  { file, consortium }: VerifyArguments,
  files: GivenFiles,
  { version }: CommandWorld,
): ReportInputs => ({
  version,
  file: inputFile(file, files.file),
  consortium: inputFile(consortium, files.consortium),
});

const inputFile = (path: string, bytes: Uint8Array): InputFile => ({
  name: basename(path),
  sha256: hex(sha256(bytes)),
});
