/**
 * A sigsum log is cosigned by our witness node: what is submitted to it gets its proof only with our cosignature, and
 * sigsum-verify checks that proof without a network, under the policy that `cunzheng policy --format sigsum` prints.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "@jest/globals";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import { openCheckpoint } from "../../src/core/ledger/checkpoint.js";
import { parseVkey } from "../../src/core/ledger/vkey.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import { eventually } from "../story/eventually.js";
import { askPeer, describeWith, peers, runPeer } from "./peers.js";
import { type Recorder, recorders } from "./recorder.js";
import { stranger, writePolicy } from "./trust-file.js";
import { type OurWitness, ourWitnesses, type WitnessedLog } from "./witness-node.js";

const PROGRAMS = ["sigsum-key", "sigsum-mktree", "sigsum-log-primary", "sigsum-submit", "sigsum-verify"];
const MESSAGES = ["first", "second", "third"];

describeWith(PROGRAMS, "a sigsum log with our witness", () => {
  const others = peers();
  const startWitness = ourWitnesses(others.folder);
  const file = (name: string) => join(others.folder, name);
  let log: WitnessedLog;
  let witness: OurWitness;
  const record = recorders();
  let court: Recorder;
  let policy: string;

  beforeAll(async () => {
    for (const key of ["log", "submitter"]) await askPeer("sigsum-key", ["generate", "-o", file(key)]);
    const vkey = (await askPeer("sigsum-key", ["to-vkey", "-k", file("log.pub")])).trim();
    const [external, internal] = [await freePort(), await freePort()];
    log = { origin: parseVkey(vkey).name, vkey, url: `http://127.0.0.1:${external}` };
    witness = await startWitness("court.example/witness", log);
    court = await record(witness.url);
    policy = await writePolicy(others.folder, {
      log,
      nodes: [{ role: "court", node: { ...witness, url: court.url } }],
      format: "sigsum",
    });

    await askPeer("sigsum-mktree", ["--mode", "empty", "--sth-file", file("sth")]);
    others.start(
      "sigsum-log-primary",
      [
        ...["--backend", "ephemeral", "--key-file", file("log"), "--policy-file", policy],
        ...["--interval", "1s", "--sth-file", file("sth")],
        ...["--external-endpoint", `127.0.0.1:${external}`, "--internal-endpoint", `127.0.0.1:${internal}`],
      ],
      { GODEBUG: "httpmuxgo121=0" },
    );
    await eventually("the sigsum log answers", async () =>
      (await fetch(`${log.url}/get-tree-head`).catch(() => undefined))?.ok ? true : undefined,
    );
    for (const message of MESSAGES) {
      writeFileSync(file(message), message);
      await askPeer("sigsum-submit", ["-k", file("submitter"), "-p", policy, file(message)]);
    }
  }, 120_000);

  const verify = (message: string, proof: string, policyFile: string) =>
    runPeer("sigsum-verify", ["-k", file("submitter.pub"), "-p", policyFile, proof], { input: message });

  it("every proof verifies under a policy that demands our witness", async () => {
    for (const message of MESSAGES)
      expect(await verify(message, file(`${message}.proof`), policy)).toMatchObject({ exitCode: 0 });
  });

  it("and fails for another message, and under a policy that demands a stranger", async () => {
    const proof = file("first.proof");
    expect((await verify("altered", proof, policy)).exitCode).toBe(1);
    const strangers = await writePolicy(others.folder, {
      log,
      nodes: [
        { role: "court", node: witness },
        { role: "bank", node: stranger(witness.url) },
      ],
      format: "sigsum",
    });
    expect((await verify("first", proof, strangers)).exitCode).toBe(1);
  });

  it("our witness cosigned the log's growth, and holds no sign of misconduct", async () => {
    // It begins with the empty tree, and asks again for what has been cosigned: that refreshes the time.
    expect(court.asked[0]).toEqual({ oldSize: 0, treeSize: 0, status: 200 });
    expect(court.asked).toContainEqual({ oldSize: 1, treeSize: 1, status: 200 });
    expect(court.asked.filter(({ status }) => status !== 200)).toEqual([]);
    const { cosignedSize, misconducts } = await witness.status();
    expect({ cosignedSize, misconducts }).toEqual({ cosignedSize: MESSAGES.length, misconducts: 0 });
    const { note, treeSize } = openCheckpoint(await witness.checkpoint(), [parseVkey(log.vkey)]);
    expect(treeSize).toBe(MESSAGES.length);
    expect(openCosignatures(note, [parseVkey(witness.vkey)])).toHaveLength(1);
    // The proof that sigsum made names this size too.
    expect(readFileSync(file("third.proof"), "utf8")).toContain(`size=${treeSize}`);
  });
});
