/**
 * What becomes of a group of deposits: pure, given what the store has of their chains and idempotency keys. Each is
 * decided after those before it in the group, as if it had come alone; one that is refused leaves no trace.
 */
import { base64, equalBytes } from "../../core/bytes.js";
import { hashLeaf } from "../../core/merkle/hash.js";
import { encodeStatement, type Statement } from "../../core/record/statement.js";
import { refuseOthersChain } from "../model/access.js";
import type { ChainHead, DepositContext, NewDeposit } from "../ports/deposits.js";
import type { NextId } from "../ports/host.js";
import type { Decision, Deposited, Draft } from "../ports/worker.js";
import { Refusal } from "../model/refusal.js";

export interface DecidedGroup {
  /** These are to be stored, in this order. */
  readonly add: readonly NewDeposit[];
  /** One a draft; true once `add` is committed. */
  readonly decisions: readonly Decision[];
}

export interface GroupQuestion {
  readonly context: DepositContext;
  readonly nextId: NextId;
  /** Whether a draft that is not there yet can still be sealed by the time that its receipt will promise. */
  readonly isInTime: (draft: Draft) => boolean;
}

export function decideGroup(
  drafts: readonly Draft[],
  { context, nextId, isInTime }: GroupQuestion,
): DecidedGroup {
  const add: NewDeposit[] = [];
  const seen = withAdded(context);
  const decisions = drafts.map((draft): Decision => {
    try {
      const itself = seen.deposit(draft.id);
      if (itself) return { kind: "found", deposited: itself, replayed: false };
      const before = replayOf(draft, seen);
      if (before) return { kind: "found", deposited: before, replayed: true };
      if (!isInTime(draft))
        throw new Refusal("overloaded", "the deposit waited too long to be recorded", {
          retryAfterSeconds: 1,
        });
      if (!draft.canBeFinal)
        throw new Refusal(
          "quorum-unreachable",
          "too few who can count are left without this depositor's own nodes",
          {
            got: draft.organisationId,
            want: "a depositor without whose nodes the trust file's quorum can be met",
          },
        );
      const { deposit, chain } = linked(draft, seen, nextId);
      add.push(deposit);
      seen.note(deposit);
      return { kind: "recorded", leafHash: deposit.leafHash, ...(chain && { chain }) };
    } catch (error) {
      if (error instanceof Refusal) return { kind: "refused", refusal: error };
      throw error;
    }
  });
  return { add, decisions };
}

interface Seen {
  deposit(id: string): Deposited | undefined;
  chainHead(chainId: string): ChainHead | undefined;
  replay(
    organisationId: string,
    key: string,
  ): { readonly fingerprint: Uint8Array; readonly deposit: Deposited } | undefined;
  note(deposit: NewDeposit): void;
}

/** The store's view, and what the group itself adds before it is committed. */
function withAdded(context: DepositContext): Seen {
  const heads = new Map<string, ChainHead>();
  const keyed = new Map<string, NewDeposit>();
  const added = new Map<string, NewDeposit>();
  const nameOf = (organisationId: string, key: string) => JSON.stringify([organisationId, key]);
  return {
    deposit: (id) => added.get(id) ?? context.deposit(id),
    chainHead: (chainId) => heads.get(chainId) ?? context.chainHead(chainId),
    replay: (organisationId, key) => {
      const deposit = keyed.get(nameOf(organisationId, key));
      return deposit?.idempotencyKey
        ? { fingerprint: deposit.idempotencyKey.fingerprint, deposit }
        : context.replay(organisationId, key);
    },
    note: (deposit) => {
      const { organisationId, chain, leafHash, idempotencyKey } = deposit;
      added.set(deposit.id, deposit);
      if (chain)
        heads.set(chain.id, { chainId: chain.id, organisationId, sequence: chain.sequence, leafHash });
      if (idempotencyKey) keyed.set(nameOf(organisationId, idempotencyKey.key), deposit);
    },
  };
}

/** The deposit that an earlier request with the same idempotency key made. */
function replayOf({ organisationId, idempotencyKey }: Draft, seen: Seen): Deposited | undefined {
  if (idempotencyKey === undefined) return undefined;
  const before = seen.replay(organisationId, idempotencyKey.key);
  if (before === undefined) return undefined;
  if (!equalBytes(before.fingerprint, idempotencyKey.fingerprint))
    throw new Refusal("idempotency-key-reused", "the idempotency key was used for another request", {
      got: idempotencyKey.key,
    });
  return before.deposit;
}

function linked(
  { id, organisationId, receivedAtMs, sealByMs, content, idempotencyKey, original }: Draft,
  seen: Seen,
  nextId: NextId,
): { readonly deposit: NewDeposit; readonly chain?: NonNullable<Statement["chain"]> } {
  const common = {
    ...{ id, organisationId, receivedAtMs, sealByMs },
    ...(idempotencyKey && { idempotencyKey }),
    ...(original && { original }),
  };
  if ("encoded" in content)
    return { deposit: { ...common, statement: content.encoded, leafHash: content.leafHash } };
  const chain = nextLink(content.chain, organisationId, seen, () => nextId(receivedAtMs));
  const statement = encodeStatement({ ...content.statement, chain });
  const place = { id: chain.id, sequence: chain.sequence };
  return { deposit: { ...common, statement, leafHash: hashLeaf(statement), chain: place }, chain };
}

/** A deposit's place in its chain: the server gives it, and `previous` ties it to the one before. */
function nextLink(
  asked: { readonly id?: string | undefined; readonly sequence?: number | undefined },
  organisationId: string,
  seen: Seen,
  newId: () => string,
): NonNullable<Statement["chain"]> {
  const head = asked.id === undefined ? undefined : seen.chainHead(asked.id);
  const field = "/metadata/chain/id";
  if (asked.id !== undefined && head === undefined)
    throw new Refusal("chain-unknown", "there is no such chain", { field, got: asked.id });
  if (head) refuseOthersChain(organisationId, head, { field });
  if (head?.isForked === true)
    throw new Refusal(
      "chain-link-contradicts",
      "two links stand at one place in the chain: begin another chain",
      {
        field,
        got: head.chainId,
      },
    );
  if (head?.isHeld === true)
    throw new Refusal("chain-held", "deposits of this chain may have been lost: show its last link first", {
      field,
      got: head.chainId,
      want: `POST /v1/chains/${head.chainId}/resume`,
    });
  const sequence = (head?.sequence ?? 0) + 1;
  if (asked.sequence !== undefined && asked.sequence !== sequence)
    throw new Refusal("chain-sequence-mismatch", "the sequence does not follow", {
      field: "/metadata/chain/sequence",
      got: String(asked.sequence),
      want: String(sequence),
    });
  return head ? { id: head.chainId, sequence, previous: base64(head.leafHash) } : { id: newId(), sequence };
}
