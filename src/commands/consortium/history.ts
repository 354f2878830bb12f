/** `cunzheng consortium history`: from a trust file of one's own, along the ledger, to the one in force. */
import { command } from "../model/command.js";
import { flag } from "../model/options.js";
import type { World } from "../model/world.js";
import { exitCodeOf, follow } from "./follow.js";
import type { ConsortiumEffects } from "./membership-world.js";
import { followOptions, lang } from "./options.js";
import { historyJson, historyText } from "./text/history-text.js";
import { speech } from "./text/words.js";

export const history = command({
  name: "history",
  description:
    "every change of the consortium on the ledger, each with who approved it, from your trust file on; " +
    "exit codes: 0, 1 not proved, a change that is none, or sources that contradict each other, 2 broken trust file",
  options: { ...followOptions, json: flag("print it as JSON"), lang },
  run: async ({ json, ...options }, world: World & ConsortiumEffects) => {
    const { followed, misconductFile } = await follow(options, world);
    world.print(
      json
        ? `${JSON.stringify(historyJson(followed, misconductFile), null, 2)}\n`
        : historyText(followed, misconductFile, speech(world.catalogue(), options.lang)),
    );
    return exitCodeOf(followed);
  },
});
