/**
 * Changes of the consortium that its honest members have approved, one after the other: never two alternatives at one time.
 * The log may put them on whichever of its branches it likes, where it likes, or withhold them. Who counts on a branch is
 * what a reader makes of that branch's own entries.
 */
import { VerificationError } from "../../src/core/errors.js";
import { signApproval } from "../../src/core/membership/approval.js";
import {
  type Change,
  CHANGE_TYPE,
  type ConsortiumChange,
  encodeConsortiumChange,
  hashTrustFile,
  printTrustFile,
} from "../../src/core/membership/change.js";
import { beginHistory, continueHistory } from "../../src/core/membership/history.js";
import { resultOfChange } from "../../src/core/membership/verify-change.js";
import { type Consortium, parseConsortium } from "../../src/core/trust/consortium.js";
import type { TrustFile } from "../../src/core/trust/trust-file.js";
import type { SigningKey } from "../../src/platform/keys/keys.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import type { Random } from "../../scripts/random.js";
import { type HonestNode, mirrorOf, newcomer } from "./honest-nodes.js";
import type { Branch } from "./lying-log.js";

export const CHANGES = ["none", "quorum", "retire", "rotate", "join"] as const;
export type ChangesOf = (typeof CHANGES)[number];

const JUST_BEYOND = 4;

export class ApprovedChanges {
  readonly first: TrustFile;
  readonly #kind: ChangesOf;
  readonly #nodes: readonly HonestNode[];
  readonly #random: Random;
  /** By the revision that each changes. */
  readonly #approved: Uint8Array[] = [];
  /** By branch and size: branches share their beginnings, and most have no change. */
  readonly #trust = new Map<string, Consortium>();
  #rotating: { readonly node: HonestNode; readonly key: SigningKey } | undefined;

  constructor(first: TrustFile, nodes: readonly HonestNode[], random: Random, kind: ChangesOf) {
    [this.first, this.#nodes, this.#random, this.#kind] = [first, nodes, random, kind];
  }

  get count(): number {
    return this.#approved.length;
  }

  /** The node whose new key is on its way. */
  get rotating(): HonestNode | undefined {
    return this.#rotating?.node;
  }

  /** The node signs with its new key from now on. */
  rotate(): void {
    this.#rotating?.node.useNewMirrorKey();
    this.#rotating = undefined;
  }

  /** The entry that may follow on this branch; undefined where the members have nothing to change any more. */
  next({ entries }: Branch): Uint8Array | undefined {
    const before = this.#presentAt(entries);
    const revision = before.revision ?? 0;
    const approved = this.#approved[revision] ?? this.#approve(before, entries.length, revision);
    if (approved !== undefined) this.#approved[revision] = approved;
    return approved;
  }

  /** Whose signatures count on the first `treeSize` entries, for whoever has read them. */
  trustAt({ entries }: Branch, treeSize: number): Consortium {
    const present = this.#presentAt(entries.slice(0, treeSize));
    const name = hashTrustFile(present);
    const known = this.#trust.get(name) ?? parseConsortium(printTrustFile(present));
    this.#trust.set(name, known);
    return known;
  }

  #presentAt(entries: readonly Uint8Array[]): TrustFile {
    if (this.#approved.length === 0) return this.first;
    return entries.reduce(
      (history, entry, index) => continueHistory(history, { index, entry }, VERIFIERS),
      beginHistory(this.first),
    ).present;
  }

  #approve(before: TrustFile, index: number, revision: number): Uint8Array | undefined {
    const change = this.#changeOf(index + this.#random.between(1, JUST_BEYOND), revision);
    const result = change && soundResult(before, change);
    if (change === undefined || result === undefined) return undefined;
    const proposal: ConsortiumChange = {
      type: CHANGE_TYPE,
      id: "01KATVRA0TEXAMP1E0000000C1",
      origin: before.log.origin,
      before: hashTrustFile(before),
      after: hashTrustFile(result),
      proposedAt: "2026-11-25T08:00:00.000Z",
      reason: "示例原因",
      change,
      approvals: [],
    };
    const holders = this.#nodes.filter(({ mirrorKey }) =>
      before.witnesses.some(({ vkeys }) => vkeys.includes(mirrorKey.vkey)),
    );
    const approvals = holders.map(({ mirrorKey }) => signApproval(proposal, 1_795_600_000, mirrorKey));
    return encodeConsortiumChange({ ...proposal, approvals });
  }

  #changeOf(from: number, revision: number): Change | undefined {
    const quorum = (total: number): Change => ({
      kind: "change-quorum",
      quorum: { total, roles: { court: 1, bank: 1 }, excludeParties: true, mirrorsOnly: true },
      from,
    });
    const counting = this.#nodes.slice(0, -1);
    const node = counting[this.#random.between(0, counting.length - 1)] as HonestNode;
    const comer = this.#nodes.at(-1) as HonestNode;
    const steps: Readonly<Record<ChangesOf, readonly (() => Change)[]>> = {
      none: [],
      quorum: [() => quorum(4), () => quorum(3)],
      // A court or a bank is left of each two.
      retire: [() => ({ kind: "retire-witness", name: node.mirrorKey.name, until: from })],
      rotate: [
        () => {
          const key = node.makeMirrorKey();
          this.#rotating = { node, key };
          return { kind: "rotate-key", name: key.name, until: from, vkeys: [key.vkey], from };
        },
      ],
      join: [
        () => ({ kind: "add-organisation", organisation: newcomer }),
        () => quorum(4),
        () => ({ kind: "add-witness", witness: { ...mirrorOf(comer), from } }),
      ],
    };
    return steps[this.#kind][revision]?.();
  }
}

/** Undefined for a change that its members' own programs refuse to approve. */
function soundResult(before: TrustFile, change: Change): TrustFile | undefined {
  try {
    return resultOfChange(before, change);
  } catch (error) {
    if (error instanceof VerificationError) return undefined;
    throw error;
  }
}
