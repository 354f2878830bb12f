import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { utf8 } from "../../../src/core/bytes.js";
import { ParseError } from "../../../src/core/errors.js";
import { publicKeyFromSeed } from "../../../src/core/ledger/ed25519.js";
import { formatVkey, SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";
import {
  parseWitnessConfiguration,
  readWitnessConfiguration,
} from "../../../src/witness-node/configuration/configuration.js";
import { trustLogs } from "../../../src/witness-node/configuration/logs.js";
import { openPeers } from "../../../src/witness-node/configuration/peers.js";
import { temporaryFolders } from "../../temporary-folder.js";
import { createTestLog } from "../test-log.js";

const folder = temporaryFolders();
const log = createTestLog({ size: 0 });
const CONFIG = {
  name: "court.example/w1",
  listen: { host: "127.0.0.1", port: 8101 },
  dataFolder: "data/court",
  logs: [{ origin: log.origin, vkeys: [log.vkey], url: "https://notary.example/ledger" }],
};
const COSIGNER = formatVkey({
  name: log.origin,
  type: SIGNATURE_TYPE.cosignature,
  publicKey: publicKeyFromSeed(new Uint8Array(32)),
});
const parse = (config: unknown) => parseWitnessConfiguration(utf8(JSON.stringify(config)));
const PEER = "https://bank-a.example";
const withPeers = (...peers: readonly object[]) => ({ ...CONFIG, peers });
const withLog = (part: object) => ({ ...CONFIG, logs: [{ ...CONFIG.logs[0], ...part }] });

function fieldRefused(config: unknown): string | undefined {
  try {
    parse(config);
  } catch (error) {
    if (error instanceof ParseError) return `${error.code} ${error.detail.field ?? ""}`;
    throw error;
  }
  return undefined;
}

describe("parseWitnessConfiguration", () => {
  it("reads a configuration, with a key file and without", () => {
    expect(parse(CONFIG)).toEqual(CONFIG);
    expect(parse({ ...CONFIG, keyFile: "/etc/witness.key" }).keyFile).toBe("/etc/witness.key");
    expect(parse({ ...CONFIG, postQuantumKeyFile: "w2.key" }).postQuantumKeyFile).toBe("w2.key");
    for (const mirror of [
      { name: "court.example/m1" },
      { name: "court.example/m1", keyFile: "m.key" },
      { name: "court.example/m1", keyFile: "m.key", postQuantumKeyFile: "m2.key" },
    ])
      expect(parse({ ...CONFIG, mirror }).mirror).toEqual(mirror);
    // An archive's affair, which the node leaves to it.
    expect(parse({ ...CONFIG, archive: { any: 1 } }).archive).toEqual({ any: 1 });
  });

  it.each([
    ["an unknown member", { ...CONFIG, logLevel: "info" }, "member-unknown /logLevel"],
    ["no name", { ...CONFIG, name: undefined }, "member-missing /name"],
    ["a port out of range", { ...CONFIG, listen: { host: "::", port: 65_536 } }, "value-range /listen/port"],
    [
      "a mirror of the witness's name",
      { ...CONFIG, mirror: { name: CONFIG.name } },
      "value-range /mirror/name",
    ],
    ["a mirror without a name", { ...CONFIG, mirror: {} }, "member-missing /mirror/name"],
    ["a mirror with more", { ...CONFIG, mirror: { name: "m", port: 1 } }, "member-unknown /mirror/port"],
    ["a key file that is none", { ...CONFIG, postQuantumKeyFile: true }, "value-type /postQuantumKeyFile"],
    ["a log with a cosigner's key", withLog({ vkeys: [COSIGNER] }), "vkey-type-unknown /logs/0/vkeys/0"],
    ["a log without keys", withLog({ vkeys: [] }), "value-range /logs/0/vkeys"],
    ["a malformed key", withLog({ vkeys: ["nonsense"] }), "vkey-malformed /logs/0/vkeys/0"],
    ["a key of another log", withLog({ origin: "other.example/log" }), "vkey-mismatch /logs/0/vkeys/0"],
    ["a url that is none", withLog({ url: "notary" }), "value-range /logs/0/url"],
    ["a url of another kind", withLog({ url: "file:///ledger" }), "value-range /logs/0/url"],
    ["a log twice", { ...CONFIG, logs: [...CONFIG.logs, ...CONFIG.logs] }, "value-range /logs/1/origin"],
    ["a peer without a url", { ...CONFIG, peers: [{ name: "bank" }] }, "member-missing /peers/0/url"],
    ["a peer with more", withPeers({ url: PEER, port: 1 }), "member-unknown /peers/0/port"],
    ["a peer's url that is none", withPeers({ url: "bank.example" }), "value-range /peers/0/url"],
    ["a peer's url with a query", withPeers({ url: `${PEER}?a` }), "value-range /peers/0/url"],
    ["a peer twice", withPeers({ url: PEER }, { url: `${PEER}/` }), "value-range /peers/1/url"],
    [
      "two peers of one name",
      withPeers({ url: PEER, name: "bank" }, { url: "https://other.example", name: "bank" }),
      "value-range /peers/1/name",
    ],
    ["a peer without a name", withPeers({ url: PEER, name: "" }), "value-range /peers/0/name"],
    [
      "a log's key as a peer's",
      withPeers({ url: PEER, vkeys: [log.vkey] }),
      "vkey-type-unknown /peers/0/vkeys/0",
    ],
    ["a peer's malformed key", withPeers({ url: PEER, vkeys: ["x"] }), "vkey-malformed /peers/0/vkeys/0"],
  ])("refuses %s", (_what, config, refusal) => {
    expect(fieldRefused(config)).toBe(refusal);
  });

  it("names a peer by its address where it has no name", () => {
    const peers = [{ url: `${PEER}/node/` }, { url: "https://court.example", name: "court" }];
    expect(parse({ ...CONFIG, peers }).peers).toEqual(peers);
    expect(openPeers(peers)).toEqual([
      { name: `${PEER}/node`, url: `${PEER}/node`, vkeys: [] },
      { name: "court", url: "https://court.example", vkeys: [] },
    ]);
  });

  it("takes a log's keys of both algorithms", () => {
    const config = withLog({ vkeys: [log.vkey, log.secondVkey] });
    expect(trustLogs(parse(config).logs)[0]?.vkeys.map(({ type }) => type)).toEqual([0x01, 0x06]);
  });

  it("names a log in paths by the SHA-256 of its origin, and drops the slash at a url's end", () => {
    const [trusted] = trustLogs([
      { origin: log.origin, vkeys: [log.vkey], url: "http://127.0.0.1:1/ledger/" },
    ]);
    expect(trusted).toMatchObject({ url: "http://127.0.0.1:1/ledger" });
    expect(trusted?.originHash).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("readWitnessConfiguration", () => {
  it("takes paths as relative to the file's folder", () => {
    const place = folder();
    const file = join(place, "witness.json");
    const mirror = { name: "court.example/m1", keyFile: "keys/m.key", postQuantumKeyFile: "keys/m2.key" };
    const postQuantumKeyFile = "keys/w2.key";
    const config = { ...CONFIG, dataFolder: ".", keyFile: "keys/w.key", postQuantumKeyFile, mirror };
    writeFileSync(file, JSON.stringify(config));
    expect(readWitnessConfiguration(file)).toMatchObject({
      dataFolder: place,
      keyFile: join(place, "keys", "w.key"),
      postQuantumKeyFile: join(place, "keys", "w2.key"),
      mirror: {
        name: "court.example/m1",
        keyFile: join(place, "keys", "m.key"),
        postQuantumKeyFile: join(place, "keys", "m2.key"),
      },
    });
    expect(() => readWitnessConfiguration(join(place, "missing.json"))).toThrow("ENOENT");
  });
});
