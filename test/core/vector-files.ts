/**
 * The case files of test/vectors/: `accepted` and `refused` cases under names. `notes` reads `notes.json`, which
 * `npm run vectors` makes, and any `notes-*.json` beside it: a case more, or a file of cases more, needs no code.
 * Without a kind it reads the whole folder.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "@jest/globals";
import { bytesFromHex, utf8 } from "../../src/core/bytes.js";
import { ParseError, VerificationError } from "../../src/core/errors.js";

export interface Cases<Accepted, Refused> {
  readonly accepted: readonly (Accepted & { readonly name: string })[];
  readonly refused: readonly (Refused & { readonly name: string; readonly code: string })[];
}

export function readCases<Accepted, Refused = Accepted>(
  folder: string,
  kind = ".*",
): Cases<Accepted, Refused> {
  const place = new URL(`../vectors/${folder}/`, import.meta.url);
  const files = readdirSync(fileURLToPath(place)).filter((file) =>
    new RegExp(`^${kind}(-.*)?\\.json$`).test(file),
  );
  const parsed = files.map(
    (file) => JSON.parse(readFileSync(new URL(file, place), "utf8")) as Cases<Accepted, Refused>,
  );
  return {
    accepted: parsed.flatMap(({ accepted }) => accepted),
    refused: parsed.flatMap(({ refused }) => refused),
  };
}

/** A case's input: text under one name, or `hex` where it is not UTF-8. */
export function inputBytes(text: string | undefined, hexBytes: string | undefined): Uint8Array {
  return hexBytes === undefined ? utf8(text ?? "") : bytesFromHex(hexBytes);
}

/** Refusals have a code of the closed unions: any other exception is a fault of the program. */
export function expectRefusal(action: () => unknown, code: string): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ParseError || error instanceof VerificationError)) throw error;
    expect(error.code).toBe(code);
    return;
  }
  throw new Error(`accepted, though it must be refused with ${code}`);
}
