/** Options that several commands have, and what may be typed for them. */
import { InvalidArgumentError } from "commander";
import { decimal } from "../../core/bytes.js";
import { foldText } from "../../core/trust/identity.js";
import type { Language } from "../text/report-text.js";
import { oneOf, type OptionKind, repeated } from "./options.js";

/** This is `--lang`; where it is left out, the reader's own language holds. */
export const language = (description: string): OptionKind<Language> => ({
  toOption: (flag, world) =>
    oneOf("<language>", description, { words: ["zh", "en"], absent: world.language }).toOption(flag, world),
});

/** This is `--party`, an organisation, a company or a person, whether the trust file knows it or not. */
export const parties = (description: string): OptionKind<readonly string[]> =>
  repeated("<name>", description, (text) => {
    if (foldText(text) === "") throw new InvalidArgumentError("names nobody");
    return text;
  });

/** Parses a tree size in decimal. Throws `InvalidArgumentError` for anything else. */
export function treeSize(text: string): number {
  const size = decimal(text);
  if (size === undefined) throw new InvalidArgumentError("not a tree size");
  return size;
}

/** Parses a SHA-256 in hexadecimal. Throws `InvalidArgumentError` for anything else. */
export function hexDigest(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError("not a SHA-256 in hexadecimal");
  return text;
}
