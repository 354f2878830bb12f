/** What a node says of itself: `GET /status`, for its operator. */
import { formatTime } from "../../core/record/time.js";
import type { TrustedLog } from "../configuration/logs.js";
import type { Copier } from "../copy/copier.js";
import { identityOf } from "../memory/cosigner-keys.js";
import type { Gossip } from "../gossip/gossip.js";
import type { OpenNode } from "../memory/open-node.js";

export interface StatusParts {
  readonly node: OpenNode;
  readonly logs: readonly TrustedLog[];
  readonly copiers: ReadonlyMap<string, Copier>;
  readonly gossip: Gossip;
}

export function statusOf(parts: StatusParts) {
  const { witnessKeys, mirrorKeys } = parts.node;
  return {
    ...identityOf(witnessKeys),
    mirror: mirrorKeys ? identityOf(mirrorKeys) : null,
    logs: parts.logs.map((log) => logStatus(parts, log)),
  };
}

function logStatus({ node, copiers, gossip }: StatusParts, { origin, originHash, url }: TrustedLog) {
  const { checkpoints, ledgers, refusal } = node;
  const cosigned = checkpoints.latest(origin);
  const mirrored = checkpoints.mirrored(origin);
  const error = copiers.get(origin)?.lastError();
  return {
    origin,
    originHash,
    url,
    cosignedSize: cosigned?.treeSize ?? null,
    cosignedAt: cosigned ? formatTime(cosigned.timeSeconds * 1000) : null,
    copiedSize: ledgers.copiedSize(origin),
    catchingUp: copiers.get(origin)?.catchingUp() ?? null,
    mirroredSize: mirrored?.treeSize ?? null,
    mirroredAt: mirrored ? formatTime(mirrored.timeSeconds * 1000) : null,
    refusal: refusal(origin) ?? null,
    peers: gossip.state(origin),
    misconducts: checkpoints.misconducts(origin).length,
    lastError: error ? { message: error.message, at: formatTime(error.atMs) } : null,
  };
}
