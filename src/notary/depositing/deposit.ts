/**
 * Depositing: a request becomes a statement, a statement a row, a row a receipt; in this order.
 *
 * Crash story: the original (where kept) is durable, then the statement commits with its chain place and its
 * idempotency key in one step, and only after the commit is the receipt signed and sent. So every receipt that ever
 * left names a statement that is stored. A crash before the commit promised nothing; a crash after it, before the
 * answer, leaves a deposit without a receipt, which the same idempotency key will fetch.
 */
import { base64, equalBytes } from "../../core/bytes.js";
import { type ContentDigests, encodeDigests } from "../../core/digest/digests.js";
import { ParseError } from "../../core/errors.js";
import type { JsonValue } from "../../core/record/json.js";
import { encodeStatement, NONCE_BYTES, parseStatement } from "../../core/record/statement.js";
import { formatTime } from "../../core/record/time.js";
import { type Decision, decideGroup, type Draft } from "./decide-group.js";
import { groupCommit, type Outcome } from "./group-commit.js";
import type { DepositRequest, DepositResult, Organisation, Principal } from "../model/model.js";
import type { Ports } from "../ports/ports.js";
import { resultOf } from "./receipts.js";
import { Refusal } from "../model/refusal.js";
import type { NotarySettings } from "../model/settings.js";
import { keepOriginal, refusedWhereFull, refuseWithoutSpace } from "./stage-original.js";

type DepositPorts = Pick<
  Ports,
  "store" | "now" | "monotonicMs" | "nextId" | "randomBytes" | "receiptSigner" | "freeBytes"
>;

export interface DepositSettings extends Pick<NotarySettings, "sealing" | "minFreeBytes"> {
  readonly origin: string;
  /** Throws while this notary takes no deposits. */
  readonly refuseHalted: () => void;
  readonly canBeFinal: (organisation: Organisation) => boolean;
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

export function createDepositing(ports: DepositPorts, settings: DepositSettings): Depositing {
  const group = groupCommit<Draft, DepositResult>(
    async (drafts) => {
      try {
        // Again: what was received before may have waited.
        settings.refuseHalted();
        await refuseWithoutSpace(ports, { of: "data", minFreeBytes: settings.minFreeBytes });
        return await commitGroup(ports, settings, drafts);
      } catch (error) {
        throw refusedWhereFull(error);
      }
    },
    { maxGroup: MAX_GROUP, maxWaiting: MAX_WAITING },
  );
  return {
    deposit: async (by, request) => {
      settings.refuseHalted();
      const draft = draftOf(ports, settings, by, request);
      if (request.metadata.retain) await keepRetained(request);
      return group.submit(draft);
    },
    close: () => group.close(),
  };
}

/** Everything that can be wrong with one request alone is found here, before it joins a group. */
function draftOf(
  ports: DepositPorts,
  { sealing, canBeFinal }: DepositSettings,
  by: Principal,
  request: DepositRequest,
): Draft {
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
  if (original && request.digestsBy !== "service")
    throw new Error("internal: the service digests what it stages");
  const receivedAtMs = ports.now();
  const { recordType, name, createdAt, source, clientRef } = metadata;
  const statement = inRequest(() =>
    parseStatement({
      type: "cunzheng/statement@v1",
      id: ports.nextId(receivedAtMs),
      depositor: by.organisation,
      recordType,
      // Both digests where we saw the bytes ourselves.
      digests: encodeDigests((original ?? request).digests),
      digestsBy: request.digestsBy,
      size: request.size,
      mediaType: request.mediaType,
      receivedAt: formatTime(receivedAtMs),
      nonce: base64(ports.randomBytes(NONCE_BYTES)),
      ...(request.canonicalization && { canonicalization: request.canonicalization }),
      ...(name !== undefined && { name }),
      ...(createdAt !== undefined && { createdAt }),
      ...(source !== undefined && { source }),
      ...(clientRef !== undefined && { clientRef }),
    } as unknown as JsonValue),
  );
  const { length } = inRequest(() => encodeStatement(statement));
  if (length > MAX_STATEMENT_BYTES)
    throw new Refusal("request-invalid", "the statement would be too large", {
      field: "/metadata",
      got: `${length} bytes`,
      want: `at most ${MAX_STATEMENT_BYTES} bytes`,
    });
  return {
    statement,
    receivedAtMs,
    begunMs: ports.monotonicMs(),
    sealByMs: receivedAtMs + sealing.afterMs + sealing.promiseMs,
    request,
    canBeFinal: canBeFinal(by.organisation),
  };
}

const IN_METADATA = /^\/(?:recordType|name|createdAt|source|clientRef)(?:\/|$)/;

/** What a statement takes from the metadata is named where the request has it. */
function inRequest<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ParseError) || !IN_METADATA.test(error.detail.field ?? "")) throw error;
    throw new ParseError(error.code, error.message, {
      ...error.detail,
      field: `/metadata${error.detail.field ?? ""}`,
    });
  }
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

async function commitGroup(
  ports: DepositPorts,
  settings: DepositSettings,
  drafts: readonly Draft[],
): Promise<Outcome<DepositResult>[]> {
  let decisions: readonly Decision[] = [];
  try {
    await ports.store.record(scopeOf(drafts), (context) => {
      const decided = decideGroup(drafts, context, ports.nextId);
      decisions = decided.decisions;
      return decided.add;
    });
  } finally {
    // Whatever the store says: a step that failed may have taken effect, and then somebody has to look.
    const first = drafts[0];
    if (first) settings.noteDeposits(drafts.length, ports.monotonicMs() - first.begunMs);
  }
  // Committed: from here on it may be promised.
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
