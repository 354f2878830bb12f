/**
 * A log that lies gets no quorum for a second ledger, and each lie that it has shown to an honest node convicts it. The
 * schedules are random: which branches there are, which of them is shown to whom, at which size, with which proof, and
 * what is uploaded. `LIES=1000` runs fewer, `CRASH_SEED` repeats a run.
 */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { encodeCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { encodeNote, parseNote } from "../../src/core/ledger/note.js";
import { cosignerVkeys } from "../../src/core/witness/consortium.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import { countQuorum } from "../../src/core/witness/quorum.js";
import { verifyMisconduct } from "../../src/core/verify/verify-misconduct.js";
import { VERIFIERS } from "../../src/platform/verifiers.js";
import { type Random, randomOfThisRun, tell } from "../../scripts/random.js";
import { type HonestNode, type HonestNodes, openHonestNodes } from "./honest-nodes.js";
import { type Branch, type Head, LyingLog, nameOfHead } from "./lying-log.js";

const SCHEDULES = Number(process.env["LIES"] ?? 10_000);
/** Then the nodes get new files: they would have grown to gigabytes. */
const SCHEDULES_A_CONSORTIUM = 500;
/** Power loss is not the subject here: a disk's syncs would be most of the time. */
const MEMORY = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const random = randomOfThisRun();

/** What a schedule is made for; within each the choices are random. */
const KINDS = ["anything", "split", "rollback", "sizes used again"] as const;
type Kind = (typeof KINDS)[number];

interface Shown {
  readonly node: number;
  readonly branch: Branch;
  readonly head: Head;
}

/** One log's life under five honest nodes. */
class Schedule {
  readonly shown: Shown[] = [];
  /** By checkpoint text: the lines of whoever cosigned it. */
  readonly cosigned = new Map<
    string,
    { readonly head: Head; readonly branch: Branch; readonly lines: Set<string> }
  >();

  readonly log: LyingLog;
  readonly nodes: readonly HonestNode[];
  readonly random: Random;

  constructor(log: LyingLog, nodes: readonly HonestNode[], draw: Random) {
    [this.log, this.nodes, this.random] = [log, nodes, draw];
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
    this.shown.push({ node: at, branch, head });
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
    for (let step = draw.between(6, 14); step > 0; step--) {
      const branch = this.pick(log.branches);
      const at = draw.between(0, this.nodes.length - 1);
      const size = draw.between(1, branch.leaves.length);
      switch (draw.between(0, 5)) {
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
        default:
          this.show(at, branch, branch.leaves.length);
          await this.upload(at, branch, branch.leaves.length);
      }
    }
  }

  /** What it must do to have anything final: each node is shown its own branch to beyond all that it was shown, whole. */
  async goOn(): Promise<void> {
    const largest = Math.max(...this.log.branches.map(({ leaves }) => leaves.length));
    for (const [at, node] of this.nodes.entries()) {
      const head = node.cosignedHead(this.origin);
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
      this.show(at, longer, size);
      await this.upload(at, longer, size);
      if (node.copiedSize(this.origin) < size)
        throw new Error("an honest node did not follow its own branch");
    }
  }
}

const isOn = (log: LyingLog, head: Head, branch: Branch): boolean =>
  head.treeSize <= branch.leaves.length && nameOfHead(log.head(branch, head.treeSize)) === nameOfHead(head);

/** Neither begins with the other. */
const contradict = (
  log: LyingLog,
  a: Shown | Omit<Shown, "node">,
  b: Shown | Omit<Shown, "node">,
): boolean => {
  const [small, large] = a.head.treeSize <= b.head.treeSize ? [a, b] : [b, a];
  return !isOn(log, small.head, large.branch);
};

/** The checkpoints for which the mirrors' quorum holds. */
function quorums(
  schedule: Schedule,
  consortium: ReturnType<HonestNodes["consortium"]>,
): Omit<Shown, "node">[] {
  const vkeys = cosignerVkeys(consortium);
  return [...schedule.cosigned].flatMap(([text, { head, branch, lines }]) => {
    const cosignatures = openCosignatures(parseNote(encodeNote(text, [...lines])), vkeys, VERIFIERS);
    const { treeSize } = head;
    const question = { consortium, cosignatures, treeSize, depositor: undefined, parties: [] };
    return countQuorum(question).holds ? [{ head, branch }] : [];
  });
}

describe(`a log that lies in ${SCHEDULES} schedules (CRASH_SEED=${random.seed})`, () => {
  it("gets no quorum for two ledgers, and every lie convicts it", async () => {
    const count = { shown: 0, cosigned: 0, quorums: 0, split: 0, lies: 0, files: 0 };
    let consortium: HonestNodes | undefined;
    try {
      for (let number = 0; number < SCHEDULES; number++) {
        if (number % SCHEDULES_A_CONSORTIUM === 0) {
          consortium?.close();
          consortium = openHonestNodes(mkdtempSync(join(MEMORY, "cunzheng-lies-")));
        }
        if (consortium === undefined) throw new Error("no nodes");
        const log = new LyingLog(`log-${number}.example`);
        consortium.watch(log.trusted);
        const schedule = new Schedule(log, consortium.nodes, random.fork());
        await schedule.run(KINDS[number % KINDS.length] as Kind);
        await schedule.goOn();
        await consortium.gossip(log.trusted);

        const trusted = consortium.consortium(log.trusted);
        const held = quorums(schedule, trusted);
        for (const a of held)
          for (const b of held)
            if (contradict(log, a, b))
              throw new Error(
                `schedule ${number}: two quorums, ${nameOfHead(a.head)} and ${nameOfHead(b.head)}`,
              );

        const proved = new Map<string, ReadonlySet<string>>();
        const ends = consortium.nodes.map((node, at) => {
          const head = node.cosignedHead(schedule.origin);
          const branch = log.branches.find((one) => head && isOn(log, head, one));
          if (head === undefined || branch === undefined) throw new Error("a node that followed nothing");
          return { node: at, head, branch };
        });
        for (const { node: at } of ends) {
          const { files, waiting } = schedule.node(at).misconducts(schedule.origin);
          if (waiting > 0) throw new Error(`schedule ${number}: node ${at} can't prove what it has kept`);
          const roots = new Set<string>();
          for (const { bytes } of files) {
            const report = verifyMisconduct({ misconduct: bytes, consortium: trusted, ...VERIFIERS });
            if (
              report.verdict !== "verified" ||
              report.convicted[0]?.kind !== "log" ||
              report.convicted.length !== 1
            )
              throw new Error(`schedule ${number}: ${JSON.stringify(report)}`);
            for (const { treeSize, rootHash } of report.checkpoints) roots.add(`${treeSize} ${rootHash}`);
          }
          proved.set(String(at), roots);
          count.files += files.length;
        }
        // Whatever a node was shown that is not of its branch is in a file of its own.
        for (const shown of schedule.shown) {
          const end = ends[shown.node];
          if (end === undefined || !contradict(log, shown, end)) continue;
          count.lies += 1;
          if (!proved.get(String(shown.node))?.has(nameOfHead(shown.head)))
            throw new Error(
              `schedule ${number}: nothing convicts of ${nameOfHead(shown.head)}, shown to node ${shown.node}`,
            );
        }
        // And whatever two nodes follow that contradicts itself both have found by gossip.
        for (const a of ends)
          for (const b of ends) {
            if (!contradict(log, a, b)) continue;
            count.split += 1;
            if (!proved.get(String(a.node))?.has(nameOfHead(b.head)))
              throw new Error(
                `schedule ${number}: node ${a.node} has not found the branch of node ${b.node}`,
              );
          }
        count.shown += schedule.shown.length;
        count.cosigned += schedule.cosigned.size;
        count.quorums += held.length;
      }
    } finally {
      consortium?.close();
    }
    tell(
      `${SCHEDULES} schedules (seed ${random.seed}): ${count.shown} checkpoints shown, ${count.cosigned} cosigned by ` +
        `somebody, ${count.quorums} by a quorum, never two that contradict each other; ${count.lies} lies to a node's ` +
        `face and ${count.split} found by gossip, all proved, in ${count.files} files that verify`,
    );
    // The schedules would prove nothing if they were all alike.
    expect(count.quorums).toBeGreaterThan(SCHEDULES / 10);
    expect(count.lies).toBeGreaterThan(SCHEDULES);
    expect(count.split).toBeGreaterThan(SCHEDULES / 10);
  }, 1_200_000);
});
