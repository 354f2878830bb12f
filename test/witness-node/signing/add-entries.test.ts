/**
 * The mirror over HTTP: every status of add-entries, interruption at every byte, uploads beside one another, restarts
 * between packages, and a log with two branches. What the mirror signs, it has.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import Database from "better-sqlite3";
import { concatBytes, utf8 } from "../../../src/core/bytes.js";
import { parseEntryBundle } from "../../../src/core/ledger/entry-bundle.js";
import { parseNote } from "../../../src/core/ledger/note.js";
import { openNote } from "../../../src/core/ledger/open-note.js";
import { tilePath } from "../../../src/core/ledger/tile.js";
import { formatVkey, parseVkey } from "../../../src/core/ledger/vkey.js";
import {
  encodeAddEntriesHeader,
  encodeEntryPackage,
  MAX_PACKAGE_HASHES,
} from "../../../src/core/witness/add-entries.js";
import { openCosignatures } from "../../../src/core/witness/cosignature.js";
import { parseMirrorInfo } from "../../../src/core/witness/mirror-info.js";
import { MAX_EXCESS_ENTRIES } from "../../../src/witness-node/signing/judge-upload.js";
import { KEPT_PENDING } from "../../../src/witness-node/memory/store.js";
import { NOW_MS, type StartOptions, type TestWitness, witnesses } from "../running-witness.js";
import { createTestLog, type TestLog } from "../test-log.js";
import { tilesOfTree } from "../../core/ledger/tiles-of-tree.js";

const nodes = witnesses();
const log = createTestLog({ size: 700 });
const fork = log.withEntry(3, "another entry");
const OCTETS = { "Content-Type": "application/octet-stream" };

const started = (options: Partial<StartOptions> = {}) =>
  nodes.start({ logs: [{ log }], isMirror: true, ...options });
const state = async (witness: TestWitness) => {
  const [first] = (await witness.status()).logs;
  return { next: first?.copiedSize, mirrored: first?.mirroredSize };
};

async function pendingAt(witness: TestWitness, of: TestLog, size: number, old = 0): Promise<void> {
  expect((await witness.post(of.request({ old, size }))).status).toBe(200);
}

async function expectInfo(response: Response, status: 202 | 409, treeSize: number, nextEntry: number) {
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect({ status: response.status, ...parseMirrorInfo(bytes) }).toEqual({
    status,
    treeSize,
    nextEntry,
    ticket: new Uint8Array(0),
  });
  expect(response.headers.get("content-type")).toBe("text/x.tlog.mirror-info");
}

async function expectMirrored(
  witness: TestWitness,
  of: TestLog,
  size: number,
  response: Response,
): Promise<number> {
  const body = await response.text();
  expect([response.status, body]).toEqual([
    200,
    expect.stringMatching(/^— court\.example\/m1 [A-Za-z0-9+/=]+\n$/),
  ]);
  const note = parseNote(`${of.text(size)}\n${body}`);
  const [cosignature] = openCosignatures(note, [parseVkey(witness.mirrorVkey as string)]);
  return cosignature?.timeSeconds as number;
}

/** What is served under /mirror is the log's tree of this size, whole, under a checkpoint that mirror and log have signed. */
async function expectServed(witness: TestWitness, of: TestLog, size: number): Promise<void> {
  const prefix = `/mirror/${(await witness.status()).logs[0]?.originHash as string}`;
  const note = parseNote(await (await witness.get(`${prefix}/checkpoint`)).text());
  expect(note.text).toBe(of.text(size));
  expect(openNote(note, [parseVkey(of.vkey)])).toHaveLength(1);
  expect(openCosignatures(note, [parseVkey(witness.mirrorVkey as string)])).toHaveLength(1);
  expect(openCosignatures(note, [parseVkey(witness.vkey)])).toHaveLength(0);
  for (const tile of tilesOfTree(size)) {
    const served = new Uint8Array(await (await witness.get(`${prefix}/${tilePath(tile)}`)).arrayBuffer());
    expect(Buffer.from(served).equals(of.tile(tile.level, tile.index, tile.width))).toBe(true);
    if (tile.level > 0) continue;
    const path = `${prefix}/${tilePath(tile).replace("tile/0/", "tile/entries/")}`;
    const bundle = new Uint8Array(await (await witness.get(path)).arrayBuffer());
    const first = tile.index * 256;
    expect(parseEntryBundle(bundle, tile.width)).toEqual(of.entries.slice(first, first + tile.width));
  }
}

/** Sends a body and breaks the connection off after it, with the request unended. Resolves when the node has noticed. */
function breakOff(
  witness: TestWitness,
  body: Uint8Array,
  headers: Record<string, string> = OCTETS,
): Promise<void> {
  return new Promise((resolve) => {
    const broken = httpRequest(`${witness.url}/add-entries`, {
      method: "POST",
      headers: { ...headers, "Content-Length": 10_000_000 },
    });
    broken.on("error", () => undefined);
    broken.on("close", () => resolve());
    broken.on("response", (response) => response.resume());
    broken.write(body, () => broken.destroy());
  });
}

const headerOf = ({ origin }: TestLog, uploadStart: number, uploadEnd: number) =>
  encodeAddEntriesHeader({ origin, uploadStart, uploadEnd, ticket: new Uint8Array(0) });

describe("200: mirrored", () => {
  it("answers with a cosignature of the mirror's own key, and serves what it has signed for", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    const time = await expectMirrored(witness, log, 600, await witness.send(log.upload({ end: 600 })));
    expect(time).toBe(NOW_MS / 1000);
    expect(witness.mirrorVkey).not.toBe(witness.vkey);
    await expectServed(witness, log, 600);
  });

  it("follows the log in steps of every kind", async () => {
    const witness = await started();
    let old = 0;
    for (const size of [0, 1, 2, 255, 256, 257, 300, 511, 512, 513, 700]) {
      await pendingAt(witness, log, size, old);
      await expectMirrored(witness, log, size, await witness.send(log.upload({ start: old, end: size })));
      old = size;
    }
    await expectServed(witness, log, 700);
  });

  it("takes entries again that it has, and does not store them twice", async () => {
    const witness = await started();
    await pendingAt(witness, log, 300);
    for (const start of [0, 0, 100, 256, 299, 300])
      await expectMirrored(witness, log, 300, await witness.send(log.upload({ start, end: 300 })));
    await pendingAt(witness, log, 600, 300);
    await expectMirrored(witness, log, 600, await witness.send(log.upload({ start: 10, end: 600 })));
    await expectServed(witness, log, 600);
  });

  it("refreshes the time where nothing is sent, and never goes back with the clock", async () => {
    let nowMs = NOW_MS;
    const witness = await started({ now: () => nowMs });
    await pendingAt(witness, log, 5);
    const times: number[] = [];
    for (const stepMs of [0, 5000, -3_600_000, -NOW_MS, 6000]) {
      nowMs = NOW_MS + stepMs;
      const start = times.length === 0 ? 0 : 5;
      times.push(await expectMirrored(witness, log, 5, await witness.send(log.upload({ start, end: 5 }))));
    }
    expect(times.map((time) => time - NOW_MS / 1000)).toEqual([0, 5, 5, 5, 6]);
  });

  it("takes gzip", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    const body = gzipSync(log.upload({ end: 600 }));
    await expectMirrored(
      witness,
      log,
      600,
      await witness.send(body, { ...OCTETS, "Content-Encoding": "gzip" }),
    );
    await expectServed(witness, log, 600);
  });

  it("takes entries of every length, up to the longest", async () => {
    const witness = await started();
    const odd = log.withEntry(0, "").withEntry(1, "x".repeat(65_535));
    await pendingAt(witness, odd, 3);
    await expectMirrored(witness, odd, 3, await witness.send(odd.upload({ end: 3 })));
    await expectServed(witness, odd, 3);
  });

  it("does not read what stands behind the last package", async () => {
    const witness = await started();
    await pendingAt(witness, log, 5);
    const more = concatBytes(log.upload({ end: 5 }), new Uint8Array(100_000));
    await expectMirrored(witness, log, 5, await witness.send(more));
  });

  it("goes on under a checkpoint that is no longer the newest, up to so many", async () => {
    const witness = await started();
    await pendingAt(witness, log, 300);
    for (let size = 301; size < 300 + KEPT_PENDING; size++) await pendingAt(witness, log, size, size - 1);
    await expectMirrored(witness, log, 300, await witness.send(log.upload({ end: 300 })));
    await pendingAt(witness, log, 300 + KEPT_PENDING, 299 + KEPT_PENDING);
    // The mirror checkpoint itself stays known, however many have come since.
    await expectMirrored(witness, log, 300, await witness.send(log.upload({ start: 300, end: 300 })));
    const late = await started();
    for (let size = 300, old = 0; size <= 300 + KEPT_PENDING; old = size++)
      await pendingAt(late, log, size, old);
    await expectInfo(await late.send(log.upload({ end: 300 })), 409, 300 + KEPT_PENDING, 0);
    await expectMirrored(late, log, 301, await late.send(log.upload({ end: 301 })));
  });
});

describe("202: a prefix", () => {
  it("of any number of packages advances the next entry, and the rest completes it", async () => {
    const witness = await started();
    await pendingAt(witness, log, 700);
    const [head, first, second, third] = log.uploadParts({ end: 700 }) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    await expectInfo(await witness.send(concatBytes(head, first)), 202, 700, 256);
    await expectInfo(await witness.send(concatBytes(head, first)), 202, 700, 256);
    expect(await state(witness)).toEqual({ next: 256, mirrored: null });
    const [head2] = log.uploadParts({ start: 256, end: 700 }) as [Uint8Array];
    await expectInfo(await witness.send(concatBytes(head2, second)), 202, 700, 512);
    const [head3] = log.uploadParts({ start: 512, end: 700 }) as [Uint8Array];
    await expectMirrored(witness, log, 700, await witness.send(concatBytes(head3, third)));
    await expectServed(witness, log, 700);
  });

  it("names a newer checkpoint where others have meanwhile brought more entries than the upload's", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    await pendingAt(witness, log, 700, 600);
    const parts = log.uploadParts({ end: 700 });
    await expectInfo(await witness.send(concatBytes(...parts.slice(0, 3))), 202, 700, 512);
    const early = log.uploadParts({ end: 600 });
    await expectInfo(await witness.send(concatBytes(...early.slice(0, 2))), 202, 600, 512);
    await expectMirrored(witness, log, 700, await witness.send(log.upload({ start: 512, end: 700 })));
    // Its checkpoint is below the mirror's now.
    await expectInfo(await witness.send(concatBytes(...early.slice(0, 2))), 409, 700, 700);
  });

  it("is what a body comes to that makes no sense after its first package", async () => {
    const witness = await started();
    await pendingAt(witness, log, 700);
    const parts = log.uploadParts({ end: 700 });
    const [entries] = [log.entries.slice(256, 512)];
    const odd = concatBytes(encodeEntryPackage({ entries, proof: [] }).slice(0, -1), Uint8Array.of(64));
    await expectInfo(await witness.send(concatBytes(...parts.slice(0, 2), odd)), 202, 700, 256);
  });
});

describe("interrupted", () => {
  const small = createTestLog({ size: 260 });
  const parts = small.uploadParts({ start: 250, end: 260 });
  const body = concatBytes(...parts);
  const wholeAt = [parts.slice(0, 1), parts.slice(0, 2)].map((some) => concatBytes(...some).length) as [
    number,
    number,
  ];

  it.each(["as it is", "gzip"])(
    "at every byte, %s: what is whole is kept, and the client can go on",
    async (how) => {
      const witness = await nodes.start({ logs: [{ log: small }], isMirror: true });
      await pendingAt(witness, small, 250);
      await expectMirrored(witness, small, 250, await witness.send(small.upload({ end: 250 })));
      await pendingAt(witness, small, 260, 250);
      const headers = how === "gzip" ? { ...OCTETS, "Content-Encoding": "gzip" } : OCTETS;
      for (let cut = 0; cut < body.length; cut++) {
        const bytes = body.subarray(0, cut);
        const response = await witness.send(how === "gzip" ? gzipSync(bytes) : bytes, headers);
        expect([cut, response.status]).toEqual([cut, cut < wholeAt[1] ? 400 : 202]);
        await response.arrayBuffer();
        expect(await state(witness)).toEqual({ next: cut < wholeAt[1] ? 250 : 256, mirrored: 250 });
      }
      await expectMirrored(witness, small, 260, await witness.send(small.upload({ start: 256, end: 260 })));
      await expectServed(witness, small, 260);
    },
  );

  it("at every byte of its compression", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    const compressed = gzipSync(log.upload({ end: 600 }));
    const headers = { ...OCTETS, "Content-Encoding": "gzip" };
    let next = 0;
    for (let cut = 0; cut < compressed.length; cut += 97) {
      const response = await witness.send(compressed.subarray(0, cut), headers);
      expect(response.status).toBe(next === 0 && (await state(witness)).next === 0 ? 400 : 202);
      await response.arrayBuffer();
      const now = (await state(witness)).next as number;
      expect(now).toBeGreaterThanOrEqual(next);
      next = now;
    }
    expect((await state(witness)).mirrored).toBeNull();
    await expectMirrored(witness, log, 600, await witness.send(compressed, headers));
    await expectServed(witness, log, 600);
  });

  it.each(["as it is", "gzip"])("by a connection that breaks, %s, keeps whole packages", async (how) => {
    const witness = await started();
    await pendingAt(witness, log, 700);
    const [head, first, second] = log.uploadParts({ end: 700 }) as [Uint8Array, Uint8Array, Uint8Array];
    const sent = concatBytes(head, first, second.subarray(0, 99));
    if (how === "gzip") {
      await breakOff(witness, gzipSync(sent), { ...OCTETS, "Content-Encoding": "gzip" });
    } else await breakOff(witness, sent);
    while ((await state(witness)).next !== 256) await new Promise(setImmediate);
    await expectMirrored(witness, log, 700, await witness.send(log.upload({ start: 256, end: 700 })));
  });

  it("by a restart between two packages goes on where it was", async () => {
    const dataFolder = nodes.folder();
    for (const [start, packages] of [
      [0, 1],
      [256, 1],
    ] as const) {
      const witness = await started({ dataFolder });
      if (start === 0) await pendingAt(witness, log, 700);
      const parts = log.uploadParts({ start, end: 700 }).slice(0, 1 + packages);
      await expectInfo(await witness.send(concatBytes(...parts)), 202, 700, start + 256);
      await witness.close();
    }
    const last = await started({ dataFolder });
    await expectMirrored(last, log, 700, await last.send(log.upload({ start: 512, end: 700 })));
    const vkey = last.mirrorVkey;
    await last.close();
    const again = await started({ dataFolder });
    expect(again.mirrorVkey).toBe(vkey);
    await expectServed(again, log, 700);
  });
});

describe("uploads beside one another", () => {
  it("of the same entries all succeed or are told where to go on, and the copy is whole", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    await pendingAt(witness, log, 700, 600);
    const bodies = Array.from({ length: 8 }, (_, i) => log.upload({ end: i % 2 === 0 ? 600 : 700 }));
    const responses = await Promise.all(bodies.map((body) => witness.send(body)));
    for (const [i, response] of responses.entries()) {
      // An upload to 600 comes too late once another has brought the mirror to 700.
      if (i % 2 === 0 && response.status === 409) await expectInfo(response, 409, 700, 700);
      else await expectMirrored(witness, log, i % 2 === 0 ? 600 : 700, response);
    }
    expect(await state(witness)).toEqual({ next: 700, mirrored: 700 });
    await expectServed(witness, log, 700);
  });

  it("one that pauses holds up nobody, and ends as it should", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    const body = Buffer.from(log.upload({ end: 600 }));
    const slow = httpRequest(`${witness.url}/add-entries`, { method: "POST", headers: OCTETS });
    const answered = new Promise<number>((resolve) => {
      slow.on("response", (response) => {
        response.resume();
        resolve(response.statusCode as number);
      });
    });
    slow.write(body.subarray(0, 5000));
    await pendingAt(witness, log, 700, 600);
    await expectMirrored(witness, log, 700, await witness.send(log.upload({ end: 700 })));
    slow.end(body.subarray(5000));
    // Its packages are there already, and its checkpoint is behind the mirror's.
    expect(await answered).toBe(409);
    await expectServed(witness, log, 700);
  });

  it("to two mirrors of two logs keep to themselves", async () => {
    const other = createTestLog({ origin: "other.example/log", size: 300 });
    const [one, two] = [
      await nodes.start({ logs: [{ log }, { log: other }], isMirror: true }),
      await nodes.start({ logs: [{ log }], isMirror: true }),
    ];
    expect(one.mirrorVkey).not.toBe(two.mirrorVkey);
    for (const witness of [one, two]) await pendingAt(witness, log, 600);
    await pendingAt(one, other, 300);
    await expectMirrored(one, other, 300, await one.send(other.upload({ end: 300 })));
    expect((await two.send(other.upload({ end: 300 }))).status).toBe(404);
    await expectMirrored(two, log, 600, await two.send(log.upload({ end: 600 })));
    expect(await state(one)).toEqual({ next: 0, mirrored: null });
  });
});

describe("400: nothing usable", () => {
  const parts = log.uploadParts({ end: 600 });
  const head = parts[0] as Uint8Array;
  it.each([
    ["an empty body", new Uint8Array(0)],
    ["a header alone", head],
    ["a header cut short", head.subarray(0, -1)],
    ["the first package cut short", concatBytes(...parts.slice(0, 2)).slice(0, -1)],
    [
      "more hashes than a proof may have",
      concatBytes(
        head,
        encodeEntryPackage({ entries: log.entries.slice(0, 256), proof: [] }).slice(0, -1),
        Uint8Array.of(MAX_PACKAGE_HASHES + 1),
      ),
    ],
    ["a start above the end", headerOf(log, 601, 600)],
    ["an origin that is not UTF-8", head.with(3, 0xff)],
    ["a size beyond 2^53", head.with(2 + log.origin.length + 8, 0xff)],
  ])("%s", async (_what, body) => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    const response = await witness.send(body);
    expect(response.status).toBe(400);
    expect(response.headers.get("accept-encoding")).toBe("gzip");
    expect(await state(witness)).toEqual({ next: 0, mirrored: null });
  });
});

describe("404, 405, 415", () => {
  it("a log that is not mirrored, before anything else is looked at", async () => {
    const witness = await started();
    expect((await witness.send(log.upload({ end: 600, named: "other.example/log" }))).status).toBe(404);
    expect((await witness.send(log.upload({ end: 600, named: "" }))).status).toBe(404);
  });

  it("a witness that is no mirror has no such doors", async () => {
    const witness = await started({ isMirror: false });
    await pendingAt(witness, log, 600);
    expect((await witness.send(log.upload({ end: 600 }))).status).toBe(404);
    const { mirror, logs } = await witness.status();
    expect(mirror).toBeNull();
    expect((await witness.get(`/mirror/${logs[0]?.originHash as string}/checkpoint`)).status).toBe(404);
  });

  it("a mirror that has signed nothing shows nothing, though the witness has signed", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    const { originHash } = (await witness.status()).logs[0] as { originHash: string };
    expect((await witness.get(`/mirror/${originHash}/checkpoint`)).status).toBe(404);
    expect((await witness.get(`/${originHash}/checkpoint`)).status).toBe(200);
    expect((await witness.get(`/mirror/${"0".repeat(64)}/checkpoint`)).status).toBe(404);
    expect((await witness.get("/add-entries")).status).toBe(405);
  });

  it.each([
    [{ "Content-Type": "text/plain" }],
    [{ "Content-Type": "application/octet-stream; charset=utf-8" }],
    [{ ...OCTETS, "Content-Encoding": "br" }],
    [{ ...OCTETS, "Content-Encoding": "gzip, gzip" }],
  ])("%j", async (headers) => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    const response = await witness.send(log.upload({ end: 600 }), headers as Record<string, string>);
    expect(response.status).toBe(415);
    expect(response.headers.get("accept-encoding")).toBe("gzip");
    expect(await state(witness)).toEqual({ next: 0, mirrored: null });
  });
});

describe("409: not as it is", () => {
  it("an end that was never a checkpoint here: the newest is named", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    await expectInfo(await witness.send(log.upload({ end: 599 })), 409, 600, 0);
    await expectInfo(await witness.send(log.upload({ end: 700 })), 409, 600, 0);
    await expectInfo(await witness.send(log.upload({ end: 0 })), 409, 600, 0);
  });

  it("an end below the mirror's checkpoint", async () => {
    const witness = await started();
    await pendingAt(witness, log, 300);
    await pendingAt(witness, log, 600, 300);
    await expectMirrored(witness, log, 600, await witness.send(log.upload({ end: 600 })));
    await expectInfo(await witness.send(log.upload({ start: 300, end: 300 })), 409, 600, 600);
    await expectServed(witness, log, 600);
  });

  it("a start beyond the next entry: the end stays good", async () => {
    const witness = await started();
    await pendingAt(witness, log, 300);
    await pendingAt(witness, log, 600, 300);
    await expectInfo(await witness.send(log.upload({ start: 1, end: 300 })), 409, 300, 0);
    await expectInfo(await witness.send(log.upload({ start: 600, end: 600 })), 409, 600, 0);
    expect(await state(witness)).toEqual({ next: 0, mirrored: null });
  });

  it("too much that is there already", async () => {
    const large = createTestLog({ size: MAX_EXCESS_ENTRIES + 2 });
    const witness = await nodes.start({ logs: [{ log: large }], isMirror: true });
    const end = large.entries.length;
    await pendingAt(witness, large, end);
    await expectMirrored(witness, large, end, await witness.send(large.upload({ end })));
    await expectInfo(await witness.send(headerOf(large, 1, end)), 409, end, end);
    await expectMirrored(witness, large, end, await witness.send(large.upload({ start: 2, end })));
  });

  it("comes before the body does, and the connection serves on", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    const endless = httpRequest(`${witness.url}/add-entries`, { method: "POST", headers: OCTETS });
    endless.on("error", () => undefined);
    const answered = new Promise<number>((resolve) => {
      endless.on("response", (response) => {
        response.resume();
        resolve(response.statusCode as number);
      });
    });
    endless.write(log.uploadParts({ end: 599 })[0] as Uint8Array);
    expect(await answered).toBe(409);
    endless.destroy();
    const big = concatBytes(log.uploadParts({ end: 599 })[0] as Uint8Array, new Uint8Array(2_000_000));
    for (let i = 0; i < 3; i++) await expectInfo(await witness.send(big), 409, 600, 0);
  });
});

describe("422: not proven", () => {
  it("entries before any checkpoint", async () => {
    const witness = await started();
    expect((await witness.send(log.upload({ end: 600 }))).status).toBe(422);
    expect((await witness.send(log.upload({ end: 0 }))).status).toBe(422);
  });

  const flipped = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes[at] ?? 0) ^ 1);
  const parts = log.uploadParts({ end: 600 }) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const [head, first, second, third] = parts;
  const packageOf = (entries: readonly Uint8Array[], of = log) =>
    encodeEntryPackage({ entries, proof: proofIn(of.uploadParts({ end: 600 })[1] as Uint8Array) });
  const entriesOf = (from: number, to: number) => log.entries.slice(from, to);

  it.each<[string, Uint8Array[], number]>([
    ["an entry altered", [head, flipped(first, 2)], 0],
    ["a hash of the proof altered", [head, flipped(first, first.length - 1)], 0],
    ["a proof too short", [head, encodeEntryPackage({ entries: entriesOf(0, 256), proof: [] })], 0],
    [
      "two entries exchanged",
      [head, packageOf([...entriesOf(1, 2), ...entriesOf(0, 1), ...entriesOf(2, 256)])],
      0,
    ],
    ["entries of another branch", [head, fork.uploadParts({ end: 600 })[1] as Uint8Array], 0],
    ["the proofs of another size", log.uploadParts({ end: 600, proofsFor: 700 }), 0],
    ["the second package first", [head, second], 0],
    ["the second package altered", [head, first, flipped(second, 5), third], 256],
    ["the last package altered", [head, first, second, flipped(third, third.length - 1)], 512],
    ["a package twice", [head, first, first], 256],
  ])("%s", async (_what, body, next) => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    const response = await witness.send(concatBytes(...body));
    expect(response.status).toBe(422);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    // What was proven before it stays; nothing is signed.
    expect(await state(witness)).toEqual({ next, mirrored: null });
    await expectMirrored(witness, log, 600, await witness.send(log.upload({ start: next, end: 600 })));
    await expectServed(witness, log, 600);
  });

  it("an entry altered that is there already", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    await expectMirrored(witness, log, 600, await witness.send(log.upload({ end: 600 })));
    expect((await witness.send(concatBytes(head, flipped(first, 2), second, third))).status).toBe(422);
    await expectServed(witness, log, 600);
  });
});

/** The hashes at the end of a package of 256 entries of this log. */
function proofIn(bytes: Uint8Array): Uint8Array[] {
  let offset = 0;
  for (let i = 0; i < 256; i++) offset += 2 + (((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0));
  return Array.from({ length: bytes[offset] ?? 0 }, (_, i) =>
    bytes.subarray(offset + 1 + 32 * i, offset + 33 + 32 * i),
  );
}

describe("a log with two branches", () => {
  it("gets one of them mirrored, and no entry of the other", async () => {
    const witness = await started();
    await pendingAt(witness, log, 300);
    expect((await witness.post(fork.request({ old: 300, size: 600 }))).status).toBe(422);
    await expectInfo(await witness.send(fork.upload({ end: 600 })), 409, 300, 0);
    expect((await witness.send(fork.upload({ end: 300 }))).status).toBe(422);
    // A package of the other branch that agrees in its entries is still proven to another root.
    const later = fork.uploadParts({ start: 256, end: 300 });
    await expectInfo(
      await witness.send(concatBytes(...log.uploadParts({ end: 300 }).slice(0, 2))),
      202,
      300,
      256,
    );
    expect((await witness.send(concatBytes(...later))).status).toBe(422);
    await expectMirrored(witness, log, 300, await witness.send(log.upload({ start: 256, end: 300 })));
    await expectServed(witness, log, 300);
  });

  it("whose entries were put into the copy by other hands is not signed for", async () => {
    const dataFolder = nodes.folder();
    const witness = await started({ dataFolder });
    await pendingAt(witness, log, 300);
    await expectInfo(
      await witness.send(concatBytes(...log.uploadParts({ end: 300 }).slice(0, 2))),
      202,
      300,
      256,
    );
    const copy = new Database(join(dataFolder, "ledger.db"));
    copy.exec("UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE level = 1");
    copy.close();
    expect((await witness.send(log.upload({ start: 256, end: 300 }))).status).toBe(500);
    expect((await state(witness)).mirrored).toBeNull();
  });
});

describe("what can't be stored", () => {
  it.each([
    ["entries", "ledger.db", "BEFORE INSERT ON entry"],
    ["the checkpoint", "witness.db", "BEFORE INSERT ON mirrored_checkpoint"],
  ])("%s: nothing is signed, and the client can go on", async (_what, file, event) => {
    const dataFolder = nodes.folder();
    const witness = await started({ dataFolder });
    await pendingAt(witness, log, 600);
    const breaking = new Database(join(dataFolder, file));
    breaking.exec(`CREATE TRIGGER full ${event} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
    const refused = await witness.send(log.upload({ end: 600 }));
    expect([refused.status, (await refused.text()).includes("—")]).toEqual([500, false]);
    expect((await state(witness)).mirrored).toBeNull();
    breaking.exec("DROP TRIGGER full");
    breaking.close();
    await expectMirrored(witness, log, 600, await witness.send(log.upload({ end: 600 })));
    await expectServed(witness, log, 600);
  });

  it("a copy that was lost is not shown as if it were there, and is filled again", async () => {
    const dataFolder = nodes.folder();
    const witness = await started({ dataFolder });
    await pendingAt(witness, log, 600);
    await expectMirrored(witness, log, 600, await witness.send(log.upload({ end: 600 })));
    await witness.close();
    const copy = new Database(join(dataFolder, "ledger.db"));
    copy.exec("DELETE FROM entry; DELETE FROM tile; DELETE FROM ledger");
    copy.close();
    const again = await started({ dataFolder });
    const { originHash } = (await again.status()).logs[0] as { originHash: string };
    expect((await again.get(`/mirror/${originHash}/checkpoint`)).status).toBe(404);
    await expectInfo(await again.send(log.upload({ start: 600, end: 600 })), 409, 600, 0);
    await expectMirrored(again, log, 600, await again.send(log.upload({ end: 600 })));
    await expectServed(again, log, 600);
  });
});

describe("bodies that would hurt", () => {
  const gzip = { ...OCTETS, "Content-Encoding": "gzip" };

  it("a little that decompresses to very much is given up at the first package", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    const zeros = new Uint8Array(200_000_000);
    const plain = gzipSync(zeros);
    expect((await witness.send(plain, gzip)).status).toBe(404); // A header with no origin.
    const behindHeader = gzipSync(Buffer.concat([log.uploadParts({ end: 600 })[0] as Uint8Array, zeros]));
    expect(behindHeader.length).toBeLessThan(300_000);
    expect((await witness.send(behindHeader, gzip)).status).toBe(422);
    expect(await state(witness)).toEqual({ next: 0, mirrored: null });
  });

  it("what is said to be compressed and is not", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    expect((await witness.send(log.upload({ end: 600 }), gzip)).status).toBe(400);
    expect((await witness.send(utf8("hello"), gzip)).status).toBe(400);
    expect((await witness.get("/status")).status).toBe(200);
  });

  it("packages that never end: the one that holds most is cut off, and others are served", async () => {
    const witness = await started();
    await pendingAt(witness, log, 600);
    const head = log.uploadParts({ end: 600 })[0] as Uint8Array;
    const entry = concatBytes(Uint8Array.of(0xff, 0xff), new Uint8Array(65_535));
    // Each just short of a package, five of them: more than is held for all together.
    const body = Buffer.concat([head, ...Array.from({ length: 255 }, () => entry)]);
    const statuses: number[] = [];
    const stalled = Array.from({ length: 5 }, () => {
      const upload = httpRequest(`${witness.url}/add-entries`, { method: "POST", headers: OCTETS });
      upload.on("error", () => undefined);
      return { upload, done: new Promise<void>((resolve) => upload.on("close", () => resolve())) };
    });
    const cut = new Promise<void>((resolve) => {
      for (const { upload } of stalled) {
        upload.on("response", (response) => {
          response.resume();
          statuses.push(response.statusCode as number);
          resolve();
        });
        upload.write(body);
      }
    });
    await cut;
    expect(statuses).toEqual([503]);
    await expectMirrored(witness, log, 600, await witness.send(log.upload({ end: 600 })));
    for (const { upload } of stalled) upload.destroy();
    await Promise.all(stalled.map(({ done }) => done));
  });
});

describe("the keys", () => {
  it("sign each in its own name: the mirror's never in add-checkpoint", async () => {
    const witness = await started();
    await pendingAt(witness, log, 5);
    const mirrored = await (await witness.send(log.upload({ end: 5 }))).text();
    const cosigned = await (await witness.post(log.request({ old: 5, size: 5 }))).text();
    expect(cosigned).toMatch(/^— court\.example\/w1 \S+\n$/);
    expect(mirrored).toMatch(/^— court\.example\/m1 \S+\n$/);
    expect((await witness.status()).mirror).toEqual({
      name: "court.example/m1",
      vkey: witness.mirrorVkey,
    });
  });

  it("are two, or the node does not start: a witness could pass for a mirror", async () => {
    const dataFolder = nodes.folder();
    const witness = await started({ dataFolder, isMirror: false });
    await witness.close();
    const renamed = `court.example/m1+${hexId(witness.vkey, "court.example/m1")}`;
    const text = readFileSync(join(dataFolder, "witness.key"), "utf8");
    writeFileSync(join(dataFolder, "mirror.key"), text.replace(/court\.example\/w1\+[0-9a-f]{8}/, renamed), {
      mode: 0o600,
    });
    await expect(started({ dataFolder })).rejects.toThrow("have one key");
  });
});

/** The id that the key of `vkey` has under another name. */
function hexId(vkey: string, name: string): string {
  const { type, publicKey } = parseVkey(vkey);
  return /\+([0-9a-f]{8})\+/.exec(formatVkey({ name, type, publicKey }))?.[1] as string;
}
