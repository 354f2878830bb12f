/** `cunzheng keygen authority` and its siblings: keys with X.509 certificates, for demonstrations and for a consortium that is its own authority. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { decimal } from "../core/bytes.js";
import { formatTime } from "../core/record/time.js";
import { type CommandWorld, X509_ALGORITHMS, type X509Arguments } from "./world/world.js";

interface X509Kind {
  readonly kind: X509Arguments["kind"];
  readonly description: string;
  readonly days: number;
  /** Printed behind the files' names. */
  readonly next: (pem: string) => string;
}

const authority: X509Kind = {
  kind: "authority",
  description: "make an authority: a key that signs its own X.509 certificate and those of others",
  days: 7300,
  next: (pem) =>
    `for "certificateAuthorities" or "timestampAuthorities" of consortium.json:\n${JSON.stringify(pem)}\n`,
};
const signers: readonly X509Kind[] = [
  {
    kind: "document-signer",
    description: "make a key that signs certificates of evidence, under an authority",
    days: 90,
    next: () => "",
  },
  {
    kind: "timestamp-signer",
    description: "make a key that signs RFC 3161 time-stamp tokens, under an authority",
    days: 365,
    next: () => "",
  },
];

export function addX509Commands(parent: Command, world: CommandWorld): void {
  add(authority);
  for (const signer of signers)
    add(signer).requiredOption("--authority <name>", "who issues: NAME of its files NAME.key and NAME.pem");

  function add({ kind, description, days, next }: X509Kind): Command {
    return parent
      .command(kind)
      .exitOverride()
      .description(`${description} (files are never overwritten)`)
      .requiredOption("--name <name>", "common name of the subject", upTo64)
      .option("--organisation <name>", "organisation of the subject", upTo64)
      .option("--country <code>", "country of the subject, two capital letters", countryCode)
      .option("--days <days>", "how long the certificate is valid", dayCount, days)
      .addOption(
        new Option("--algorithm <algorithm>", "of the key").choices(X509_ALGORITHMS).default("rsa-2048"),
      )
      .requiredOption("--out <name>", "writes NAME.key (for its owner alone) and NAME.pem")
      .action(async ({ name, organisation, country, ...options }: X509Typed) => {
        const subject = { commonName: name, organisation, country };
        const made = await world.makeX509({ kind, subject, ...options });
        world.print(
          `${made.keyFile}\n${made.certificateFile}\nvalid from ${formatTime(made.notBeforeMs)} to ${formatTime(made.notAfterMs)}\n${next(made.pem)}`,
        );
      });
  }
}

interface X509Typed extends Omit<X509Arguments, "kind" | "subject"> {
  readonly name: string;
  readonly organisation?: string;
  readonly country?: string;
}

/** RFC 5280, appendix A.1: ub-common-name and ub-organization-name. */
function upTo64(text: string): string {
  if (text === "" || [...text].length > 64) throw new InvalidArgumentError("not 1 to 64 characters");
  return text;
}

function countryCode(text: string): string {
  if (!/^[A-Z]{2}$/.test(text)) throw new InvalidArgumentError("not two capital letters");
  return text;
}

const MAX_DAYS = 36_525;

function dayCount(text: string): number {
  const days = decimal(text);
  if (days === undefined || days < 1 || days > MAX_DAYS)
    throw new InvalidArgumentError(`not 1 to ${MAX_DAYS}`);
  return days;
}
