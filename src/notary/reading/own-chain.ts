/** A page of one's own chain. */
import { formatTime } from "../../core/record/time.js";
import type { FinalityBoard } from "../finality/finality-board.js";
import type { DepositorClasses } from "../finality/finality.js";
import { refuseOperators, refuseOthersChain } from "../model/access.js";
import type { ChainLink, ChainPage, Principal } from "../model/model.js";
import type { Store } from "../ports/ports.js";
import type { StoredDeposit } from "../ports/deposits.js";
import { statementOf } from "../depositing/receipts.js";
import { Refusal } from "../model/refusal.js";

const MAX_PAGE = 1000;
/** So many links a page has where nobody says. */
const DEFAULT_PAGE = 100;

export interface ChainViews {
  readonly store: Store;
  readonly classes: DepositorClasses;
  readonly board: FinalityBoard;
}

export async function chainPage(
  views: ChainViews,
  by: Principal,
  chainId: string,
  { after = 0, limit = DEFAULT_PAGE }: { readonly after?: number; readonly limit?: number },
): Promise<ChainPage> {
  refuseOperators(by);
  const head = await views.store.chainHead(chainId);
  if (head === undefined) throw new Refusal("chain-unknown", "there is no such chain", { got: chainId });
  refuseOthersChain(by.organisation.id, head, { got: chainId });
  const page = { after, limit: Math.min(Math.max(1, limit), MAX_PAGE) };
  const deposits = await views.store.listChain(chainId, page);
  // What is final may have become so in another process a moment ago.
  await views.board.look();
  const links = await Promise.all(deposits.map((deposit) => linkOf(views, deposit)));
  const last = links.at(-1)?.sequence ?? after;
  return {
    id: chainId,
    length: head.sequence,
    head: head.leafHash,
    held: head.isHeld === true,
    forked: head.isForked === true,
    links,
    ...(last < head.sequence && links.length > 0 && { next: last }),
  };
}

async function linkOf({ store, classes, board }: ChainViews, deposit: StoredDeposit): Promise<ChainLink> {
  const { recordType, name } = statementOf(deposit);
  const isFinal = board.isFinal(classes.of(statementOf(deposit).depositor), deposit.seq);
  return {
    id: deposit.id,
    sequence: deposit.chain?.sequence ?? 0,
    leafHash: deposit.leafHash,
    recordType,
    ...(name !== undefined && { name }),
    receivedAt: formatTime(deposit.receivedAtMs),
    state: isFinal ? "final" : (await store.findBatchOfSeq(deposit.seq)) ? "sealed" : "received",
  };
}
