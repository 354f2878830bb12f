/** The key of a cluster: a file that reads back, and what of a file is refused. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { createClusterKey, readClusterKey } from "../../../src/platform/keys/cluster-key.js";
import { temporaryFolders } from "../../temporary-folder.js";

const folder = temporaryFolders();
const newFile = () => join(folder(), "cluster.key");

/** A key of 32 times 0x07, whose id openssl has computed. */
const KNOWN = "CLUSTER+KEY+673751ad+BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n";

describe("a cluster's key", () => {
  it("is written for its owner alone, reads back, is never overwritten and never the same", () => {
    const file = newFile();
    const created = createClusterKey(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readClusterKey(file)).toEqual(created);
    const before = readFileSync(file);
    expect(() => createClusterKey(file)).toThrow("keys are never overwritten");
    expect(readFileSync(file)).toEqual(before);
    expect(createClusterKey(newFile()).id).not.toBe(created.id);
  });

  it("has the id that its file's text says", () => {
    const file = newFile();
    writeFileSync(file, KNOWN, { mode: 0o600 });
    expect(readClusterKey(file)).toEqual({ id: "673751ad", secret: new Uint8Array(32).fill(7) });
  });

  const [, , id = "", secret = ""] = KNOWN.trimEnd().split("+");
  it.each([
    ["is not a cluster's key file", ""],
    ["is not a cluster's key file", secret],
    ["is not a cluster's key file", `CLUSTER+KEY+${id}+${secret.slice(4)}\n`],
    ["is not a cluster's key file", `${KNOWN}${KNOWN}`],
    ["is not a cluster's key file", `PRIVATE+KEY+a+${id}+${secret}\n`],
    ["is damaged: its key id is 00000000", `CLUSTER+KEY+00000000+${secret}\n`],
    ["is damaged", KNOWN.replace("Bwc", "Cwc")],
  ])("%s: %j", (refusal, text) => {
    const file = newFile();
    writeFileSync(file, text, { mode: 0o600 });
    expect(() => readClusterKey(file)).toThrow(refusal);
  });

  it("is refused where others may read it", () => {
    const file = newFile();
    writeFileSync(file, KNOWN, { mode: 0o640 });
    expect(() => readClusterKey(file)).toThrow("can be read by others (mode 0640)");
  });
});
