/** `cunzheng operator-key`: an operator's first API key, made while the notary is stopped. */
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { flag, required } from "../model/options.js";
import type { World } from "../model/world.js";

export interface OperatorKeyEffects {
  createOperatorKey(options: {
    readonly configFile: string;
  }): Promise<{ readonly token: string; readonly keyId: string }>;
}

export const operatorKey = command({
  name: "operator-key",
  description: "make an operator's API key while the notary is stopped; the service makes all further keys",
  options: { config: required("<file>", "notary.json"), json: flag("print {keyId, token}") },
  run: async ({ config, json }, world: World & OperatorKeyEffects) => {
    const key = await world.createOperatorKey({ configFile: config });
    world.print(json ? `${JSON.stringify(key)}\n` : `${key.token}\n(shown this once; key ${key.keyId})\n`);
    return EXIT.done;
  },
});
