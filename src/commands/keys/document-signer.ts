/** `cunzheng keygen document-signer`: a key that signs certificates of evidence. */
import { command } from "../model/command.js";
import type { World } from "../model/world.js";
import { describeX509, issuer, makeX509, type X509Effects, x509Options } from "./x509.js";

export const documentSigner = command({
  name: "document-signer",
  description: describeX509("make a key that signs certificates of evidence, under an authority"),
  options: { ...x509Options({ days: 90 }), authority: issuer },
  run: async (options, world: World & X509Effects) =>
    (await makeX509("document-signer", options, world)).exitCode,
});
