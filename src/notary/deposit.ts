/**
 * Depositing: a request becomes a statement, a statement a row, a row a receipt; in this order.
 *
 * Crash story: the original (where kept) is durable, then the statement commits with its chain place and its
 * idempotency key in one step, and only after the commit is the receipt signed and sent. So every receipt that ever
 * left names a statement that is stored. A crash before the commit promised nothing; a crash after it, before the
 * answer, leaves a deposit without a receipt, which the same idempotency key will fetch.
 */
import { base64, equalBytes } from "../core/bytes.js";
import { type ContentDigests, encodeDigests } from "../core/digest/digests.js";
import { type JsonValue } from "../core/record/json.js";
import { hashLeaf } from "../core/merkle/hash.js";
import { encodeStatement, NONCE_BYTES, parseStatement, type Statement } from "../core/record/statement.js";
import { formatTime } from "../core/record/time.js";
import { groupCommit, type Outcome } from "./group-commit.js";
import { type DepositRequest, type DepositResult, type Principal } from "./model.js";
import { type ChainHead, type DepositContext, type NewDeposit, type Ports } from "./ports.js";
import { type Deposited, resultOf } from "./receipts.js";
import { Refusal } from "./refusal.js";
import { type NotarySettings } from "./settings.js";
import { keepOriginal, refusedWhereFull, refuseWithoutSpace } from "./stage-original.js";

type DepositPorts = Pick<Ports, "store" | "now" | "nextId" | "randomBytes" | "receiptSigner" | "freeBytes">;

export interface DepositSettings extends Pick<NotarySettings, "sealing" | "minFreeBytes"> {
  readonly origin: string;
  /** Told after each commit. */
  readonly noteDeposits: (count: number, ageMs: number) => void;
}

export interface Depositing {
  deposit(by: Principal, request: DepositRequest): Promise<DepositResult>;
  close(): Promise<void>;
}

/** Keeps the event loop, and with it the latency of everybody else, from waiting on one long transaction. */
const MAX_GROUP = 512;
const MAX_WAITING = 16_384;
const MAX_STATEMENT_BYTES = 16 * 1024;

/** A statement but for its place in a chain, which is known only inside the commit. */
interface Draft {
  readonly statement: Statement;
  readonly receivedAtMs: number;
  readonly request: DepositRequest;
}

export function createDepositing(ports: DepositPorts, settings: DepositSettings): Depositing {
  const group = groupCommit<Draft, DepositResult>(
    async (drafts) => {
      try {
        await refuseWithoutSpace(ports, settings.minFreeBytes);
        return await commitGroup(ports, settings, drafts);
      } catch (error) {
        throw refusedWhereFull(error);
      }
    },
    { maxGroup: MAX_GROUP, maxWaiting: MAX_WAITING },
  );
  return {
    deposit: async (by, request) => {
      const draft = draftOf(ports, by, request);
      if (request.metadata.retain) await keepRetained(request);
      return group.submit(draft);
    },
    close: () => group.close(),
  };
}

/** Everything that can be wrong with one request alone is found here, before it joins a group. */
function draftOf(ports: DepositPorts, by: Principal, request: DepositRequest): Draft {
  if (by.role !== "depositor")
    throw new Refusal("role-insufficient", "only a depositor's key deposits", {
      got: by.role,
      want: "depositor",
    });
  const { metadata, original } = request;
  if (metadata.retain && original?.kept !== true)
    throw new Refusal("request-invalid", "there is no content to retain", { field: "/metadata/retain" });
  if (original && !isSameContent(original, request))
    throw new Refusal("content-mismatch", "the content has other digests or another size", {
      field: "/digests",
    });
  const receivedAtMs = ports.now();
  const { recordType, name, createdAt, source, clientRef } = metadata;
  const statement = parseStatement({
    type: "cunzheng/statement@v1",
    id: ports.nextId(receivedAtMs),
    depositor: by.organisation,
    recordType,
    digests: encodeDigests(request.digests),
    size: request.size,
    mediaType: request.mediaType,
    receivedAt: formatTime(receivedAtMs),
    nonce: base64(ports.randomBytes(NONCE_BYTES)),
    ...(request.canonicalization && { canonicalization: request.canonicalization }),
    ...(name !== undefined && { name }),
    ...(createdAt !== undefined && { createdAt }),
    ...(source !== undefined && { source }),
    ...(clientRef !== undefined && { clientRef }),
  } as unknown as JsonValue);
  const { length } = encodeStatement(statement);
  if (length > MAX_STATEMENT_BYTES)
    throw new Refusal("request-invalid", "the statement would be too large", {
      field: "/metadata",
      got: `${length} bytes`,
      want: `at most ${MAX_STATEMENT_BYTES} bytes`,
    });
  return { statement, receivedAtMs, request };
}

interface Content {
  readonly digests: ContentDigests;
  readonly size: number;
}

function isSameContent(a: Content, b: Content): boolean {
  const isSame = (name: "sha-256" | "sm3") => {
    const [one, other] = [a.digests[name], b.digests[name]];
    return one === undefined || other === undefined || equalBytes(one, other);
  };
  return a.size === b.size && isSame("sha-256") && isSame("sm3");
}

async function keepRetained({ original }: DepositRequest): Promise<void> {
  try {
    if (original) await keepOriginal(original);
  } catch (error) {
    throw refusedWhereFull(error);
  }
}

type Decision =
  | { readonly deposited: Deposited; readonly replayed: boolean; readonly statement?: Statement }
  | { readonly refused: Refusal };

async function commitGroup(
  ports: DepositPorts,
  settings: DepositSettings,
  drafts: readonly Draft[],
): Promise<Outcome<DepositResult>[]> {
  let decisions: readonly Decision[] = [];
  let added = 0;
  await ports.store.record(scopeOf(drafts), (context) => {
    const decided = decide(drafts, context, ports, settings);
    decisions = decided.decisions;
    added = decided.add.length;
    return decided.add;
  });
  // Committed: from here on it may be promised.
  const first = drafts[0];
  if (added > 0 && first) settings.noteDeposits(added, ports.now() - first.receivedAtMs);
  const signing = { origin: settings.origin, receiptSigner: ports.receiptSigner };
  return decisions.map((decision) =>
    "refused" in decision
      ? { error: decision.refused }
      : { result: resultOf(decision.deposited, signing, decision) },
  );
}

function scopeOf(drafts: readonly Draft[]) {
  return {
    chainIds: [...new Set(drafts.flatMap(({ request }) => request.metadata.chain?.id ?? []))],
    idempotencyKeys: drafts.flatMap(({ statement, request: { idempotencyKey } }) =>
      idempotencyKey ? [{ organisationId: statement.depositor.id, key: idempotencyKey.key }] : [],
    ),
  };
}

/** Pure: what to store of the group, in order, and what to tell each. One that is refused leaves no trace. */
function decide(
  drafts: readonly Draft[],
  context: DepositContext,
  ports: Pick<DepositPorts, "nextId">,
  { sealing }: Pick<DepositSettings, "sealing">,
): { readonly add: readonly NewDeposit[]; readonly decisions: readonly Decision[] } {
  const add: NewDeposit[] = [];
  // What this group adds itself, seen by those behind in it.
  const heads = new Map<string, ChainHead>();
  const replays = new Map<string, { readonly fingerprint: Uint8Array; readonly deposit: NewDeposit }>();

  const decideOne = ({ statement, receivedAtMs, request }: Draft): Decision => {
    const organisationId = statement.depositor.id;
    const { idempotencyKey: key, metadata, original } = request;
    const replayName = key && JSON.stringify([organisationId, key.key]);
    const before =
      key && ((replayName && replays.get(replayName)) ?? context.replay(organisationId, key.key));
    if (key && before) {
      if (!equalBytes(before.fingerprint, key.fingerprint))
        throw new Refusal("idempotency-key-reused", "the idempotency key was used for another request", {
          got: key.key,
        });
      return { deposited: before.deposit, replayed: true };
    }
    const chain =
      metadata.chain && nextLink(metadata.chain, statement, { heads, context, ports, receivedAtMs });
    const whole: Statement = { ...statement, ...(chain && { chain }) };
    const encoded = encodeStatement(whole);
    const deposit: NewDeposit = {
      id: whole.id,
      organisationId,
      statement: encoded,
      leafHash: hashLeaf(encoded),
      receivedAtMs,
      sealByMs: receivedAtMs + sealing.afterMs + sealing.promiseMs,
      ...(chain && { chain: { id: chain.id, sequence: chain.sequence } }),
      ...(key && { idempotencyKey: key }),
      ...(metadata.retain && original && { original: original.digests["sha-256"] }),
    };
    add.push(deposit);
    if (chain)
      heads.set(chain.id, {
        chainId: chain.id,
        organisationId,
        sequence: chain.sequence,
        leafHash: deposit.leafHash,
      });
    if (key && replayName) replays.set(replayName, { fingerprint: key.fingerprint, deposit });
    return { deposited: deposit, statement: whole, replayed: false };
  };

  const decisions = drafts.map((draft): Decision => {
    try {
      return decideOne(draft);
    } catch (error) {
      if (error instanceof Refusal) return { refused: error };
      throw error;
    }
  });
  return { add, decisions };
}

/** A deposit's place in its chain: the server gives it, and `previous` ties it to the one before. */
function nextLink(
  asked: NonNullable<DepositRequest["metadata"]["chain"]>,
  { depositor }: Statement,
  {
    heads,
    context,
    ports,
    receivedAtMs,
  }: {
    readonly heads: ReadonlyMap<string, ChainHead>;
    readonly context: DepositContext;
    readonly ports: Pick<DepositPorts, "nextId">;
    readonly receivedAtMs: number;
  },
): NonNullable<Statement["chain"]> {
  const head = asked.id === undefined ? undefined : (heads.get(asked.id) ?? context.chainHead(asked.id));
  const field = "/metadata/chain/id";
  if (asked.id !== undefined && head === undefined)
    throw new Refusal("chain-unknown", "there is no such chain", { field, got: asked.id });
  if (head && head.organisationId !== depositor.id)
    throw new Refusal("chain-of-another-organisation", "the chain is another organisation's", { field });
  const sequence = (head?.sequence ?? 0) + 1;
  if (asked.sequence !== undefined && asked.sequence !== sequence)
    throw new Refusal("chain-sequence-mismatch", "the sequence does not follow", {
      field: "/metadata/chain/sequence",
      got: String(asked.sequence),
      want: String(sequence),
    });
  return head
    ? { id: head.chainId, sequence, previous: base64(head.leafHash) }
    : { id: ports.nextId(receivedAtMs), sequence };
}
