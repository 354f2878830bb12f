/**
 * `cunzheng verify`: one file, the verifier's own trust file, perhaps the record and the parties; a report and an
 * exit code. Reads those files and nothing else: no network, no clock, no key built in.
 */
import { basename } from "node:path";
import { MAX_PDF_BYTES } from "../certificate/pdf/pdf-reader.js";
import { type FileReport, recordSizeOf } from "../certificate/verify/verify-file.js";
import { hex } from "../core/bytes.js";
import { sha256 } from "../core/digest/sha256.js";
import { sm3 } from "../core/digest/sm3.js";
import { ParseError } from "../core/errors.js";
import type { MeasuredRecord } from "../core/record/content.js";
import { FORMAT_BOUNDS, RECORD_BOUNDS } from "../core/record/json.js";
import { checkedParties } from "./parties.js";
import { challengeText } from "./text/challenge-text.js";
import { misconductText } from "./text/misconduct-text.js";
import {
  type Catalogue,
  type InputFile,
  type Language,
  type ReportInputs,
  reportText,
} from "./text/report-text.js";
import { type CommandWorld, UsageError } from "./world/world.js";

/**
 * 0: what the file claims is so (of a challenge: that the promise was not kept, as far as anything shows). 1: it is not.
 * 2: nothing or not all could be checked.
 */
export const EXIT_CODES: Readonly<Record<FileReport["verdict"], number>> = {
  verified: 0,
  unanswered: 0,
  late: 0,
  refused: 1,
  rebutted: 1,
  incomplete: 2,
};

export interface VerifyArguments {
  readonly file: string;
  readonly consortium: string;
  readonly record?: string;
  readonly answer?: string;
  readonly templates?: string;
  readonly party: readonly string[];
  readonly json?: boolean;
  readonly lang: Language;
}

export async function verifyCommand(options: VerifyArguments, world: CommandWorld): Promise<number> {
  const given = new Map<GivenName, Uint8Array>();
  for (const name of ["file", "consortium", "answer"] as const) {
    const path = options[name];
    if (path === undefined) continue;
    try {
      given.set(name, await world.readFile(path, MOST[name]));
    } catch (error) {
      return unreadable(name, error, options, world);
    }
  }
  const [file, consortium, answer] = [given.get("file"), given.get("consortium"), given.get("answer")];
  if (file === undefined || consortium === undefined)
    throw new Error("internal: a file that was not asked for");
  const record = options.record === undefined ? undefined : await readRecord(options.record, file, world);

  let report: FileReport;
  try {
    report = await world.verifyFile({
      file,
      consortium,
      parties: checkedParties(options.party),
      ...(record && { record }),
      ...(answer && { answer }),
      ...(options.templates !== undefined && { templates: options.templates }),
    });
  } catch (error) {
    throw error instanceof ParseError ? usageOf(error) : error;
  }
  if (options.json) world.print(`${JSON.stringify(report, null, 2)}\n`);
  else {
    const inputs: ReportInputs = {
      version: world.version,
      file: inputFile(options.file, file, MOST.file),
      consortium: inputFile(options.consortium, consortium, MOST.consortium),
      ...(record && !("unreadable" in record) && { record: inputRecord(options.record ?? "", record) }),
      ...(answer && { answer: inputFile(options.answer ?? "", answer, MOST.answer) }),
    };
    world.print(textOf(report, inputs, world.catalogue(), options.lang));
  }
  return EXIT_CODES[report.verdict];
}

export function textOf(
  report: FileReport,
  inputs: ReportInputs,
  catalogue: Catalogue,
  language: Language,
): string {
  switch (report.type) {
    case "cunzheng/report@v1":
      return reportText(report, inputs, catalogue, language);
    case "cunzheng/misconduct-report@v1":
      return misconductText(report, inputs, catalogue, language);
    case "cunzheng/challenge-report@v1":
      return challengeText(report, inputs, catalogue, language);
  }
}

type GivenName = "file" | "consortium" | "answer";

/** What can't be read can't be checked: incomplete, and said so; the file is not thereby false. */
function unreadable(what: GivenName, error: unknown, { json }: VerifyArguments, world: CommandWorld): number {
  const message = `the ${what} can't be read: ${(error as Error).message}`;
  if (json)
    world.print(
      `${JSON.stringify({ type: "cunzheng/report@v1", verdict: "incomplete", error: { code: `${what}-unreadable`, message } })}\n`,
    );
  else world.printError(`cunzheng: ${message}\n`);
  return EXIT_CODES.incomplete;
}

/** What the verifier refuses to begin with is a slip of whoever typed the command. */
function usageOf({ code, message, detail }: ParseError): Error {
  if (code !== "input-unused") return new Error(`internal: ${message} (${code})`);
  const option = detail.field === "/parts/parties" ? "party" : (detail.field ?? "").replace("/parts/", "");
  return new UsageError(`--${option}: ${message}`);
}

/** Bytes that are read of each: no file of its kind is larger, so of more nothing need be known. */
const MOST: Readonly<Record<GivenName, number>> = {
  file: MAX_PDF_BYTES,
  answer: MAX_PDF_BYTES,
  consortium: FORMAT_BOUNDS.bytes,
};

async function readRecord(
  path: string,
  file: Uint8Array,
  world: CommandWorld,
): Promise<Uint8Array | MeasuredRecord | { unreadable: string }> {
  const mebibytes = (bytes: number) => Math.floor(bytes / 2 ** 20);
  try {
    return await world.readRecord(path, {
      most: RECORD_BOUNDS.bytes,
      wantedSize: () => recordSizeOf(file),
      tell: (read, size) =>
        world.printError(`cunzheng: ${mebibytes(read)} of ${mebibytes(size)} MiB of the record read\n`),
    });
  } catch (error) {
    return { unreadable: (error as Error).message };
  }
}

/** Without digests where the file was not read to its end. */
const inputFile = (path: string, bytes: Uint8Array, most: number): InputFile => ({
  name: basename(path),
  ...(bytes.length <= most && { sha256: hex(sha256(bytes)) }),
});

function inputRecord(path: string, record: Uint8Array | MeasuredRecord): NonNullable<ReportInputs["record"]> {
  const name = basename(path);
  if (record instanceof Uint8Array) return { name, sha256: hex(sha256(record)), sm3: hex(sm3(record)) };
  const { digests } = record;
  return { name, ...(digests && { sha256: hex(digests["sha-256"]), sm3: hex(digests.sm3) }) };
}
