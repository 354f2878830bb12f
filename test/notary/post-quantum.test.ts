/**
 * A consortium on its way to ML-DSA-44: three nodes and the log sign with both keys, two nodes with Ed25519 alone. Who is
 * sent what, what a checkpoint then holds, and under which trust files its evidence stands.
 */
import { describe, expect, it } from "@jest/globals";
import { openLogSignatures, parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { parseEvidence } from "../../src/core/evidence/evidence.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { parseTlogProof } from "../../src/core/ledger/tlog-proof.js";
import { canonicalJson } from "../../src/core/record/canonical.js";
import { type JsonObject, parseJson } from "../../src/core/record/json.js";
import type { Report } from "../../src/core/verify/report.js";
import { verifyEvidence } from "../../src/core/verify/verify-evidence.js";
import { parseConsortium } from "../../src/core/trust/consortium.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import type { SignatureDemand } from "../../src/core/trust/signature-demand.js";
import { isFinalFor } from "../../src/notary/finality/finality.js";
import { verifiedCosignatures } from "../../src/notary/finality/stored-cosignatures.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import { requestOf, type World, type WitnessName, worlds } from "./world.js";

const world = worlds();
const BOTH: readonly WitnessName[] = ["court-east", "bank-b", "arbitration"];
const ED25519_ALONE: readonly WitnessName[] = ["court-west", "bank-a"];
/** Blob lengths in a note: of a log's Ed25519 line, and of any ML-DSA-44 line. */
const [ED25519_BYTES, ML_DSA_BYTES] = [64, 8 + 2420];

const lengthsOf = (note: string) => parseNote(note).signatures.map(({ signature }) => signature.length);

/** The same trust under another demand. */
function demanding(trust: Uint8Array, signatures: SignatureDemand): Uint8Array {
  const file = parseJson(trust, { numbers: "canonical" }) as JsonObject;
  const quorum = { ...(file["quorum"] as JsonObject), signatures };
  return canonicalJson({ ...file, type: "cunzheng/consortium@v2", quorum });
}

/** Evidence of one deposit by a bank, when everybody has cosigned. */
async function evidenceIn({ start, witnesses }: World): Promise<Uint8Array> {
  const { notary, principal, store } = await start();
  const bank = await principal("bank-a");
  const { statement } = await notary.deposit(bank, requestOf("a record"));
  expect(await notary.waitForFinality(statement.id, 10_000)).toMatchObject({ state: "final" });
  const wanted = [...witnesses.values()].reduce(
    (sum, { secondKey }) => sum + (secondKey === undefined ? 1 : 2),
    0,
  );
  for (let i = 0; i < 200 && (await store.cosignatures(1)).length < wanted; i++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return notary.evidence(bank, statement.id);
}

const noteIn = (evidence: Uint8Array) =>
  parseNote(parseTlogProof(parseEvidence(evidence).ledgerProof).checkpoint);
const verify = (evidence: Uint8Array, consortium: Uint8Array) =>
  verifyEvidence({ evidence, consortium, ...VERIFIERS });
const codesOf = ({ checks }: Report) =>
  Object.fromEntries(checks.flatMap(({ name, result, code }) => (result === "failed" ? [[name, code]] : [])));
const countedIn = ({ cosigners }: Report) =>
  cosigners
    .flatMap(({ organisation, algorithm, counted }) => (counted ? [`${organisation} ${algorithm}`] : []))
    .sort();

describe("a consortium with both kinds of nodes", () => {
  it("sends whoever knows Ed25519 alone the log's Ed25519 line only", async () => {
    const sample = world({ postQuantum: BOTH });
    await evidenceIn(sample);
    for (const name of BOTH)
      expect(sample.witness(name).received.map(lengthsOf)).toContainEqual([ED25519_BYTES, ML_DSA_BYTES]);
    for (const name of ED25519_ALONE) {
      const { received } = sample.witness(name);
      expect(received.length).toBeGreaterThan(0);
      for (const note of received) expect(lengthsOf(note)).toEqual([ED25519_BYTES]);
    }
  });

  it("shows checkpoints with every line, each of which verifies", async () => {
    const sample = world({ postQuantum: BOTH });
    const note = noteIn(await evidenceIn(sample));
    const { log, witnesses } = parseConsortium(sample.consortium);
    expect(openLogSignatures(note, parseCheckpointText(note.text), log.vkeys)).toEqual(log.vkeys);
    const vkeys = witnesses.flatMap((witness) => witness.vkeys);
    const cosigned = openCosignatures(note, vkeys).map(({ vkey }) => vkey.text);
    expect(cosigned.sort()).toEqual(vkeys.map(({ text }) => text).sort());
    expect(note.signatures).toHaveLength(2 + 5 + 3);
  });

  it("makes evidence that stands under every demand that enough of them meet", async () => {
    const sample = world({ postQuantum: BOTH });
    const evidence = await evidenceIn(sample);
    const all = ["arbitration", "bank-b", "court-east"];

    expect(verify(evidence, sample.consortium).verdict).toBe("verified");
    expect(verify(evidence, demanding(sample.consortium, "any")).verdict).toBe("verified");
    const byEd25519 = verify(evidence, demanding(sample.consortium, "ed25519"));
    expect(byEd25519.verdict).toBe("verified");
    expect(countedIn(byEd25519)).toEqual([...all, "court-west"].map((name) => `${name} ed25519`));
    const byMlDsa = verify(evidence, demanding(sample.consortium, "ml-dsa-44"));
    expect(byMlDsa.verdict).toBe("verified");
    expect(countedIn(byMlDsa)).toEqual(all.map((name) => `${name} ml-dsa-44`));
    const byBoth = verify(evidence, demanding(sample.consortium, "both"));
    expect(byBoth.verdict).toBe("verified");
    expect(countedIn(byBoth)).toHaveLength(3);
    expect(
      byBoth.cosigners
        .filter(({ reason }) => reason === "one-algorithm")
        .map(({ organisation }) => organisation),
    ).toEqual(["court-west"]);
  });

  it("makes evidence that falls where a signature that is demanded is missing", async () => {
    // One node too few has the second key.
    const sample = world({ postQuantum: ["court-east", "bank-b"] });
    const evidence = await evidenceIn(sample);
    expect(verify(evidence, demanding(sample.consortium, "any")).verdict).toBe("verified");
    for (const demand of ["ml-dsa-44", "both"] as const)
      expect(codesOf(verify(evidence, demanding(sample.consortium, demand)))).toEqual({
        quorum: "quorum-not-met",
      });

    const logLine = noteIn(evidence).signatures[1]?.line ?? "";
    const text = new TextDecoder().decode(evidence);
    const without = new TextEncoder().encode(text.replace(`${logLine}\\n`, ""));
    expect(without.length).toBeLessThan(evidence.length);
    expect(verify(without, sample.consortium).verdict).toBe("verified");
    expect(codesOf(verify(without, demanding(sample.consortium, "both")))).toEqual({
      "log-signature": "signature-missing",
      quorum: "quorum-not-met",
    });
  });

  it("mirrors cosign with both keys too", async () => {
    const sample = world({ postQuantum: BOTH, isMirrored: true, signatures: "both" });
    const { start, consortium } = sample;
    const { notary, principal } = await start();
    const bank = await principal("bank-a");
    const { statement } = await notary.deposit(bank, requestOf("a record"));
    expect(await notary.waitForFinality(statement.id, 10_000)).toMatchObject({ state: "final" });
    const report = verify(await notary.evidence(bank, statement.id), consortium);
    expect(report.verdict).toBe("verified");
    expect(report.cosigners.filter(({ counted }) => counted).map(({ kind }) => kind)).toEqual([
      "mirror",
      "mirror",
      "mirror",
    ]);
  });
});

describe("under a trust file that demands both", () => {
  it("nothing is final before enough have signed with both", async () => {
    const sample = world({ postQuantum: BOTH, signatures: "both" });
    const { start } = sample;
    const second = sample.witness("arbitration").secondKey;
    sample.witness("arbitration").secondKey = undefined; // Its operator has not put the key in place.
    const { notary, principal } = await start();
    const bank = await principal("bank-a");
    const { statement } = await notary.deposit(bank, requestOf("a record"));
    expect(await notary.waitForFinality(statement.id, 500)).toMatchObject({ state: "sealed" });
    // It has answered, so it is not asked again and again.
    expect(sample.witness("arbitration").asked).toBeLessThan(5);

    sample.witness("arbitration").secondKey = second;
    const next = await notary.deposit(bank, requestOf("another record"));
    expect(await notary.waitForFinality(next.statement.id, 10_000)).toMatchObject({ state: "final" });
    expect(await notary.waitForFinality(statement.id, 10_000)).toMatchObject({ state: "final" });
  });

  it("what was final before the demand came stays final, as its evidence stays verified", async () => {
    const sample = world({});
    const { notary, principal, store } = await sample.start();
    const bank = await principal("bank-a");
    const { statement } = await notary.deposit(bank, requestOf("a record"));
    expect(await notary.waitForFinality(statement.id, 10_000)).toMatchObject({ state: "final" });
    const evidence = await notary.evidence(bank, statement.id);
    const { treeSize } = parseCheckpointText(noteIn(evidence).text);
    const file = parseJson(sample.consortium, { numbers: "canonical" }) as JsonObject;
    const rule = file["quorum"] as JsonObject;
    const judge = async (former: readonly JsonObject[]) => {
      const quorum = { ...rule, signatures: "both", former: [...former] };
      const trust = canonicalJson({ ...file, type: "cunzheng/consortium@v2", quorum });
      const consortium = parseConsortium(trust);
      const checkpoint = await store.findCheckpoint(treeSize);
      if (checkpoint === undefined) throw new Error("no checkpoint");
      const cosignatures = verifiedCosignatures(await store.cosignatures(treeSize), consortium);
      return [verify(evidence, trust).verdict, isFinalFor("bank-a", checkpoint, cosignatures, consortium)];
    };
    expect(await judge([{ ...rule, until: treeSize + 1 }])).toEqual(["verified", true]);
    expect(await judge([{ ...rule, until: treeSize }])).toEqual(["refused", false]);
  });

  it("does not start a notary whose log has no ML-DSA-44 key", async () => {
    const { start } = world({ signatures: "both" });
    await expect(start()).rejects.toThrow("this notary has no such key");
  });

  it("does not start a notary whose ML-DSA-44 key the trust file does not list", async () => {
    const stranger = world({ postQuantum: BOTH });
    const { ports } = await stranger.start();
    const { start } = world({});
    const { logPostQuantumSigner } = ports;
    if (logPostQuantumSigner === undefined) throw new Error("the log has no second key");
    await expect(start({ ports: () => ({ logPostQuantumSigner }) })).rejects.toThrow("does not list");
  });

  it("refuses deposits, and says why, where too few could ever sign so", async () => {
    const { start, logged } = world({ postQuantum: ["court-east", "bank-b"], signatures: "both" });
    const { notary, principal } = await start();
    const bank = await principal("bank-a");
    await expect(notary.deposit(bank, requestOf("a record"))).rejects.toMatchObject({
      code: "quorum-unreachable",
    });
    expect(logged).toContainEqual(
      expect.objectContaining({
        level: "warn",
        fields: expect.objectContaining({ quorum: expect.objectContaining({ signatures: "both" }) }),
      }),
    );
  });
});
