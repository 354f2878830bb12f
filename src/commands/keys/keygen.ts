/** `cunzheng keygen`: its commands. */
import { command } from "../model/command.js";
import { authority } from "./authority.js";
import { documentSigner } from "./document-signer.js";
import { ledgerKey } from "./ledger-key.js";
import { timestampSigner } from "./timestamp-signer.js";

export const keygen = command({
  name: "keygen",
  description:
    "make keys: of ledgers, receipts and nodes (ledger-key, which may be left out), and keys with X.509 certificates",
  commands: [ledgerKey, authority, documentSigner, timestampSigner],
});
