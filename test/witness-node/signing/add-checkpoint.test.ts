import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import Database from "better-sqlite3";
import { utf8 } from "../../../src/core/bytes.js";
import { parseNote } from "../../../src/core/ledger/note.js";
import { parseVkey } from "../../../src/core/ledger/vkey.js";
import { emptyRootHash, hashLeaf } from "../../../src/core/merkle/hash.js";
import { openCosignatures } from "../../../src/core/witness/cosignature.js";
import { openNote } from "../../../src/core/ledger/open-note.js";
import { MAX_BODY_BYTES } from "../../../src/witness-node/doors/server.js";
import { NOW_MS, type TestWitness, witnesses } from "../running-witness.js";
import { createTestLog, encodeAddCheckpointText, type TestLog } from "../test-log.js";

const nodes = witnesses();
const log = createTestLog({ size: 20 });
const fork = log.withEntry(3, "another entry");

const started = (options: { now?: () => number } = {}) => nodes.start({ logs: [{ log }], ...options });

async function cosignedAt(witness: TestWitness, of: TestLog, size: number, old = 0): Promise<string> {
  const response = await witness.post(of.request({ old, size }));
  expect(response.status).toBe(200);
  return await response.text();
}

function timesOf(witness: TestWitness, of: TestLog, size: number, body: string): number[] {
  const note = parseNote(`${of.text(size)}\n${body}`);
  return openCosignatures(note, [parseVkey(witness.vkey)]).map(({ timeSeconds }) => timeSeconds);
}

async function expectConflict(response: Response, size: number): Promise<void> {
  expect(response.status).toBe(409);
  expect(response.headers.get("content-type")).toBe("text/x.tlog.size");
  expect(await response.text()).toBe(`${size}\n`);
}

describe("200: cosigned", () => {
  it("answers with one cosignature line of its key and the time of now", async () => {
    const witness = await started();
    const body = await cosignedAt(witness, log, 5);
    expect(body).toMatch(/^— court\.example\/w1 [A-Za-z0-9+/=]+\n$/);
    expect(timesOf(witness, log, 5, body)).toEqual([NOW_MS / 1000]);
  });

  it("follows the log through every size", async () => {
    const witness = await started();
    for (let size = 1; size <= 20; size++) await cosignedAt(witness, log, size, size - 1);
    await cosignedAt(witness, log, 20, 20);
  });

  it("accepts a checkpoint of size 0, at first and again, and goes on from it", async () => {
    const witness = await started();
    await cosignedAt(witness, log, 0);
    await cosignedAt(witness, log, 0);
    await cosignedAt(witness, log, 7);
  });

  it("refreshes the time of the same checkpoint, and never goes back with the clock", async () => {
    let nowMs = NOW_MS;
    const witness = await started({ now: () => nowMs });
    const times: number[] = [];
    for (const stepMs of [0, 5000, -3_600_000, -NOW_MS, 6000]) {
      nowMs = NOW_MS + stepMs;
      times.push(...timesOf(witness, log, 5, await cosignedAt(witness, log, 5, times.length === 0 ? 0 : 5)));
    }
    expect(times.map((time) => time - NOW_MS / 1000)).toEqual([0, 5, 5, 5, 6]);
  });

  it("never gives the time 0", async () => {
    const witness = await started({ now: () => 0 });
    expect(timesOf(witness, log, 5, await cosignedAt(witness, log, 5))).toEqual([1]);
  });

  it("ignores signatures of unknown keys, also of the log's name", async () => {
    const stranger = createTestLog({ size: 20, seed: 9 });
    const witness = await started();
    const lines = [stranger.sign(log.text(5)), log.sign(log.text(5))];
    const response = await witness.post(log.request({ size: 5, checkpoint: log.checkpoint(5, { lines }) }));
    expect(response.status).toBe(200);
    const served = await (await witness.get(`/${await originHash(witness)}/checkpoint`)).text();
    expect(served).not.toContain(lines[0]);
  });
});

const originHash = async (witness: TestWitness, index = 0) =>
  (await witness.status()).logs[index]?.originHash as string;

describe("400: malformed, or an old size above the checkpoint's", () => {
  const text = (body: Uint8Array) => Buffer.from(body).toString();
  const good = text(log.request({ size: 5 }));
  it.each([
    ["an empty body", ""],
    ["no JSON, no form", "{}"],
    ["no old line", good.replace("old 0\n", "")],
    ["an old size with a leading zero", good.replace("old 0", "old 00")],
    ["an old size with a sign", good.replace("old 0", "old +0")],
    ["an old size beyond 2^53", good.replace("old 0", "old 9007199254740993")],
    ["a proof line that is no hash", good.replace("old 0\n", "old 0\nAAAA\n")],
    [
      "64 proof lines",
      text(log.request({ size: 5, proof: Array.from({ length: 64 }, () => emptyRootHash()) })),
    ],
    ["a note without signatures", `old 0\n\n${log.text(5)}`],
    ["a malformed signature line", good.replace(/— \S+ \S+\n$/, "— nothing\n")],
    ["a size with a leading zero", good.replace("\n5\n", "\n05\n")],
    ["an extension line", `old 0\n\n${log.text(5)}more\n\n${log.sign(`${log.text(5)}more\n`)}\n`],
    ["white space at the end", `${good} `],
    ["carriage returns", good.replaceAll("\n", "\r\n")],
  ])("%s", async (_what, body) => {
    const witness = await started();
    const response = await witness.post(body);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  });

  it("bytes that are not UTF-8", async () => {
    const witness = await started();
    expect((await witness.post(new Uint8Array([0x6f, 0x6c, 0x64, 0xff]))).status).toBe(400);
  });

  it("an old size above the checkpoint's, whatever has been cosigned", async () => {
    const witness = await started();
    expect((await witness.post(log.request({ old: 6, size: 5 }))).status).toBe(400);
    await cosignedAt(witness, log, 6);
    expect((await witness.post(log.request({ old: 6, size: 5 }))).status).toBe(400);
  });
});

describe("403: not signed by the log", () => {
  const signedBy = (lines: string[]) => log.request({ size: 5, checkpoint: log.checkpoint(5, { lines }) });
  const flipped = (line: string) =>
    line.replace(/(.)(.{20})$/, (_all, a: string, rest) => (a === "A" ? "B" : "A") + rest);

  it.each([
    ["no signature of a known key", [createTestLog({ size: 20, seed: 9 }).sign(log.text(5))]],
    ["a signature of a known key that does not verify", [flipped(log.sign(log.text(5)))]],
    ["the signature of another text", [log.sign(log.text(6))]],
    ["a good line and a bad one of the same key", [log.sign(log.text(5)), flipped(log.sign(log.text(5)))]],
  ])("%s", async (_what, lines) => {
    const witness = await started();
    expect((await witness.post(signedBy(lines))).status).toBe(403);
    await expectConflict(await witness.post(log.request({ old: 1, size: 5 })), 0);
  });
});

describe("404: a log that is not witnessed", () => {
  it("by its origin, before any signature is looked at", async () => {
    const witness = await started();
    const other = createTestLog({ origin: "other.example/log", size: 20 });
    expect((await witness.post(other.request({ size: 5 }))).status).toBe(404);
    expect((await witness.post(other.request({ old: 9, size: 5 }))).status).toBe(404);
  });

  it("also when a witnessed log's key has signed it", async () => {
    const witness = await started();
    const text = log.text(5).replace("notary.example", "other.example");
    const body = encodeAddCheckpointText(0, [], `${text}\n${log.sign(text)}\n`);
    expect((await witness.post(body)).status).toBe(404);
  });
});

describe("409: another old size than the one cosigned", () => {
  it("tells the size in the exact form that logs compare", async () => {
    const witness = await started();
    await expectConflict(await witness.post(log.request({ old: 3, size: 5 })), 0);
    await cosignedAt(witness, log, 5);
    await expectConflict(await witness.post(log.request({ size: 8 })), 5);
    await expectConflict(await witness.post(log.request({ old: 4, size: 8 })), 5);
    await expectConflict(await witness.post(log.request({ size: 2 })), 5);
  });

  it("comes before the proof is looked at", async () => {
    const witness = await started();
    await cosignedAt(witness, log, 5);
    await expectConflict(await witness.post(log.request({ size: 8, proof: [emptyRootHash()] })), 5);
  });
});

describe("422: inconsistent", () => {
  const afterFive = async (body: Uint8Array) => {
    const witness = await started();
    await cosignedAt(witness, log, 5);
    const response = await witness.post(body);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    // Refused, and nothing has changed.
    await expectConflict(await witness.post(log.request({ size: 8 })), 5);
    return { status: response.status, misconducts: (await witness.status()).logs[0]?.misconducts };
  };

  it.each([
    ["the same size with another root", fork.request({ old: 5, size: 5 }), 1],
    ["another branch with its own proof", fork.request({ old: 5, size: 8 }), 1],
    [
      "another branch with the true proof",
      log.request({ old: 5, size: 8, checkpoint: fork.checkpoint(8) }),
      1,
    ],
    ["a proof that is too short", log.request({ old: 5, size: 8, proof: [] }), 1],
    ["a proof for the same size", log.request({ old: 5, size: 5, proof: [emptyRootHash()] }), 0],
  ])("%s", async (_what, body, misconducts) => {
    expect(await afterFive(body)).toEqual({ status: 422, misconducts });
  });

  it("a proof from the old size 0", async () => {
    const witness = await started();
    expect((await witness.post(log.request({ size: 5, proof: [emptyRootHash()] }))).status).toBe(422);
    await expectConflict(await witness.post(log.request({ old: 1, size: 5 })), 0);
  });

  it("a checkpoint of size 0 with a root of its own", async () => {
    const witness = await started();
    const root = hashLeaf(utf8(""));
    const lie = log.request({ size: 0, checkpoint: log.checkpoint(0, { root }) });
    expect((await witness.post(lie)).status).toBe(422);
    expect((await witness.status()).logs[0]).toMatchObject({ misconducts: 1, cosignedSize: null });
  });

  it("keeps the proof of a fork even when the old size does not fit", async () => {
    const witness = await started();
    await cosignedAt(witness, log, 5);
    await expectConflict(await witness.post(fork.request({ old: 4, size: 5 })), 5);
    expect((await witness.status()).logs[0]?.misconducts).toBe(1);
  });
});

describe("several requests and several logs", () => {
  it("answers one of many concurrent requests with a cosignature, the others with its size", async () => {
    const witness = await started();
    for (let round = 0, size = 0; round < 4; round++) {
      const old = size;
      const sizes = Array.from({ length: 5 }, (_, i) => old + 5 - i);
      const responses = await Promise.all(sizes.map((to) => witness.post(log.request({ old, size: to }))));
      const won = responses.findIndex(({ status }) => status === 200);
      size = sizes[won] as number;
      for (const [i, response] of responses.entries()) if (i !== won) await expectConflict(response, size);
    }
  });

  it("does not let a smaller size arrive late: the race of tlog-witness", async () => {
    const witness = await started();
    // Request A (size 8) is on its way, all but its last byte, while B (size 12) is cosigned.
    const body = Buffer.from(log.request({ size: 8 }));
    const slow = httpRequest(`${witness.url}/add-checkpoint`, { method: "POST" });
    slow.write(body.subarray(0, -1));
    await cosignedAt(witness, log, 12);
    slow.end(body.subarray(-1));
    const [response] = (await once(slow, "response")) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(409);
    expect((await witness.status()).logs[0]?.cosignedSize).toBe(12);
  });

  it("keeps logs of different origins apart, also those of one key", async () => {
    const second = createTestLog({ origin: "second.example/log", size: 9 });
    const witness = await nodes.start({ logs: [{ log }, { log: second }] });
    await cosignedAt(witness, log, 5);
    await expectConflict(await witness.post(second.request({ old: 5, size: 9 })), 0);
    await cosignedAt(witness, second, 9);
    await expectConflict(await witness.post(log.request({ size: 9 })), 5);
    const status = await witness.status();
    expect(status.logs.map(({ origin, cosignedSize }) => [origin, cosignedSize])).toEqual([
      [log.origin, 5],
      [second.origin, 9],
    ]);
  });
});

describe("memory", () => {
  it("outlives the process: state, key, and what monitors see", async () => {
    const dataFolder = nodes.folder();
    const first = await nodes.start({ logs: [{ log }], dataFolder });
    await cosignedAt(first, log, 5);
    const path = `/${await originHash(first)}/checkpoint`;
    const note = await (await first.get(path)).text();
    await first.close();

    const second = await nodes.start({ logs: [{ log }], dataFolder });
    expect(second.vkey).toBe(first.vkey);
    expect(await (await second.get(path)).text()).toBe(note);
    await expectConflict(await second.post(fork.request({ size: 8 })), 5);
    expect((await second.post(fork.request({ old: 5, size: 8 }))).status).toBe(422);
    await cosignedAt(second, log, 8, 5);
  });

  it("is one process's alone", async () => {
    const dataFolder = nodes.folder();
    await nodes.start({ logs: [{ log }], dataFolder });
    await expect(nodes.start({ logs: [{ log }], dataFolder })).rejects.toThrow(
      "is in use by another process",
    );
  });

  it("signs nothing, and says 500, when it can't be written", async () => {
    const dataFolder = nodes.folder();
    const witness = await nodes.start({ logs: [{ log }], dataFolder });
    await cosignedAt(witness, log, 5);
    const breaking = new Database(join(dataFolder, "witness.db"));
    breaking.exec(`CREATE TRIGGER full BEFORE UPDATE ON cosigned_checkpoint
                   BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
    const refused = await witness.post(log.request({ old: 5, size: 8 }));
    expect(refused.status).toBe(500);
    expect(await refused.text()).not.toContain("—");
    breaking.exec("DROP TRIGGER full");
    breaking.close();
    await expectConflict(await witness.post(log.request({ size: 8 })), 5);
    await cosignedAt(witness, log, 8, 5);
  });
});

describe("the monitoring path", () => {
  it("serves what was returned, with the log's signature; 404 before", async () => {
    const witness = await started();
    const path = `/${await originHash(witness)}/checkpoint`;
    expect((await witness.get(path)).status).toBe(404);
    const line = await cosignedAt(witness, log, 5);
    const response = await witness.get(path);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const text = await response.text();
    expect(text).toBe(log.checkpoint(5) + line);
    const note = parseNote(text);
    expect(openNote(note, [parseVkey(log.vkey)])).toHaveLength(1);
    expect(openCosignatures(note, [parseVkey(witness.vkey)])).toHaveLength(1);
  });
});

describe("other requests", () => {
  it.each([
    ["GET", "/add-checkpoint", 405, "POST"],
    ["POST", "/status", 405, "GET, HEAD"],
    ["DELETE", "/status", 405, "GET, HEAD"],
    ["GET", "/", 404, null],
    ["POST", "/sign-subtree", 404, null],
    ["GET", `/${"0".repeat(64)}/checkpoint`, 404, null],
    ["GET", "/../witness.db", 404, null],
  ])("%s %s: %i", async (method, path, status, allow) => {
    const witness = await started();
    const response = await fetch(witness.url + path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get("allow")).toBe(allow);
  });

  it("413 for a body above the limit, and none below it", async () => {
    const witness = await started();
    expect((await witness.post(new Uint8Array(MAX_BODY_BYTES + 1))).status).toBe(413);
    expect((await witness.post(new Uint8Array(MAX_BODY_BYTES))).status).toBe(400);
    // Far above it the sender is cut off: it gets an answer or a broken connection, never a cosignature.
    const cut = await witness.post(new Uint8Array(100 * MAX_BODY_BYTES)).then(
      ({ status }) => status,
      () => 413,
    );
    expect(cut).toBe(413);
    expect((await witness.get("/status")).status).toBe(200);
  });

  it("HEAD as GET, without a body", async () => {
    const witness = await started();
    const response = await fetch(`${witness.url}/status`, { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });
});
