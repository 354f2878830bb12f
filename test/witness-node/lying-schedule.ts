/**
 * One lying log's life under honest nodes: which branches there are, which of them is shown to whom, at which size, with which
 * proof, what is uploaded; meanwhile nodes are put back to what they were, clocks step, members and keys change.
 */
import { encodeCheckpointText } from "../../src/core/ledger/checkpoint.js";
import type { Random } from "../../scripts/random.js";
import type { ApprovedChanges } from "./approved-changes.js";
import type { HonestNode, HonestNodes, PutBack } from "./honest-nodes.js";
import { type Branch, type Head, type LyingLog, nameOfHead } from "./lying-log.js";

/** What a schedule is made for; within each the choices are random. */
export const KINDS = ["anything", "split", "rollback", "sizes used again", "notary restored"] as const;
export type Kind = (typeof KINDS)[number];

/** The log has shown it, and the node has heard it: one that has forgotten what it signed hears nothing. */
export interface Shown {
  readonly serial: number;
  readonly node: number;
  readonly branch: Branch;
  readonly head: Head;
}

/** A checkpoint and a branch that begins with it. */
export type OfBranch = Pick<Shown, "branch" | "head">;

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const PUT_BACK: readonly PutBack[] = ["memory", "memory and copy", "machine"];

export class Schedule {
  /** What a node has forgotten again is not in it: its file went with its memory. */
  shown: Shown[] = [];
  readonly done = { putBack: 0, movedPast: 0, steps: 0 };
  /** By checkpoint text: the lines of whoever cosigned it. */
  readonly cosigned = new Map<
    string,
    { readonly head: Head; readonly branch: Branch; readonly lines: Set<string> }
  >();

  readonly log: LyingLog;
  readonly consortium: HonestNodes;
  readonly changes: ApprovedChanges;
  readonly random: Random;
  #serial = 0;
  /** By node: of the last that had been shown to anybody when its backup was made. */
  readonly #backups = new Map<number, number>();

  constructor(log: LyingLog, consortium: HonestNodes, changes: ApprovedChanges, draw: Random) {
    [this.log, this.consortium, this.changes, this.random] = [log, consortium, changes, draw];
  }

  get nodes(): readonly HonestNode[] {
    return this.consortium.nodes;
  }

  get origin(): string {
    return this.log.trusted.origin;
  }

  #keep(branch: Branch, head: Head, lines: readonly string[]): void {
    const text = encodeCheckpointText({ origin: this.origin, ...head });
    const known = this.cosigned.get(text) ?? { head, branch, lines: new Set<string>() };
    for (const line of lines) known.lines.add(line);
    this.cosigned.set(text, known);
  }

  node(at: number): HonestNode {
    const node = this.nodes[at];
    if (node === undefined) throw new Error(`there is no node ${at}`);
    return node;
  }

  show(at: number, branch: Branch, size: number, oldSize = this.node(at).cosignedSize(this.origin)): void {
    const head = this.log.head(branch, size);
    const answer = this.node(at).addCheckpoint(this.log.request(branch, size, oldSize));
    if (answer.kind === "memory-behind") return;
    this.shown.push({ serial: ++this.#serial, node: at, branch, head });
    if (answer.kind === "cosigned") this.#keep(branch, head, answer.cosignatures);
    if (answer.kind === "malformed" || answer.kind === "log-signature-refused")
      throw new Error(`the lie was not even heard: ${answer.message}`);
  }

  async upload(at: number, branch: Branch, size: number): Promise<void> {
    const node = this.node(at);
    const start = Math.min(size, node.copiedSize(this.origin));
    const answer = await node.addEntries(this.log.upload(branch, start, size));
    // With nothing left to send it signs what it has, which may be another branch's tree of this size.
    if (answer.kind === "mirrored") {
      const head = node.mirroredHead(this.origin);
      const own = this.log.branches.find((one) => head && isOn(this.log, head, one));
      if (head?.treeSize !== size || own === undefined)
        throw new Error("a mirror signed what nobody showed it");
      this.#keep(own, head, answer.cosignatures);
    }
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.random.between(0, items.length - 1)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  async run(kind: Kind): Promise<void> {
    const { log, random: draw } = this;
    const first = log.branch(undefined, 0, draw.between(1, 4));
    const forkOf = (branch: Branch) => {
      const kept = draw.between(0, branch.leaves.length - 1);
      // A fork of as many entries uses the sizes again; one of fewer is a rollback.
      const more =
        kind === "sizes used again"
          ? branch.leaves.length - kept
          : kind === "rollback"
            ? 1
            : draw.between(1, branch.leaves.length - kept + 2);
      return log.branch(branch, kept, more);
    };
    if (kind === "split") {
      const sides = [log.branch(first, first.leaves.length, draw.between(1, 3)), forkOf(first)];
      for (const [at] of this.nodes.entries()) {
        const branch = this.pick(sides);
        this.show(at, branch, branch.leaves.length);
        await this.upload(at, branch, branch.leaves.length);
      }
    }
    if (kind === "notary restored") this.#restoredNotary(first);
    for (let step = draw.between(6, 14); step > 0; step--) {
      const branch = this.pick(log.branches);
      const at = draw.between(0, this.nodes.length - 1);
      const size = draw.between(1, branch.leaves.length);
      switch (draw.between(0, 10)) {
        case 0:
          log.branch(branch, branch.leaves.length, draw.between(1, 3));
          break;
        case 1:
          forkOf(branch);
          break;
        case 2:
          this.show(at, branch, size, draw.between(0, size));
          break;
        case 3:
          this.show(at, branch, size);
          break;
        case 4:
          this.#change(branch);
          break;
        case 5:
          this.#stepClock(at);
          break;
        case 6:
          this.#backUp(at);
          break;
        case 7:
          await this.#putBack();
          break;
        default:
          this.show(at, branch, branch.leaves.length);
          await this.upload(at, branch, branch.leaves.length);
      }
    }
  }

  /** An honest notary whose store is put back, and who goes on from there as if nothing had been. */
  #restoredNotary(first: Branch): void {
    const { log, random: draw } = this;
    const grown = log.branch(first, first.leaves.length, draw.between(1, 4));
    for (const [at] of this.nodes.entries())
      if (draw.between(0, 2) > 0)
        this.show(at, grown, draw.between(first.leaves.length, grown.leaves.length));
    const restored = log.branch(grown, draw.between(0, grown.leaves.length - 1), draw.between(1, 6));
    for (const [at] of this.nodes.entries()) this.show(at, restored, restored.leaves.length);
  }

  #change(branch: Branch): void {
    const entry = this.changes.next(branch);
    if (entry !== undefined) this.log.branchWith(branch, entry);
    const { rotating } = this.changes;
    if (rotating !== undefined && this.random.between(0, 1) === 0) this.changes.rotate();
  }

  #stepClock(at: number): void {
    const unit = this.pick([SECOND_MS, DAY_MS, YEAR_MS]);
    this.node(at).stepClock(this.random.between(-20, 20) * unit);
    this.done.steps += 1;
  }

  #backUp(at: number): void {
    const node = this.node(at);
    // Its operator sees the refusal, and keeps the backup of before.
    if (node.hasForgotten(this.origin)) return;
    node.backUp();
    this.#backups.set(at, this.#serial);
  }

  async #putBack(): Promise<void> {
    if (this.#backups.size === 0) return this.#backUp(this.random.between(0, this.nodes.length - 1));
    const [at, kept] = this.pick([...this.#backups]);
    const node = this.node(at);
    const what = this.pick(PUT_BACK);
    // Of a whole machine only others can know; where nobody has asked it since, nobody does (docs/operation.md).
    if (what === "machine") await this.consortium.gossipMeanwhile(this.log.trusted);
    node.putBack(what);
    this.shown = this.shown.filter(({ node: to, serial }) => to !== at || serial <= kept);
    this.done.putBack += 1;
    if (what === "machine") await this.consortium.gossipMeanwhile(this.log.trusted, at);
    // The log may lie to its operator too.
    if (node.hasForgotten(this.origin) && this.random.between(0, 1) === 0) {
      const branch = this.pick(this.log.branches);
      await this.#movePast(at, branch, this.random.between(1, branch.leaves.length));
    }
  }

  async #movePast(at: number, branch: Branch, size: number): Promise<string> {
    const shown = this.log.shown(branch, size);
    const { outcome } = await this.consortium.movePast(this.log.trusted, at, shown);
    if (outcome === "moved") this.done.movedPast += 1;
    return outcome;
  }

  /** What it must do to have anything final: each node is shown its own branch to beyond all that it was shown, whole. */
  async goOn(): Promise<void> {
    const largest = Math.max(...this.log.branches.map(({ leaves }) => leaves.length));
    for (const [at, node] of this.nodes.entries()) {
      const head = node.signedHead(this.origin);
      const own =
        head === undefined
          ? this.pick(this.log.branches)
          : this.log.branches.find((branch) => isOn(this.log, head, branch));
      if (own === undefined) throw new Error("a node has cosigned what no branch begins with");
      const size = largest + 1;
      // Nodes of one branch are shown one continuation of it, where there is one.
      const longer =
        this.log.branches.find(
          (branch) => branch.leaves.length >= size && (head === undefined || isOn(this.log, head, branch)),
        ) ?? this.log.branch(own, own.leaves.length, size - own.leaves.length);
      if (node.hasForgotten(this.origin) && (await this.#movePast(at, longer, size)) !== "moved")
        throw new Error(`node ${at} can't be moved past what it has signed`);
      this.show(at, longer, size);
      await this.upload(at, longer, size);
      if (node.copiedSize(this.origin) < size)
        throw new Error("an honest node did not follow its own branch");
    }
  }
}

export const isOn = (log: LyingLog, head: Head, branch: Branch): boolean =>
  head.treeSize <= branch.leaves.length && nameOfHead(log.head(branch, head.treeSize)) === nameOfHead(head);

/** Neither begins with the other. */
export const contradict = (log: LyingLog, a: OfBranch, b: OfBranch): boolean => {
  const [small, large] = a.head.treeSize <= b.head.treeSize ? [a, b] : [b, a];
  return !isOn(log, small.head, large.branch);
};
