/** `cunzheng keygen timestamp-signer`: a key that signs RFC 3161 time-stamp tokens. */
import { command } from "../model/command.js";
import type { World } from "../model/world.js";
import { describeX509, issuer, makeX509, type X509Effects, x509Options } from "./x509.js";

export const timestampSigner = command({
  name: "timestamp-signer",
  description: describeX509("make a key that signs RFC 3161 time-stamp tokens, under an authority"),
  options: { ...x509Options({ days: 365 }), authority: issuer },
  run: async (options, world: World & X509Effects) =>
    (await makeX509("timestamp-signer", options, world)).exitCode,
});
