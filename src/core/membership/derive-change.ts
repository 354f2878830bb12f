/**
 * From a trust file and the one that somebody wishes for, the changes that lie between: what was edited says which
 * kind each is. Of what may not be forgotten (an organisation, a cosigner, a key of the log) the absence means that it
 * is to end. An aid to those who propose; what is proposed speaks for itself and is judged as any change.
 */
import { equalBytes } from "../bytes.js";
import { canonicalJson } from "../record/canonical.js";
import type { TrustFile } from "../trust/trust-file.js";
import type { Change } from "./change.js";

/** These sizes are for what the wished file leaves open. */
export interface ChangeSizes {
  /** This is the first tree size at which what is new counts. */
  readonly from?: number;
  /**
   * This is the first size at which what was no longer counts: `from`, or less where a key was in other hands by
   * then.
   */
  readonly until?: number;
}

export interface DerivedChanges {
  readonly changes: readonly Change[];
  /** These JSON Pointers into the wished file name differences that no change brings about. */
  readonly impossible: readonly string[];
  /** This says whether a size was needed and not given; 0 stands in its place. */
  readonly lacksSize: boolean;
}

export function deriveChanges(before: TrustFile, wanted: TrustFile, sizes: ChangeSizes): DerivedChanges {
  const impossible: string[] = [];
  let lacksSize = false;
  const sized = (...candidates: readonly (number | undefined)[]): number => {
    const size = candidates.find((candidate) => candidate !== undefined);
    lacksSize ||= size === undefined;
    return size ?? 0;
  };
  const from = (named?: number) => sized(named, sizes.from);
  const until = (named?: number) => sized(named, sizes.until, sizes.from);
  const size: Sized = { from, until };
  const changes = [
    ...organisationChanges(before, wanted, size),
    ...witnessChanges(before, wanted, size, impossible),
    ...logChanges(before, wanted, size, impossible),
    ...listChanges(before.receipts.vkeys, wanted.receipts.vkeys, {
      added: (vkey) => ({ kind: "add-receipt-key", vkey }),
      removed: (vkey) => ({ kind: "retire-receipt-key", vkey }),
    }),
    ...quorumChanges(before, wanted, size),
    ...listChanges(before.timestampAuthorities, wanted.timestampAuthorities, {
      added: (certificate) => ({ kind: "add-timestamp-authority", certificate }),
      removed: (certificate) => ({ kind: "remove-timestamp-authority", certificate }),
    }),
    ...listChanges(before.certificateAuthorities, wanted.certificateAuthorities, {
      added: (certificate) => ({ kind: "add-certificate-authority", certificate }),
      removed: (certificate) => ({ kind: "remove-certificate-authority", certificate }),
    }),
  ];
  return { changes: wholeOrganisations(before, changes), impossible, lacksSize };
}

interface Sized {
  from(named?: number): number;
  until(named?: number): number;
}
type Witness = TrustFile["witnesses"][number];

const isSame = (a: unknown, b: unknown): boolean => equalBytes(canonicalJson(a), canonicalJson(b));

function listChanges(
  before: readonly string[],
  wanted: readonly string[],
  as: { readonly added: (text: string) => Change; readonly removed: (text: string) => Change },
): Change[] {
  return [
    ...wanted.filter((text) => !before.includes(text)).map(as.added),
    ...before.filter((text) => !wanted.includes(text)).map(as.removed),
  ];
}

function organisationChanges(before: TrustFile, wanted: TrustFile, { until }: Sized): Change[] {
  return [
    ...wanted.organisations.flatMap((organisation): Change[] => {
      const present = before.organisations.find(({ id }) => id === organisation.id);
      if (present === undefined) return [{ kind: "add-organisation", organisation }];
      return isSame(present, organisation) ? [] : [{ kind: "change-organisation", organisation }];
    }),
    ...removedOrganisations(before, wanted).map((id): Change => ({
      kind: "retire-organisation",
      id,
      until: until(),
    })),
  ];
}

const removedOrganisations = (before: TrustFile, wanted: TrustFile): string[] =>
  before.organisations
    .map(({ id }) => id)
    .filter((id) => !wanted.organisations.some((each) => each.id === id));

function witnessChanges(before: TrustFile, wanted: TrustFile, size: Sized, impossible: string[]): Change[] {
  const removed = removedOrganisations(before, wanted);
  const names = new Set([...before.witnesses, ...wanted.witnesses].map(({ name }) => name));
  return [...names].flatMap((name): Change[] => {
    const entriesIn = ({ witnesses }: TrustFile) => witnesses.filter((each) => each.name === name);
    const [old, next] = [entriesIn(before), entriesIn(wanted)];
    if (isSame(old, next)) return [];
    const [last] = old.slice(-1);
    if (next.length === 0)
      return last && removed.includes(last.organisation)
        ? [] // It ends with its organisation.
        : [{ kind: "retire-witness", name, until: size.until() }];
    const change = last === undefined ? newWitness(next, size) : changedWitness(old, next, size);
    if (change !== undefined) return [change];
    impossible.push(`/witnesses/${wanted.witnesses.findIndex((each) => each.name === name)}`);
    return [];
  });
}

function newWitness([entry, ...more]: readonly Witness[], { from }: Sized): Change | undefined {
  if (entry === undefined || more.length > 0 || entry.until !== undefined) return undefined;
  const { name, kind, vkeys, organisation, url } = entry;
  const witness = { name, kind, vkeys, organisation, url, from: from(entry.from) };
  return { kind: "add-witness", witness };
}

/**
 * Finds the change that makes `old` into `next`, which are all entries of one name; undefined where no one change
 * does.
 */
function changedWitness(old: readonly Witness[], next: readonly Witness[], size: Sized): Change | undefined {
  const [before, wanted] = [old.at(-1), next.at(-1)];
  if (before === undefined || wanted === undefined) return undefined;
  const { name, url, vkeys } = wanted;
  const isRest = (a: Witness, b: Witness | undefined) =>
    b !== undefined && isSame({ ...a, until: 0 }, { ...b, until: 0 });
  if (next.length < old.length) return undefined;
  if (
    isSame(
      old.map((each) => ({ ...each, url })),
      next,
    )
  )
    return { kind: "change-witness", name, url };
  if (next.length === old.length) {
    const isKeyAlone = isSame({ ...before, vkeys }, wanted) && isSame(old.slice(0, -1), next.slice(0, -1));
    if (isKeyAlone) return { kind: "rotate-key", name, until: size.until(), vkeys, from: size.from() };
    const ends = new Set(next.flatMap(({ until }, i) => (until === old[i]?.until ? [] : [until])));
    const [end] = ends;
    const isEnded = ends.size === 1 && old.every((each, i) => isRest(each, next[i]));
    return isEnded && end !== undefined ? { kind: "retire-witness", name, until: end } : undefined;
  }
  const { kind, organisation } = before;
  const isSameNode = isSame([kind, organisation, before.url], [wanted.kind, wanted.organisation, url]);
  const isOneMore = next.length === old.length + 1 && old.every((each, i) => isRest(each, next[i]));
  if (!isOneMore || !isSameNode || wanted.until !== undefined) return undefined;
  const end = next[old.length - 1]?.until;
  if (end !== undefined && end === before.until) return newWitness([wanted], size); // It had left, and comes back.
  return { kind: "rotate-key", name, until: size.until(end), vkeys, from: size.from(wanted.from) };
}

function logChanges(
  { log: before }: TrustFile,
  { log: wanted }: TrustFile,
  { until }: Sized,
  impossible: string[],
): Change[] {
  for (const name of ["origin", "organisation"] as const)
    if (before[name] !== wanted[name]) impossible.push(`/log/${name}`);
  const former = wanted.former ?? [];
  for (const [i, each] of (before.former ?? []).entries())
    if (!isSame(each, former[i] ?? null)) impossible.push(`/log/former/${i}`);
  const endOf = (vkey: string) => former.find((each) => each.vkey === vkey)?.until;
  return [
    ...(before.url === wanted.url ? [] : [{ kind: "change-log", url: wanted.url } as const]),
    ...listChanges(before.vkeys, wanted.vkeys, {
      added: (vkey) => ({ kind: "add-log-key", vkey }),
      removed: (vkey) => ({ kind: "retire-log-key", vkey, until: until(endOf(vkey)) }),
    }),
  ];
}

function quorumChanges(
  { quorum: before }: TrustFile,
  { quorum: wanted }: TrustFile,
  { from }: Sized,
): Change[] {
  const { former: old = [], ...present } = before;
  const { former: next = [], ...quorum } = wanted;
  if (isSame(present, quorum)) return [];
  return [{ kind: "change-quorum", quorum, from: from(next[old.length]?.until) }];
}

/** Where every node of an organisation that still counts ends at one size, it is the organisation that leaves. */
function wholeOrganisations({ witnesses }: TrustFile, changes: readonly Change[]): Change[] {
  const ends = new Map(
    changes.flatMap((change) => (change.kind === "retire-witness" ? [[change.name, change]] : [])),
  );
  const left = new Map<string, number>();
  for (const id of new Set(witnesses.map(({ organisation }) => organisation))) {
    const counting = witnesses.filter(
      ({ organisation, until }) => organisation === id && until === undefined,
    );
    const untils = new Set(counting.map(({ name }) => ends.get(name)?.until));
    const [until] = untils;
    if (counting.length > 1 && untils.size === 1 && until !== undefined) left.set(id, until);
  }
  const organisationOf = (wanted: string) =>
    witnesses.find(({ name }) => name === wanted)?.organisation ?? "";
  return [
    ...changes.filter((change) => change.kind !== "retire-witness" || !left.has(organisationOf(change.name))),
    ...[...left].map(([id, until]): Change => ({ kind: "retire-organisation", id, until })),
  ];
}
