/** Cosignatures under every trust file that the ledger has had, what they made final, and time-stamps. */
import { equalBytes, utf8 } from "../../core/bytes.js";
import { parseNote } from "../../core/ledger/note.js";
import type { VerifierKey } from "../../core/ledger/vkey.js";
import { cosignerVkeys } from "../../core/trust/consortium.js";
import { openCosignatures } from "../../core/witness/cosignature.js";
import { isFinalFor } from "../../notary/finality/finality.js";
import { verifiedCosignatures } from "../../notary/finality/stored-cosignatures.js";
import type { StoredCosignature } from "../../notary/ports/cosignatures.js";
import type { StoredCheckpoint } from "../../notary/ports/ledger.js";
import type { StoredTimestamp } from "../../notary/ports/timestamps.js";
import { IMPRINT_DIGESTS, imprintDigestOf } from "../../pki/der/algorithms.js";
import {
  claimedAuthorities,
  parseTimestampToken,
  verifyTimestampToken,
} from "../../pki/timestamps/timestamp-token.js";
import { timestampAnchors } from "../../pki/x509/authorities.js";
import { verifyX509Signature } from "../../platform/keys/x509-signature.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import type { Checking, Finding, Findings } from "./finding.js";

export async function* checkFinality(checking: Checking): Findings {
  yield* checkCosignatures(checking);
  yield* checkFinalities(checking);
  yield* checkDeferred(checking);
  yield* checkTimestamps(checking);
}

/** Looks checkpoints up that are asked for one size after another. */
function openCheckpoints({ store }: Checking) {
  let known: { readonly treeSize: number; readonly checkpoint: StoredCheckpoint | undefined } | undefined;
  return async (treeSize: number): Promise<StoredCheckpoint | undefined> => {
    if (known?.treeSize !== treeSize) known = { treeSize, checkpoint: await store.findCheckpoint(treeSize) };
    return known.checkpoint;
  };
}

const noCheckpoint = (what: string, treeSize: number): Finding => ({
  code: "reference-missing",
  what: `${what} is of a checkpoint of ${treeSize} entries, which is not there`,
});

async function* checkCosignatures(checking: Checking): Findings {
  const { store, ever, tell } = checking;
  const vkeys = [...new Map(ever.flatMap(cosignerVkeys).map((vkey) => [vkey.text, vkey])).values()];
  const checkpointOf = openCheckpoints(checking);
  const of = await store.count("cosignatures");
  let [done, size, expected] = [0, -1, 0];
  for await (const { treeSize, place, ...cosignature } of store.rows("cosignatures")) {
    if (store.mayGrow && treeSize > store.treeSize) continue;
    [size, expected] = treeSize === size ? [size, expected + 1] : [treeSize, 0];
    const what = `cosignature ${expected} of ${cosignature.name} on checkpoint ${treeSize}`;
    if (place !== expected) yield { code: "row-differs", what: `${what} stands at place ${place}` };
    const checkpoint = await checkpointOf(treeSize);
    if (checkpoint === undefined) yield noCheckpoint(what, treeSize);
    else yield* checkCosignature(what, cosignature, { checkpoint, vkeys });
    done += 1;
    if (done % 1024 === 0) tell("cosignatures", done, of);
  }
}

function* checkCosignature(
  what: string,
  { name, keyId, timeSeconds, line }: StoredCosignature,
  { checkpoint, vkeys }: { readonly checkpoint: StoredCheckpoint; readonly vkeys: readonly VerifierKey[] },
): Generator<Finding> {
  const known = vkeys.filter((vkey) => vkey.name === name && vkey.keyId === keyId);
  if (known.length === 0) {
    yield { code: "cosignature-unknown", what: `${what} is of a key that no trust file names` };
    return;
  }
  try {
    const [opened] = openCosignatures(parseNote(`${checkpoint.note}${line}\n`), known, VERIFIERS);
    if (opened?.timeSeconds !== timeSeconds || opened.line !== line)
      yield { code: "cosignature-invalid", what: `${what} is not what its row says` };
  } catch (error) {
    yield { code: "cosignature-invalid", what: `${what} does not hold: ${(error as Error).message}` };
  }
}

async function* checkFinalities(checking: Checking): Findings {
  const { store, trusted, tell } = checking;
  const of = await store.count("finalities");
  let [done, before]: [number, { readonly depositorClass: string; readonly finalAtMs: number } | undefined] =
    [0, undefined];
  for await (const finality of store.rows("finalities")) {
    const { depositorClass, treeSize, finalAtMs } = finality;
    if (store.mayGrow && treeSize > store.treeSize) continue;
    const what = `that checkpoint ${treeSize} is final${depositorClass === "" ? "" : ` for ${depositorClass}`}`;
    const checkpoint = await store.findCheckpoint(treeSize);
    if (checkpoint === undefined) yield noCheckpoint(what, treeSize);
    else {
      const stored = await store.cosignatures(treeSize);
      const firstMs = Math.min(...stored.map(({ storedAtMs }) => storedAtMs));
      // Some batches of it may be deferred, so that no time of sealing is demanded here.
      const holds = isFinalFor(depositorClass, checkpoint, verifiedCosignatures(stored, trusted), trusted, 0);
      if (!holds || finalAtMs < firstMs)
        yield { code: "finality-mismatch", what: `${what} is not so by the cosignatures that are stored` };
      if (before?.depositorClass === depositorClass && finalAtMs < before.finalAtMs)
        yield { code: "finality-mismatch", what: `${what} was so before a smaller one was` };
    }
    before = finality;
    done += 1;
    if (done % 1024 === 0) tell("finalities", done, of);
  }
}

async function* checkDeferred({ store, trusted }: Checking): Findings {
  for await (const { depositorClass, ledgerIndex, sealedAtMs, final } of store.rows("deferred")) {
    if (store.mayGrow && ledgerIndex >= store.treeSize) continue;
    const what = `entry ${ledgerIndex}, which is deferred,`;
    if (final === undefined) continue;
    const checkpoint = await store.findCheckpoint(final.treeSize);
    if (checkpoint === undefined) yield noCheckpoint(what, final.treeSize);
    else {
      const cosigned = verifiedCosignatures(await store.cosignatures(final.treeSize), trusted);
      if (
        final.treeSize <= ledgerIndex ||
        !isFinalFor(depositorClass, checkpoint, cosigned, trusted, sealedAtMs)
      )
        yield { code: "finality-mismatch", what: `${what} is not final by checkpoint ${final.treeSize}` };
    }
  }
}

async function* checkTimestamps(checking: Checking): Findings {
  const { store } = checking;
  const checkpointOf = openCheckpoints(checking);
  let [size, expected] = [-1, 0];
  for await (const { treeSize, place, ...timestamp } of store.rows("timestamps")) {
    if (store.mayGrow && treeSize > store.treeSize) continue;
    [size, expected] = treeSize === size ? [size, expected + 1] : [treeSize, 0];
    const what = `the time-stamp of ${timestamp.authority} on checkpoint ${treeSize}`;
    if (place !== expected) yield { code: "row-differs", what: `${what} stands at place ${place}` };
    const checkpoint = await checkpointOf(treeSize);
    if (checkpoint === undefined) yield noCheckpoint(what, treeSize);
    else yield* checkTimestamp(what, timestamp, { note: checkpoint.note, checking });
  }
}

function* checkTimestamp(
  what: string,
  { token: bytes, genTimeMs }: StoredTimestamp,
  { note, checking: { ever } }: { readonly note: string; readonly checking: Checking },
): Generator<Finding> {
  try {
    const token = parseTimestampToken(bytes);
    const message = utf8(parseNote(note).text);
    const { algorithm, digest } = token.info.imprint;
    if (token.info.genTimeMs !== genTimeMs) throw new Error("it gives another time than its row");
    if (!equalBytes(IMPRINT_DIGESTS[imprintDigestOf(algorithm)](message), digest))
      throw new Error("it is of other bytes");
    const questions = ever.map((consortium) => ({
      ...{ token, message, ...timestampAnchors(consortium), verify: verifyX509Signature },
    }));
    // Where no trust file names its authority, nobody counts it, and nothing more can be said.
    const question = questions.find((one) => claimedAuthorities(one).length > 0);
    if (question !== undefined) verifyTimestampToken(question);
  } catch (error) {
    yield { code: "timestamp-invalid", what: `${what} does not hold: ${(error as Error).message}` };
  }
}
