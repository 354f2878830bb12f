/**
 * Who somebody is in the trust file: a depositor, or a party that the verifier names, is known by texts, and is found there
 * by id, credit code or name. One person must not count because it wrote its name another way. Nothing is guessed: texts
 * are the same or they are not. docs/evidence-format.md, "Who is who".
 */
import type { Consortium } from "./consortium.js";

/** These are all texts by which somebody goes: an id, a credit code, a name. */
export type KnownAs = readonly string[];

/** Gives the texts by which a depositor goes, as its statement names it. */
export function knownAs({
  id,
  name,
  creditCode,
}: {
  readonly id: string;
  readonly name: string;
  readonly creditCode?: string;
}): KnownAs {
  return [id, name, ...(creditCode === undefined ? [] : [creditCode])];
}

/**
 * Gives a text as it is compared: NFKC, without characters of the property White_Space, mapped to lower case and then
 * to upper case (Unicode's default case conversion, full mappings, no language's own), and NFKC again. A longer text
 * than any name is compared as it is: NFKC takes time by the square of the marks that combine in a row, and makes 18
 * characters of one.
 */
export function foldText(text: string): string {
  if (text.length > LONGEST_FOLDED) return text;
  const compact = text.normalize("NFKC").replace(/\p{White_Space}/gu, "");
  return compact.toLowerCase().toUpperCase().normalize("NFKC");
}

/** UTF-16 code units. */
const LONGEST_FOLDED = 4096;

type Organisations = Consortium["organisations"];

const idsOf = new WeakMap<Organisations, ReadonlyMap<string, ReadonlySet<string>>>();

/**
 * Finds the ids of all organisations that go by one of these texts: of the trust file's own, and of those that it
 * names in `controlledBy` alone, which have nothing but an id. Where it finds none, the trust file does not know this
 * person.
 */
export function findIds(
  { organisations }: Pick<Consortium, "organisations">,
  texts: KnownAs,
): ReadonlySet<string> {
  let ids = idsOf.get(organisations);
  if (ids === undefined) idsOf.set(organisations, (ids = indexOf(organisations)));
  const found = new Set<string>();
  for (const text of texts) for (const id of ids.get(foldText(text)) ?? []) found.add(id);
  return found;
}

function indexOf(organisations: Organisations): ReadonlyMap<string, ReadonlySet<string>> {
  const index = new Map<string, Set<string>>();
  const add = (text: string, id: string) => {
    const folded = foldText(text);
    if (folded === "") return; // A text of white space alone names nobody.
    const ids = index.get(folded);
    if (ids === undefined) index.set(folded, new Set([id]));
    else ids.add(id);
  };
  for (const { id, name, creditCode, controlledBy } of organisations) {
    for (const text of [id, creditCode, name.zh, name.en]) add(text, id);
    if (controlledBy !== undefined) add(controlledBy, controlledBy);
  }
  return index;
}
