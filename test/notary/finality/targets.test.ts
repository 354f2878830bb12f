/**
 * The choice of targets against time: witnesses of every speed, a new checkpoint every second, and the question
 * how long a deposit waits. Nothing is signed: a cosignature here is only its key and its time.
 */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { emptyRootHash } from "../../../src/core/merkle/hash.js";
import { utf8 } from "../../../src/core/bytes.js";
import { publicKeyFromSeed } from "../../../src/core/ledger/ed25519.js";
import { formatVkey, SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";
import { type Consortium, parseConsortium } from "../../../src/core/trust/consortium.js";
import type { Cosignature } from "../../../src/core/witness/cosignature.js";
import { depositorClasses, EVERYBODY, isFinalFor } from "../../../src/notary/finality/finality.js";
import type { StoredCheckpoint } from "../../../src/notary/ports/ledger.js";
import {
  moveTargets,
  nextTarget,
  type Targets,
  type WitnessView,
} from "../../../src/notary/finality/targets.js";

const MEMBERS = ["court-east", "court-west", "bank-a", "bank-b", "arbitration"];

function consortiumOf(quorum: object): Consortium {
  const vkey = (name: string, type: number, byte: number) =>
    formatVkey({ name, type, publicKey: publicKeyFromSeed(new Uint8Array(32).fill(byte)) });
  const { ed25519, cosignature } = SIGNATURE_TYPE;
  return parseConsortium(
    utf8(
      JSON.stringify({
        type: "cunzheng/consortium@v1",
        log: {
          origin: "log.example",
          organisation: "notary",
          vkeys: [vkey("log.example", ed25519, 100)],
          url: "x",
        },
        receipts: { vkeys: [vkey("receipts.example", ed25519, 101)] },
        organisations: ["notary", ...MEMBERS].map((id) => ({
          id,
          role: id.split("-")[0],
          name: { zh: id, en: id },
          creditCode: id,
        })),
        witnesses: MEMBERS.map((organisation, i) => ({
          name: `${organisation}.example`,
          kind: "witness",
          vkeys: [vkey(`${organisation}.example`, cosignature, i + 1)],
          organisation,
          url: "x",
        })),
        quorum: { ...quorum, mirrorsOnly: false },
        timestampAuthorities: [],
        certificateAuthorities: [],
      }),
    ),
  );
}

const USUAL = consortiumOf({ total: 3, roles: { court: 1, bank: 1 } });
const checkpointOf = (treeSize: number): StoredCheckpoint => ({
  treeSize,
  rootHash: emptyRootHash(),
  note: "",
  lastSeq: treeSize,
  sealedAtMs: 0,
});

interface Simulated {
  /** By class: in which step each of the checkpoints became final. */
  readonly finalIn: ReadonlyMap<string, readonly (number | undefined)[]>;
}

/** A step is 100 ms; every tenth brings a checkpoint with deposits of every class. `delays` are in steps; 0 never answers. */
function simulate(consortium: Consortium, delays: readonly number[], steps: number): Simulated {
  const classes = depositorClasses(consortium);
  const views = consortium.witnesses.map((witness) => {
    const view: WitnessView & { treeSize: number; isAlive: boolean } = {
      witness,
      treeSize: 0,
      isAlive: true,
      canCosign: (treeSize) => treeSize >= view.treeSize,
    };
    return view;
  });
  const busy = views.map((): { until: number; treeSize: number } | undefined => undefined);
  const gathered = new Map<number, Cosignature[]>();
  const finalUpTo = new Map(classes.all.map((name) => [name, 0]));
  const finalIn = new Map(classes.all.map((name) => [name, [] as (number | undefined)[]]));
  let newest = checkpointOf(1);
  let targets: Targets = {
    front: { checkpoint: newest, cosignatures: [] },
    held: { checkpoint: newest, cosignatures: [] },
  };
  const refresh = (target: Targets["front"]) => ({
    checkpoint: target.checkpoint,
    cosignatures: gathered.get(target.checkpoint.treeSize) ?? [],
  });
  for (let step = 0; step < steps; step++) {
    if (step > 0 && step % 10 === 0 && step < steps / 2) newest = checkpointOf(newest.treeSize + 1);
    for (const [i, view] of views.entries()) {
      const asked = busy[i];
      if (asked === undefined || step < asked.until) continue;
      busy[i] = undefined;
      view.treeSize = asked.treeSize;
      const vkey = view.witness.vkeys[0] as (typeof view.witness.vkeys)[0];
      const all = [...(gathered.get(asked.treeSize) ?? []), { vkey, timeSeconds: 1, line: "" }];
      gathered.set(asked.treeSize, all);
      for (const name of classes.all)
        if (
          asked.treeSize > (finalUpTo.get(name) ?? 0) &&
          isFinalFor(name, checkpointOf(asked.treeSize), all, consortium)
        ) {
          for (let size = (finalUpTo.get(name) ?? 0) + 1; size <= asked.treeSize; size++)
            finalIn.get(name)?.push(step);
          finalUpTo.set(name, asked.treeSize);
        }
    }
    targets = { front: refresh(targets.front), held: refresh(targets.held) };
    if (targets.held.checkpoint.treeSize === targets.front.checkpoint.treeSize)
      targets = { front: targets.front, held: targets.front };
    for (let moved; moved !== targets;) {
      moved = targets;
      targets = moveTargets({
        targets,
        newest,
        witnesses: views,
        consortium,
        waitingClasses: (size) => classes.all.filter((name) => (finalUpTo.get(name) ?? 0) < size),
      });
    }
    for (const [i, view] of views.entries()) {
      const delay = delays[i] as number;
      // A dead one is noticed after 5 s.
      if (delay === 0 && step === 50) view.isAlive = false;
      if (busy[i] !== undefined || delay === 0) continue;
      const target = nextTarget(targets, view);
      if (target) busy[i] = { until: step + delay, treeSize: target.checkpoint.treeSize };
    }
  }
  return { finalIn };
}

/** The longest that a checkpoint waited for finality in a class, in steps. */
function longestWait({ finalIn }: Simulated, name: string, count: number): number {
  const steps = finalIn.get(name) ?? [];
  expect(steps.length).toBe(count);
  return Math.max(...steps.map((step, i) => (step as number) - i * 10));
}

describe("targets", () => {
  it("with fast witnesses follow every checkpoint", () => {
    const result = simulate(USUAL, [1, 1, 1, 1, 1], 400);
    for (const name of depositorClasses(USUAL).all) expect(longestWait(result, name, 20)).toBe(1);
  });

  it("make nobody wait for a slow witness that others need", () => {
    // Bank B takes 4 s; bank A's deposits need it, nobody else's do.
    const result = simulate(USUAL, [1, 1, 1, 40, 1], 1000);
    expect(longestWait(result, EVERYBODY, 50)).toBe(1);
    expect(longestWait(result, "court-east", 50)).toBe(1);
    expect(longestWait(result, "bank-a", 50)).toBeLessThanOrEqual(2 * 40 + 10);
  });

  it("bring slow witnesses of all speeds together, for whoever needs whom", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 45 }), { minLength: 5, maxLength: 5 }),
        fc.constantFrom(USUAL, ...[3, 4, 5].map((total) => consortiumOf({ total, roles: {} }))),
        (delays, consortium) => {
          const result = simulate(consortium, delays, 1200);
          const slowest = Math.max(...delays);
          const { total } = consortium.quorum;
          for (const name of depositorClasses(consortium).all) {
            // Of five, a member has four others.
            if (name !== EVERYBODY && total === 5) continue;
            expect(longestWait(result, name, 60)).toBeLessThanOrEqual(3 * slowest + 20);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("do not stand still for a dead witness", () => {
    const result = simulate(USUAL, [1, 7, 13, 0, 5], 1000);
    expect(longestWait(result, EVERYBODY, 50)).toBeLessThanOrEqual(2 * 13 + 10);
    expect(longestWait(result, "court-west", 50)).toBeLessThanOrEqual(3 * 13 + 20);
    // Nothing can be done for bank A while bank B is dead.
    expect(result.finalIn.get("bank-a")).toEqual([]);
  });
});
