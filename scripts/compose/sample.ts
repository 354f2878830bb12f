/**
 * The sample, in two containers, so that what deposits reaches no database: `sample operator-key NOTARY.JSON` makes the operator's first
 * API key, `sample deposit URL` registers the bank, deposits the loan dossier over the proxy, and verifies offline what was issued.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openAccounts } from "../quickstart/accounts.js";
import { depositAndVerify } from "../quickstart/deposit-and-verify.js";
import { printSummary } from "../quickstart/summary.js";

const DATA = "/var/lib/cunzheng";
const CONSORTIUM = "/etc/cunzheng/consortium.json";
const READY_WITHIN_MS = 120_000;

const [task, given] = process.argv.slice(2);
if (given === undefined || (task !== "operator-key" && task !== "deposit"))
  throw new Error("usage: sample operator-key NOTARY.JSON | sample deposit URL");
// The key that is kept from an earlier run is taken again: the configuration is then not read.
const accounts = await openAccounts(DATA, { notaryConfig: given });
if (task === "deposit") await deposit(given);

async function deposit(url: string): Promise<void> {
  await untilReady(url);
  const apiKeys = await accounts.register(url);
  const out = join(DATA, "out");
  const verified = await depositAndVerify({
    ...{ url, apiKey: apiKeys.bank, out },
    ...{ consortiumFile: CONSORTIUM, isTimestamped: false },
  });
  printSummary({ url, out, apiKeys, verified, isServing: false });
  if (verified.length === 0 || verified.some(({ exitCodes }) => exitCodes.some((code) => code !== 0)))
    process.exitCode = 1;
}

async function untilReady(url: string): Promise<void> {
  for (const endMs = performance.now() + READY_WITHIN_MS; ; await sleep(500)) {
    const answer = await fetch(`${url}/readyz`).catch((error: unknown) => error as Error);
    if (!(answer instanceof Error)) {
      const text = await answer.text();
      if (answer.ok) return;
      if (performance.now() > endMs) throw new Error(`${url} takes no deposits: ${text}`);
    } else if (performance.now() > endMs) throw answer;
  }
}
