/** That everything which the programs write and is not for everybody is its owner's alone, from its making. */
import { chmodSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { cunzheng, modesBelow } from "./backup/commands.js";
import { type SampleService, sampleServices } from "../story/sample-service.js";

const prepare = sampleServices();
let service: SampleService;
const at = (...path: readonly string[]) => join(service.data, ...path);

/** Nothing is taken from what a program makes: what it asks for is what it gets. */
const umask = process.umask(0);
afterAll(() => {
  process.umask(umask);
});

/** For everybody: the trust file, and X.509 certificates. */
const IS_PUBLIC = /consortium\.json$|\.pem$/;
const openToOthers = (folder: string) =>
  [...modesBelow(folder)].filter(([path, mode]) => (mode & 0o077) !== 0 && !IS_PUBLIC.test(path));

beforeAll(async () => {
  service = await prepare();
  await service.start();
  const answer = await service.deposit({ serial: 1 }, { retain: true });
  await service.evidence(String(answer.json.id));
}, 120_000);

describe("what running programs keep", () => {
  it("is their owner's alone: folders, databases with their logs, marks, originals, lock files, their own logs", () => {
    expect(openToOthers(service.data)).toEqual([]);
    const paths = [...modesBelow(service.data).keys()].join("\n");
    for (const made of [
      "notary/notary.db-wal",
      "notary/lock.db",
      "notary/log.key.signed",
      "notary/originals/staged",
    ])
      expect(paths).toContain(made);
    expect(paths).toMatch(/nodes\/example-bank-a\/(witness|mirror)\.key\.signed/);
  });

  it("is so in a backup with keys, in what is restored of it, and after a recovery", async () => {
    const config = service.sample.notaryConfig;
    const backup = await cunzheng("backup", "--config", config, "--out", at("kept", "backup"), "--with-keys");
    expect(backup).toMatchObject({ exitCode: 0 });
    const restored = await cunzheng("restore", "--from", at("kept", "backup"), "--to", at("back"));
    expect(restored).toMatchObject({ exitCode: 0 });
    await service.deposit({ serial: 2 }).then(({ json }) => service.evidence(String(json.id)));
    await service.notary.stop();
    const { originHash } = await service.nodeStatus("example-court-east");
    const mirror = `${service.nodeUrl("example-court-east")}/mirror/${originHash}`;
    const recovered = await cunzheng("recover", "--config", at("back", "notary.json"), "--from", mirror);
    expect(recovered).toMatchObject({ exitCode: 0 });
    expect(recovered.text).toContain("LOST");
    expect(openToOthers(service.data)).toEqual([]);
  });

  it("is so of keys that are made", async () => {
    const made = [
      ["--name", "a.example/log", "--kind", "log", "--out", at("made.key")],
      ["authority", "--name", "Root", "--out", at("root")],
      ["document-signer", "--name", "Signer", "--authority", at("root"), "--out", at("signer")],
    ];
    for (const args of made) expect(await cunzheng("keygen", ...args)).toMatchObject({ exitCode: 0 });
    expect(openToOthers(service.data)).toEqual([]);
  });
});

describe("what others may read or write, or what is a link", () => {
  const serve = () => cunzheng("serve", "--config", service.sample.notaryConfig);

  it("is refused by the notary, by who reads beside it, and by a node; the command that is named mends it", async () => {
    const file = at("notary", "notary.db");
    chmodSync(file, 0o644);
    const refused = await serve();
    expect(refused.exitCode).toBe(70);
    expect(refused.text).toContain(`chmod 600 ${file}`);
    const config = service.sample.notaryConfig;
    const backup = await cunzheng("backup", "--config", config, "--out", at("second"));
    expect(backup.exitCode).toBe(1);
    expect(backup.text).toContain(`chmod 600 ${file}`);
    chmodSync(file, 0o600);

    const [node] = service.sample.witnessConfigs;
    if (node === undefined) throw new Error("the sample has no node");
    const memory = at("nodes", node.organisation, "witness.db");
    await service.node(node.organisation as "example-bank-a").stop();
    chmodSync(memory, 0o660);
    const witness = await cunzheng("witness", "--config", node.config);
    expect(witness.exitCode).toBe(70);
    expect(witness.text).toContain(`chmod 600 ${memory}`);
    const misconduct = await cunzheng("misconduct", "--config", node.config, "--out", at("misconduct"));
    expect(misconduct.text).toContain(`chmod 600 ${memory}`);
    chmodSync(memory, 0o600);
    await service.startNode(node.organisation as "example-bank-a");
  });

  it("is refused where it leads out of the folder, which itself may be reached by a link", async () => {
    const file = at("notary", "notary.db");
    renameSync(file, at("elsewhere.db"));
    symlinkSync(at("elsewhere.db"), file);
    const refused = await serve();
    expect(refused.exitCode).toBe(70);
    expect(refused.text).toContain("is a link");
    renameSync(at("elsewhere.db"), file);
    symlinkSync(at("notary"), at("named"));
    service.configureNotary({ dataFolder: at("named") });
    await service.startNotary();
    expect(readFileSync(at("notary", "log.jsonl"), "utf8")).toContain(`"dataFolder":"${at("notary")}"`);
  });
});
