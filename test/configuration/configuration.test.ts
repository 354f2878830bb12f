/** notary.json, and `archive` of witness.json: what each section makes of its members, and what it refuses, by code and member. */
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readArchiveSettings } from "../../src/configuration/archive.js";
import { type NotaryConfiguration, readNotaryConfiguration } from "../../src/configuration/configuration.js";
import { placeOf } from "../../src/configuration/section.js";
import { ParseError } from "../../src/core/errors.js";
import type { JsonValue } from "../../src/core/record/json.js";
import { temporaryFolders } from "../temporary-folder.js";

const temporaryFolder = temporaryFolders();
const REQUIRED = { dataFolder: ".", consortium: "../consortium.json", publicUrl: "https://notary.example" };

function read(members: object, folder = temporaryFolder()): NotaryConfiguration {
  const file = join(folder, "notary.json");
  writeFileSync(file, JSON.stringify({ ...REQUIRED, ...members }));
  return readNotaryConfiguration(file);
}

/** `code field` of the refusal. */
function refusalOf(readIt: () => unknown): string {
  try {
    readIt();
  } catch (error) {
    if (error instanceof ParseError) return `${error.code} ${error.detail.field ?? ""}`;
    throw error;
  }
  return "";
}

describe("notary.json", () => {
  it("names files from its own folder, and the data folder where a link leads", () => {
    const folder = realpathSync(temporaryFolder());
    mkdirSync(join(folder, "disk"));
    symlinkSync(join(folder, "disk"), join(folder, "data"));
    const { dataFolder, consortium, keys, certificates, timestamps } = read(
      {
        dataFolder: "data",
        keys: { log: "keys/log.key", logPostQuantum: "/safe/log.key" },
        certificates: { templates: "t", pkcs12: "signer.p12", passphraseFile: "signer.pass" },
        timestamps: {
          authorities: [{ name: "a", url: "https://a.example", authorizationFile: "a.login" }],
        },
      },
      folder,
    );
    expect(dataFolder).toBe(join(folder, "disk"));
    expect(consortium).toBe(join(folder, "../consortium.json"));
    expect(keys).toEqual({
      log: join(folder, "keys/log.key"),
      logPostQuantum: "/safe/log.key",
      receipt: join(folder, "disk/receipt.key"),
    });
    expect(certificates).toEqual({
      template: "v1",
      templates: join(folder, "t"),
      signer: { pkcs12: join(folder, "signer.p12"), passphraseFile: join(folder, "signer.pass") },
    });
    expect(timestamps.authorities).toEqual([
      { name: "a", url: "https://a.example", authorizationFile: join(folder, "a.login") },
    ]);
  });

  it("says of a section no more than what it wants otherwise", () => {
    const { sealing, listen, metrics, proxies, limits } = read({
      sealing: { afterMs: 20 },
      listen: { port: 0 },
      metrics: { port: 9464 },
      proxies: { networks: ["10.0.0.0/8"] },
      limits: { uploads: 7, shares: { uploads: { perKey: 3 } } },
    });
    expect(sealing).toEqual({ afterMs: 20, promiseMs: 10_000, maxBatchSize: 8192 });
    expect(listen).toEqual({ host: "127.0.0.1", port: 0 });
    expect(metrics).toEqual({ host: "127.0.0.1", port: 9464 });
    expect(proxies).toEqual({ networks: ["10.0.0.0/8"], header: "x-forwarded-for" });
    // `uploads` is the former name of `shares.uploads.total`.
    expect(limits).toEqual({ shares: { uploads: { total: 7, perKey: 3 } } });
  });

  it("has no member, not one without a value, where a section comes to nothing: its digest stands in every batch", () => {
    const members = Object.keys(read({}));
    expect(members).not.toContain("metrics");
    expect(members).not.toContain("proxies");
    expect(members).not.toContain("cluster");
    expect(members).not.toContain("queue");
    expect(members).not.toContain("queueFile");
    expect(members).not.toContain("store");
    expect(members).not.toContain("storeFile");
  });

  const keyFile = "cluster.key";
  it("tells the others where a worker listens, unless it is said otherwise", () => {
    const folder = realpathSync(temporaryFolder());
    const of = (cluster: object) => read({ cluster: { keyFile, ...cluster } }, folder).cluster;
    expect(of({})).toEqual({ keyFile: join(folder, keyFile) });
    expect(of({ listen: { host: "2001:db8::1", port: 7443 } })?.listen?.advertised).toBe(
      "[2001:db8::1]:7443",
    );
    expect(of({ listen: { host: "0.0.0.0", port: 7443 }, advertise: "a.example:7444" })?.listen).toEqual({
      ...{ host: "0.0.0.0", port: 7443, advertised: "a.example:7444" },
    });
  });

  it("takes the address of a queue, or the file that holds it, and shows no address that it refuses", () => {
    const folder = realpathSync(temporaryFolder());
    for (const queue of ["redis://a", "redis://:p%40%2F@[::1]:6380/15", "rediss://user:p@queue.example/"])
      expect(read({ queue }).queue).toBe(queue);
    expect(read({ queueFile: "queue.url" }, folder).queueFile).toBe(join(folder, "queue.url"));
    for (const queue of ["redis://:secret@", "redis://:secret@a/b", "secret"])
      try {
        read({ queue });
        throw new Error("it was taken");
      } catch (error) {
        const { message, detail } = error as ParseError;
        expect(JSON.stringify({ message, detail })).not.toContain("secret");
        expect(detail.want).toMatch(/^redis:/);
      }
  });

  it("takes the address of a database that it names, or the file that holds it, and shows none that it refuses", () => {
    const folder = realpathSync(temporaryFolder());
    for (const store of [
      "mongodb://a/x",
      "mongodb://a:27017,b:27018,[::1]:27019/cunzheng?replicaSet=rs0&tls=true",
      "mongodb://user:p%40%2F@a/x?authSource=admin",
      "mongodb+srv://store.example/x",
    ])
      expect(read({ store }).store).toBe(store);
    expect(read({ storeFile: "store.url" }, folder).storeFile).toBe(join(folder, "store.url"));
    for (const store of [
      "mongodb://user:secret@a",
      "mongodb://user:secret@a/",
      "mongodb://user:secret@a,,b/x",
      "mongodb://user:secret%zz@a/x",
      "mongodb://user:secret@a/x.y",
      `mongodb://user:secret@a/${"x".repeat(64)}`,
      "mongodb://:secret@a/x",
      "mongodb://user:secret@a/x#y",
      "mongodb://user:secret @a/x",
      "postgres://user:secret@a/x",
    ])
      try {
        read({ store });
        throw new Error(`it was taken: ${store}`);
      } catch (error) {
        const { message, detail } = error as ParseError;
        expect(JSON.stringify({ message, detail })).not.toContain("secret");
        expect(detail.want).toMatch(/^mongodb:/);
      }
  });

  const authority = { name: "a", url: "https://a.example" };
  const many = Array.from({ length: 9 }, (_, i) => ({ ...authority, name: `a${i}` }));
  it.each<readonly [refusal: string, members: object]>([
    ["member-unknown /sealed", { sealed: {} }],
    ["member-unknown /sealing/after", { sealing: { after: 1000 } }],
    ["value-type /sealing", { sealing: 1000 }],
    ["value-type /sealing/afterMs", { sealing: { afterMs: "1000" } }],
    ["value-range /sealing/maxBatchSize", { sealing: { maxBatchSize: 0 } }],
    ["value-range /listen/port", { listen: { port: 65_536 } }],
    ["member-missing /metrics/port", { metrics: { host: "127.0.0.1" } }],
    ["value-type /keys/log", { keys: { log: 1 } }],
    ["value-range /clock/toleranceMs", { clock: { toleranceMs: 999 } }],
    ["value-range /clock/ntp/1", { clock: { ntp: ["ntp.example", "ntp.example:0"] } }],
    ["value-range /clock/ntp/0", { clock: { ntp: ["2001:db8::123"] } }],
    ["value-range /clock/ntp/0", { clock: { ntp: ["ntp.example:65536"] } }],
    ["value-range /certificates", { certificates: { key: "k" } }],
    ["value-range /certificates", { certificates: { passphraseFile: "p" } }],
    ["value-range /certificates", { certificates: { pkcs12: "p" } }],
    [
      "value-range /certificates",
      { certificates: { key: "k", chain: "c", pkcs12: "p", passphraseFile: "f" } },
    ],
    ["member-missing /timestamps/authorities", { timestamps: { timeoutMs: 1 } }],
    [
      "id-invalid /timestamps/authorities/0/name",
      { timestamps: { authorities: [{ ...authority, name: "A" }] } },
    ],
    [
      "value-range /timestamps/authorities/0/url",
      { timestamps: { authorities: [{ ...authority, url: "ftp://a" }] } },
    ],
    [
      "value-range /timestamps/authorities/0/policy",
      { timestamps: { authorities: [{ ...authority, policy: "1.02.3" }] } },
    ],
    ["value-range /timestamps/authorities", { timestamps: { authorities: [authority, authority] } }],
    ["value-range /timestamps/authorities", { timestamps: { authorities: many } }],
    [
      "value-range /timestamps/certificateWaitMs",
      { timestamps: { authorities: [], certificateWaitMs: 60_001 } },
    ],
    ["value-range /witnessTimeoutMs", { witnessTimeoutMs: 0 }],
    ["value-range /minFreeBytes", { minFreeBytes: -1 }],
    ["value-range /limits/jsonBytes", { limits: { jsonBytes: 0 } }],
    ["member-unknown /limits/shares/waits/perAddress", { limits: { shares: { waits: { perAddress: 1 } } } }],
    ["value-range /limits/requests/windowSeconds", { limits: { requests: { windowSeconds: 3601 } } }],
    ["member-missing /proxies/networks", { proxies: {} }],
    ["value-range /proxies/networks/0", { proxies: { networks: ["10.0.0.0/33"] } }],
    ["value-range /proxies/header", { proxies: { networks: [], header: "x-real-ip" } }],
    ["value-range /queueFile", { queue: "redis://a", queueFile: "q" }],
    ["value-type /queueFile", { queueFile: 1 }],
    ["value-range /storeFile", { store: "mongodb://a/x", storeFile: "q" }],
    ["value-type /storeFile", { storeFile: 1 }],
    ["value-type /queue", { queue: {} }],
    ...[
      ...["http://a", "redis:", "redis://", "a:6379", "redis://a/name", "redis://a/0/1", "redis://a/-1"],
      ...["redis://a?password=p", "redis://a#0", "redis://a:65536", "redis://:%zz@a", ""],
    ].map((queue) => ["value-range /queue", { queue }] as const),
    ["value-type /logLevel", { logLevel: 3 }],
    ["value-range /logLevel", { logLevel: "verbose" }],
    ["member-missing /cluster/keyFile", { cluster: { listen: { host: "10.0.0.1", port: 7443 } } }],
    ["member-unknown /cluster/key", { cluster: { keyFile, key: "secret" } }],
    ["member-missing /cluster/listen/port", { cluster: { keyFile, listen: { host: "10.0.0.1" } } }],
    ["member-missing /cluster/listen/host", { cluster: { keyFile, listen: { port: 7443 } } }],
    // Which port it has is in the lease before it listens.
    ["value-range /cluster/listen/port", { cluster: { keyFile, listen: { host: "10.0.0.1", port: 0 } } }],
    ["value-range /cluster/advertise", { cluster: { keyFile, advertise: "a.example:7443" } }],
    ...["0.0.0.0", "::", "", "a b"].map(
      (host) =>
        ["value-range /cluster/advertise", { cluster: { keyFile, listen: { host, port: 7443 } } }] as const,
    ),
    ...["a.example", "a.example:0", "a.example:65536", ":7443", "2001:db8::1:7443", "/w.sock"].map(
      (advertise) =>
        [
          "value-range /cluster/advertise",
          { cluster: { keyFile, listen: { host: "::", port: 7443 }, advertise } },
        ] as const,
    ),
  ])("is refused: %s", (refusal, members) => {
    expect(refusalOf(() => read(members))).toBe(refusal);
  });
});

describe("`archive` of witness.json", () => {
  const readArchive = (value: JsonValue) =>
    readArchiveSettings(value, "/archive", placeOf(join(temporaryFolder(), "witness.json"), "."));

  it("bounds what whoever has no key may have", () => {
    const limits = { shares: { verifications: { total: 3 } }, connections: { perAddress: 5 } };
    expect(readArchive({ limits, proxies: { networks: ["::1"], header: "forwarded" } })).toEqual({
      limits,
      proxies: { networks: ["::1"], header: "forwarded" },
    });
  });

  it.each<readonly [refusal: string, value: JsonValue]>([
    ["member-unknown /archive/limits/jsonBytes", { limits: { jsonBytes: 1 } }],
    ["member-unknown /archive/limits/shares/uploads", { limits: { shares: { uploads: { total: 1 } } } }],
    ["member-unknown /archive/limits/requests/perKey", { limits: { requests: { perKey: 1 } } }],
    ["member-unknown /archive/listen", { listen: {} }],
    ["value-type /archive", []],
  ])("is refused: %s", (refusal, value) => {
    expect(refusalOf(() => readArchive(value))).toBe(refusal);
  });
});
