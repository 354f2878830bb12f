/** From a lie to a file that convicts: a node is lied to, its operator exports, and anybody verifies. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { command, writeConfig, writeTrust } from "../commands.js";
import { witnesses } from "../running-witness.js";
import { createTestLog, serveTiles, type TileServer } from "../test-log.js";

const nodes = witnesses();
const servers: TileServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const log = createTestLog({ size: 601 });
const fork = log.withEntry(3, "another entry");

/** A node that has cosigned and copied 600 entries, and what it is asked then. */
async function lied(bodies: readonly Uint8Array[]) {
  const server = await serveTiles(() => log, {});
  servers.push(server);
  const folder = nodes.folder();
  const witness = await nodes.start({ logs: [{ log, url: server.url }], dataFolder: folder });
  const copied = witness.logged("copied");
  expect((await witness.post(log.request({ size: 600 }))).status).toBe(200);
  await copied;
  for (const body of bodies) await witness.post(body);
  writeConfig(witness.config);
  return { folder, trustFile: writeTrust(folder, log), out: join(folder, "out") };
}

describe("cunzheng misconduct", () => {
  it("writes a file for each fork, while the node runs, and `cunzheng verify` proves each", async () => {
    const sizes = [4, 255, 257, 512, 600];
    const { folder, trustFile, out } = await lied([
      ...sizes.map((size) => fork.request({ old: size === 600 ? 600 : 0, size })),
      log.request({ old: 600, size: 600, checkpoint: log.checkpoint(0, { root: new Uint8Array(32) }) }),
      fork.request({ old: 600, size: 600 }),
    ]);
    const config = ["--config", join(folder, "witness.json"), "--out", out];
    const { exitCode, printed } = await command(["misconduct", ...config]);
    expect(exitCode).toBe(0);
    expect(printed).toContain(`${log.origin}: 6 proved, 0 waiting for the copy, 0 suspects`);
    const [originHash = ""] = readdirSync(out);
    const files = readdirSync(join(out, originHash));
    expect(files.map((name) => Number(name.split("-")[0])).sort((a, b) => a - b)).toEqual([0, ...sizes]);
    for (const name of files) {
      const file = join(out, originHash, name);
      const verified = await command(["verify", file, "--consortium", trustFile]);
      expect([name, verified.exitCode]).toEqual([name, 0]);
      expect(verified.printed).toMatch(
        /^Misconduct report\n\nFile verified: .*\n {2}SHA-256: [0-9a-f]{64}\n[^]*\nVerdict: PROVED\n/,
      );
      expect(verified.printed).toContain(`${log.origin}, the ledger`);
      const altered = readFileSync(file, "utf8").replaceAll(`\\n${name.split("-")[0]}\\n`, "\\n1\\n");
      writeFileSync(join(folder, "altered.json"), altered);
      const refused = await command(["verify", join(folder, "altered.json"), "--consortium", trustFile]);
      expect([name, refused.exitCode]).toEqual([name, 1]);
      expect(refused.printed).toMatch(/(?:nothing is proved|proves nothing) against anybody\./i);
    }
    // Again: the same files.
    expect((await command(["misconduct", ...config])).exitCode).toBe(0);
    expect(readdirSync(join(out, originHash))).toEqual(files);
  });

  it("counts what is only suspect, and writes nothing of it", async () => {
    const { folder, out } = await lied([fork.request({ old: 600, size: 601 })]);
    const { printed } = await command(["misconduct", "--config", join(folder, "witness.json"), "--out", out]);
    expect(printed).toBe(`${log.origin}: 0 proved, 0 waiting for the copy, 1 suspects\n`);
    expect(existsSync(out)).toBe(false);
  });

  it("refuses a record or a party beside a misconduct file", async () => {
    const { folder, trustFile } = await lied([]);
    const file = join(folder, "x.misconduct.json");
    writeFileSync(file, '{"type":"cunzheng/misconduct@v1","checkpoints":[]}');
    for (const more of [
      ["--record", file],
      ["--party", "bank-a"],
    ])
      expect((await command(["verify", file, "--consortium", trustFile, ...more])).exitCode).toBe(64);
  });
});
