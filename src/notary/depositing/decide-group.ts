/**
 * What becomes of a group of deposits: pure, given what the store has of their chains and idempotency keys. Each is
 * decided after those before it in the group, as if it had come alone; one that is refused leaves no trace.
 */
import { base64, equalBytes } from "../../core/bytes.js";
import { hashLeaf } from "../../core/merkle/hash.js";
import { encodeStatement, type Statement } from "../../core/record/statement.js";
import type { DepositMetadata, DepositRequest } from "../model/model.js";
import type { ChainHead, DepositContext, NewDeposit } from "../ports/deposits.js";
import type { NextId } from "../ports/host.js";
import type { Deposited } from "./receipts.js";
import { Refusal } from "../model/refusal.js";

/** A statement but for its place in a chain, which is known only inside the commit. */
export interface Draft {
  readonly statement: Statement;
  readonly receivedAtMs: number;
  /** The same moment by the clock that nobody sets. */
  readonly begunMs: number;
  readonly sealByMs: number;
  readonly request: DepositRequest;
  /** Whether its depositor's deposits can become final under the trust file. */
  readonly canBeFinal: boolean;
}

export type Decision =
  | { readonly deposited: Deposited; readonly replayed: boolean; readonly statement?: Statement }
  | { readonly refused: Refusal };

export interface DecidedGroup {
  /** To be stored, in this order. */
  readonly add: readonly NewDeposit[];
  /** One a draft; true once `add` is committed. */
  readonly decisions: readonly Decision[];
}

export function decideGroup(drafts: readonly Draft[], context: DepositContext, nextId: NextId): DecidedGroup {
  const add: NewDeposit[] = [];
  const seen = withAdded(context);
  const decisions = drafts.map((draft): Decision => {
    try {
      const before = replayOf(draft, seen);
      if (before) return { deposited: before, replayed: true };
      if (!draft.canBeFinal)
        throw new Refusal(
          "quorum-unreachable",
          "too few who can count are left without this depositor's own nodes",
          {
            got: draft.statement.depositor.id,
            want: "a depositor without whose nodes the trust file's quorum can be met",
          },
        );
      const { deposit, statement } = linked(draft, seen, nextId);
      add.push(deposit);
      seen.note(deposit);
      return { deposited: deposit, statement, replayed: false };
    } catch (error) {
      if (error instanceof Refusal) return { refused: error };
      throw error;
    }
  });
  return { add, decisions };
}

interface Seen {
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
  const nameOf = (organisationId: string, key: string) => JSON.stringify([organisationId, key]);
  return {
    chainHead: (chainId) => heads.get(chainId) ?? context.chainHead(chainId),
    replay: (organisationId, key) => {
      const deposit = keyed.get(nameOf(organisationId, key));
      return deposit?.idempotencyKey
        ? { fingerprint: deposit.idempotencyKey.fingerprint, deposit }
        : context.replay(organisationId, key);
    },
    note: (deposit) => {
      const { organisationId, chain, leafHash, idempotencyKey } = deposit;
      if (chain)
        heads.set(chain.id, { chainId: chain.id, organisationId, sequence: chain.sequence, leafHash });
      if (idempotencyKey) keyed.set(nameOf(organisationId, idempotencyKey.key), deposit);
    },
  };
}

/** The deposit that an earlier request with the same idempotency key made. */
function replayOf({ statement, request }: Draft, seen: Seen): Deposited | undefined {
  const { idempotencyKey } = request;
  if (idempotencyKey === undefined) return undefined;
  const before = seen.replay(statement.depositor.id, idempotencyKey.key);
  if (before === undefined) return undefined;
  if (!equalBytes(before.fingerprint, idempotencyKey.fingerprint))
    throw new Refusal("idempotency-key-reused", "the idempotency key was used for another request", {
      got: idempotencyKey.key,
    });
  return before.deposit;
}

function linked(
  draft: Draft,
  seen: Seen,
  nextId: NextId,
): { readonly deposit: NewDeposit; readonly statement: Statement } {
  const { receivedAtMs, sealByMs, request } = draft;
  const { metadata, original, idempotencyKey } = request;
  const organisationId = draft.statement.depositor.id;
  const chain = metadata.chain && nextLink(metadata.chain, organisationId, seen, () => nextId(receivedAtMs));
  const statement: Statement = { ...draft.statement, ...(chain && { chain }) };
  const encoded = encodeStatement(statement);
  const deposit: NewDeposit = {
    id: statement.id,
    organisationId,
    statement: encoded,
    leafHash: hashLeaf(encoded),
    receivedAtMs,
    sealByMs,
    ...(chain && { chain: { id: chain.id, sequence: chain.sequence } }),
    ...(idempotencyKey && { idempotencyKey }),
    ...(metadata.retain && original && { original: original.digests["sha-256"] }),
  };
  return { deposit, statement };
}

/** A deposit's place in its chain: the server gives it, and `previous` ties it to the one before. */
function nextLink(
  asked: NonNullable<DepositMetadata["chain"]>,
  organisationId: string,
  seen: Seen,
  newId: () => string,
): NonNullable<Statement["chain"]> {
  const head = asked.id === undefined ? undefined : seen.chainHead(asked.id);
  const field = "/metadata/chain/id";
  if (asked.id !== undefined && head === undefined)
    throw new Refusal("chain-unknown", "there is no such chain", { field, got: asked.id });
  if (head && head.organisationId !== organisationId)
    throw new Refusal("chain-of-another-organisation", "the chain is another organisation's", { field });
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
