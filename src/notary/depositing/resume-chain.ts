/**
 * Going on with a chain after a backup was put back. What was deposited after the backup is not in the store, so the last
 * link that the store knows need not be the chain's last: to take a deposit then would give a place twice. So the chain is
 * held until its depositor has shown the last link, proved by evidence or by the receipt that this notary signed for it, or
 * has said that nothing came after the one that is known. A chain of which the store knows nothing is taken up the same way.
 *
 * What is shown is signed, so that it proves which places have been given: a later link is taken up as long as no deposit of
 * this store has taken a place after the word that was given last. Where one has, or where two links are proved to
 * stand at one place, the chain is forked, and nothing follows it any more.
 */
import { base64, equalBytes } from "../../core/bytes.js";
import { ParseError, VerificationError } from "../../core/errors.js";
import { parseEvidence } from "../../core/evidence/evidence.js";
import { openReceipt } from "../../core/evidence/receipt.js";
import type { Verifiers } from "../../core/ledger/verifiers.js";
import type { Hash } from "../../core/merkle/hash.js";
import { hashStatement, type Statement } from "../../core/record/statement.js";
import { verifyEvidence } from "../../core/verify/verify-evidence.js";
import type { Consortium } from "../../core/trust/consortium.js";
import { refuseOthersChain, refuseUnlessDepositor } from "../model/access.js";
import type { Principal, ResumedChain, ShownLink } from "../model/model.js";
import type { ChainHead } from "../ports/deposits.js";
import type { Ports } from "../ports/ports.js";
import { Refusal } from "../model/refusal.js";

type ResumePorts = Pick<Ports, "store" | "createDigester" | "now" | keyof Verifiers>;

export async function resumeChain(
  ports: ResumePorts,
  consortium: Consortium,
  by: Principal,
  { chainId, shown }: { readonly chainId: string; readonly shown: ShownLink },
): Promise<ResumedChain> {
  refuseUnlessDepositor(by, "only a depositor's key goes on with a chain");
  const statement = "nothingAfter" in shown ? undefined : provedStatement(ports, consortium, shown);
  const place = statement && placeOf(statement, by, chainId);
  let answer: ResumedChain | Refusal | undefined;
  const scope = { chainId, ...(place && { sequence: place.sequence }) };
  await ports.store.resumeChain(scope, (known, leafHashHere) => {
    if (known !== undefined) refuseOthersChain(by.organisation.id, known, {});
    if ("nothingAfter" in shown) refuseOtherLength(known, shown.nothingAfter);
    const fork = forkOf(known, place, leafHashHere);
    if (fork) {
      answer = fork;
      return "forked";
    }
    const last = place ?? known;
    if (last === undefined) throw new Error(`internal: the chain ${chainId} has no last link`);
    const { organisationId, sequence, leafHash } = last;
    answer = { id: chainId, length: sequence, head: leafHash };
    return { chainId, organisationId, sequence, leafHash, shownAtMs: ports.now() };
  });
  if (answer === undefined) throw new Error(`internal: nothing was decided of the chain ${chainId}`);
  if (answer instanceof Refusal) throw answer;
  return answer;
}

/** The statement, once the ledger or this notary's own receipt says that it was deposited. */
function provedStatement(
  ports: ResumePorts,
  consortium: Consortium,
  shown: Exclude<ShownLink, { readonly nothingAfter: number }>,
): Statement {
  if ("evidence" in shown) {
    const { createDigester, verifyEd25519, verifyMlDsa44 } = ports;
    const { verdict, checks } = verifyEvidence({
      ...{ evidence: shown.evidence, consortium, createDigester, verifyEd25519, verifyMlDsa44 },
    });
    if (verdict === "verified") return parseEvidence(shown.evidence).statement;
    const failed = checks.find(({ result }) => result === "failed");
    throw invalid(
      "/evidence",
      failed?.code ?? verdict,
      "evidence that verifies under this service's trust file",
    );
  }
  const { statement, receipt } = shown;
  try {
    const { origin, id, leafHash } = openReceipt(receipt, consortium.receipts.vkeys, ports);
    const isOfIt =
      origin === consortium.log.origin &&
      id === statement.id &&
      equalBytes(leafHash, hashStatement(statement));
    if (isOfIt) return statement;
  } catch (error) {
    if (!(error instanceof ParseError) && !(error instanceof VerificationError)) throw error;
    throw invalid("/receipt", error.code, "a receipt that this service has signed");
  }
  throw invalid("/receipt", "a receipt for something else", "the receipt for this very statement");
}

interface ShownPlace extends Pick<ChainHead, "organisationId" | "sequence" | "leafHash"> {
  readonly previous?: string;
}

function placeOf(statement: Statement, by: Principal, chainId: string): ShownPlace {
  refuseOthersChain(by.organisation.id, { organisationId: statement.depositor.id }, {});
  const { chain } = statement;
  if (chain?.id !== chainId) throw invalid("/statement/chain/id", chain?.id ?? "no chain", chainId);
  return {
    ...{ organisationId: by.organisation.id, sequence: chain.sequence, leafHash: hashStatement(statement) },
    ...(chain.previous !== undefined && { previous: chain.previous }),
  };
}

/** Undefined where the link that is shown is the known one, or can be after it. Throws where it is before it. */
function forkOf(
  known: ChainHead | undefined,
  place: ShownPlace | undefined,
  leafHashHere: Hash | undefined,
): Refusal | undefined {
  if (known === undefined) return undefined;
  const fork = new Refusal(
    "chain-link-contradicts",
    "two links stand at one place in the chain: begin another chain",
    {
      got: String(place?.sequence ?? known.sequence),
      want: `after ${known.sequence}, ${base64(known.leafHash)}`,
    },
  );
  if (known.isForked === true) return fork;
  if (place === undefined) return undefined;
  const { sequence, leafHash, previous } = place;
  if (sequence < known.sequence) {
    if (leafHashHere !== undefined && !equalBytes(leafHash, leafHashHere)) return fork;
    throw otherLength(sequence, known.sequence);
  }
  if (sequence === known.sequence) return equalBytes(leafHash, known.leafHash) ? undefined : fork;
  if (sequence === known.sequence + 1) return previous === base64(known.leafHash) ? undefined : fork;
  const { isHeld = false, resumedAt = known.sequence } = known;
  return isHeld || resumedAt >= known.sequence ? undefined : fork;
}

function refuseOtherLength(known: ChainHead | undefined, length: number): void {
  if (known === undefined) throw new Refusal("chain-unknown", "there is no such chain");
  if (known.sequence !== length) throw otherLength(length, known.sequence);
}

const otherLength = (got: number, want: number) =>
  new Refusal("chain-sequence-mismatch", "the last link that is known is another one", {
    got: String(got),
    want: String(want),
  });
const invalid = (field: string, got: string, want: string) =>
  new Refusal("chain-link-invalid", "the link is not proved", { field, got, want });
