/** `cunzheng keygen authority`: a key that signs its own X.509 certificate and those of others. */
import { command } from "../model/command.js";
import type { World } from "../model/world.js";
import { describeX509, makeX509, type X509Effects, x509Options } from "./x509.js";

export const authority = command({
  name: "authority",
  description: describeX509(
    "make an authority: a key that signs its own X.509 certificate and those of others",
  ),
  options: x509Options({ days: 7300 }),
  run: async (options, world: World & X509Effects) => {
    const { pem, exitCode } = await makeX509("authority", options, world);
    world.print(
      'for "certificateAuthorities" or "timestampAuthorities" of consortium.json:\n' +
        `${JSON.stringify(pem)}\n`,
    );
    return exitCode;
  },
});
