/** Nodes that are witness and mirror: only mirrors count, and no node and no fault of one delays the others. */
import { describe, expect, it } from "@jest/globals";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import type { DepositState, Principal } from "../../../src/notary/model/model.js";
import type { AddEntriesAnswer, WitnessClient } from "../../../src/notary/ports/nodes.js";
import { requestOf, type Running, type World, WITNESSES, type WitnessName, worlds } from "../world.js";

const anyWorld = worlds();
const world = (quorum?: Parameters<typeof anyWorld>[0]) => anyWorld({ isMirrored: true, ...quorum });
/** Without any one of the mirrors nothing is final. */
const ALL = { quorum: { total: 5, roles: {}, mirrorsOnly: true } };

async function deposit({ notary }: Running, by: Principal, content = "x"): Promise<string> {
  return (await notary.deposit(by, requestOf(content))).statement.id;
}
const final = ({ notary }: Running, id: string): Promise<DepositState> => notary.waitForFinality(id, 15_000);
const logged = ({ logged }: World, text: string) => logged.filter(({ message }) => message.includes(text));
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 1));
}
const mirrorsOf = ({ cosigners }: DepositState) =>
  cosigners.filter(({ kind }) => kind === "mirror").map(({ organisation }) => organisation);

describe("mirrors", () => {
  it("count, and the witnesses beside them are shown as witnesses only", async () => {
    const one = world();
    const running = await one.start();
    const bank = await running.principal("bank-a");
    const id = await deposit(running, bank);
    expect((await final(running, id)).state).toBe("final");
    await until(async () => (await running.notary.depositState(id)).cosigners.length === 10);
    const { cosigners } = await running.notary.depositState(id);
    const reasons = (kind: string) =>
      cosigners
        .filter((cosigner) => cosigner.kind === kind)
        .map(({ organisation, reason }) => [organisation, reason]);
    expect(reasons("witness").sort()).toEqual(
      WITNESSES.map((name) => [name, name === "bank-a" ? "depositor" : "witness-only"]).sort(),
    );
    expect(reasons("mirror").sort()).toEqual(
      WITNESSES.map((name) => [name, name === "bank-a" ? "depositor" : "counted"]).sort(),
    );
    const evidence = await running.notary.evidence(bank, id);
    const report = verifyEvidence({ evidence, consortium: one.consortium });
    expect([report.verdict, report.cosigners.length]).toEqual(["verified", 10]);
  });

  it("are not final by witnesses alone", async () => {
    const one = world();
    const running = await one.start();
    for (const name of WITNESSES) one.witness(name).mirrorFailure = new Error("its disk is full");
    const id = await deposit(running, await running.principal("stranger"));
    await until(async () => (await running.notary.depositState(id)).cosigners.length === 5);
    expect((await running.notary.depositState(id)).state).toBe("sealed");
    for (const name of WITNESSES) one.witness(name).mirrorFailure = undefined;
    expect((await final(running, id)).state).toBe("final");
  });

  it("are sent each checkpoint once with the witness of their node, and each entry once", async () => {
    const one = world(ALL);
    const running = await one.start();
    const stranger = await running.principal("stranger");
    for (const content of ["1", "2", "3"]) await final(running, await deposit(running, stranger, content));
    for (const name of WITNESSES) {
      const node = one.witness(name);
      expect([node.cosigned, node.asked, node.mirrored]).toEqual([[1, 2, 3], 3, [1, 2, 3]]);
      expect(node.uploads).toEqual([
        [0, 1],
        [1, 2],
        [2, 3],
      ]);
    }
  });

  it("that have no witness are sent the checkpoint all the same", async () => {
    const one = world(ALL);
    // Under other keys than the trust file's: to the notary the nodes answer without any cosignature of a witness.
    const mirrorsAlone = parseTrust(one, (witnesses) => witnesses.filter(({ kind }) => kind === "mirror"));
    for (const name of WITNESSES) {
      const node = one.witness(name);
      const addCheckpoint = node.addCheckpoint.bind(node);
      node.addCheckpoint = async (request, signal) => {
        const answer = await addCheckpoint(request, signal);
        return answer.kind === "cosigned" ? { kind: "cosigned", body: "" } : answer;
      };
    }
    const running = await one.start({ settings: { consortium: mirrorsAlone } });
    const state = await final(running, await deposit(running, await running.principal("stranger")));
    expect([state.state, state.cosigners.length]).toEqual(["final", 5]);
  });
});

function parseTrust(
  { consortium }: World,
  change: (witnesses: { kind: string }[]) => { kind: string }[],
): Uint8Array {
  const file = JSON.parse(Buffer.from(consortium).toString()) as { witnesses: { kind: string }[] };
  file.witnesses = change(file.witnesses);
  return Buffer.from(JSON.stringify(file));
}

describe("mirrors that are slow, dead or behind", () => {
  it("delay nobody whose quorum holds without them, nor their own witness, and come late", async () => {
    const one = world();
    const running = await one.start();
    const stranger = await running.principal("stranger");
    const slow = ["court-west", "arbitration"] as const;
    const releases = slow.map((name) => one.witness(name).holdMirror());
    const id = await deposit(running, stranger);
    expect((await final(running, id)).state).toBe("final");
    await until(async () => (await running.notary.depositState(id)).cosigners.length === 8);
    expect(mirrorsOf(await running.notary.depositState(id)).sort()).toEqual([
      "bank-a",
      "bank-b",
      "court-east",
    ]);
    for (const release of releases) release();
    await until(async () => (await running.notary.depositState(id)).cosigners.length === 10);
  });

  it("are asked less and less while dead, and cosign soon after their return", async () => {
    const one = world();
    const running = await one.start();
    const stranger = await running.principal("stranger");
    for (const name of ["bank-a", "bank-b"] as const)
      one.witness(name).mirrorFailure = new Error("ECONNREFUSED");
    const id = await deposit(running, stranger);
    expect((await running.notary.waitForFinality(id, 300)).state).toBe("sealed");
    await until(() => logged(one, "no cosignature").length === 2);
    expect(one.witness("bank-a").uploads.length).toBeLessThan(4);
    one.witness("bank-a").mirrorFailure = undefined;
    expect((await final(running, id)).state).toBe("final");
    expect(logged(one, "no cosignature")).toHaveLength(2);
    expect(logged(one, "cosigns again")).toHaveLength(1);
  });

  it("get what they lack package by package, and hold up nobody meanwhile", async () => {
    const one = world();
    const running = await one.start({
      settings: { sealing: { afterMs: 5, promiseMs: 10_000, maxBatchSize: 1 }, witnessTimeoutMs: 20_000 },
    });
    const stranger = await running.principal("stranger");
    const behind = one.witness("court-west");
    behind.takesPackages = 1;
    const releases = WITNESSES.map((name) => one.witness(name).hold());
    const contents = Array.from({ length: 258 }, (_, i) => `${i}`);
    const ids = await Promise.all(contents.map((content) => deposit(running, stranger, content)));
    await until(async () => (await running.store.newestCheckpoint())?.treeSize === 258);
    for (const release of releases) release();
    for (const id of ids) expect((await final(running, id)).state).toBe("final");
    await until(() => behind.mirrored.includes(258));
    expect(behind.uploads.filter(([, end]) => end === 258).map(([start]) => start)).toEqual([
      expect.any(Number),
      256,
    ]);
    // What it gave with its 202 it is given back.
    expect(behind.tickets.at(-1)).toMatch(/^ticket /);
  });
});

describe("mirrors that know more or less than the notary thinks", () => {
  const afterOne = async (): Promise<{ one: World; running: Running; stranger: Principal }> => {
    const one = world(ALL);
    const running = await one.start();
    const stranger = await running.principal("stranger");
    expect((await final(running, await deposit(running, stranger, "1"))).state).toBe("final");
    return { one, running, stranger };
  };

  it.each<[string, (one: World) => void]>([
    ["forgot their entries", (one) => (one.witness("bank-b").leafHashes = [])],
    ["forgot their checkpoints", (one) => one.witness("bank-b").pending.clear()],
    [
      "forgot everything",
      (one) => {
        const node = one.witness("bank-b");
        Object.assign(node, {
          leafHashes: [],
          treeSize: 0,
          mirroredSize: 0,
          rootHash: one.witness("bank-a").rootHash,
        });
        node.rootHash = new Uint8Array(EMPTY_ROOT);
        node.pending.clear();
      },
    ],
  ])("that %s are told again", async (_what, forget) => {
    const { one, running, stranger } = await afterOne();
    forget(one);
    expect((await final(running, await deposit(running, stranger, "2"))).state).toBe("final");
    expect(one.witness("bank-b").leafHashes).toHaveLength(2);
  });

  it("that forgot a checkpoint between it and its entries are sent it anew", async () => {
    const { one, running, stranger } = await afterOne();
    const node = one.witness("bank-b");
    const { treeSize, rootHash } = node;
    const release = node.holdMirror();
    const id = await deposit(running, stranger, "2");
    await until(() => node.uploads.length === 2);
    node.pending.delete(2);
    Object.assign(node, { treeSize, rootHash });
    release();
    expect((await final(running, id)).state).toBe("final");
    expect(node.cosigned).toEqual([1, 2, 2]);
  });

  it("that have entries from elsewhere are asked for the cosignature alone", async () => {
    const { one, running, stranger } = await afterOne();
    const node = one.witness("bank-b");
    const release = node.holdMirror();
    const id = await deposit(running, stranger, "2");
    await until(() => one.witness("bank-a").leafHashes.length === 2);
    node.leafHashes = [...one.witness("bank-a").leafHashes];
    release();
    expect((await final(running, id)).state).toBe("final");
  });

  it("that are asked after a restart are asked from what they last cosigned", async () => {
    const { one, running } = await afterOne();
    await running.stop();
    const again = await one.start();
    const node = one.witness("bank-b");
    node.uploads.length = 0;
    expect((await final(again, await deposit(again, await again.principal("stranger"), "2"))).state).toBe(
      "final",
    );
    expect(node.uploads).toEqual([[1, 2]]);
  });

  it("that are beyond the store's ledger are shouted about and not believed", async () => {
    const one = world();
    const running = await one.start();
    const info = { treeSize: 1000, nextEntry: 1000, ticket: new Uint8Array(0) };
    one.witness("bank-b").oddUpload = () => ({ kind: "unfinished", status: 409, info });
    const id = await deposit(running, await running.principal("stranger"));
    expect((await final(running, id)).state).toBe("final");
    await until(() => logged(one, "knows a larger ledger").length > 0);
  });
});

const EMPTY_ROOT = Buffer.from("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "hex");

describe("answers of mirrors that are odd", () => {
  const info = (treeSize: number, nextEntry: number) => ({ treeSize, nextEntry, ticket: new Uint8Array(0) });
  type Odd = (world: World) => (text: string) => AddEntriesAnswer;
  const fixed =
    (answer: AddEntriesAnswer): Odd =>
    () =>
    () =>
      answer;

  it.each<[string, Odd]>([
    ["nothing at all", fixed({ kind: "mirrored", body: "" })],
    ["no signature line", fixed({ kind: "mirrored", body: "hello\n" })],
    ["an error of its own", fixed({ kind: "refused", status: 500, message: "sqlite" })],
    ["422", fixed({ kind: "refused", status: 422, message: "no checkpoint" })],
    ["409 without saying where it stands", fixed({ kind: "refused", status: 409, message: "" })],
    ["409 and what it was asked with", fixed({ kind: "unfinished", status: 409, info: info(1, 0) })],
    ["202 and no progress", fixed({ kind: "unfinished", status: 202, info: info(1, 0) })],
    [
      "409 with a checkpoint that it was not sent",
      fixed({ kind: "unfinished", status: 409, info: info(0, 0) }),
    ],
    ["the witness's cosignature", (one) => (text) => mirroredBy(one, "bank-b", text, "witness")],
    ["another mirror's cosignature", (one) => (text) => mirroredBy(one, "bank-a", text, "mirror")],
    ["its cosignature of another text", (one) => () => mirroredBy(one, "bank-b", "another\n", "mirror")],
  ])("%s: not counted, and asked again later", async (_what, odd) => {
    const one = world(ALL);
    const running = await one.start();
    const node = one.witness("bank-b");
    node.oddUpload = odd(one);
    const id = await deposit(running, await running.principal("stranger"));
    await until(() => logged(one, "no cosignature").length > 0);
    const state = await running.notary.depositState(id);
    expect([state.state, mirrorsOf(state).includes("bank-b")]).toEqual(["sealed", false]);
    const asked = node.uploads.length;
    expect(asked).toBeLessThan(12);
    node.oddUpload = undefined;
    expect((await final(running, id)).state).toBe("final");
  });

  it("several lines, of which one is the mirror's: it is stored, and no other", async () => {
    const one = world(ALL);
    const running = await one.start();
    const [node, other] = [one.witness("bank-b"), one.witness("bank-a")];
    node.oddUpload = (text) => ({
      kind: "mirrored",
      body: [node.line(text), other.line(text, other.mirrorKey), node.line(text, node.mirrorKey)]
        .map((line) => `${line}\n`)
        .join(""),
    });
    const id = await deposit(running, await running.principal("stranger"));
    const state = await final(running, id);
    expect([state.state, mirrorsOf(state)]).toEqual(["final", expect.arrayContaining(["bank-a", "bank-b"])]);
  });
});

function mirroredBy(one: World, name: WitnessName, text: string, as: "witness" | "mirror"): AddEntriesAnswer {
  const node = one.witness(name);
  return { kind: "mirrored", body: `${node.line(text, as === "mirror" ? node.mirrorKey : node.key)}\n` };
}

describe("a table of faults at a node", () => {
  const CALLS = [
    ["addCheckpoint", 1],
    ["addCheckpoint", 2],
    ["addEntries", 1],
    ["addEntries", 2],
  ] as const;
  const FAULTS = ["failed", "failed after it took effect"] as const;
  const CASES = CALLS.flatMap(([method, nth]) => FAULTS.map((fault) => ({ method, nth, fault })));

  /** The node, but for the `nth` call of `method`. */
  function faulty(
    node: WitnessClient,
    { method, nth, fault }: (typeof CASES)[number],
    happened: () => void,
  ): WitnessClient {
    let calls = 0;
    const wrap =
      <Request, Answer>(name: string, call: (request: Request, signal: AbortSignal) => Promise<Answer>) =>
      async (request: Request, signal: AbortSignal) => {
        if (name !== method || ++calls !== nth) return call(request, signal);
        if (fault === "failed after it took effect") await call(request, signal);
        happened();
        throw new Error(fault);
      };
    return {
      addCheckpoint: wrap("addCheckpoint", node.addCheckpoint.bind(node)),
      addEntries: wrap("addEntries", node.addEntries.bind(node)),
      shownCheckpoints: node.shownCheckpoints.bind(node),
    };
  }

  it.each(CASES)("$method, call $nth, $fault", async (fault) => {
    const one = world(ALL);
    let happened = false;
    const running = await one.start({
      ports: ({ witnesses }) => {
        const node = one.witness("bank-b");
        const broken = faulty(node, fault, () => (happened = true));
        return {
          witnesses: new Map(
            [...witnesses].map(([name, client]) => [name, client === node ? broken : client]),
          ),
        };
      },
    });
    const stranger = await running.principal("stranger");
    for (const content of ["1", "2"])
      expect((await final(running, await deposit(running, stranger, content))).state).toBe("final");
    expect(happened).toBe(true);
    expect(one.witness("bank-b").leafHashes).toHaveLength(2);
  });

  it.each(WITNESSES)("an upload of %s whose answer was lost is asked for again", async (name) => {
    const one = world(ALL);
    const running = await one.start();
    one.witness(name).lostUploads = 1;
    const id = await deposit(running, await running.principal("stranger"));
    expect((await final(running, id)).state).toBe("final");
    expect(one.witness(name).mirrored).toEqual([1, 1]);
  });
});
