/** The commands of a node's operator, run on a node's folder as the program runs them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { consortium as sampleTrust } from "../../scripts/make-vectors/sample-world.js";
import { PROJECT } from "../../scripts/project.js";
import { runCommand } from "../../src/commands/program.js";
import type { CommandWorld } from "../../src/commands/registry.js";
import { createDigester } from "../../src/platform/keys/ed25519.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import { verifyX509Signature } from "../../src/platform/keys/x509-signature.js";
import { createFileVerifier } from "../../src/programs/verifying/verifier.js";
import { exportMisconduct } from "../../src/programs/misconduct.js";
import { moveNodePast } from "../../src/programs/move-past.js";
import type { WitnessConfiguration } from "../../src/witness-node/configuration/configuration.js";
import type { TestLog } from "./test-log.js";

export async function command(args: readonly string[]): Promise<{ exitCode: number; printed: string }> {
  let printed = "";
  const world = {
    version: "0",
    language: "en",
    catalogue: () =>
      JSON.parse(readFileSync(join(PROJECT, "templates/wording/report.json"), "utf8")) as unknown,
    print: (text: string) => (printed += text),
    printError: (text: string) => (printed += text),
    readFile: (path: string) => Promise.resolve(new Uint8Array(readFileSync(path))),
    verifyFile: createFileVerifier({ templates: [], ...VERIFIERS, createDigester, verifyX509Signature }),
    misconduct: ({ configFile, out }: { configFile: string; out: string }) =>
      exportMisconduct(configFile, out),
    movePast: (configFile: string) => moveNodePast(configFile),
  } as unknown as CommandWorld;
  return { exitCode: await runCommand(args, world), printed };
}

/** Writes the node's configuration into its data folder. */
export function writeConfig(config: WitnessConfiguration): string {
  const file = join(config.dataFolder, "witness.json");
  writeFileSync(file, JSON.stringify({ ...config, dataFolder: "." }));
  return file;
}

/** Writes a trust file that names the log; further cosigners come beside the sample's. */
export function writeTrust(
  folder: string,
  log: TestLog,
  cosigners: readonly { readonly name: string; readonly vkey: string; readonly organisation: string }[] = [],
): string {
  const file = join(folder, "consortium.json");
  const sample = sampleTrust();
  const witnesses = cosigners.map(({ name, vkey, organisation }) => ({
    ...{ name, kind: "witness", vkeys: [vkey], organisation, url: "http://127.0.0.1/" },
  }));
  const trust = {
    ...sample,
    log: { ...sample.log, origin: log.origin, vkeys: [log.vkey] },
    witnesses: [...sample.witnesses, ...witnesses],
  };
  writeFileSync(file, JSON.stringify(trust));
  return file;
}
