/**
 * Tessera's posix-oneshot, a log that publishes a checkpoint only once its witness policy is met, with two witness
 * nodes of ours as that policy. Its tiles are then copied by our nodes, and Tessera's fsck reads a copy.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "@jest/globals";
import { openCheckpoint } from "../../src/core/ledger/checkpoint.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import { createSigningKey } from "../../src/platform/keys/keys.js";
import { parseVkey, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { eventually } from "../story/eventually.js";
import { fileServers, folderOf } from "./file-server.js";
import { fsck } from "./fsck.js";
import { describeWith, type PeerAnswer, peers, runPeer } from "./peers.js";
import { type Recorder, recorders } from "./recorder.js";
import { stranger, writePolicy } from "./trust-file.js";
import { type OurWitness, ourWitnesses, type WitnessedLog } from "./witness-node.js";

const ORIGIN = "tessera.example/log";
/** Across the width of a tile. */
const GROWTHS = [1, 254, 3, 400];

describeWith(["posix-oneshot", "fsck"], "a Tessera log with our witnesses", () => {
  const others = peers();
  const startWitness = ourWitnesses(others.folder);
  const serve = fileServers();
  const record = recorders();
  const storage = join(others.folder, "log");
  const keyFile = join(others.folder, "log.key");
  let log: WitnessedLog;
  let witnesses: readonly OurWitness[];
  let court: Recorder;
  const cosignedSizes: number[] = [];

  /** Appends that many entries and publishes a checkpoint over them, if the policy is met. */
  let batches = 0;
  function append(entries: number, policy: string, timeoutMs = 60_000): Promise<PeerAnswer> {
    const folder = join(others.folder, `entries-${++batches}`);
    mkdirSync(folder);
    for (let i = 0; i < entries; i++) writeFileSync(join(folder, String(i)), `entry ${batches}.${i}`);
    const args = [
      ...[`--storage_dir=${storage}`, `--private_key=${keyFile}`, `--entries=${folder}/*`],
      ...[`--witness_policy_file=${policy}`, "--witness_timeout=5s"],
    ];
    return runPeer("posix-oneshot", args, { timeoutMs });
  }

  const published = () => openCheckpoint(readFileSync(join(storage, "checkpoint")), [parseVkey(log.vkey)]);
  const nodes = () => [
    { role: "court" as const, node: { ...(witnesses[0] as OurWitness), url: court.url } },
    { role: "bank" as const, node: witnesses[1] as OurWitness },
  ];

  beforeAll(async () => {
    mkdirSync(storage);
    const { vkey } = createSigningKey(keyFile, { name: ORIGIN, type: SIGNATURE_TYPE.ed25519 });
    log = { origin: ORIGIN, vkey, url: await serve(folderOf(storage)) };
    witnesses = [
      await startWitness("court.example/witness", log),
      await startWitness("bank.example/witness", log),
    ];
    court = await record((witnesses[0] as OurWitness).url);
    const policy = await writePolicy(others.folder, { log, nodes: nodes(), format: "c2sp" });
    for (const entries of GROWTHS) {
      const { exitCode, stderr } = await append(entries, policy);
      if (exitCode !== 0) throw new Error(`posix-oneshot: ${exitCode}\n${stderr}`);
      cosignedSizes.push(published().treeSize);
    }
  }, 120_000);

  it("every growth was published, with both cosignatures", () => {
    const sums = GROWTHS.map((_, i) => GROWTHS.slice(0, i + 1).reduce((sum, entries) => sum + entries, 0));
    expect(cosignedSizes).toEqual(sums);
    const vkeys = witnesses.map(({ vkey }) => parseVkey(vkey));
    expect(
      openCosignatures(published().note, vkeys)
        .map(({ vkey }) => vkey.name)
        .sort(),
    ).toEqual(witnesses.map(({ name }) => name).sort());
  });

  it("the empty tree's checkpoint came first, and every one was cosigned", () => {
    const sizes = [0, ...cosignedSizes];
    expect(court.asked).toEqual(
      sizes.map((treeSize, i) => ({ oldSize: sizes[i - 1] ?? 0, treeSize, status: 200 })),
    );
  });

  it("both nodes copied every entry, and fsck reads a copy whole", async () => {
    for (const witness of witnesses) {
      const { originHash } = await eventually(`${witness.name} has copied the log`, async () => {
        const status = await witness.status();
        return status.copiedSize === cosignedSizes.at(-1) ? status : undefined;
      });
      const answer = await fsck({ ...log, url: `${witness.url}/${originHash}`, folder: others.folder });
      expect(answer).toMatchObject({ isSound: true });
    }
  });

  it("a policy that demands a stranger keeps the checkpoint back, and the log learns from a 409 what we have", async () => {
    const nodeOfNobody = { role: "court" as const, node: stranger(court.url) };
    const strangers = await writePolicy(others.folder, {
      log,
      nodes: [...nodes(), nodeOfNobody],
      format: "c2sp",
    });
    const [before, askedBefore] = [published().treeSize, court.asked.length];
    // It asks for ever: no exit code.
    expect((await append(1, strangers, 5000)).exitCode).toBeUndefined();
    expect(published().treeSize).toBe(before);
    expect(court.asked[askedBefore]).toEqual({ oldSize: before, treeSize: before + 1, status: 200 });

    const policy = await writePolicy(others.folder, { log, nodes: nodes(), format: "c2sp" });
    expect((await append(1, policy)).exitCode).toBe(0);
    expect(published().treeSize).toBe(before + 2);
    expect(court.asked.slice(askedBefore)).toContainEqual(
      expect.objectContaining({ oldSize: before, status: 409 }),
    );
  });
});
