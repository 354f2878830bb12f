/** The sample's loan dossier on its way: deposited, final, fetched, and verified offline by the command line. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { PROGRAM, SAMPLE_DOSSIER } from "../project.js";
import { BankClient, type Deposited, type Dossier } from "./bank.js";
import { DEPOSITOR } from "./sample-consortium.js";
import type { Verified } from "./summary.js";

/** How long cosignatures that finality did not need, and timestamp tokens, are waited for. */
const LATE_COSIGNERS_MS = 3000;
const LATE_TIMESTAMPS_MS = 5000;

export interface SampleDeposit {
  readonly url: string;
  /** Of the depositing bank. */
  readonly apiKey: string;
  readonly consortiumFile: string;
  /** A time-stamping authority is there to be waited for. */
  readonly isTimestamped: boolean;
  /** In it are written the trust file, records, evidence and certificates. */
  readonly out: string;
}

/** Deposits the sample's loan dossier, waits until all of it is final, and verifies what was issued as anybody would. */
export async function depositAndVerify({ url, apiKey, out, ...sample }: SampleDeposit): Promise<Verified[]> {
  const bank = new BankClient(url, apiKey);
  const dossier = JSON.parse(await readFile(join(SAMPLE_DOSSIER, "dossier.json"), "utf8")) as Dossier;
  if (dossier.depositor !== DEPOSITOR) throw new Error(`internal: the dossier is of ${dossier.depositor}`);
  return collect(bank, await bank.depositDossier(SAMPLE_DOSSIER, dossier), out, sample);
}

/** Waits for finality of each, writes what belongs to it, and has the command line verify both files offline. */
async function collect(
  bank: BankClient,
  deposited: readonly Deposited[],
  out: string,
  { consortiumFile, isTimestamped }: Pick<SampleDeposit, "consortiumFile" | "isTimestamped">,
): Promise<Verified[]> {
  for (const folder of ["records", "evidence", "certificates"])
    await mkdir(join(out, folder), { recursive: true });
  const trustFile = join(out, "consortium.json");
  await writeFile(trustFile, await readFile(consortiumFile));
  for (const { id } of deposited) await bank.evidence(id);
  // Final does not mean that everybody has cosigned: what comes a moment later is in evidence made then.
  const { witnesses } = JSON.parse(await readFile(consortiumFile, "utf8")) as {
    witnesses: readonly unknown[];
  };
  for (const { id } of deposited) await bank.waitForCosigners(id, witnesses.length, LATE_COSIGNERS_MS);
  if (isTimestamped) for (const { id } of deposited) await bank.waitForTimestamp(id, LATE_TIMESTAMPS_MS);
  const verifyOne = async ({ record, id, receiptMs }: Deposited): Promise<Verified> => {
    const name = record.file.replace(/\.[^.]+$/, "");
    const files = {
      record: join(out, "records", record.file),
      evidence: join(out, "evidence", `${name}.evidence.json`),
      certificate: join(out, "certificates", `${name}.pdf`),
    };
    await writeFile(files.record, await readFile(join(SAMPLE_DOSSIER, record.file)));
    await writeFile(files.evidence, await bank.evidence(id));
    await writeFile(files.certificate, await bank.certificate(id));
    const verify = async (file: string) => {
      const args = [PROGRAM, "verify", file, "--consortium", trustFile, "--record", files.record, "--json"];
      const { code, stdout } = await runNode(args);
      return { code, report: JSON.parse(stdout) as Report };
    };
    const [evidence, certificate] = await Promise.all([verify(files.evidence), verify(files.certificate)]);
    return {
      record,
      id,
      receiptMs,
      state: await bank.state(id),
      verdict: evidence.report.verdict === certificate.report.verdict ? evidence.report.verdict : "refused",
      exitCodes: [evidence.code, certificate.code],
      timestampedAt: evidence.report.times?.timestampedAt,
    };
  };
  const verified: Verified[] = [];
  for (const deposit of deposited) verified.push(await verifyOne(deposit));
  return verified;
}

/** What is used here of `cunzheng verify --json`. */
interface Report {
  readonly verdict: string;
  readonly times?: { readonly timestampedAt?: string };
}

async function runNode(args: readonly string[]): Promise<{ code: number; stdout: string }> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return { code: 0, stdout };
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    if (typeof code !== "number" || stdout === undefined) throw error;
    return { code, stdout };
  }
}
