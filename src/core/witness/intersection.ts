/**
 * Quorums that share a member, at every tree size: where two need not, two ledgers could each be cosigned, and nobody would
 * have signed both. What a trust file says changes only at the sizes that it names, so between two of them one is judged.
 * docs/evidence-format.md, "Two ledgers never both verify".
 */
import { type Consortium, quorumAt, sizesNamed } from "./consortium.js";
import { canMeetApart, type Electorate } from "./electorate.js";
import { findGroup } from "./groups.js";
import { cosignersThatCanCount, quorumsIntersect, voicesOf } from "./quorum.js";

/** Tree sizes from `from` on, below `until` where there is one. */
export interface SizeSpan {
  readonly from: number;
  readonly until?: number;
}

/** The sizes at which two quorums under this trust file need not share a member; none where they always must. */
export function splitsOf(consortium: Consortium): SizeSpan[] {
  const spans = spansOf(sizesNamed(consortium)).filter(({ from }) => isSplit(consortium, from));
  return spans.reduce<SizeSpan[]>((joined, span) => {
    const last = joined.at(-1);
    if (last?.until !== span.from) return [...joined, span];
    return [...joined.slice(0, -1), { ...span, from: last.from }];
  }, []);
}

/**
 * The first sizes at which a change from one trust file to the next lets two quorums exist that share no member: two under
 * the next file, or one under each, for verifiers may have either. Sizes at which that is so under the first file
 * already are left out: no change makes them worse, and it may be the cure. Undefined where there are no such sizes.
 */
export function newSplit(before: Consortium, after: Consortium): SizeSpan | undefined {
  return spansOf([...sizesNamed(before), ...sizesNamed(after)]).find(
    ({ from }) => !isSplit(before, from) && (isSplit(after, from) || isSplitBetween(before, after, from)),
  );
}

function spansOf(sizes: readonly number[]): SizeSpan[] {
  const starts = [...new Set([0, ...sizes])].sort((a, b) => a - b);
  return starts.map((from, i) => {
    const until = starts[i + 1];
    return until === undefined ? { from } : { from, until };
  });
}

const isSplit = (consortium: Consortium, treeSize: number): boolean =>
  !quorumsIntersect(consortium, treeSize);

/**
 * Whether a quorum under one file and a quorum under the other need not share a member. Organisations are one member where
 * both files put them into one group: where only one of them does, nobody answers for both of them to everybody.
 */
function isSplitBetween(one: Consortium, other: Consortium, treeSize: number): boolean {
  const groupIn = (consortium: Consortium, id: string) => findGroup(consortium, id)?.id ?? "";
  const memberOf = (id: string) => `${groupIn(one, id)} ${groupIn(other, id)}`;
  const electorates = [one, other].map((consortium): Electorate => {
    const { total, roles } = quorumAt(consortium, treeSize);
    const nodes = cosignersThatCanCount({ consortium, treeSize, depositor: undefined, parties: [] });
    return { voices: voicesOf(consortium, nodes, memberOf), total, roles };
  });
  return canMeetApart(electorates);
}
