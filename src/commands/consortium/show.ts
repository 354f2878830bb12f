/** `cunzheng consortium show` and `fingerprint`: what a trust file says, and whether another is the same. */
import { compareFingerprint, fingerprintOf, formatFingerprint } from "../../core/membership/fingerprint.js";
import type { Language } from "../text/report-text.js";
import type { CommandWorld } from "../world/world.js";
import { EXIT, readTrust } from "./files.js";
import { trustFileText } from "./trust-file-text.js";
import { speech } from "./words.js";

export interface ShowArguments {
  readonly consortium: string;
  readonly lang: Language;
}

export async function showCommand(options: ShowArguments, world: CommandWorld): Promise<number> {
  const { bytes } = await readTrust(options.consortium, world);
  world.print(trustFileText(bytes, speech(world.catalogue(), options.lang)));
  return EXIT.done;
}

export async function fingerprintCommand(
  { consortium, lang, compare }: ShowArguments & { readonly compare?: string },
  world: CommandWorld,
): Promise<number> {
  const groups = fingerprintOf((await readTrust(consortium, world)).file);
  world.print(formatFingerprint(groups));
  if (compare === undefined) return EXIT.done;
  const compared = compareFingerprint(groups, compare);
  const group = "group" in compared ? (compared.group ?? groups.length + 1) : 0;
  world.print(`${speech(world.catalogue(), lang).say(compared.outcome, { group })}\n`);
  return compared.outcome === "equal" ? EXIT.done : EXIT.refused;
}
