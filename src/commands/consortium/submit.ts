/** `cunzheng consortium submit`: an approved change goes to the notary. */
import { encodeConsortiumChange } from "../../core/membership/change.js";
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { required } from "../model/options.js";
import type { World } from "../model/world.js";
import { visible } from "../text/report-text.js";
import { readChangeFile } from "./files.js";
import type { ConsortiumEffects } from "./membership-world.js";
import { CHANGE } from "./options.js";

export const submit = command({
  name: "submit",
  description: "hand an approved change to the notary, which puts it on the ledger",
  options: {
    change: required("<file>", CHANGE),
    url: required("<address>", "the notary's"),
    apiKeyFile: required("<file>", "a file with an operator's API key"),
  },
  run: async ({ change: file, url, apiKeyFile }, world: World & ConsortiumEffects) => {
    const { submitChange } = await world.membership();
    const change = encodeConsortiumChange(await readChangeFile(file, world));
    const { status, body } = await submitChange({ url, apiKeyFile, change });
    if (status === 200 || status === 201) {
      world.print(`${visible(body)}\n`);
      return EXIT.done;
    }
    world.printError(`cunzheng: the notary refused it (${status}): ${visible(body)}\n`);
    return EXIT.refused;
  },
});
