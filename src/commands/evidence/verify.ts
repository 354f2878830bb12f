/**
 * `cunzheng verify`: one file, the verifier's own trust file, perhaps the record and the parties; a report and an
 * exit code. Reads those files and nothing else: no network, no clock, no key built in.
 */
import { basename } from "node:path";
import { MAX_PDF_BYTES } from "../../certificate/pdf/pdf-reader.js";
import { type FileReport, recordSizeOf } from "../../certificate/verify/verify-file.js";
import { hex } from "../../core/bytes.js";
import { sha256 } from "../../core/digest/sha256.js";
import { sm3 } from "../../core/digest/sm3.js";
import { ParseError } from "../../core/errors.js";
import type { MeasuredRecord } from "../../core/record/content.js";
import { FORMAT_BOUNDS, RECORD_BOUNDS } from "../../core/record/json.js";
import { command } from "../model/command.js";
import { UsageError } from "../model/errors.js";
import { EXIT, EXIT_OF_VERDICT } from "../model/exit-codes.js";
import { flag, optional, required } from "../model/options.js";
import { language, parties } from "../model/shared-options.js";
import type { World } from "../model/world.js";
import { fileReportText } from "../text/file-report-text.js";
import type { InputFile, ReportInputs } from "../text/report-text.js";

/** Checks evidence, a certificate PDF, a misconduct file or a challenge, told apart by what they say of themselves. */
export type VerifyFile = (input: {
  readonly file: Uint8Array;
  readonly consortium: Uint8Array;
  readonly record?: Uint8Array | MeasuredRecord | { readonly unreadable: string };
  readonly answer?: Uint8Array;
  readonly parties: readonly string[];
  /** This folder has templates of certificates, beside the program's own. */
  readonly templates?: string;
}) => Promise<FileReport>;

export interface RecordQuestion {
  /** Records of more bytes than this are not held, but digested as they are read. */
  readonly most: number;
  /** Gives the size of the record that is wanted, where that is known: one of another size need not be read. */
  readonly wantedSize: () => number | undefined;
  /** Is told now and then while a large one is read, in bytes. */
  readonly tell: (readBytes: number, size: number) => void;
}

export interface VerifyEffects {
  readonly verifyFile: VerifyFile;
  /** Reads a record of any size. Rejects where it can't be read. */
  readRecord(path: string, question: RecordQuestion): Promise<Uint8Array | MeasuredRecord>;
}

export const verify = command({
  name: "verify",
  operands: ["file"],
  description:
    "verify an evidence file, a certificate PDF, a misconduct file or a challenge, without a network; " +
    "exit codes: 0 verified (a challenge: unanswered, sealed late), 1 refused (rebutted), 2 incomplete, 64 wrong usage",
  options: {
    consortium: required(
      "<file>",
      "the trust file: whose signatures count (yours, never one from the other side)",
    ),
    record: optional("<file>", "the record itself, to compare with the digests in the evidence"),
    answer: optional("<file>", "evidence or a certificate that answers a challenge"),
    templates: optional("<folder>", "a certificate's template, where it is not one of the program's own"),
    party: parties(
      "a party, by its id, credit code or name: its group's cosignatures are shown and not counted (repeatable)",
    ),
    json: flag("print the report as JSON"),
    lang: language("language of the report"),
  },
  run: async (options, world: World & VerifyEffects) => {
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
        parties: options.party,
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
      world.print(fileReportText(report, inputs, world.catalogue(), options.lang));
    }
    return EXIT_OF_VERDICT[report.verdict];
  },
});

type GivenName = "file" | "consortium" | "answer";

/** What can't be read can't be checked: incomplete, and said so; the file is not thereby false. */
function unreadable(
  what: GivenName,
  error: unknown,
  { json }: { readonly json?: boolean },
  world: World,
): number {
  const message = `the ${what} can't be read: ${(error as Error).message}`;
  const report = {
    type: "cunzheng/report@v1",
    verdict: "incomplete",
    error: { code: `${what}-unreadable`, message },
  };
  if (json) world.print(`${JSON.stringify(report)}\n`);
  else world.printError(`cunzheng: ${message}\n`);
  return EXIT.incomplete;
}

/** What the verifier refuses to begin with is a slip of whoever typed the command. */
function usageOf({ code, message, detail }: ParseError): Error {
  if (code !== "input-unused") return new Error(`internal: ${message} (${code})`);
  const option = detail.field === "/parts/parties" ? "party" : (detail.field ?? "").replace("/parts/", "");
  return new UsageError(`--${option}: ${message}`);
}

/** So many bytes are read of each: no file of its kind is larger, so of more nothing need be known. */
const MOST: Readonly<Record<GivenName, number>> = {
  file: MAX_PDF_BYTES,
  answer: MAX_PDF_BYTES,
  consortium: FORMAT_BOUNDS.bytes,
};

async function readRecord(
  path: string,
  file: Uint8Array,
  world: World & Pick<VerifyEffects, "readRecord">,
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

/** Names a file for the report, without digests where it was not read to its end. */
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
