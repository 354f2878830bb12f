/** What a program says when a file that it needs is not there, or malformed: who names it, how it comes to be, what is wrong. */
import { expect, it } from "@jest/globals";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";
import { createSigningKey } from "../../../src/platform/keys/keys.js";
import { startNotary } from "../../../src/programs/services/notary.js";
import { makeOperatorKey } from "../../../src/programs/services/operator-key.js";
import { startWitnessNode } from "../../../src/programs/services/witness.js";
import { ORIGIN, sampleConsortium } from "../../http/sample-consortium.js";
import { temporaryFolders } from "../../temporary-folder.js";

const temporaryFolder = temporaryFolders();

it("names a missing configuration by its option", async () => {
  const missing = join(temporaryFolder(), "notary.json");
  const message = `${missing} is missing (named by --config): docs/operation.md and docs/member.md show them all`;
  await expect(startNotary(missing)).rejects.toThrow(message);
  await expect(makeOperatorKey(missing)).rejects.toThrow(message);
  await expect(startWitnessNode(missing)).rejects.toThrow(message);
});

it("names a missing trust file, then a missing key with the line that makes it", async () => {
  const folder = temporaryFolder();
  const config = join(folder, "notary.json");
  const trustFile = join(folder, "consortium.json");
  const members = { consortium: "consortium.json", publicUrl: "https://notary.example", logLevel: "silent" };
  writeFileSync(config, JSON.stringify({ ...members, dataFolder: "." }));
  await expect(startNotary(config)).rejects.toThrow(
    `${trustFile} is missing (named by consortium of ${config})`,
  );
  writeFileSync(trustFile, sampleConsortium(temporaryFolder()).json);
  const file = join(folder, "log.key");
  await expect(startNotary(config)).rejects.toThrow(
    `${file} is missing (named by keys.log of ${config}): cunzheng keygen --name ${ORIGIN} --kind log --out ${file}`,
  );
});

it("makes no witness's key in the place of one that the configuration names", async () => {
  const folder = temporaryFolder();
  const [config, file] = [join(folder, "witness.json"), join(folder, "court.key")];
  const { vkey } = createSigningKey(join(folder, "log.key"), { name: ORIGIN, type: SIGNATURE_TYPE.ed25519 });
  writeFileSync(
    config,
    JSON.stringify({
      name: "court.example/witness",
      listen: { host: "127.0.0.1", port: 0 },
      dataFolder: ".",
      keyFile: "court.key",
      logs: [{ origin: ORIGIN, vkeys: [vkey], url: "http://127.0.0.1:9/ledger" }],
    }),
  );
  await expect(startWitnessNode(config)).rejects.toThrow(
    `cunzheng keygen --name court.example/witness --kind witness --out ${file}`,
  );
  expect(existsSync(file)).toBe(false);
});

it("names the member that is wrong, with what stands there and what is wanted", async () => {
  const config = join(temporaryFolder(), "configuration.json");
  const trustFile = join(config, "..", "consortium.json");
  writeFileSync(config, '{"nope":1}');
  const unknown = `${config}/nope: a member that the format doesn't have, got nope, want `;
  await expect(startNotary(config)).rejects.toThrow(unknown);
  await expect(startWitnessNode(config)).rejects.toThrow(unknown);
  const members = { dataFolder: ".", consortium: "consortium.json", publicUrl: "https://notary.example" };
  writeFileSync(config, JSON.stringify(members));
  writeFileSync(trustFile, "{oops");
  const broken = `${trustFile}: not JSON at character 2, got "o", want a member's name`;
  await expect(startNotary(config)).rejects.toThrow(broken);
  await expect(makeOperatorKey(config)).rejects.toThrow(broken);
});
