/**
 * The consortium changes while it works: a bank's key is rotated, a court is added, a node turns out to have been in
 * other hands. Real processes and the built commands; a court that has had the first trust file all along follows, and
 * evidence of every time verifies under what it comes to. Then the notary lies.
 */
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { RunningProcess } from "../../scripts/quickstart/processes.js";
import { startNotary, startSample, startWitnessNode } from "../../scripts/quickstart/sample.js";
import { freePort, LOG_ORIGIN, type SampleConsortium } from "../../scripts/quickstart/sample-consortium.js";
import { openSqliteStore } from "../../src/adapters/sqlite/store.js";
import { hex, utf8 } from "../../src/core/bytes.js";
import { sha256 } from "../../src/core/digest/sha256.js";
import { parseEvidence } from "../../src/core/evidence/evidence.js";
import { parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { parseTlogProof } from "../../src/core/ledger/tlog-proof.js";
import { hashLeaf } from "../../src/core/merkle/hash.js";
import {
  CHANGE_TYPE,
  type ConsortiumChange,
  encodeConsortiumChange,
  hashTrustFile,
} from "../../src/core/membership/change.js";
import { applyChange } from "../../src/core/membership/apply-change.js";
import { parseTrustFile, type TrustFile } from "../../src/core/trust/trust-file.js";
import { signedCheckpoint } from "../../src/notary/sealing/append-batches.js";
import { growLedgerTree } from "../../src/notary/ledger/ledger-tree.js";
import { readSigningKey } from "../../src/platform/keys/keys.js";
import { eventually } from "./eventually.js";
import { type CliAnswer, runProgram, verifyOffline } from "./offline-verifier.js";

type Running = Awaited<ReturnType<typeof startSample>>;
type Json = Record<string, unknown> & { witnesses: Record<string, unknown>[]; organisations: object[] };

const folder = mkdtempSync(join(tmpdir(), "cunzheng-membership-"));
const data = join(folder, "data");
/** The court's own, had before anything changed, and nothing else of this consortium. */
const courtsFile = join(folder, "courts-consortium.json");
const NODES = ["court-east", "court-west", "bank-a", "bank-b", "arbitration"] as const;

let sample: SampleConsortium;
let running: Running;
let url: string;
let ledger: string;
let apiKeyFile: string;
const further: RunningProcess[] = [];

beforeAll(async () => {
  const port = await freePort();
  running = await startSample(data, port);
  ({ url, sample } = running);
  ledger = `${url}/ledger`;
  apiKeyFile = join(folder, "operator.key");
  writeFileSync(apiKeyFile, running.apiKeys.operator, { mode: 0o600 });
  copyFileSync(sample.consortiumFile, courtsFile);
}, 120_000);

afterAll(async () => {
  await Promise.all(further.map((each) => each.stop()));
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const trustFile = (): TrustFile => parseTrustFile(new Uint8Array(readFileSync(sample.consortiumFile)));
const configOf = (node: string) =>
  sample.witnessConfigs.find(({ organisation }) => organisation === `example-${node}`)?.config ?? "";
const consortium = (command: string, ...args: string[]): Promise<CliAnswer> =>
  runProgram([], ["consortium", command, ...args]);

async function treeSize(): Promise<number> {
  const answer = await fetch(`${ledger}/checkpoint`);
  return parseCheckpointText(parseNote(await answer.text()).text).treeSize;
}

async function expectDone(answer: CliAnswer): Promise<CliAnswer> {
  expect([answer.exitCode, answer.stderr]).toEqual([0, ""]);
  return answer;
}

/** Proposes what `edit` makes of the trust file, has it approved, puts it on the ledger and takes it up. */
async function change(
  edit: (file: Json) => void,
  {
    approvers = NODES.slice(0, 4),
    sizes = [],
  }: { approvers?: readonly string[]; sizes?: readonly string[] } = {},
): Promise<void> {
  const [wanted, out] = [join(folder, "wanted.json"), join(folder, "change.json")];
  const file = JSON.parse(readFileSync(sample.consortiumFile, "utf8")) as Json;
  edit(file);
  writeFileSync(wanted, JSON.stringify(file));
  const trust = ["--consortium", sample.consortiumFile];
  await expectDone(
    await consortium("propose", ...trust, "--wanted", wanted, "--reason", "示例", "--out", out, ...sizes),
  );
  const size = ["--tree-size", String((await treeSize()) + 1)];
  for (const node of approvers)
    await expectDone(
      await consortium("approve", ...trust, "--config", configOf(node), "--change", out, ...size),
    );
  await expectDone(await consortium("check", ...trust, "--change", out, ...size));
  const submitted = await consortium("submit", "--change", out, "--url", url, "--api-key-file", apiKeyFile);
  await expectDone(submitted);
  const { treeSize: size1 } = JSON.parse(submitted.stdout) as { treeSize: number };
  await takeUp(size1);
}

/** As the operator does: the new file, once the quorum has cosigned a checkpoint over the change. */
async function takeUp(size: number): Promise<void> {
  await eventually("a final checkpoint over the change", async () =>
    (await treeSize()) >= size ? true : undefined,
  );
  await expectDone(await consortium("update", "--consortium", sample.consortiumFile, "--from", ledger));
}

async function restartNotary(): Promise<void> {
  const notary = running.processes.find(({ name }) => name === "notary") as RunningProcess;
  const latest = further.findLast(({ name }) => name === "notary") ?? notary;
  await latest.stop();
  further.push(await startNotary(data, sample, url));
}

interface Proved {
  readonly id: string;
  readonly file: string;
  /** Of the checkpoint that it proves against. */
  readonly size: number;
}

const headers = () => ({
  Authorization: `Bearer ${running.apiKeys.bank}`,
  "Content-Type": "application/json",
});

async function deposit(record: object): Promise<Proved> {
  const body = JSON.stringify({ metadata: { recordType: "loan.disbursement" }, record });
  const answer = await fetch(`${url}/v1/deposits`, { method: "POST", headers: headers(), body });
  return evidenceOf(((await answer.json()) as { id: string }).id);
}

async function evidenceOf(id: string): Promise<Proved> {
  const answer = await fetch(`${url}/v1/deposits/${id}/evidence`, {
    headers: { ...headers(), Prefer: "wait=30" },
  });
  expect(answer.status).toBe(200);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const file = join(folder, `${id}.evidence.json`);
  writeFileSync(file, bytes);
  const note = parseNote(parseTlogProof(parseEvidence(bytes).ledgerProof).checkpoint);
  return { id, file, size: parseCheckpointText(note.text).treeSize };
}

const evidence: Proved[] = [];
const expectAllVerified = async (under = sample.consortiumFile) => {
  for (const { file } of evidence) {
    const { report, failed } = await verifyOffline([], [file, "--consortium", under]);
    expect({ failed, verdict: report.verdict }).toEqual({ failed: {}, verdict: "verified" });
  }
};

describe("a consortium", () => {
  it("rotates a bank's key", async () => {
    evidence.push(await deposit({ loan: 1 }));
    const nodeFolder = join(data, "nodes", "example-bank-b");
    const name = "example-bank-b.example/mirror";
    const newKey = join(folder, "new-mirror.key");
    const { stdout } = await runProgram([], ["keygen", "--name", name, "--kind", "mirror", "--out", newKey]);
    const at = (await treeSize()) + 2;
    await change(
      (file) => {
        const node = file.witnesses.find((each) => each["name"] === name) ?? {};
        node["vkeys"] = [stdout.trim()];
      },
      { approvers: ["court-east", "court-west", "bank-b"], sizes: ["--from", String(at)] },
    );
    const node = running.processes.find((each) => each.name === "example-bank-b") as RunningProcess;
    await node.stop();
    renameSync(newKey, join(nodeFolder, "mirror.key"));
    const config = { organisation: "example-bank-b", config: configOf("bank-b") };
    further.push(await startWitnessNode(data, config));
    await restartNotary();
    while ((evidence.at(-1)?.size ?? 0) < at) evidence.push(await deposit({ loan: evidence.length + 1 }));
    await expectAllVerified();
  }, 120_000);

  it("adds a court, once its quorum is more than half of all", async () => {
    const id = "example-court-south";
    const nodeFolder = join(folder, id);
    const port = await freePort();
    const vkeys: Record<string, string> = {};
    const config = join(folder, "witness-south.json");
    writeFileSync(
      config,
      JSON.stringify({
        name: `${id}.example/witness`,
        listen: { host: "127.0.0.1", port },
        dataFolder: nodeFolder,
        keyFile: `${id}-witness.key`,
        mirror: { name: `${id}.example/mirror`, keyFile: `${id}-mirror.key` },
        logs: [{ origin: LOG_ORIGIN, vkeys: trustFile().log.vkeys, url: ledger }],
      }),
    );
    for (const kind of ["witness", "mirror"]) {
      const out = join(folder, `${id}-${kind}.key`);
      const args = ["keygen", "--name", `${id}.example/${kind}`, "--kind", kind, "--out", out];
      vkeys[kind] = (await runProgram([], args)).stdout.trim();
    }
    await change((file) =>
      file.organisations.push({
        id,
        role: "court",
        name: { zh: "示例市南区法院", en: "Example City South District Court" },
        creditCode: "EXAMPLE0000000000S",
      }),
    );
    const addNode = (kind: string) => (file: Json) => {
      const nodeUrl = `http://127.0.0.1:${port}`;
      file.witnesses.push({
        name: `${id}.example/${kind}`,
        kind,
        vkeys: [vkeys[kind]],
        organisation: id,
        url: nodeUrl,
      });
    };
    // What is new counts from the first tree that holds its change.
    const fromNext = async () => ["--from", String((await treeSize()) + 1)];
    await change(addNode("witness"), { sizes: await fromNext() });
    // The sixth organisation that counts would make three of them half.
    const wanted = join(folder, "split.json");
    const file = JSON.parse(readFileSync(sample.consortiumFile, "utf8")) as Json;
    addNode("mirror")(file);
    writeFileSync(wanted, JSON.stringify(file));
    const split = await consortium(
      "propose",
      ...[
        "--consortium",
        sample.consortiumFile,
        "--wanted",
        wanted,
        "--reason",
        "-",
        "--out",
        wanted,
        ...(await fromNext()),
      ],
    );
    expect(split.exitCode).toBe(1);
    expect(split.stderr).toContain("change-quorum-splits");

    await change((each) => Object.assign(each["quorum"] as object, { total: 4 }), {
      sizes: await fromNext(),
    });
    await change(addNode("mirror"), { sizes: await fromNext() });
    further.push(await startWitnessNode(data, { organisation: "example-bank-b", config }));
    await restartNotary();
    evidence.push(await deposit({ loan: 10 }));
    await expectAllVerified();
  }, 240_000);

  it("retires a node from an earlier size on, without its own voice", async () => {
    const until = (evidence.at(-1)?.size ?? 0) + 1;
    // Cosigned by the node while it was in other hands, perhaps with it alone: to be proved anew.
    const meanwhile = [await deposit({ loan: 20 }), await deposit({ loan: 21 })];
    expect(await treeSize()).toBeGreaterThan(until);
    await change(
      (file) => {
        file.witnesses = file.witnesses.filter(({ organisation }) => organisation !== "example-arbitration");
        file.organisations = file.organisations.filter(
          (each) => (each as { id: string }).id !== "example-arbitration",
        );
      },
      { approvers: ["court-east", "court-west", "bank-a", "bank-b"], sizes: ["--until", String(until)] },
    );
    await restartNotary();
    evidence.push(await deposit({ loan: 11 }));
    for (const { id } of meanwhile) evidence.push(await evidenceOf(id));
    await expectAllVerified();
    const ended = trustFile().witnesses.filter(({ organisation }) => organisation === "example-arbitration");
    expect(ended.map((each) => each.until)).toEqual([until, until]);
  }, 120_000);

  it("is followed by a court that has the first trust file, from a mirror, to the same fingerprint", async () => {
    // Each mirror has its own cosignature alone: the quorum's are found at several.
    const from = NODES.slice(0, 4).flatMap((node) => {
      const { listen } = JSON.parse(readFileSync(configOf(node), "utf8")) as { listen: { port: number } };
      return ["--from", `http://127.0.0.1:${listen.port}/mirror/${hex(sha256(utf8(LOG_ORIGIN)))}`];
    });
    const trust = ["--consortium", courtsFile];
    const { stdout } = await consortium("fingerprint", "--consortium", sample.consortiumFile);
    const before = await consortium("fingerprint", ...trust, "--compare", stdout, "--lang", "en");
    expect([before.exitCode, before.stdout]).toEqual([1, expect.stringMatching(/DIFFERENT from group 1 on/)]);
    const history = await expectDone(await consortium("history", ...trust, ...from, "--lang", "en"));
    expect(history.stdout.match(/: valid$/gm)).toHaveLength(6);
    expect(history.stdout).toContain("the quorum has cosigned");
    await expectDone(await consortium("update", ...trust, ...from));
    const after = await consortium("fingerprint", ...trust, "--compare", stdout, "--lang", "en");
    expect([after.exitCode, after.stdout]).toEqual([0, expect.stringMatching(/EQUAL/)]);
    await expectAllVerified(courtsFile);
  }, 60_000);
});

describe("a notary that lies", () => {
  /** Whatever it likes, appended as its own program never would. */
  async function append(entry: Uint8Array): Promise<void> {
    const notary = further.findLast(({ name }) => name === "notary") as RunningProcess;
    await notary.stop();
    const store = openSqliteStore(join(data, "notary", "notary.db"));
    const previous = await store.newestCheckpoint();
    if (previous === undefined) throw new Error("no ledger");
    const { rootHash, tiles } = await growLedgerTree(store, previous.treeSize, [hashLeaf(entry)]);
    const { lastSeq, sealedAtMs } = previous;
    const head = { treeSize: previous.treeSize + 1, rootHash, lastSeq, sealedAtMs };
    const logSigner = readSigningKey(join(data, "notary", "log.key"));
    const checkpoint = signedCheckpoint({ store, logSigner, now: Date.now }, LOG_ORIGIN, head);
    await store.advanceLedger({ previous, checkpoint, entries: [{ content: entry }], tiles });
    await store.close();
    further.push(await startNotary(data, sample, url));
    await eventually("a final checkpoint over it", async () =>
      (await treeSize()) >= head.treeSize ? true : undefined,
    );
  }

  it("makes itself no courts: mirrors cosign its entry, and nobody counts it", async () => {
    const before = trustFile();
    const own = {
      kind: "change-quorum",
      quorum: { total: 1, roles: {}, mirrorsOnly: true },
      from: (await treeSize()) + 1000,
    } as const;
    const selfMade: ConsortiumChange = {
      type: CHANGE_TYPE,
      id: "01KATVRA0TEXAMP1E0000000C9",
      origin: LOG_ORIGIN,
      before: hashTrustFile(before),
      after: hashTrustFile(applyChange(before, own)),
      proposedAt: "2026-11-25T08:00:00.000Z",
      reason: "示例",
      change: own,
      approvals: [],
    };
    const url1 = { kind: "change-log", url: "https://elsewhere.example" } as const;
    const unapproved = { ...selfMade, change: url1, after: hashTrustFile(applyChange(before, url1)) };
    await append(encodeConsortiumChange(selfMade));
    await append(encodeConsortiumChange(unapproved));
    const kept = readFileSync(courtsFile, "utf8");
    const history = await consortium("history", "--consortium", courtsFile, "--from", ledger, "--lang", "en");
    expect(history.exitCode).toBe(1);
    expect(history.stdout).toMatch(/\[change-quorum-splits\][^]*\[approvals-insufficient\]/);
    expect(history.stdout).toContain("an honest log appends no such entry");
    await consortium("update", "--consortium", courtsFile, "--from", ledger);
    expect(readFileSync(courtsFile, "utf8")).toBe(kept);
    // Nor does the notary itself work under it, though it is in its store.
    evidence.push(await deposit({ loan: 12 }));
    await expectAllVerified(courtsFile);
  }, 120_000);
});
