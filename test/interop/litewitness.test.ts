/**
 * litewitness (torchwood) cosigns our ledger: it stands in the trust file as the court of the west, the only court
 * whose node runs, so nothing becomes final without it. Then torchwood reads the proofs that came of it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "@jest/globals";
import { createWitnessClient } from "../../src/adapters/witness-client/witness-client.js";
import { encodeBatch } from "../../src/core/batch/batch.js";
import { base64, utf8 } from "../../src/core/bytes.js";
import { parseEvidence } from "../../src/core/evidence/evidence.js";
import { encodeCheckpointText, openCheckpoint } from "../../src/core/ledger/checkpoint.js";
import { encodeNote, parseNote } from "../../src/core/ledger/note.js";
import { encodeTlogProof, parseTlogProof, type TlogProof } from "../../src/core/ledger/tlog-proof.js";
import { parseConsortium } from "../../src/core/trust/consortium.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import { signed, stolenKeys } from "../story/forgery.js";
import { runProgram, verifyOffline } from "../story/offline-verifier.js";
import { sampleServices, type SampleService } from "../story/sample-service.js";
import { type Litewitness, startLitewitness } from "./litewitness.js";
import { describeWith, peers, runPeer } from "./peers.js";

const COURT = "example-court-west";
const GROWTHS = 5;

describeWith(["litewitness", "witnessctl", "verify-proof"], "litewitness cosigns our ledger", () => {
  const others = peers();
  const services = sampleServices();
  const trustFile = join(others.folder, "consortium.json");
  let service: SampleService;
  let court: Litewitness;
  /** Of deposits that became final one after the other, each on a larger ledger. */
  const evidence: { readonly id: string; readonly bytes: Uint8Array }[] = [];

  beforeAll(async () => {
    service = await services();
    const { origin, vkeys } = service.consortium.log;
    court = await startLitewitness(others, {
      name: "court-west.example/litewitness",
      log: { origin, vkey: vkeys[0]?.text ?? "" },
    });
    const file = service.sample.consortiumFile;
    const consortium = JSON.parse(readFileSync(file, "utf8")) as {
      witnesses: { organisation: string }[];
      quorum: object;
    };
    const { name, vkey, url } = court;
    const node = { name, kind: "witness", vkeys: [vkey], organisation: COURT, url };
    const witnesses = [...consortium.witnesses.filter(({ organisation }) => organisation !== COURT), node];
    // litewitness is no mirror, so here a witness must do.
    const quorum = { ...consortium.quorum, mirrorsOnly: false };
    const text = JSON.stringify({ ...consortium, witnesses, quorum });
    for (const each of [file, trustFile]) writeFileSync(each, text);

    await Promise.all([
      service.startNode("example-bank-b"),
      service.startNode("example-arbitration"),
      service.startNotary(),
    ]);
    await service.register();
    for (let growth = 1; growth <= GROWTHS; growth++) {
      const { id } = (await service.deposit({ growth })).json as { id: string };
      evidence.push({ id, bytes: await service.evidence(id) });
    }
  }, 120_000);

  const checkpointOf = (bytes: Uint8Array) => {
    const { checkpoint } = parseTlogProof(parseEvidence(bytes).ledgerProof);
    return openCheckpoint(checkpoint, service.consortium.log.vkeys);
  };
  const last = () => evidence[GROWTHS - 1] as (typeof evidence)[number];

  it("over growing checkpoints, each of which has its cosignature", () => {
    const sizes = evidence.map(({ bytes }) => checkpointOf(bytes).treeSize);
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
    expect(sizes).toHaveLength(GROWTHS);
    const { witnesses } = parseConsortium(new Uint8Array(readFileSync(trustFile)));
    const vkeys = witnesses.find(({ organisation }) => organisation === COURT)?.vkeys ?? [];
    for (const { bytes } of evidence)
      expect(openCosignatures(checkpointOf(bytes).note, vkeys)).toMatchObject([
        { vkey: { name: court.name } },
      ]);
  });

  it("and witnessctl says the same size and root of it", async () => {
    const shown = await (await fetch(`${service.url}/ledger/checkpoint`)).text();
    const { treeSize, rootHash } = openCheckpoint(shown, service.consortium.log.vkeys);
    expect(treeSize).toBe(GROWTHS);
    expect(await court.recorded()).toEqual({ size: treeSize, rootHash: base64(rootHash) });
  });

  it("its cosignature counts in evidence that verifies, and is missed where it is left out", async () => {
    const file = join(others.folder, "last.evidence.json");
    writeFileSync(file, last().bytes);
    const { exitCode, report } = await verifyOffline([], [file, "--consortium", trustFile]);
    expect({ exitCode, verdict: report.verdict }).toEqual({ exitCode: 0, verdict: "verified" });
    expect(report.cosigners).toContainEqual(
      expect.objectContaining({ name: court.name, organisation: COURT, counted: true }),
    );
    const without = await verifyOffline([], [file, "--consortium", trustFile, "--party", COURT]);
    expect(without).toMatchObject({ exitCode: 1, failed: { quorum: "quorum-not-met" } });
  });

  it("it tells our client what it has, and refuses a second branch that the log's own key signed", async () => {
    const { log } = stolenKeys(service.data);
    const text = encodeCheckpointText({
      origin: log.name,
      treeSize: GROWTHS,
      rootHash: checkpointOf((evidence[0] as (typeof evidence)[number]).bytes).rootHash,
    });
    const request = { proof: [], checkpoint: encodeNote(text, [signed(text, log)]) };
    const client = createWitnessClient(court.url);
    const ask = (oldSize: number) => client.addCheckpoint({ ...request, oldSize }, AbortSignal.timeout(5000));
    try {
      expect(await ask(0)).toEqual({ kind: "conflict", treeSize: GROWTHS });
      expect(await ask(GROWTHS)).toMatchObject({ kind: "refused", status: 422 });
    } finally {
      await client.close();
    }
    expect((await court.recorded()).rootHash).toBe(base64(checkpointOf(last().bytes).rootHash));
  });

  let files = 0;
  const put = (content: string | Uint8Array) => {
    const file = join(others.folder, `proof-${++files}`);
    writeFileSync(file, content);
    return file;
  };
  const policy = async (...parties: readonly string[]) => {
    const args = parties.flatMap((party) => ["--party", party]);
    const answer = await runProgram([], ["policy", "--consortium", trustFile, ...args]);
    expect(answer).toMatchObject({ exitCode: 0, stderr: "" });
    return put(answer.stdout);
  };
  const proofOf = async (id: string) => (await service.call(`GET /v1/deposits/${id}/ledger-proof`)).text;
  const leaf = () => encodeBatch(parseEvidence(last().bytes).batch);
  const check = (policyFile: string, content: Uint8Array, proof: string) =>
    runPeer("verify-proof", [policyFile, put(content), put(proof)]);
  const REFUSED = { exitCode: 1, stdout: "" };

  it("torchwood verifies our .tlog-proof of each under the exported policy", async () => {
    const policyFile = await policy("example-bank-a");
    for (const { id, bytes } of evidence) {
      const content = encodeBatch(parseEvidence(bytes).batch);
      expect(await check(policyFile, content, await proofOf(id))).toEqual({
        exitCode: 0,
        stdout: "verified\n",
        stderr: "",
      });
    }
  });

  it.each<readonly [string, (proof: TlogProof) => TlogProof]>([
    ["another index", (proof) => ({ ...proof, index: proof.index - 1 })],
    ["a hash less in its path", (proof) => ({ ...proof, path: proof.path.slice(1) })],
    ["another tree size", withText((text) => text.replace(`\n${GROWTHS}\n`, `\n${GROWTHS + 1}\n`))],
    ["another origin", withText((text) => text.replace("/loans", "/loan"))],
    ["no cosignature of the court", withLines((line) => !line.includes(" court-west.example/"))],
    ["no signature of the log", withLines((line) => !line.includes(" ledger.cunzheng.example/loans "))],
  ])("and refuses one with %s", async (_, change) => {
    const policyFile = await policy("example-bank-a");
    const proof = encodeTlogProof(change(parseTlogProof(await proofOf(last().id))));
    expect(await check(policyFile, leaf(), proof)).toMatchObject(REFUSED);
  });

  it("and refuses another leaf, and other parties", async () => {
    const proof = await proofOf(last().id);
    const policyFile = await policy("example-bank-a");
    expect(await check(policyFile, utf8("{}"), proof)).toMatchObject(REFUSED);
    // Bank A's own node does not run: without bank B no bank has signed.
    expect(await check(await policy("example-bank-b"), leaf(), proof)).toMatchObject(REFUSED);
  });
});

function withText(change: (text: string) => string): (proof: TlogProof) => TlogProof {
  return (proof) => {
    const { text, signatures } = parseNote(proof.checkpoint);
    const lines = signatures.map(({ line }) => line);
    return { ...proof, checkpoint: encodeNote(change(text), lines) };
  };
}

function withLines(isKept: (line: string) => boolean): (proof: TlogProof) => TlogProof {
  return (proof) => {
    const { text, signatures } = parseNote(proof.checkpoint);
    const lines = signatures.map(({ line }) => line).filter(isKept);
    return { ...proof, checkpoint: encodeNote(text, lines) };
  };
}
