/**
 * A node that is witness and mirror at the notary's port, without HTTP: it keeps the rules of tlog-mirror with core's
 * own verification, and can be made slow, dead, forgetful or odd. The real program stands behind the same port in
 * test/story.
 */
import { parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { type Hash, hashLeaf } from "../../src/core/merkle/hash.js";
import { verifySubtreeConsistency } from "../../src/core/merkle/subtree-consistency.js";
import { rootOfLeaves } from "../../src/core/merkle/tree.js";
import type { AddCheckpointRequest } from "../../src/core/witness/add-checkpoint.js";
import { packageAt } from "../../src/core/witness/add-entries.js";
import type {
  AddCheckpointAnswer,
  AddEntriesAnswer,
  AddEntriesRequest,
} from "../../src/notary/ports/nodes.js";
import type { SigningKey } from "../../src/platform/keys/keys.js";
import { aborted, WitnessDouble } from "./witness-double.js";

export class MirrorDouble extends WitnessDouble {
  readonly mirrorKey: SigningKey;
  secondMirrorKey: SigningKey | undefined;
  /** By size: the text and root of each checkpoint that it knows. */
  readonly pending = new Map<number, { readonly text: string; readonly rootHash: Hash }>();
  leafHashes: Hash[] = [];
  mirroredSize = 0;
  /** Every size that it has mirrored, in order. */
  readonly mirrored: number[] = [];
  /** The start and end of every upload. */
  readonly uploads: [number, number][] = [];
  readonly tickets: string[] = [];
  mirrorGate: Promise<void> = Promise.resolve();
  mirrorFailure: Error | undefined;
  lostUploads = 0;
  oddUpload: ((text: string) => AddEntriesAnswer) | undefined;
  /** Packages that it takes of one upload. */
  takesPackages = Number.POSITIVE_INFINITY;

  constructor(key: SigningKey, mirrorKey: SigningKey, now: () => number) {
    super(key, now);
    this.mirrorKey = mirrorKey;
  }

  /** Takes entries from now on only when the function that it returns is called. */
  holdMirror(): () => void {
    let release: () => void = () => undefined;
    this.mirrorGate = new Promise((resolve) => (release = resolve));
    return release;
  }

  override async addCheckpoint(
    request: AddCheckpointRequest,
    signal: AbortSignal,
  ): Promise<AddCheckpointAnswer> {
    const sizes = this.cosigned.length;
    try {
      return await super.addCheckpoint(request, signal);
    } finally {
      const { text } = parseNote(request.checkpoint);
      const { treeSize, rootHash } = parseCheckpointText(text);
      if (this.cosigned.length > sizes) this.pending.set(treeSize, { text, rootHash });
    }
  }

  override addEntries = async (
    { header, packages }: AddEntriesRequest,
    signal: AbortSignal,
  ): Promise<AddEntriesAnswer> => {
    const { uploadStart, uploadEnd, ticket } = header;
    this.uploads.push([uploadStart, uploadEnd]);
    this.tickets.push(Buffer.from(ticket).toString());
    await Promise.race([this.mirrorGate, aborted(signal)]);
    signal.throwIfAborted();
    if (this.mirrorFailure) throw this.mirrorFailure;
    const target = this.pending.get(uploadEnd);
    if (this.oddUpload) return this.oddUpload(target?.text ?? "");
    const unfinished = (status: 202 | 409): AddEntriesAnswer => ({
      kind: "unfinished",
      status,
      info: {
        treeSize: target === undefined || uploadEnd < this.mirroredSize ? this.treeSize : uploadEnd,
        nextEntry: this.leafHashes.length,
        ticket: Buffer.from(`ticket ${this.uploads.length}`),
      },
    });
    if (target === undefined || uploadEnd < this.mirroredSize || uploadStart > this.leafHashes.length)
      return unfinished(409);
    let place = packageAt(uploadStart, uploadEnd);
    let taken = 0;
    for await (const { entries, proof } of packages) {
      if (place === undefined || taken === this.takesPackages) break;
      const { subtreeStart, start, end } = place;
      const leafHashes = entries.map(hashLeaf);
      verifySubtreeConsistency(
        { subtree: { start: subtreeStart, end }, treeSize: uploadEnd, path: proof },
        rootOfLeaves([...this.leafHashes.slice(subtreeStart, start), ...leafHashes]),
        target.rootHash,
      );
      this.leafHashes = [...this.leafHashes.slice(0, start), ...leafHashes, ...this.leafHashes.slice(end)];
      taken += 1;
      place = packageAt(end, uploadEnd);
    }
    if (place === undefined) {
      this.mirroredSize = uploadEnd;
      this.mirrored.push(uploadEnd);
    }
    if (this.lostUploads > 0) {
      this.lostUploads -= 1;
      throw new Error("the answer was lost");
    }
    if (place !== undefined) return unfinished(202);
    return { kind: "mirrored", body: this.lines(target.text, [this.mirrorKey, this.secondMirrorKey]) };
  };
}
