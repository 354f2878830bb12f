/** add-checkpoint with its effects: what was judged is kept, marked, and only then answered. */
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import type { Logger } from "../../platform/logger.js";
import { type Answer, judgeSubmission, openSubmission } from "./add-checkpoint.js";
import type { TrustedLog } from "../configuration/logs.js";
import { copiedRoot } from "../ledger/copied-tree.js";
import { cosigner } from "./cosign.js";
import { keysOf } from "../memory/cosigner-keys.js";
import type { OpenNode } from "../memory/open-node.js";

export interface CheckpointTaker {
  readonly logs: readonly TrustedLog[];
  readonly node: Pick<OpenNode, "witnessKeys" | "checkpoints" | "ledgers" | "ownSignatures" | "refusal">;
  /** Is told that there is more to copy, and something new to tell. */
  readonly onCosigned: (origin: string) => void;
  readonly now: () => number;
  readonly logger: Pick<Logger, "warn">;
}

/** Makes what answers the body of an add-checkpoint request. */
export function checkpointTaker({ logs, node, onCosigned, now, logger }: CheckpointTaker) {
  const { witnessKeys, checkpoints, ledgers, ownSignatures, refusal } = node;
  const cosign = cosigner(keysOf(witnessKeys));
  return (body: Uint8Array): Answer => {
    const submission = openSubmission(body, { logs, verifiers: VERIFIERS });
    if (submission.kind !== "submission") return submission;
    const { origin, treeSize, rootHash } = submission.checkpoint;
    const behind = refusal(origin);
    if (behind !== undefined) return { kind: "memory-behind", message: behind };
    // SPEC: "The witness MUST persist the new checkpoint before responding. Note that checking the old size against the
    // latest checkpoint and persisting the new checkpoint must be performed atomically".
    const { answer, misconduct } = checkpoints.update(origin, (previous) =>
      judgeSubmission(submission, {
        previous,
        nowMs: now(),
        cosign,
        rootOf: (size) => copiedRoot(ledgers, origin, size),
      }),
    );
    if (misconduct)
      logger.warn({ origin, treeSize, kind: misconduct.kind }, "kept a checkpoint that does not fit");
    if (answer.kind === "cosigned") {
      ownSignatures.note(origin, witnessKeys.key.name, { treeSize, rootHash });
      onCosigned(origin);
    }
    return answer;
  };
}
