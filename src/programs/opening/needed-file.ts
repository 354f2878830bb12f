/**
 * Files that a program can't start without: where one is missing, who names it and how it comes to be; where one is
 * malformed, at which member and what was wanted there.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ParseError } from "../../core/errors.js";
import type { Consortium } from "../../core/trust/consortium.js";
import { openTrustFile } from "../../pki/trust-file.js";

export interface Need {
  /** The member or option that names the file. */
  readonly namedBy: string;
  /** What to do where it is missing: a command line, or a page. */
  readonly make: string;
}

/** What `read` makes of the file; an `Error` that helps where the file does not exist or `read` throws `ParseError`. */
export function readNeeded<T>(file: string, { namedBy, make }: Need, read: (file: string) => T): T {
  try {
    return read(file);
  } catch (error) {
    if (error instanceof ParseError) throw new Error(`${file}${explain(error)}`, { cause: error });
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" || path === undefined || resolve(path) !== resolve(file)) throw error;
    throw new Error(`${file} is missing (named by ${namedBy}): ${make}`, { cause: error });
  }
}

/** How the files come to be that an operator writes. */
const SHOWN = "docs/operation.md and docs/member.md show them all";

/** As `readNeeded`, of the file that `--config` names. */
export function readConfigured<T>(file: string, read: (file: string) => T): T {
  return readNeeded(file, { namedBy: "--config", make: SHOWN }, read);
}

export interface TrustFile {
  readonly bytes: Uint8Array;
  readonly trusted: Consortium;
}

/** As `readNeeded`. */
export function readNamedTrustFile(file: string, namedBy: string): TrustFile {
  return readNeeded(file, { namedBy, make: SHOWN }, (named) => {
    const bytes = new Uint8Array(readFileSync(named));
    return { bytes, trusted: openTrustFile(bytes) };
  });
}

function explain({ message, detail: { field = "", got, want } }: ParseError): string {
  return `${field}: ${message}${got === undefined ? "" : `, got ${got}`}${want === undefined ? "" : `, want ${want}`}`;
}
