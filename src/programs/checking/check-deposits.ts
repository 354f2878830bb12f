/** Organisations, API keys, deposits with their chains and keys, and the batches that hold them. */
import { type Batch, parseBatch } from "../../core/batch/batch.js";
import { base64, equalBytes } from "../../core/bytes.js";
import { type Hash, HASH_BYTES, hashLeafBy } from "../../core/merkle/hash.js";
import { parseJson } from "../../core/record/json.js";
import { parseStatement, type Statement } from "../../core/record/statement.js";
import { formatTime } from "../../core/record/time.js";
import { buildBatchTree } from "../../notary/ledger/batch-tree.js";
import type { NewBatch } from "../../notary/ports/batches.js";
import type { ChainRow, DepositRow } from "../../notary/ports/whole/rows.js";
import type { Checking, Finding, Findings } from "./finding.js";

export interface DepositsSeen {
  /** Of every organisation. */
  readonly organisationIds: ReadonlySet<string>;
  /** Of the newest deposit. */
  readonly lastReceivedAtMs?: number;
}

export async function* checkDeposits(checking: Checking): AsyncGenerator<Finding, DepositsSeen> {
  const { store } = checking;
  const organisationIds = new Set<string>();
  for await (const { id } of store.rows("organisations")) organisationIds.add(id);
  for await (const { id, organisationId, secretHash } of store.rows("apiKeys")) {
    if (!organisationIds.has(organisationId)) yield unknownOrganisation(`API key ${id}`, organisationId);
    if (secretHash.length !== HASH_BYTES)
      yield { code: "row-malformed", what: `API key ${id} has a secret of ${secretHash.length} bytes` };
  }
  const lastReceivedAtMs = yield* checkEach(checking, organisationIds);
  yield* checkChainRows(checking, organisationIds);
  return { organisationIds, ...(lastReceivedAtMs !== undefined && { lastReceivedAtMs }) };
}

const unknownOrganisation = (what: string, id: string): Finding => ({
  code: "reference-missing",
  what: `${what} is of the organisation ${id}, which is not there`,
});

/** In one reading: deposits, and the batches over them. */
async function* checkEach(
  checking: Checking,
  organisationIds: ReadonlySet<string>,
): AsyncGenerator<Finding, number | undefined> {
  const { store, tell } = checking;
  const batches = store.rows("batches")[Symbol.asyncIterator]();
  const links = openLinks(checking);
  let [expected, sealed] = [1, 0];
  let open: { readonly batch: NewBatch; readonly deposits: DepositRow[] } | undefined;
  let lastReceivedAtMs: number | undefined;
  async function* nextBatch(): Findings {
    const { value, done } = await batches.next();
    open = done === true ? undefined : { batch: value as NewBatch, deposits: [] };
    if (open === undefined) return;
    const { id, firstSeq } = open.batch;
    if (firstSeq !== sealed + 1)
      yield { code: "batch-missing", what: `batch ${id} begins at deposit ${firstSeq}, not ${sealed + 1}` };
  }
  yield* nextBatch();
  for await (const deposit of store.rows("deposits")) {
    const { seq } = deposit;
    if (seq > store.lastSeq) break;
    for (; expected < seq; expected++)
      yield { code: "deposit-missing", what: `deposit ${expected} is missing` };
    if (seq < expected)
      yield { code: "key-mismatch", what: `deposit ${deposit.id} has two idempotency keys` };
    expected = seq + 1;
    if (!organisationIds.has(deposit.organisationId))
      yield unknownOrganisation(`deposit ${deposit.id}`, deposit.organisationId);
    const statement = statementOf(deposit);
    yield* checkDeposit(checking, deposit, statement);
    yield* links.follow(deposit, statement);
    lastReceivedAtMs = deposit.receivedAtMs;
    while (open !== undefined && seq > open.batch.lastSeq) {
      yield* checkBatch(checking, open);
      sealed = open.batch.lastSeq;
      yield* nextBatch();
    }
    if (open !== undefined && seq >= open.batch.firstSeq) open.deposits.push(deposit);
    if (seq % 1024 === 0) tell("deposits", seq, store.lastSeq);
  }
  for (; expected <= store.lastSeq; expected++)
    yield { code: "deposit-missing", what: `deposit ${expected} is missing` };
  while (open !== undefined) {
    // Of one that came later nothing was read.
    if (store.mayGrow && open.batch.lastSeq > store.lastSeq) break;
    yield* checkBatch(checking, open);
    sealed = open.batch.lastSeq;
    yield* nextBatch();
  }
  return lastReceivedAtMs;
}

/** Undefined where it is none. */
const statementOf = ({ statement }: Pick<DepositRow, "statement">): Statement | undefined =>
  readOr(() => parseStatement(parseJson(statement, { numbers: "exact" })));

function* checkDeposit(
  { hashOnce }: Checking,
  deposit: DepositRow,
  statement: Statement | undefined,
): Generator<Finding> {
  const { id, organisationId, leafHash, statement: bytes, idempotencyKey: key } = deposit;
  if (!equalBytes(hashLeafBy(hashOnce, bytes), leafHash))
    yield {
      code: "statement-mismatch",
      what: `the statement of deposit ${id} is not the one that was deposited`,
    };
  if (statement === undefined) yield { code: "row-malformed", what: `deposit ${id} has no statement` };
  else {
    const different = differences(deposit, statement);
    if (different.length > 0)
      yield {
        code: "row-differs",
        what: `deposit ${id} has another ${different.join(", ")} than its statement`,
      };
  }
  if (
    key &&
    (key.organisationId !== organisationId || key.fingerprint.length !== HASH_BYTES || key.key === "")
  )
    yield { code: "key-mismatch", what: `the idempotency key of deposit ${id} is not its organisation's` };
}

function differences(
  { id, organisationId, receivedAtMs, sealByMs, chain, original }: DepositRow,
  statement: Statement,
): string[] {
  return Object.entries({
    id: statement.id === id,
    organisation: statement.depositor.id === organisationId,
    "time of receipt": statement.receivedAt === timeOr(receivedAtMs),
    // Not in the statement, but promised for later than it.
    promise: sealByMs > receivedAtMs,
    chain: statement.chain?.id === chain?.id && statement.chain?.sequence === chain?.sequence,
    original: original === undefined || statement.digests["sha-256"] === base64(original),
  }).flatMap(([what, isSame]) => (isSame ? [] : [what]));
}

const timeOr = (ms: number): string | undefined => readOr(() => formatTime(ms));

/** Undefined where `read` throws: what was read is then found malformed. */
export function readOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

interface Link {
  readonly sequence: number;
  readonly leafHash: Hash;
  readonly organisationId: string;
}

/** So many chains are remembered; of others the link before is looked for. */
const CHAINS_KNOWN = 100_000;

/** Each link must follow the one before it, or the one that its depositor has shown since. */
function openLinks({ store }: Checking) {
  const known = new Map<string, Link>();
  const shown = openShown({ store });
  const linkAt = async (chainId: string, sequence: number): Promise<Link | undefined> => {
    const before = known.get(chainId);
    if (before !== undefined) return before;
    const [found] = await store.listChain(chainId, { after: sequence - 1, limit: 1 });
    return found?.chain?.sequence === sequence ? { ...found, sequence } : undefined;
  };
  return {
    follow: async function* (
      { id, organisationId, chain, leafHash }: DepositRow,
      statement: Statement | undefined,
    ): Findings {
      if (chain === undefined) return;
      const { id: chainId, sequence } = chain;
      const before = sequence > 1 || known.has(chainId) ? await linkAt(chainId, sequence - 1) : undefined;
      known.delete(chainId);
      known.set(chainId, { sequence, leafHash, organisationId });
      const [oldest] = known.keys();
      if (known.size > CHAINS_KNOWN && oldest !== undefined) known.delete(oldest);
      const previous = statement?.chain?.previous;
      if (before !== undefined && before.sequence >= sequence)
        yield {
          code: "chain-forked",
          what: `deposit ${id} stands at ${sequence} of chain ${chainId}, after ${before.sequence}`,
        };
      else if (before !== undefined && before.organisationId !== organisationId)
        yield {
          code: "chain-broken",
          what: `deposit ${id} stands in chain ${chainId} of another organisation`,
        };
      else if (before?.sequence === sequence - 1) {
        if (previous !== base64(before.leafHash))
          yield {
            code: "chain-broken",
            what: `deposit ${id} does not follow link ${before.sequence} of chain ${chainId}`,
          };
      } else if (sequence > 1 && !(await shown(chainId)))
        yield { code: "chain-broken", what: `link ${sequence - 1} of chain ${chainId} is missing` };
    },
  };
}

/** Whether a chain was resumed: links may then be missing. Those are few; they are read at the first question. */
function openShown({ store }: Pick<Checking, "store">) {
  let all: Promise<ReadonlySet<string>> | undefined;
  const read = async (): Promise<ReadonlySet<string>> => {
    const found = new Set<string>();
    for await (const { chainId, shown } of store.rows("chains")) if (shown) found.add(chainId);
    return found;
  };
  return async (chainId: string): Promise<boolean> => (await (all ??= read())).has(chainId);
}

async function* checkChainRows({ store }: Checking, organisationIds: ReadonlySet<string>): Findings {
  for await (const { chainId, shown, isForked } of store.rows("chains")) {
    if (shown === undefined) continue;
    if (!organisationIds.has(shown.organisationId))
      yield unknownOrganisation(`the last link of chain ${chainId}`, shown.organisationId);
    yield* checkShown(store, { chainId, shown, isForked });
  }
}

async function* checkShown(
  store: Checking["store"],
  { chainId, shown, isForked }: Required<Pick<ChainRow, "chainId" | "shown" | "isForked">>,
): Findings {
  const { sequence, leafHash, organisationId } = shown;
  const [here, next] = await store.listChain(chainId, { after: sequence - 1, limit: 2 });
  const isHere = here?.chain?.sequence === sequence;
  if (isHere && !equalBytes(here.leafHash, leafHash) && !isForked)
    yield {
      code: "chain-forked",
      what: `link ${sequence} of chain ${chainId} is not the one that was shown`,
    };
  const after = isHere ? next : here;
  if (after === undefined) return;
  const { chain } = statementOf(after) ?? {};
  if (chain?.sequence === sequence + 1 && chain.previous !== base64(leafHash))
    yield {
      code: "chain-broken",
      what: `link ${sequence + 1} of chain ${chainId} does not follow the one that was shown`,
    };
  if (after.organisationId !== organisationId)
    yield {
      code: "chain-broken",
      what: `chain ${chainId} is not of ${organisationId}, whose link was shown`,
    };
}

function* checkBatch(
  { hashOnce }: Checking,
  { batch, deposits }: { readonly batch: NewBatch; readonly deposits: readonly DepositRow[] },
): Generator<Finding> {
  const { id, firstSeq, lastSeq, entry } = batch;
  const read = batchOf(entry);
  const leafHashes = deposits.map(({ leafHash }) => leafHash);
  if (
    read?.size !== leafHashes.length ||
    lastSeq - firstSeq + 1 !== read.size ||
    base64(buildBatchTree(leafHashes, hashOnce).rootHash) !== read.root
  )
    yield {
      code: "batch-mismatch",
      what: `batch ${id} does not hold the deposits ${firstSeq} to ${lastSeq}`,
    };
  const depositorIds = [...new Set(deposits.map(({ organisationId }) => organisationId))];
  if (
    read?.id !== id ||
    read.sealedAt !== timeOr(batch.sealedAtMs) ||
    JSON.stringify(depositorIds) !== JSON.stringify(batch.depositorIds)
  )
    yield { code: "row-differs", what: `batch ${id} says something else than its entry and its deposits` };
}

/** Undefined where the entry is none of a batch. */
export const batchOf = (entry: Uint8Array): Batch | undefined =>
  readOr(() => parseBatch(parseJson(entry, { numbers: "exact" })));
