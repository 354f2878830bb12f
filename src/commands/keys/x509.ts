/**
 * What the commands have in common that make keys with X.509 certificates, for demonstrations and for a consortium that is
 * its own authority.
 */
import { InvalidArgumentError } from "commander";
import { decimal } from "../../core/bytes.js";
import { formatTime } from "../../core/record/time.js";
import { EXIT } from "../model/exit-codes.js";
import { type Given, oneOf, optional, required, withDefault } from "../model/options.js";
import type { World } from "../model/world.js";

export const X509_ALGORITHMS = ["rsa-2048", "rsa-3072", "ecdsa-p256", "ecdsa-p384"] as const;

export interface X509Arguments {
  readonly kind: "authority" | "document-signer" | "timestamp-signer";
  readonly subject: {
    readonly commonName: string;
    readonly organisation?: string | undefined;
    readonly country?: string | undefined;
  };
  readonly algorithm: (typeof X509_ALGORITHMS)[number];
  readonly days: number;
  /** These are its files without their endings; they are absent where the subject signs itself. */
  readonly authority?: string;
  /** These files are written; they stand here without their endings. */
  readonly out: string;
}

export interface X509Made {
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly pem: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface X509Effects {
  /** Makes a key with its X.509 certificate, in two files. Throws where either exists, or the authority may not issue it. */
  makeX509(options: X509Arguments): Promise<X509Made>;
}

export const describeX509 = (description: string): string => `${description} (files are never overwritten)`;

/** Gives the options of such a command. The certificate is valid for `days` where nothing is said. */
export const x509Options = ({ days }: { readonly days: number }) => ({
  name: required("<name>", "common name of the subject", upTo64),
  organisation: optional("<name>", "organisation of the subject", upTo64),
  country: optional("<code>", "country of the subject, two capital letters", countryCode),
  days: withDefault("<days>", "how long the certificate is valid", { absent: days, parse: dayCount }),
  algorithm: oneOf<X509Arguments["algorithm"]>("<algorithm>", "of the key", {
    words: X509_ALGORITHMS,
    absent: "rsa-2048",
  }),
  out: required("<name>", "writes NAME.key (for its owner alone) and NAME.pem"),
});

export const issuer = required("<name>", "who issues: NAME of its files NAME.key and NAME.pem");

type X509Typed = Given<ReturnType<typeof x509Options>> & { readonly authority?: string };

/** Makes both files and says where they are. */
export async function makeX509(
  kind: X509Arguments["kind"],
  { name, organisation, country, ...options }: X509Typed,
  world: World & X509Effects,
): Promise<{ readonly pem: string; readonly exitCode: number }> {
  const subject = { commonName: name, organisation, country };
  const made = await world.makeX509({ kind, subject, ...options });
  const { keyFile, certificateFile, pem, notBeforeMs, notAfterMs } = made;
  const validity = `valid from ${formatTime(notBeforeMs)} to ${formatTime(notAfterMs)}`;
  world.print(`${keyFile}\n${certificateFile}\n${validity}\n`);
  return { pem, exitCode: EXIT.done };
}

/** Takes as many characters as RFC 5280 allows, appendix A.1: ub-common-name and ub-organization-name. */
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
