/** `cunzheng consortium show`: what a trust file says. */
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import type { World } from "../model/world.js";
import { readTrust } from "./files.js";
import { lang, trustFile } from "./options.js";
import { trustFileText } from "./text/trust-file-text.js";
import { speech } from "./text/words.js";

export const show = command({
  name: "show",
  description: "who is in the consortium, whose keys count between which tree sizes, and the quorum",
  options: { consortium: trustFile, lang },
  run: async (options, world: World) => {
    const { bytes } = await readTrust(options.consortium, world);
    world.print(trustFileText(bytes, speech(world.catalogue(), options.lang)));
    return EXIT.done;
  },
});
