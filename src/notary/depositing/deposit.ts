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
import { hashLeafBy } from "../../core/merkle/hash.js";
import type { JsonValue } from "../../core/record/json.js";
import { encodeStatement, NONCE_BYTES, parseStatement, type Statement } from "../../core/record/statement.js";
import { formatTime } from "../../core/record/time.js";
import { refuseUnlessDepositor } from "../model/access.js";
import type { DepositRequest, DepositResult, Organisation, Principal } from "../model/model.js";
import type { Ports } from "../ports/ports.js";
import type { Decision, Draft, Worker } from "../ports/worker.js";
import { receiptFor, type ReceiptSigning, resultOf } from "./receipts.js";
import { Refusal } from "../model/refusal.js";
import type { NotarySettings } from "../model/settings.js";
import { keepOriginal, refusedWhereFull } from "./stage-original.js";

type DepositPorts = Pick<Ports, "now" | "nextId" | "randomBytes" | "hashOnce" | "receiptSigner">;

export interface DepositSettings extends Pick<NotarySettings, "sealing"> {
  readonly origin: string;
  /** Who records: only after that is a receipt signed. */
  readonly worker: Pick<Worker, "record" | "refuseHalted">;
  readonly canBeFinal: (organisation: Organisation) => boolean;
}

/** A deposit of which everything is known but its place in a chain. */
interface Drafted {
  readonly draft: Draft;
  readonly statement: Statement;
}

const MAX_STATEMENT_BYTES = 16 * 1024;

/** Resolves when the deposit is durable, with its receipt. */
export async function deposit(
  ports: DepositPorts,
  settings: DepositSettings,
  by: Principal,
  request: DepositRequest,
): Promise<DepositResult> {
  const { origin, worker } = settings;
  worker.refuseHalted("deposits");
  const drafted = draftOf(ports, settings, by, request);
  if (request.metadata.retain) await keepRetained(request);
  const [decision] = await worker.record([drafted.draft]);
  if (decision === undefined) throw new Error("internal: a draft has no outcome");
  // Committed: from here on it may be promised.
  return answerTo(drafted, decision, { origin, receiptSigner: ports.receiptSigner });
}

function answerTo({ draft, statement }: Drafted, decision: Decision, signing: ReceiptSigning): DepositResult {
  switch (decision.kind) {
    case "refused":
      throw decision.refusal;
    case "found":
      return resultOf(decision.deposited, signing, decision);
    case "recorded": {
      const { leafHash, chain } = decision;
      const { id, sealByMs } = draft;
      const placed = chain ? { ...statement, chain } : statement;
      return receiptFor({ id, statement: placed, leafHash, sealByMs }, signing, { replayed: false });
    }
  }
}

/** Everything that can be wrong with one request alone is found here, before it joins a group. */
function draftOf(
  ports: DepositPorts,
  { sealing, canBeFinal }: DepositSettings,
  by: Principal,
  request: DepositRequest,
): Drafted {
  refuseUnlessDepositor(by, "only a depositor's key deposits");
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
  const encoded = inRequest(() => encodeStatement(statement));
  if (encoded.length > MAX_STATEMENT_BYTES)
    throw new Refusal("request-invalid", "the statement would be too large", {
      field: "/metadata",
      got: `${encoded.length} bytes`,
      want: `at most ${MAX_STATEMENT_BYTES} bytes`,
    });
  const { chain } = metadata;
  const { idempotencyKey } = request;
  const draft: Draft = {
    id: statement.id,
    organisationId: by.organisation.id,
    receivedAtMs,
    sealByMs: receivedAtMs + sealing.afterMs + sealing.promiseMs,
    content: chain ? { statement, chain } : { encoded, leafHash: hashLeafBy(ports.hashOnce, encoded) },
    ...(idempotencyKey && { idempotencyKey }),
    ...(metadata.retain && original && { original: original.digests["sha-256"] }),
    canBeFinal: canBeFinal(by.organisation),
  };
  return { draft, statement };
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
