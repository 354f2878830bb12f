/** Notes that the notary signs: checkpoints with the log's key, receipts with the receipt key. One key, one purpose. */
import { utf8 } from "../core/bytes.js";
import { encodeNote, formatSignatureLine } from "../core/ledger/note.js";
import { type Signer } from "./ports.js";

export function signNote(text: string, { name, keyId, sign }: Signer): string {
  return encodeNote(text, [formatSignatureLine(name, keyId, sign(utf8(text)))]);
}
