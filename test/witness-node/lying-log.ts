/**
 * A log that lies as it likes, and signs every lie: it forks, rolls back, shows other trees to other nodes and uses sizes
 * again. What it does is drawn from a seed; the honest nodes under it are made of the node's own parts, without HTTP.
 */
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { base64, concatBytes, hex, utf8 } from "../../src/core/bytes.js";
import { sha256 } from "../../src/core/digest/sha256.js";
import { encodeCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { encodeNote, formatSignatureLine } from "../../src/core/ledger/note.js";
import { formatVkey, parseVkey, SIGNATURE_TYPE, type VerifierKey } from "../../src/core/ledger/vkey.js";
import { type Hash, hashLeaf } from "../../src/core/merkle/hash.js";
import { proveConsistency, proveSubtreeConsistency, rootOfLeaves } from "../../src/core/merkle/tree.js";
import { encodeAddEntriesHeader, encodeEntryPackage, packageAt } from "../../src/core/witness/add-entries.js";
import { encodeAddCheckpoint } from "../../src/core/witness/add-checkpoint.js";
import type { TrustedLog } from "../../src/witness-node/configuration/logs.js";
import type { ShownByLog } from "./honest-nodes.js";

const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const key = createPrivateKey({
  key: Buffer.concat([PKCS8_PREFIX, Buffer.alloc(32, 7)]),
  format: "der",
  type: "pkcs8",
});
const publicKey = new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32));

/** One of the ledgers that it would like to have been the only one. */
export interface Branch {
  readonly entries: readonly Uint8Array[];
  readonly leaves: readonly Hash[];
}

export interface Head {
  readonly treeSize: number;
  readonly rootHash: Hash;
}

export class LyingLog {
  readonly vkey: VerifierKey;
  readonly trusted: TrustedLog;
  readonly branches: Branch[] = [];
  readonly #origin: string;
  #entries = 0;

  constructor(origin: string) {
    this.#origin = origin;
    this.vkey = parseVkey(formatVkey({ name: origin, type: SIGNATURE_TYPE.ed25519, publicKey }));
    const originHash = hex(sha256(utf8(origin)));
    this.trusted = { origin, originHash, vkeys: [this.vkey], url: "http://log.invalid" };
  }

  /** Its first `size` entries are those of `beginning`; `more` follow that are in no other branch. */
  branch(beginning: Branch | undefined, size: number, more: number): Branch {
    const own = Array.from({ length: more }, () => utf8(`entry ${this.#entries++}`));
    return this.#grow(beginning, size, own);
  }

  /** All of a branch, and one entry that may stand in others too. */
  branchWith(beginning: Branch, entry: Uint8Array): Branch {
    return this.#grow(beginning, beginning.leaves.length, [entry]);
  }

  #grow(beginning: Branch | undefined, size: number, own: readonly Uint8Array[]): Branch {
    const branch = {
      entries: [...(beginning?.entries.slice(0, size) ?? []), ...own],
      leaves: [...(beginning?.leaves.slice(0, size) ?? []), ...own.map(hashLeaf)],
    };
    this.branches.push(branch);
    return branch;
  }

  /** The checkpoint of a branch as the log serves it, and its tiles. */
  shown(branch: Branch, treeSize: number): ShownByLog {
    const leaves = branch.leaves.slice(0, treeSize);
    return {
      note: this.note(branch, treeSize),
      tiles: {
        name: "the log",
        tile: async ({ level, index, width }) => {
          const span = 256 ** level;
          const hashes = Array.from({ length: width }, (_, i) => {
            const first = (index * 256 + i) * span;
            if (first + span > leaves.length) throw new Error("404");
            return rootOfLeaves(leaves.slice(first, first + span));
          });
          return concatBytes(...hashes);
        },
        entries: () => Promise.reject(new Error("nobody asks for entries")),
      },
    };
  }

  head({ leaves }: Branch, treeSize: number): Head {
    return { treeSize, rootHash: rootOfLeaves(leaves.slice(0, treeSize)) };
  }

  /** A request for a checkpoint of this branch, as if the node had cosigned the branch at `oldSize`. */
  request(branch: Branch, treeSize: number, oldSize: number): Uint8Array {
    const proof =
      oldSize > 0 && oldSize < treeSize
        ? proveConsistency(branch.leaves.slice(0, treeSize), oldSize).path
        : [];
    return encodeAddCheckpoint({ oldSize, proof, checkpoint: this.note(branch, treeSize) });
  }

  note(branch: Branch, treeSize: number): string {
    const text = encodeCheckpointText({ origin: this.#origin, ...this.head(branch, treeSize) });
    const line = formatSignatureLine(this.#origin, this.vkey.keyId, sign(null, utf8(text), key));
    return encodeNote(text, [line]);
  }

  /** All of an upload; the proofs are to this branch's tree of `end` entries. */
  upload({ entries, leaves }: Branch, start: number, end: number): Uint8Array {
    const parts = [
      encodeAddEntriesHeader({
        origin: this.#origin,
        uploadStart: start,
        uploadEnd: end,
        ticket: new Uint8Array(0),
      }),
    ];
    for (let at = packageAt(start, end); at; at = packageAt(at.end, end)) {
      const subtree = { start: at.subtreeStart, end: at.end };
      const proof = proveSubtreeConsistency(leaves.slice(0, end), subtree).path;
      parts.push(encodeEntryPackage({ entries: entries.slice(at.start, at.end), proof }));
    }
    return concatBytes(...parts);
  }
}

export const nameOfHead = ({ treeSize, rootHash }: Head): string => `${treeSize} ${base64(rootHash)}`;
