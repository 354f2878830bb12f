/** Deposits, their chains and idempotency keys in MongoDB: one document a group. */
import type { ClientSession, Connection, ProjectionType } from "mongoose";
import type { DepositContext, DepositScope, DepositStore, NewDeposit } from "../../notary/ports/deposits.js";
import { chainHeads, linksBetween, listChain } from "./chains.js";
import { blob, bytesOf } from "./schema/documents.js";
import type { Collections } from "./schema/collections.js";
import type { StepRow } from "./schema/deposits.js";
import { appendStep, type NextStep } from "./steps.js";
import { depositOf, depositsWhere, onlyDeposits, rowOf } from "./stored-deposit.js";
import { PATIENCE_MS } from "./server/connection.js";
import { refuseMissing, storing } from "./server/storing.js";

export function mongoDeposits(connection: Connection, collections: Collections): DepositStore {
  const { deposits, organisations } = collections;
  /** Organisations are never taken away. */
  const known = new Set<string>();
  const refuseUnknown = async (ids: readonly string[]): Promise<void> => {
    for (const id of new Set(ids)) {
      if (known.has(id)) continue;
      refuseMissing("organisation", await organisations.exists({ _id: id }));
      known.add(id);
    }
  };

  return {
    record: (scope, decide) =>
      appendStep(connection, deposits, async (lastSeq, session) => {
        const added = decide(await contextOf(deposits, scope, session));
        if (added.length === 0) return undefined;
        await refuseUnknown(added.map(({ organisationId }) => organisationId));
        return groupOf(lastSeq, added);
      }),
    findDeposit: async (id) => {
      const group = await deposits.findOne({ "deposits.id": id }, depositsWhere("id", [id])).lean<StepRow>();
      const row = group?.deposits?.[0];
      return row && depositOf(row);
    },
    chainHead: async (chainId) => (await chainHeads(deposits, [chainId], null)).get(chainId),
    resumeChain: ({ chainId, sequence }, decide) =>
      appendStep(connection, deposits, async (_lastSeq, session) => {
        const head = (await chainHeads(deposits, [chainId], session)).get(chainId);
        const [here] =
          sequence === undefined
            ? []
            : await linksBetween(deposits, chainId, { from: sequence, to: sequence, session });
        const last = decide(head, here && bytesOf(here.leafHash));
        if (last === "forked")
          return head?.isForked === true ? undefined : { word: { chainId, kind: "forked" } };
        const { organisationId, leafHash, shownAtMs } = last;
        await refuseUnknown([organisationId]);
        return {
          word: {
            ...{ chainId, kind: "shown", organisationId, sequence: last.sequence },
            ...{ leafHash: blob(leafHash), shownAtMs },
          },
        };
      }),
    listChain: (chainId, page) => listChain(deposits, chainId, page),
    // What no deposit names is forgotten: a server that does not know yet that it is the primary no more must not answer.
    isOriginalKept: (sha256) =>
      storing(async () => {
        const kept = await deposits
          .findOne({ "deposits.original": blob(sha256) }, { _id: 1 })
          .readConcern("linearizable")
          .maxTimeMS(PATIENCE_MS)
          .lean<StepRow>();
        return kept !== null;
      }),
  };
}

/** As a group names it. */
export const keyNameOf = (organisationId: string, key: string): string =>
  JSON.stringify([organisationId, key]);

/** Everything that the scope asks for, fetched before anything is decided. */
async function contextOf(
  deposits: Collections["deposits"],
  { ids, chainIds, idempotencyKeys }: DepositScope,
  session: ClientSession,
): Promise<DepositContext> {
  const names = idempotencyKeys.map(({ organisationId, key }) => keyNameOf(organisationId, key));
  const found = new Map(
    (await groupsWith(deposits, { "deposits.id": ids }, depositsWhere("id", ids), session))
      .flatMap((group) => group.deposits ?? [])
      .map((row) => [row.id, depositOf(row)]),
  );
  const heads = await chainHeads(deposits, chainIds, session);
  const keyed = await groupsWith(deposits, { "keys.name": names }, keysAndTheirDeposits(names), session);
  const replays = new Map(
    keyed.flatMap((group) => {
      const bySeq = new Map(group.deposits?.map((row) => [row.seq, row]));
      return (group.keys ?? []).flatMap(({ name, fingerprint, seq }) => {
        const row = bySeq.get(seq);
        return row ? [[name, { fingerprint: bytesOf(fingerprint), deposit: depositOf(row) }] as const] : [];
      });
    }),
  );
  return {
    deposit: within(ids, (id: string) => id, found),
    chainHead: within(chainIds, (chainId: string) => chainId, heads),
    replay: within(names, keyNameOf, replays),
  };
}

/** A look-up that knows what was fetched from what was never asked for. */
function within<Asked extends readonly string[], Value>(
  scope: readonly string[],
  keyOf: (...asked: Asked) => string,
  found: ReadonlyMap<string, Value>,
): (...asked: Asked) => Value | undefined {
  const fetched = new Set(scope);
  return (...asked) => {
    const key = keyOf(...asked);
    if (!fetched.has(key)) throw new Error(`internal: ${key} is outside the scope of the group`);
    return found.get(key);
  };
}

async function groupsWith(
  deposits: Collections["deposits"],
  field: Readonly<Record<string, readonly string[]>>,
  projection: ProjectionType<StepRow>,
  session: ClientSession,
): Promise<readonly StepRow[]> {
  const [[name, values] = ["", []]] = Object.entries(field);
  if (values.length === 0) return [];
  return deposits
    .find({ [name]: { $in: values } }, projection)
    .session(session)
    .lean<StepRow[]>();
}

const keysAndTheirDeposits = (names: readonly string[]) => {
  const asked = { $in: ["$$key.name", { $literal: names }] };
  const keys = { $filter: { input: "$keys", as: "key", cond: asked } };
  const seqs = { $map: { input: keys, as: "key", in: "$$key.seq" } };
  return onlyDeposits({ $in: ["$$this.seq", seqs] }, { keys });
};

/** The document of a group. Throws where two of its deposits want one place: an index holds only documents apart. */
function groupOf(lastSeq: number, added: readonly NewDeposit[]): NextStep {
  const links = added.flatMap(({ chain }) => (chain ? { chainId: chain.id, sequence: chain.sequence } : []));
  const keys = added.flatMap(({ organisationId, idempotencyKey }, i) =>
    idempotencyKey
      ? {
          name: keyNameOf(organisationId, idempotencyKey.key),
          fingerprint: blob(idempotencyKey.fingerprint),
          seq: lastSeq + 1 + i,
        }
      : [],
  );
  refuseTwice(
    "id",
    added.map(({ id }) => id),
  );
  refuseTwice(
    "place in a chain",
    links.map(({ chainId, sequence }) => JSON.stringify([chainId, sequence])),
  );
  refuseTwice(
    "idempotency key",
    keys.map(({ name }) => name),
  );
  return {
    deposits: added.map((deposit, i) => rowOf(lastSeq + 1 + i, deposit)),
    ...(links.length > 0 && { links }),
    ...(keys.length > 0 && { keys }),
  };
}

function refuseTwice(what: string, names: readonly string[]): void {
  if (new Set(names).size < names.length)
    throw new Error(`couldn't store: two deposits of a group have the same ${what}`);
}
