/**
 * Whether sets of voices can meet a quorum: one set, or two of which none has a voice in common with the other. A voice is
 * a group, or an organisation in no group. docs/evidence-format.md, "Quorums that share a member".
 */
import type { OrganisationRole } from "./trust-file.js";

/** A group, or an organisation that is in none. */
export interface Voice {
  /** The group's id. */
  readonly id: string;
  /** Of which it fills one, whichever of its members cosigns first; none where it counts in the total alone. */
  readonly roles: ReadonlySet<OrganisationRole>;
}

/** Who can count towards one quorum. */
export interface Electorate {
  readonly voices: readonly Voice[];
  readonly total: number;
  readonly roles: readonly { readonly role: OrganisationRole; readonly count: number }[];
}

/**
 * Whether there are sets of voices, one that meets each of these quorums, and no voice in two of them. With one quorum:
 * whether it can be met. With two (or one twice): whether two ledgers could be cosigned by different members. A voice of
 * one id is the same voice in each.
 *
 * What is to be filled are places, so many of a role and so many of any; each voice can take one of them. By Hall's
 * theorem all can be filled exactly where, of every choice of kinds of places, those who can take one of them are at
 * least as many as the places.
 */
export function canMeetApart(electorates: readonly Electorate[]): boolean {
  const places = electorates.flatMap(({ total, roles }, of) => {
    const inRoles = roles.reduce((sum, { count }) => sum + count, 0);
    return [
      ...roles.map(({ role, count }) => ({ of, role, count })),
      { of, role: undefined, count: Math.max(0, total - inRoles) },
    ];
  });
  // Voices that can take the same places, as the set of bits of those places: with how many of them there are.
  const takes = new Map<string, number>();
  electorates.forEach(({ voices }, of) => {
    for (const { id, roles } of voices) {
      let bits = takes.get(id) ?? 0;
      places.forEach((place, i) => {
        if (place.of === of && (place.role === undefined || roles.has(place.role))) bits |= 1 << i;
      });
      takes.set(id, bits);
    }
  });
  const alike = new Map<number, number>();
  for (const bits of takes.values()) alike.set(bits, (alike.get(bits) ?? 0) + 1);
  for (let chosen = 1; chosen < 1 << places.length; chosen++) {
    const wanted = places.reduce((sum, { count }, i) => sum + ((chosen >> i) & 1 ? count : 0), 0);
    let there = 0;
    for (const [bits, voices] of alike) if ((bits & chosen) !== 0) there += voices;
    if (there < wanted) return false;
  }
  return true;
}
