/**
 * A witness at the notary's port, without HTTP: it keeps the rules of tlog-witness with core's own verification, and
 * can be made slow, dead, forgetful or odd. The real program stands behind the same port in test/story.
 */
import { utf8 } from "../../src/core/bytes.js";
import { encodeCheckpointText, parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { encodeNote, formatSignatureLine, parseNote } from "../../src/core/ledger/note.js";
import { verifyConsistency } from "../../src/core/merkle/consistency.js";
import { emptyRootHash, type Hash } from "../../src/core/merkle/hash.js";
import type { AddCheckpointRequest } from "../../src/core/witness/add-checkpoint.js";
import { encodeTimestampedSignature, subtreeMessage } from "../../src/core/ledger/timestamped-signature.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { cosignatureMessage } from "../../src/core/witness/cosignature.js";
import type { AddCheckpointAnswer, WitnessClient } from "../../src/notary/ports/nodes.js";
import type { SigningKey } from "../../src/platform/keys/keys.js";

export class WitnessDouble implements WitnessClient {
  readonly key: SigningKey;
  /** Its ML-DSA-44 key, where it has one: then it answers with a line for each. */
  secondKey: SigningKey | undefined;
  /** The checkpoints that it was sent, as they came. */
  readonly received: string[] = [];
  readonly #now: () => number;
  /** Every size that it has cosigned, in order. */
  readonly cosigned: number[] = [];
  treeSize = 0;
  rootHash: Hash = emptyRootHash();
  /** Awaited before it answers: how a test holds it up. */
  gate: Promise<void> = Promise.resolve();
  /** Thrown instead of an answer. */
  failure: Error | undefined;
  /** Thrown after it has cosigned: the answer is lost on the way. */
  lostAnswers = 0;
  /** Answers this instead, whatever is asked. */
  oddAnswer: AddCheckpointAnswer | undefined;
  clockOffsetMs = 0;
  asked = 0;
  /** The newest that it has cosigned, as the log signed it. */
  note: string | undefined;

  constructor(key: SigningKey, now: () => number) {
    this.key = key;
    this.#now = now;
  }

  /** Answers from now on only when the function that it returns is called. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.gate = new Promise((resolve) => (release = resolve));
    return release;
  }

  async addCheckpoint(request: AddCheckpointRequest, signal: AbortSignal): Promise<AddCheckpointAnswer> {
    // To cosign nothing once more is to be asked what time it is, before there is anything to cosign.
    const isAboutTime = parseCheckpointText(parseNote(request.checkpoint).text).treeSize === 0;
    if (!isAboutTime) {
      this.asked += 1;
      this.received.push(request.checkpoint);
    }
    await Promise.race([this.gate, aborted(signal)]);
    signal.throwIfAborted();
    if (this.failure) throw this.failure;
    if (this.oddAnswer) return this.oddAnswer;
    const { text } = parseNote(request.checkpoint);
    const { treeSize, rootHash } = parseCheckpointText(text);
    if (request.oldSize !== this.treeSize) return { kind: "conflict", treeSize: this.treeSize };
    try {
      verifyConsistency(
        { oldSize: request.oldSize, newSize: treeSize, path: request.proof },
        this.rootHash,
        rootHash,
      );
    } catch (error) {
      return { kind: "refused", status: 422, message: String(error) };
    }
    this.treeSize = treeSize;
    this.rootHash = rootHash;
    if (!isAboutTime) this.cosigned.push(treeSize);
    this.note = request.checkpoint;
    if (this.lostAnswers > 0) {
      this.lostAnswers -= 1;
      throw new Error("the answer was lost");
    }
    return { kind: "cosigned", body: this.lines(text, [this.key, this.secondKey]) };
  }

  /** It is no mirror: `MirrorDouble` is. */
  addEntries: WitnessClient["addEntries"] = () =>
    Promise.resolve({ kind: "refused", status: 404, message: "not found" });

  /** Of what a test has made it believe, the log has signed nothing. */
  async shownCheckpoints(origin: string): Promise<readonly Uint8Array[]> {
    if (this.failure) throw this.failure;
    const text = encodeCheckpointText({ origin, treeSize: this.treeSize, rootHash: this.rootHash });
    const isOwn = this.note !== undefined && parseNote(this.note).text === text;
    return [utf8(isOwn ? (this.note as string) : encodeNote(text, [this.line(text)]))];
  }

  lines(text: string, keys: readonly (SigningKey | undefined)[]): string {
    return keys.flatMap((key) => (key === undefined ? [] : [`${this.line(text, key)}\n`])).join("");
  }

  line(text: string, key = this.key): string {
    const timeSeconds = Math.floor((this.#now() + this.clockOffsetMs) / 1000);
    const signature = key.sign(messageFor(key, timeSeconds, text));
    const { name, keyId } = key;
    return formatSignatureLine(name, keyId, encodeTimestampedSignature({ timeSeconds, signature }));
  }
}

function messageFor({ name, type }: SigningKey, timeSeconds: number, text: string): Uint8Array {
  if (type !== SIGNATURE_TYPE.mlDsa44) return cosignatureMessage(timeSeconds, text);
  const message = subtreeMessage({ name, timeSeconds, checkpoint: parseCheckpointText(text) });
  if (message === undefined) throw new Error(`${name} is too long`);
  return message;
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
}
