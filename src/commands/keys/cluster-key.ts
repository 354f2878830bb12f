/** `cunzheng keygen cluster-key`: the key by which processes of one notary on several machines know each other. */
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { required } from "../model/options.js";
import type { World } from "../model/world.js";

export interface ClusterKeyEffects {
  /** Makes a key file; resolves with the key's id, which is no secret. Rejects where the file exists. */
  makeClusterKey(out: string): Promise<{ readonly id: string }>;
}

export const clusterKey = command({
  name: "cluster-key",
  description:
    "make the key that all processes of one notary have, in a file of its own (never overwritten), and print its id",
  options: { out: required("<file>", "the key file, which is then copied to each machine") },
  run: async ({ out }, world: World & ClusterKeyEffects) => {
    const { id } = await world.makeClusterKey(out);
    world.print(`${id}\n`);
    return EXIT.done;
  },
});
