/** `cunzheng keygen`: its commands. */
import { command } from "../model/command.js";
import { authority } from "./authority.js";
import { clusterKey } from "./cluster-key.js";
import { documentSigner } from "./document-signer.js";
import { ledgerKey } from "./ledger-key.js";
import { timestampSigner } from "./timestamp-signer.js";

export const keygen = command({
  name: "keygen",
  description:
    "make keys: of ledgers, receipts and nodes (ledger-key, which may be left out), keys with X.509 certificates, and the key of a cluster",
  commands: [ledgerKey, authority, documentSigner, timestampSigner, clusterKey],
});
