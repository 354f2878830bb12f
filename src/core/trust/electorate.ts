/**
 * Whether sets of voices can meet a quorum: one set, or two of which none has a voice in common with the other. A voice is
 * a group, or an organisation in no group. docs/evidence-format.md, "Quorums that share a member".
 */
import type { OrganisationRole } from "./trust-file.js";

/** A voice is a group, or an organisation that is in none. */
export interface Voice {
  /** This is the group's id. */
  readonly id: string;
  /**
   * The voice fills one of these roles, whichever of its members cosigns first; there are none where it counts in the
   * total alone.
   */
  readonly roles: ReadonlySet<OrganisationRole>;
}

/** An electorate says who can count towards one quorum. */
export interface Electorate {
  readonly voices: readonly Voice[];
  readonly total: number;
  readonly roles: readonly { readonly role: OrganisationRole; readonly count: number }[];
}

/**
 * Tells whether there are sets of voices, one that meets each of these quorums, and no voice in two of them. With one
 * quorum that is whether it can be met; with two (or one twice), whether two ledgers could be cosigned by different
 * members. A voice of one id is the same voice in each.
 *
 * What is to be filled are places, so many of a role and so many of any; each voice can take one of them. By Hall's
 * theorem all can be filled exactly where, of every choice of kinds of places, those who can take one of them are at
 * least as many as the places.
 */
export function canMeetApart(electorates: readonly Electorate[]): boolean {
  const places = placesOf(electorates);
  // Voices that can take the same places, as the set of bits of those places: with how many of them there are.
  const takes = new Map<string, number>();
  electorates.forEach(({ voices }, of) => {
    for (const { id, roles } of voices)
      takes.set(id, (takes.get(id) ?? 0) | bitsOf(places, of, (role) => roles.has(role)));
  });
  const alike = new Float64Array(1 << places.length);
  for (const bits of takes.values()) alike[bits] = (alike[bits] ?? 0) + 1;
  return canFill(places, alike);
}

/** A place asks for so many of a role, or of any where it names none, in one of the quorums. */
export interface Place {
  /** The place is one of this quorum. */
  readonly of: number;
  readonly role: OrganisationRole | undefined;
  readonly count: number;
}

/** Gives the places that are to be filled. Places of which there are none ask for nothing, and are left out. */
export function placesOf(quorums: readonly Pick<Electorate, "total" | "roles">[]): readonly Place[] {
  return quorums
    .flatMap(({ total, roles }, of) => {
      const inRoles = roles.reduce((sum, { count }) => sum + count, 0);
      return [
        ...roles.map(({ role, count }) => ({ of, role, count })),
        { of, role: undefined, count: Math.max(0, total - inRoles) },
      ];
    })
    .filter(({ count }) => count > 0);
}

/** Gives the places of quorum `of` that a voice with these roles can take, as a set of bits. */
export function bitsOf(
  places: readonly Place[],
  of: number,
  has: (role: OrganisationRole) => boolean,
): number {
  return places.reduce(
    (bits, place, i) =>
      place.of === of && (place.role === undefined || has(place.role)) ? bits | (1 << i) : bits,
    0,
  );
}

/** Tells whether all places can be filled: `alike[bits]` voices can take just those places. */
export function canFill(places: readonly Place[], alike: Float64Array): boolean {
  const all = (1 << places.length) - 1;
  // Of every set of places, how many voices can take places of that set alone: sums over subsets, a place at a time.
  const within = alike.slice();
  places.forEach((_, i) => {
    for (let set = 0; set <= all; set++)
      if ((set >> i) & 1) within[set] = (within[set] as number) + (within[set ^ (1 << i)] as number);
  });
  const wanted = new Float64Array(all + 1);
  for (let set = 1; set <= all; set++) {
    const first = 31 - Math.clz32(set);
    wanted[set] = (wanted[set ^ (1 << first)] as number) + (places[first] as Place).count;
    const there = (within[all] as number) - (within[all ^ set] as number);
    if (there < (wanted[set] as number)) return false;
  }
  return true;
}
