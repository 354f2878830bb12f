/**
 * Groups of the trust file: organisations that `controlledBy` ties together, followed both ways and as far as it leads,
 * also through organisations that the trust file does not list. A group is one voice: it counts once in a quorum's total
 * and fills at most one role. docs/evidence-format.md, "A group is one voice".
 */
import type { Consortium } from "./consortium.js";
import type { ConsortiumOrganisation, OrganisationRole } from "./trust-file.js";

export interface Group {
  /**
   * This is the id of the first of its members that the trust file lists: a name for the group, the same in every
   * process.
   */
  readonly id: string;
  /** The members are those that the trust file lists, in its order. */
  readonly members: readonly ConsortiumOrganisation[];
  /**
   * The top is the one member that no other listed organisation controls. It is undefined where there are several
   * (the children of a parent that is not listed) or none (those who control each other in a circle).
   */
  readonly top?: ConsortiumOrganisation;
}

type Organisations = Consortium["organisations"];

const groupsOf = new WeakMap<Organisations, ReadonlyMap<string, Group>>();

/** Finds the group of an organisation, or of one that is only named in `controlledBy`; undefined for any other id. */
export function findGroup(
  { organisations }: Pick<Consortium, "organisations">,
  id: string,
): Group | undefined {
  let groups = groupsOf.get(organisations);
  if (groups === undefined) groupsOf.set(organisations, (groups = collectGroups(organisations)));
  return groups.get(id);
}

/**
 * Tells which role a cosigner would fill for its group: that of the group's top member, where there is exactly one,
 * and only if the cosigner holds this role itself; else its own.
 */
export function roleInGroup({ top }: Group, role: OrganisationRole): OrganisationRole | undefined {
  return top === undefined || top.role === role ? role : undefined;
}

/** Each organisation has at most one controller: so one walk from each finds whatever is tied to it. */
function collectGroups(organisations: Organisations): ReadonlyMap<string, Group> {
  const tied = new Map<string, string[]>();
  const tie = (from: string, to: string) => {
    const others = tied.get(from);
    if (others === undefined) tied.set(from, [to]);
    else others.push(to);
  };
  for (const { id, controlledBy } of organisations) {
    tie(id, controlledBy ?? id);
    if (controlledBy !== undefined) tie(controlledBy, id);
  }
  const roots = new Map<string, string>();
  for (const { id: root } of organisations) {
    if (roots.has(root)) continue;
    roots.set(root, root);
    const reached = [root];
    for (const id of reached)
      for (const other of tied.get(id) ?? [])
        if (!roots.has(other)) {
          roots.set(other, root);
          reached.push(other);
        }
  }
  const members = new Map<string, ConsortiumOrganisation[]>();
  for (const organisation of organisations) {
    const root = roots.get(organisation.id) ?? organisation.id;
    const others = members.get(root);
    if (others === undefined) members.set(root, [organisation]);
    else others.push(organisation);
  }
  const listed = new Set(organisations.map(({ id }) => id));
  const groups = new Map([...members].map(([id, of]) => [id, groupOf(id, of, listed)]));
  return new Map(
    [...roots].flatMap(([id, root]) => {
      const group = groups.get(root);
      return group === undefined ? [] : [[id, group] as const];
    }),
  );
}

function groupOf(id: string, members: readonly ConsortiumOrganisation[], listed: ReadonlySet<string>): Group {
  const [top, ...more] = members.filter(
    ({ id: own, controlledBy }) =>
      controlledBy === undefined || controlledBy === own || !listed.has(controlledBy),
  );
  return { id, members, ...(top !== undefined && more.length === 0 && { top }) };
}
