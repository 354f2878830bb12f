/**
 * The whole way once, as seven operating-system processes: a notary, five witness nodes and a time-stamping authority are
 * started, a bank deposits the sample loan dossier through the HTTP API, every deposit becomes final and is time-stamped,
 * certificates are issued, and all of them are verified offline by the command line. Then the service stays up, or with `--once` ends and leaves no process.
 */
import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import { depositAndVerify } from "./deposit-and-verify.js";
import { type RunningSample, startSample } from "./sample.js";
import { printSummary } from "./summary.js";

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

    const { consortiumFile } = sample;
    const isTimestamped = timestampAuthority !== undefined;
    const verified = await depositAndVerify({
      url,
      apiKey: apiKeys.bank,
      consortiumFile,
      isTimestamped,
      out,
    });
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

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${text} is not a port`);
  return port;
}

await main();
