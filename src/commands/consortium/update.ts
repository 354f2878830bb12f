/**
 * `cunzheng consortium update`: writes the trust file in force over the one given. What was approved is taken up, whatever
 * stands beside it; nothing is written unless the quorum has cosigned the checkpoint under which every entry is proved.
 */
import { printTrustFile } from "../../core/membership/change.js";
import { fingerprintOf, formatFingerprint } from "../../core/membership/fingerprint.js";
import { command } from "../model/command.js";
import type { World } from "../model/world.js";
import { exitCodeOf, follow } from "./follow.js";
import type { ConsortiumEffects } from "./membership-world.js";
import { followOptions, lang } from "./options.js";
import { historyText } from "./text/history-text.js";
import { speech } from "./text/words.js";

export const update = command({
  name: "update",
  description:
    "the same, and write the trust file in force over the one given: what was approved, also beside what was not; " +
    "exit codes as history",
  options: { ...followOptions, lang },
  run: async (options, world: World & ConsortiumEffects) => {
    const { followed, misconductFile } = await follow(options, world);
    const words = speech(world.catalogue(), options.lang);
    world.print(historyText(followed, misconductFile, words));
    const { outcome, reading } = followed;
    if (outcome !== "proved" || reading === undefined) return exitCodeOf(followed);
    const { start, present } = reading.history;
    if (present === start) {
      world.print(`${words.say("upToDate")}\n`);
      return exitCodeOf(followed);
    }
    const { writeFile } = await world.membership();
    await writeFile(options.consortium, printTrustFile(present));
    world.print(
      `${words.line("written", options.consortium)}\n${words.heading("fingerprint")}\n` +
        formatFingerprint(fingerprintOf(present)),
    );
    return exitCodeOf(followed);
  },
});
