/**
 * The command line, one command a file. Wrong usage ends with 64 (sysexits.h EX_USAGE), so that 1 can mean
 * "refused" and 2 "incomplete" and nothing else. What a command needs of the world it is handed.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { decimal } from "../core/bytes.js";
import { certificateCommand } from "./certificate.js";
import { addSuccessionCommands } from "./succession.js";
import { addBackupCommands } from "./backup.js";
import { templateCommand } from "./template.js";
import { type ChallengeCommand, challengeCommand } from "./challenge.js";
import { addConsortiumCommands } from "./consortium/commands.js";
import { movePastCommand } from "./move-past.js";
import { type PolicyArguments, policyCommand } from "./policy.js";
import { verifyCommand } from "./verify.js";
import { SIGNATURE_ALGORITHMS } from "../core/ledger/verifiers.js";
import {
  type CertificateArguments,
  type CommandWorld,
  type KeygenOptions,
  UsageError,
} from "./world/world.js";
import { addX509Commands } from "./x509.js";

export const EXIT_USAGE = 64;

/** Runs one command; resolves with the exit code. */
export async function runCommand(args: readonly string[], world: CommandWorld): Promise<number> {
  let exitCode = 0;
  const command = (parent: Command, definition: string) => parent.command(definition).exitOverride();
  const program = new Command("cunzheng")
    .description(
      "Judicial evidence notarization: run the notary, run a witness node, verify evidence offline.",
    )
    .version(world.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => world.print(text), writeErr: (text) => world.printError(text) });

  command(program, "verify <file>")
    .description(
      "verify an evidence file, a certificate PDF, a misconduct file or a challenge, without a network; exit codes: 0 verified (a challenge: unanswered, sealed late), 1 refused (rebutted), 2 incomplete, 64 wrong usage",
    )
    .requiredOption(
      "--consortium <file>",
      "the trust file: whose signatures count (yours, never one from the other side)",
    )
    .option("--record <file>", "the record itself, to compare with the digests in the evidence")
    .option("--answer <file>", "evidence or a certificate that answers a challenge")
    .option("--templates <folder>", "a certificate's template, where it is not one of the program's own")
    .option(
      "--party <name>",
      "a party, by its id, credit code or name: its group's cosignatures are shown and not counted (repeatable)",
      collect,
      [],
    )
    .option("--json", "print the report as JSON")
    .addOption(
      new Option("--lang <language>", "language of the report").choices(["zh", "en"]).default(world.language),
    )
    .action(async (file: string, options: VerifyOptions) => {
      exitCode = await verifyCommand({ file, ...options }, world);
    });

  command(program, "challenge")
    .description(
      "make a challenge of a receipt whose time has passed, with a checkpoint that the log and its nodes give; exit codes as of verify",
    )
    .requiredOption("--receipt <file>", "the receipt, or the answer to the deposit")
    .requiredOption("--consortium <file>", "the trust file")
    .requiredOption("--out <file>", "where the challenge goes: NAME.challenge.json")
    .option("--checkpoint <file>", "a cosigned checkpoint; without it the log and its nodes are asked")
    .option(
      "--party <name>",
      "a party, by its id, credit code or name: its group's cosignatures are not counted (repeatable)",
      collect,
      [],
    )
    .addOption(
      new Option("--lang <language>", "language of the report").choices(["zh", "en"]).default(world.language),
    )
    .action(async (options: ChallengeCommand) => {
      exitCode = await challengeCommand(options, world);
    });

  command(program, "template <name>")
    .description(
      "build a template of certificates after a change of its files: writes certificate/NAME/built.json, whose SHA-256 names the template; exit codes: 0 built, 2 it can't be built, 64 wrong usage",
    )
    .option("--templates <folder>", "the folder with the template, where it is not the program's own")
    .action(async (name: string, options: { templates?: string }) => {
      exitCode = await templateCommand({ name, ...options }, world);
    });

  command(program, "certificate <evidence>")
    .description(
      "make a certificate's pages again, as they were before it was signed: the same bytes on any machine with its template; exit codes: 0 made, 1 it would say something else than the certificate given, 2 it can't be made, 64 wrong usage",
    )
    .requiredOption("--consortium <file>", "the trust file under which it was issued")
    .option("--with <file>", "its certificate.json; a certificate PDF brings its own")
    .option("--templates <folder>", "where to look for its template; otherwise the program's own")
    .requiredOption("--out <file>", "where the unsigned PDF goes")
    .action(async (evidence: string, options: Omit<CertificateArguments, "evidence">) => {
      exitCode = await certificateCommand({ evidence, ...options }, world);
    });

  command(program, "policy")
    .description(
      "print a trust file as a C2SP tlog-policy for other verifiers: it accepts nothing that the trust file refuses; exit codes: 0, 1 no such policy, 2 broken trust file, 64 wrong usage",
    )
    .requiredOption("--consortium <file>", "the trust file")
    .option(
      "--party <name>",
      "the depositor, or another party, by its id, credit code or name: left out with its group (repeatable)",
      collect,
      [],
    )
    .option(
      "--tree-size <size>",
      "of the checkpoints it is for; otherwise only keys that count at every size are in it",
      treeSize,
    )
    .addOption(
      new Option("--format <format>", "verifier keys (C2SP), or raw keys in hexadecimal (sigsum)")
        .choices(["c2sp", "sigsum"])
        .default("c2sp"),
    )
    .action(async (options: PolicyArguments) => {
      exitCode = await policyCommand(options, world);
    });

  addConsortiumCommands(
    command(program, "consortium").description(
      "the consortium: who is in it, its history on the ledger, and changes of it",
    ),
    { world, treeSize, ended: (code) => (exitCode = code) },
  );

  command(program, "serve")
    .description("run the notary")
    .requiredOption("--config <file>", "notary.json (docs/operation.md)")
    .action(async ({ config }: { config: string }) => {
      exitCode = await world.serve(config);
    });

  const witness = command(program, "witness")
    .description("run a witness node: a court's or a bank's own cosigner and copy of the ledger")
    .requiredOption("--config <file>", "witness.json (docs/member.md); of the commands below too")
    .action(async ({ config }: { config: string }) => {
      exitCode = await world.witness(config);
    });

  command(witness, "move-past")
    .description(
      "bring a stopped node that was restored from a backup past what it has signed since: gathers that from the log and the peers, proves it, writes the memory forward; exit codes: 0 it may sign, 1 it may not",
    )
    .action(async (_: object, { parent }: Command) => {
      exitCode = await movePastCommand(parent?.opts<{ config: string }>().config ?? "", world);
    });

  command(witness, "serve-archive")
    .description(
      "serve this mirror's copy of the ledger, the trust file and the verifier to anybody, when the notary is gone; the node may be running",
    )
    .requiredOption("--consortium <file>", "the trust file under which the ledger was kept")
    .addOption(
      new Option("--listen <host:port>", "where to answer")
        .argParser(hostAndPort)
        .default({ host: "127.0.0.1", port: 8080 }, "127.0.0.1:8080"),
    )
    .option("--public-url <url>", "under which name the world reaches it (when absent: where it listens)")
    .action(async (options: ArchiveOptions, { parent }: Command) => {
      const { consortium, listen, publicUrl } = options;
      exitCode = await world.serveArchive({
        configFile: parent?.opts<{ config: string }>().config ?? "",
        consortiumFile: consortium,
        listen,
        ...(publicUrl !== undefined && { publicUrl }),
      });
    });

  command(program, "misconduct")
    .description("write what a node has kept of its logs' misconduct as files that `cunzheng verify` proves")
    .requiredOption("--config <file>", "witness.json; the node may be running")
    .requiredOption("--out <folder>", "where the files go, a folder for each log")
    .action(async ({ config, out }: { config: string; out: string }) => {
      for (const { origin, files, waiting, suspects } of await world.misconduct({
        configFile: config,
        out,
      })) {
        world.print(
          `${origin}: ${files.length} proved, ${waiting} waiting for the copy, ${suspects} suspects\n`,
        );
        for (const file of files) world.print(`  ${file}\n`);
      }
    });

  addSuccessionCommands(program, world, (code) => (exitCode = code));
  addBackupCommands(program, world, (code) => (exitCode = code));

  const keygen = command(program, "keygen").description(
    "make keys: of ledgers, receipts and nodes (ledger-key, which may be left out), and keys with X.509 certificates",
  );
  keygen
    .command("ledger-key", { isDefault: true })
    .exitOverride()
    .description("make a signing key in a file of its own (never overwritten) and print its verifier key")
    .requiredOption("--name <name>", "a log's origin, or the name of a receipt key, witness or mirror")
    .addOption(
      new Option("--kind <kind>", "what it will sign")
        .choices(["log", "receipt", "witness", "mirror"])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        "--algorithm <algorithm>",
        "ml-dsa-44: a second key, beside the Ed25519 one; none for receipts",
      )
        .choices(SIGNATURE_ALGORITHMS)
        .default("ed25519"),
    )
    .requiredOption("--out <file>", "the key file")
    .action(async (options: KeygenOptions) => {
      if (options.kind === "receipt" && options.algorithm === "ml-dsa-44")
        throw new UsageError("--algorithm: receipts are signed with Ed25519 (docs/evidence-format.md, 6)");
      const { vkey } = await world.keygen(options);
      world.print(`${vkey}\n`);
    });

  addX509Commands(keygen, world);

  command(program, "operator-key")
    .description("make an operator's API key while the notary is stopped; the service makes all further keys")
    .requiredOption("--config <file>", "notary.json")
    .option("--json", "print {keyId, token}")
    .action(async ({ config, json }: { config: string; json?: boolean }) => {
      const key = await world.createOperatorKey({ configFile: config });
      world.print(json ? `${JSON.stringify(key)}\n` : `${key.token}\n(shown this once; key ${key.keyId})\n`);
    });

  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (error instanceof UsageError) {
      world.printError(`cunzheng: ${error.message}\n`);
      return EXIT_USAGE;
    }
    throw error;
  }
}

interface ArchiveOptions {
  readonly consortium: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly publicUrl?: string;
}

interface VerifyOptions {
  readonly consortium: string;
  readonly record?: string;
  readonly answer?: string;
  readonly templates?: string;
  readonly party: string[];
  readonly json?: boolean;
  readonly lang: "zh" | "en";
}

const collect = (value: string, previous: string[]): string[] => [...previous, value];

function treeSize(text: string): number {
  const size = decimal(text);
  if (size === undefined) throw new InvalidArgumentError("not a tree size");
  return size;
}

/** `127.0.0.1:8080`, `[::1]:8080`. */
function hostAndPort(text: string): { host: string; port: number } {
  const [, host, digits = ""] = /^(\[[0-9a-fA-F:.]+\]|[^[\]:]+):([0-9]+)$/.exec(text) ?? [];
  const port = decimal(digits);
  if (host === undefined || port === undefined || port < 1 || port > 65_535)
    throw new InvalidArgumentError("not host:port");
  return { host: host.replace(/^\[|\]$/g, ""), port };
}
