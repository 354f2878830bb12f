/** `cunzheng consortium fingerprint`: whether another trust file is the same. */
import { compareFingerprint, fingerprintOf, formatFingerprint } from "../../core/membership/fingerprint.js";
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { optional } from "../model/options.js";
import type { World } from "../model/world.js";
import { readTrust } from "./files.js";
import { lang, trustFile } from "./options.js";
import { speech } from "./text/words.js";

export const fingerprint = command({
  name: "fingerprint",
  description:
    "print the trust file's fingerprint: 16 groups of digits that two people compare by telephone; " +
    "exit codes: 0, 1 not equal, 2 broken trust file",
  options: {
    consortium: trustFile,
    compare: optional(
      "<digits>",
      "what the other one reads: says equal, or names the first group that differs",
    ),
    lang,
  },
  run: async ({ consortium, compare, ...options }, world: World) => {
    const groups = fingerprintOf((await readTrust(consortium, world)).file);
    world.print(formatFingerprint(groups));
    if (compare === undefined) return EXIT.done;
    const compared = compareFingerprint(groups, compare);
    const group = "group" in compared ? (compared.group ?? groups.length + 1) : 0;
    world.print(`${speech(world.catalogue(), options.lang).say(compared.outcome, { group })}\n`);
    return compared.outcome === "equal" ? EXIT.done : EXIT.refused;
  },
});
