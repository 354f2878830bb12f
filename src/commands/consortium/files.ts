/** The files that the commands are given, read strictly; and how a refusal is told. */
import { type ErrorDetail, ParseError, VerificationError } from "../../core/errors.js";
import {
  type ConsortiumChange,
  encodeConsortiumChange,
  parseConsortiumChange,
} from "../../core/membership/change.js";
import { FORMAT_BOUNDS } from "../../core/record/json.js";
import type { Consortium } from "../../core/trust/consortium.js";
import { parseTrustFile, type TrustFile } from "../../core/trust/trust-file.js";
import { openTrustFile } from "../../pki/trust-file.js";
import { visible } from "../text/report-text.js";
import type { CommandWorld, MembershipWorld } from "../world/world.js";

export const EXIT = { done: 0, refused: 1, unusable: 2 } as const;

/** A file that can't be read, or is not what it is given as: nothing was judged. */
export class UnusableFile extends Error {
  override readonly name = "UnusableFile";
}

export interface GivenTrust {
  readonly bytes: Uint8Array;
  readonly file: TrustFile;
  readonly consortium: Consortium;
}

export function readTrust(path: string, world: CommandWorld): Promise<GivenTrust> {
  return given("trust file", path, world, (bytes) => ({
    bytes,
    file: parseTrustFile(bytes),
    consortium: openTrustFile(bytes),
  }));
}

export function readChangeFile(path: string, world: CommandWorld): Promise<ConsortiumChange> {
  return given("change", path, world, parseConsortiumChange);
}

/** For people to read; its RFC 8785 form is what the ledger gets. */
export async function writeChangeFile(
  path: string,
  change: ConsortiumChange,
  { writeFile }: MembershipWorld,
): Promise<void> {
  encodeConsortiumChange(change); // Refused before it is written.
  await writeFile(path, `${JSON.stringify(change, null, 2)}\n`);
}

async function given<T>(
  what: string,
  path: string,
  world: CommandWorld,
  parse: (bytes: Uint8Array) => T,
): Promise<T> {
  try {
    return parse(new Uint8Array(await world.readFile(path, FORMAT_BOUNDS.bytes)));
  } catch (error) {
    throw new UnusableFile(`the ${what} can't be used: ${problemText(error)}`);
  }
}

/** `message (code at field: got X, want Y)`. */
export function problemText(error: unknown): string {
  const { message } = error as Error;
  if (!(error instanceof ParseError || error instanceof VerificationError)) return message;
  const { field, got, want }: ErrorDetail = error.detail;
  const where = [error.code, ...(field ? [`at ${field}`] : [])].join(" ");
  const compared = [
    ...(got === undefined ? [] : [`got ${got}`]),
    ...(want === undefined ? [] : [`want ${want}`]),
  ];
  return visible(`${message} (${[where, ...compared].join(", ")})`);
}

export const isRefusal = (error: unknown): boolean =>
  error instanceof ParseError || error instanceof VerificationError;
