/** What a receipt promised, held against what came of it: by the public verifier, under the trust file, offline. */
import { base64 } from "../../src/core/bytes.js";
import { type Evidence, parseEvidence } from "../../src/core/evidence/evidence.js";
import { openReceipt, type Receipt } from "../../src/core/evidence/receipt.js";
import { hashStatement } from "../../src/core/record/statement.js";
import { verifyEvidence } from "../../src/core/verify/verify-evidence.js";
import { verifyEd25519 } from "../../src/platform/keys/ed25519.js";
import { inParallel } from "../story/eventually.js";
import type { SampleService } from "../story/sample-service.js";

/** Of an answer 201. */
export interface Promised {
  readonly id: string;
  /** base64 */
  readonly leafHash: string;
  readonly receipt: string;
}

export interface Kept {
  readonly promised: Promised;
  readonly receipt: Receipt;
  readonly bytes: Uint8Array;
  readonly evidence: Evidence;
}

const AT_ONCE = 8;

/** The evidence of each, in their order, once all are final. Throws for the first promise that is not kept. */
export function keptPromises(service: SampleService, all: readonly Promised[]): Promise<Kept[]> {
  return inParallel(all, AT_ONCE, (promised) => keptPromise(service, promised));
}

async function keptPromise(service: SampleService, promised: Promised): Promise<Kept> {
  const { consortium } = service;
  const receipt = openReceipt(promised.receipt, consortium.receipts.vkeys, { verifyEd25519 });
  const bytes = await service.evidence(promised.id);
  const { verdict, checks } = verifyEvidence({ evidence: bytes, consortium, verifyEd25519 });
  if (verdict !== "verified") throw new Error(`${promised.id}: ${verdict}, ${JSON.stringify(checks)}`);
  const evidence = parseEvidence(bytes);
  const { statement } = evidence;
  const want = {
    id: statement.id,
    leafHash: base64(hashStatement(statement)),
    origin: consortium.log.origin,
  };
  for (const got of [promised, { ...receipt, leafHash: base64(receipt.leafHash) }])
    for (const [name, value] of Object.entries(want))
      if (name in got && (got as Record<string, unknown>)[name] !== value)
        throw new Error(`${promised.id}: another ${name} in its evidence than in its receipt`);
  return { promised, receipt, bytes, evidence };
}

/** Sealed after the time that the receipt names. */
export const isLate = ({ receipt, evidence }: Kept): boolean =>
  Date.parse(evidence.batch.sealedAt) > Date.parse(receipt.sealBy);
