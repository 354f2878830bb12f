/** The files that the commands are given, read strictly. */
import {
  type ConsortiumChange,
  encodeConsortiumChange,
  parseConsortiumChange,
} from "../../core/membership/change.js";
import { FORMAT_BOUNDS } from "../../core/record/json.js";
import type { Consortium } from "../../core/trust/consortium.js";
import { parseTrustFile, type TrustFile } from "../../core/trust/trust-file.js";
import { openTrustFile } from "../../pki/trust-file.js";
import { UnavailableError } from "../model/errors.js";
import type { World } from "../model/world.js";
import { problemText } from "../text/problem-text.js";
import type { MembershipWorld } from "./membership-world.js";

export interface GivenTrust {
  readonly bytes: Uint8Array;
  readonly file: TrustFile;
  readonly consortium: Consortium;
}

/** Reads a trust file. Rejects with `UnavailableError` where the file can't be read, or is none. */
export function readTrust(path: string, world: World): Promise<GivenTrust> {
  return given("trust file", path, world, (bytes) => ({
    bytes,
    file: parseTrustFile(bytes),
    consortium: openTrustFile(bytes),
  }));
}

/** Reads a change of the consortium. Rejects as `readTrust`. */
export function readChangeFile(path: string, world: World): Promise<ConsortiumChange> {
  return given("change", path, world, parseConsortiumChange);
}

/** Writes a change for people to read; its RFC 8785 form is what the ledger gets. */
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
  world: World,
  parse: (bytes: Uint8Array) => T,
): Promise<T> {
  try {
    return parse(new Uint8Array(await world.readFile(path, FORMAT_BOUNDS.bytes)));
  } catch (error) {
    throw new UnavailableError(`the ${what} can't be used: ${problemText(error)}`);
  }
}
