/**
 * What a change makes of a trust file: a pure function for each kind. Nothing is forgotten of what once counted: an
 * organisation, a cosigner's or the log's key and a quorum keep their place and get an end, so evidence made before
 * verifies under the file that comes after.
 */
import { abbreviate, equalBytes } from "../bytes.js";
import { VerificationError, type VerificationErrorCode } from "../errors.js";
import { canonicalJson } from "../record/canonical.js";
import type { TrustFile } from "../trust/trust-file.js";
import type { Change, ChangeKind, ChangeOf } from "./change.js";

type Apply<Kind extends ChangeKind> = (file: TrustFile, change: ChangeOf<Kind>) => Partial<TrustFile>;
type Authorities = "timestampAuthorities" | "certificateAuthorities";

/**
 * Applies a change to a trust file. Throws `change-names-unknown` (what it names is not there),
 * `change-names-existing` (what it adds is there already) and `change-empty` (it changes nothing). Whether the file
 * that comes of it is sound is `verifyChange`'s to say.
 */
export function applyChange(file: TrustFile, change: Change): TrustFile {
  const apply = APPLY[change.kind] as Apply<ChangeKind>;
  return {
    ...file,
    ...apply(file, change),
    type: "cunzheng/consortium@v2",
    revision: (file.revision ?? 0) + 1,
  };
}

const APPLY: { readonly [Kind in ChangeKind]: Apply<Kind> } = {
  "add-organisation": ({ organisations }, { organisation }) => {
    if (organisations.some(({ id }) => id === organisation.id))
      throw existing("organisation", organisation.id);
    return { organisations: [...organisations, organisation] };
  },
  "change-organisation": ({ organisations }, { organisation }) => {
    const present = organisations.find(({ id }) => id === organisation.id);
    if (present === undefined) throw unknown("organisation", organisation.id);
    const changed = organisations.map((each) => (each === present ? organisation : each));
    return { organisations: refuseEmpty(organisations, changed) };
  },
  "retire-organisation": ({ organisations, witnesses }, { id, until }) => {
    if (!organisations.some((each) => each.id === id)) throw unknown("organisation", id);
    return { witnesses: ended(witnesses, ({ organisation }) => organisation === id, until) };
  },

  "add-witness": ({ witnesses }, { witness }) => {
    const isPresent = ({ name, until = Infinity }: (typeof witnesses)[number]) =>
      name === witness.name && until > witness.from;
    if (witnesses.some(isPresent)) throw existing("cosigner", witness.name);
    return { witnesses: [...witnesses, witness] };
  },
  "change-witness": ({ witnesses }, { name, url }) => {
    refuseUnknownWitness(witnesses, name);
    const changed = witnesses.map((each) => (each.name === name ? { ...each, url } : each));
    return { witnesses: refuseEmpty(witnesses, changed) };
  },
  "rotate-key": ({ witnesses }, { name, until, vkeys, from }) => {
    const last = refuseUnknownWitness(witnesses, name);
    const { kind, organisation, url } = last;
    const isOfName = (each: typeof last) => each.name === name;
    return {
      witnesses: [...ended(witnesses, isOfName, until), { name, kind, vkeys, organisation, url, from }],
    };
  },
  "retire-witness": ({ witnesses }, { name, until }) => {
    refuseUnknownWitness(witnesses, name);
    return { witnesses: ended(witnesses, (each) => each.name === name, until) };
  },

  "add-log-key": ({ log }, { vkey }) => {
    const former = (log.former ?? []).map((key) => key.vkey);
    return { log: { ...log, vkeys: added([...log.vkeys, ...former], "key of the log", vkey, log.vkeys) } };
  },
  "retire-log-key": ({ log }, { vkey, until }) => ({
    log: {
      ...log,
      vkeys: removed(log.vkeys, "key of the log", vkey),
      former: [...(log.former ?? []), { vkey, until }],
    },
  }),
  "change-log": ({ log }, { url }) => ({ log: refuseEmpty(log, { ...log, url }) }),
  "add-receipt-key": ({ receipts }, { vkey }) => ({
    receipts: { vkeys: added(receipts.vkeys, "receipt key", vkey) },
  }),
  "retire-receipt-key": ({ receipts }, { vkey }) => ({
    receipts: { vkeys: removed(receipts.vkeys, "receipt key", vkey) },
  }),

  "change-quorum": ({ quorum }, { quorum: next, from }) => {
    const { former = [], ...present } = quorum;
    refuseEmpty(present, next);
    return { quorum: { ...next, former: [...former, { ...present, until: from }] } };
  },

  "add-timestamp-authority": addAuthority("timestampAuthorities"),
  "remove-timestamp-authority": removeAuthority("timestampAuthorities"),
  "add-certificate-authority": addAuthority("certificateAuthorities"),
  "remove-certificate-authority": removeAuthority("certificateAuthorities"),
};

function addAuthority(list: Authorities) {
  return (file: TrustFile, { certificate }: { readonly certificate: string }): Partial<TrustFile> => ({
    [list]: added(file[list], "authority", certificate),
  });
}

function removeAuthority(list: Authorities) {
  return (file: TrustFile, { certificate }: { readonly certificate: string }): Partial<TrustFile> => ({
    [list]: removed(file[list], "authority", certificate),
  });
}

type Witnesses = TrustFile["witnesses"];

/** The entry of this name that was added last. */
function refuseUnknownWitness(witnesses: Witnesses, wanted: string): Witnesses[number] {
  const last = witnesses.findLast(({ name }) => name === wanted);
  if (last === undefined) throw unknown("cosigner", wanted);
  return last;
}

/** Ends these entries: from the tree size `until` on, none of them counts any more. */
function ended(
  witnesses: Witnesses,
  isMeant: (each: Witnesses[number]) => boolean,
  until: number,
): Witnesses {
  const changed = witnesses.map((each) =>
    isMeant(each) && (each.until ?? Infinity) > until ? { ...each, until } : each,
  );
  return refuseEmpty(witnesses, changed);
}

function added(
  known: readonly string[],
  what: string,
  text: string,
  list: readonly string[] = known,
): readonly string[] {
  if (known.includes(text)) throw existing(what, text);
  return [...list, text];
}

function removed(list: readonly string[], what: string, text: string): readonly string[] {
  if (!list.includes(text)) throw unknown(what, text);
  return list.filter((each) => each !== text);
}

/** `changed`, unless it says the same as `present`. */
function refuseEmpty<T>(present: unknown, changed: T): T {
  if (equalBytes(canonicalJson(present), canonicalJson(changed)))
    throw refusal("change-empty", "the change changes nothing");
  return changed;
}

const unknown = (what: string, got: string) =>
  refusal("change-names-unknown", `the trust file has no such ${what}`, got);
const existing = (what: string, got: string) =>
  refusal("change-names-existing", `the trust file has this ${what} already`, got);

function refusal(code: VerificationErrorCode, message: string, got?: string): VerificationError {
  return new VerificationError(code, message, {
    field: "/change",
    ...(got !== undefined && { got: abbreviate(got) }),
  });
}
