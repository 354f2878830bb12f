/** `cunzheng keygen`: which key for whom. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parseVkey } from "../../../src/core/ledger/vkey.js";
import { readSigningKey } from "../../../src/platform/keys/keys.js";
import { temporaryFolders } from "../../temporary-folder.js";

const folder = temporaryFolders();
const NAME = "example.test/key";

function keygen(...args: readonly string[]) {
  const out = join(folder(), "a.key");
  const program = join(import.meta.dirname, "../../../dist/src/main.js");
  const options = ["keygen", "--name", NAME, ...args, "--out", out];
  return { out, ...spawnSync(process.execPath, [program, ...options], { encoding: "utf8" }) };
}

describe("cunzheng keygen", () => {
  it.each([
    ["log", [], 0x01],
    ["receipt", [], 0x01],
    ["witness", [], 0x04],
    ["mirror", ["--algorithm", "ed25519"], 0x04],
    ["log", ["--algorithm", "ml-dsa-44"], 0x06],
    ["witness", ["--algorithm", "ml-dsa-44"], 0x06],
    ["mirror", ["--algorithm", "ml-dsa-44"], 0x06],
  ])("makes a key for a %s %j of type %i and prints its verifier key", (kind, more, type) => {
    const { out, status, stdout } = keygen("--kind", kind, ...more);
    expect(status).toBe(0);
    expect(parseVkey(stdout.trimEnd())).toMatchObject({ name: NAME, type });
    expect(readSigningKey(out).vkey).toBe(stdout.trimEnd());
  });

  it.each([
    ["an algorithm that there is not", ["--kind", "log", "--algorithm", "sm2"]],
    ["an ML-DSA-44 key for receipts", ["--kind", "receipt", "--algorithm", "ml-dsa-44"]],
    ["a kind that there is not", ["--kind", "notary"]],
  ])("ends with 64 for %s", (_, args) => {
    const { status, stdout } = keygen(...args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: "" });
  });
});
