/**
 * The whole way once, as seven operating-system processes: a notary, five witness nodes and a time-stamping authority are
 * started, a bank deposits the sample loan dossier through the HTTP API, every deposit becomes final and is time-stamped,
 * certificates are issued, and all of them are verified offline by the command line. Then the service stays up, or with `--once` ends and leaves no process.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Command, Option } from "commander";
import { PROGRAM, SAMPLE_DOSSIER } from "../project.js";
import { BankClient, type Deposited, type Dossier } from "./bank.js";
import { type RunningSample, startSample } from "./sample.js";
import { DEPOSITOR } from "./sample-consortium.js";
import { printSummary, type Verified } from "./summary.js";

interface Options {
  readonly once?: boolean;
  readonly out?: string;
  readonly port: number;
  readonly data: string;
}

async function main(): Promise<void> {
  const options = new Command("quickstart")
    .option("--once", "end when everything is verified, leaving no process")
    .option("--out <dir>", "write consortium.json, records, evidence and certificates there")
    .addOption(new Option("--port <port>", "port of the notary").default(8080).argParser(portNumber))
    .option("--data <dir>", "data folder of the notary and its five witness nodes", "./data")
    .parse()
    .opts<Options>();
  const data = resolve(options.data);
  const out = resolve(options.out ?? join(data, "out"));
  let sample: RunningSample | undefined;
  const interrupted = new Promise<void>((resolveInterrupted) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.once(signal, () => resolveInterrupted());
  });

  try {
    sample = await startSample(data, options.port);
    const { url, apiKeys, processes, timestampAuthority } = sample;
    if (timestampAuthority === undefined) console.error("OpenSSL is missing: nothing will be time-stamped");

    const bank = new BankClient(url, apiKeys.bank);
    const dossier = JSON.parse(await readFile(join(SAMPLE_DOSSIER, "dossier.json"), "utf8")) as Dossier;
    if (dossier.depositor !== DEPOSITOR) throw new Error(`internal: the dossier is of ${dossier.depositor}`);
    const deposited = await bank.depositDossier(SAMPLE_DOSSIER, dossier);
    const verified = await collect(bank, deposited, out, sample);
    printSummary({ url, out, apiKeys, verified, isServing: options.once !== true });
    if (verified.some(({ exitCodes }) => exitCodes.some((code) => code !== 0))) process.exitCode = 1;

    if (!options.once) {
      console.log(`Still serving; Ctrl-C ends all ${processes.length} processes.`);
      const ended = Promise.race(
        processes.map(async (running) => {
          await running.ended;
          return running.name;
        }),
      );
      const first = await Promise.race([interrupted, ended]);
      if (first !== undefined) {
        console.error(`${first} ended by itself; stopping the others`);
        process.exitCode = 1;
      }
    }
  } finally {
    await sample?.stop();
  }
}

/** How long cosignatures that finality did not need, and timestamp tokens, are waited for. */
const LATE_COSIGNERS_MS = 3000;
const LATE_TIMESTAMPS_MS = 5000;

/** Waits for finality of each, writes what belongs to it, and has the command line verify both files offline. */
async function collect(
  bank: BankClient,
  deposited: readonly Deposited[],
  out: string,
  { consortiumFile, timestampAuthority }: Pick<RunningSample, "consortiumFile" | "timestampAuthority">,
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
  if (timestampAuthority !== undefined)
    for (const { id } of deposited) await bank.waitForTimestamp(id, LATE_TIMESTAMPS_MS);
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

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${text} is not a port`);
  return port;
}

await main();
