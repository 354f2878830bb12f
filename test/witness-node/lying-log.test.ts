/**
 * A log that lies gets no quorum for a second ledger, and each lie that an honest node has heard convicts it. The schedules are
 * random (lying-schedule.ts): branches shown to whom the log likes, nodes whose disks are put back, a notary that goes on from
 * an old store, clocks that step by seconds, days and years, members and keys that change.
 */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { encodeNote, parseNote } from "../../src/core/ledger/note.js";
import { verifyMisconduct } from "../../src/core/verify/verify-misconduct.js";
import { cosignerVkeys } from "../../src/core/trust/consortium.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import { countQuorum } from "../../src/core/trust/quorum.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import { seededRandom, tell } from "../../scripts/random.js";
import { runsOfLongProof } from "../long-proof.js";
import { ApprovedChanges, CHANGES } from "./approved-changes.js";
import { type HonestNodes, openHonestNodes } from "./honest-nodes.js";
import { LyingLog, nameOfHead } from "./lying-log.js";
import { contradict, isOn, KINDS, type OfBranch, Schedule } from "./lying-schedule.js";

const { numRuns: SCHEDULES, seed } = runsOfLongProof("schedules of a log that lies", {
  part: 500,
  whole: 100_000,
});
/** Then the nodes get new files: they would have grown to gigabytes, and each backup copies them. */
const SCHEDULES_A_CONSORTIUM = 50;
/** Power loss is not the subject here: a disk's syncs would be most of the time. */
const MEMORY = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const random = seededRandom(seed);
const TELL_EVERY = 1000;

/** The checkpoints for which the mirrors' quorum holds, for whoever has read the ledger that they are of. */
function quorums({ cosigned, changes }: Schedule): OfBranch[] {
  return [...cosigned].flatMap(([text, { head, branch, lines }]) => {
    const { treeSize } = head;
    const consortium = changes.trustAt(branch, treeSize);
    const note = parseNote(encodeNote(text, [...lines]));
    const cosignatures = openCosignatures(note, cosignerVkeys(consortium), VERIFIERS);
    const question = { consortium, cosignatures, treeSize, depositor: undefined, parties: [] };
    return countQuorum(question).holds ? [{ head, branch }] : [];
  });
}

describe(`a log that lies in ${SCHEDULES} schedules`, () => {
  it("gets no quorum for two ledgers, and every lie convicts it", async () => {
    const count = { shown: 0, cosigned: 0, quorums: 0, split: 0, lies: 0, files: 0 };
    const done = { putBack: 0, movedPast: 0, steps: 0, changes: 0 };
    let consortium: HonestNodes | undefined;
    try {
      for (let number = 0; number < SCHEDULES; number++) {
        if (number > 0 && number % TELL_EVERY === 0)
          tell(`${number} schedules so far: ${count.quorums} quorums, ${count.files} files that verify`);
        if (number % SCHEDULES_A_CONSORTIUM === 0) {
          consortium?.close();
          consortium = openHonestNodes(mkdtempSync(join(MEMORY, "cunzheng-lies-")));
        }
        if (consortium === undefined) throw new Error("no nodes");
        const log = new LyingLog(`log-${number}.example`);
        consortium.watch(log.trusted);
        const draw = random.fork();
        const first = consortium.trustFile(log.trusted);
        const kind = CHANGES[draw.between(0, CHANGES.length - 1)] ?? "none";
        const changes = new ApprovedChanges(first, consortium.nodes, draw.fork(), kind);
        const schedule = new Schedule(log, consortium, changes, draw);
        await schedule.run(KINDS[number % KINDS.length] ?? "anything");
        await schedule.goOn();
        await consortium.gossip(log.trusted);

        const trusted = changes.trustAt({ entries: [], leaves: [] }, 0);
        const held = quorums(schedule);
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
        done.changes += changes.count;
        for (const what of ["putBack", "movedPast", "steps"] as const) done[what] += schedule.done[what];
      }
    } finally {
      consortium?.close();
    }
    tell(
      `${SCHEDULES} schedules (seed ${random.seed}): ${count.shown} checkpoints shown, ${count.cosigned} cosigned by ` +
        `somebody, ${count.quorums} by a quorum, never two that contradict each other; ${count.lies} lies to a node's ` +
        `face and ${count.split} found by gossip, all proved, in ${count.files} files that verify; meanwhile ${done.putBack} disks put back, ${done.movedPast} nodes moved ` +
        `past what they had forgotten, ${done.steps} clocks stepped, ${done.changes} changes of the consortium`,
    );
    // The schedules would prove nothing if they were all alike.
    expect(count.quorums).toBeGreaterThan(SCHEDULES / 10);
    expect(count.lies).toBeGreaterThan(SCHEDULES);
    expect(count.split).toBeGreaterThan(SCHEDULES / 10);
    for (const often of Object.values(done)) expect(often).toBeGreaterThan(Math.floor(SCHEDULES / 100) - 1);
  }, 86_400_000);
});
