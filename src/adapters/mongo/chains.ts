/** Chains in MongoDB: their last links, and what was said of them. */
import type { ClientSession } from "mongoose";
import type { ChainHead, StoredDeposit } from "../../notary/ports/deposits.js";
import { headOfChain } from "../../notary/ports/rules.js";
import { bytesOf } from "./schema/documents.js";
import type { Collections } from "./schema/collections.js";
import type { ChainWord, DepositRow, StepRow } from "./schema/deposits.js";
import { depositOf, depositsWhere } from "./stored-deposit.js";

type Session = ClientSession | null;

/** Of each of these chains, where there is one. */
export async function chainHeads(
  deposits: Collections["deposits"],
  chainIds: readonly string[],
  session: Session,
): Promise<ReadonlyMap<string, ChainHead>> {
  if (chainIds.length === 0) return new Map();
  const words = await deposits
    .find({ "word.chainId": { $in: chainIds } }, { word: 1, step: 1 })
    .session(session)
    .lean<StepRow[]>();
  const heads = await Promise.all(
    chainIds.map(async (chainId) => {
      const head = headOfChain({
        deposited: await lastLink(deposits, chainId, session),
        ...wordsOn(words.filter(({ word }) => word?.chainId === chainId)),
      });
      return head ? ([[chainId, head]] as const) : [];
    }),
  );
  return new Map(heads.flat());
}

async function lastLink(deposits: Collections["deposits"], chainId: string, session: Session) {
  const group = await deposits
    .findOne({ "links.chainId": chainId }, depositsWhere("chain.id", [chainId]))
    .sort({ _id: -1 })
    .session(session)
    .lean<StepRow>();
  const last = group?.deposits?.at(-1);
  return last?.chain && linkOf({ chainId, ...last, sequence: last.chain.sequence });
}

/** What all words on a chain come to, in the order in which they were said. */
export function wordsOn(rows: readonly StepRow[]) {
  let shown: ChainHead | undefined;
  let [isHeld, isForked] = [false, false];
  for (const { word } of rows.toSorted((a, b) => a.step - b.step)) {
    if (word?.kind === "held") isHeld = true;
    if (word?.kind === "forked") isForked = true;
    if (word?.kind === "shown") [shown, isHeld] = [linkOf(word), false];
  }
  return { shown, isHeld, isForked };
}

const linkOf = ({
  chainId,
  organisationId,
  sequence,
  leafHash,
}: Omit<Extract<ChainWord, { kind: "shown" }>, "kind" | "shownAtMs">) => ({
  ...{ chainId, organisationId, sequence, leafHash: bytesOf(leafHash) },
});

/** Those of the chain's deposits that stand at `from` to `to`, in order. */
export async function linksBetween(
  deposits: Collections["deposits"],
  chainId: string,
  { from, to, session = null }: { readonly from: number; readonly to: number; readonly session?: Session },
): Promise<readonly DepositRow[]> {
  const groups = await deposits
    .find(
      { links: { $elemMatch: { chainId, sequence: { $gte: from, $lte: to } } } },
      depositsWhere("chain.id", [chainId]),
    )
    .session(session)
    .lean<StepRow[]>();
  const placeOf = (row: DepositRow) => row.chain?.sequence ?? 0;
  return groups
    .flatMap((group) => group.deposits ?? [])
    .filter((row) => placeOf(row) >= from && placeOf(row) <= to)
    .toSorted((a, b) => placeOf(a) - placeOf(b));
}

/**
 * A page of a chain. No index has the links in order, since a group may hold many of one chain; but places without a deposit
 * are few: where links were lost, and shown afterwards.
 */
export async function listChain(
  deposits: Collections["deposits"],
  chainId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly StoredDeposit[]> {
  const found: DepositRow[] = [];
  for (let from = after + 1; found.length < limit;) {
    const to = from + (limit - found.length) - 1;
    const rows = await linksBetween(deposits, chainId, { from, to });
    found.push(...rows);
    if (found.length >= limit) break;
    const next = await nextPlace(deposits, chainId, to);
    if (next === undefined) break;
    from = next;
  }
  return found.map(depositOf);
}

/** The first place after `sequence` that has a deposit. */
async function nextPlace(
  deposits: Collections["deposits"],
  chainId: string,
  sequence: number,
): Promise<number | undefined> {
  const last = await lastLink(deposits, chainId, null);
  if (last === undefined || last.sequence <= sequence) return undefined;
  const group = await deposits
    .findOne(
      { "links.chainId": chainId, links: { $elemMatch: { chainId, sequence: { $gt: sequence } } } },
      { links: 1 },
    )
    .sort({ _id: 1 })
    .lean<StepRow>();
  const places = (group?.links ?? []).flatMap((link) =>
    link.chainId === chainId && link.sequence > sequence ? link.sequence : [],
  );
  return places.length > 0 ? Math.min(...places) : undefined;
}
