/** `cunzheng consortium check`: what a change does, and whether the quorum in force has approved it. */
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { required } from "../model/options.js";
import type { World } from "../model/world.js";
import { readChangeFile, readTrust } from "./files.js";
import { judge, tell } from "./judge.js";
import type { ConsortiumEffects } from "./membership-world.js";
import { CHANGE, judgedSize, lang, trustFile } from "./options.js";

export const check = command({
  name: "check",
  description:
    "what a change does, and whether the quorum in force has approved it; " +
    "exit codes: 0, 1 not, 2 broken file",
  options: { consortium: trustFile, change: required("<file>", CHANGE), treeSize: judgedSize, lang },
  run: async (options, world: World & ConsortiumEffects) => {
    const trust = await readTrust(options.consortium, world);
    const change = await readChangeFile(options.change, world);
    const judged = judge(change, trust, options, world);
    if (judged === undefined) return EXIT.refused;
    tell(change, trust, judged, options, world);
    return judged.approvals.holds ? EXIT.done : EXIT.refused;
  },
});
