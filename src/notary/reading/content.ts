/** A deposit's content, as far as the notary has it: its digests always, its bytes where they were to be kept. */
import { equalBytes } from "../../core/bytes.js";
import { parseDigests } from "../../core/digest/digests.js";
import type { NamedDigest, OriginalContent } from "../model/model.js";
import type { Originals } from "../ports/originals.js";
import type { StoredDeposit } from "../ports/deposits.js";
import { statementOf } from "../depositing/receipts.js";
import { Refusal } from "../model/refusal.js";

/** Tells whoever holds a digest whether it is this deposit's; lists none. */
export function confirmDigest(deposit: StoredDeposit, { name, digest }: NamedDigest): boolean {
  const known = digestsOf(deposit)[name];
  return known !== undefined && equalBytes(known, digest);
}

export async function openOriginal(originals: Originals, deposit: StoredDeposit): Promise<OriginalContent> {
  if (deposit.original === undefined)
    throw new Refusal("original-not-kept", "the content was not to be kept", { got: deposit.id });
  const content = await originals.open(deposit.original);
  if (content === undefined) throw new Error(`internal: the original of ${deposit.id} is missing`);
  const { size, mediaType, name } = statementOf(deposit);
  return { content, size, mediaType, ...(name !== undefined && { name }), digests: digestsOf(deposit) };
}

const digestsOf = (deposit: StoredDeposit) => parseDigests(statementOf(deposit).digests, "/digests");
