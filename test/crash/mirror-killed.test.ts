/**
 * A mirror killed at random moments while entries come in never has less than it has signed for. The node is a real
 * process; the log sends package after package, in pieces, until `kill -9`, and afterwards goes on where the mirror says.
 * Every mirror cosignature that ever left the node is held against what it serves after each restart.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type RunningProcess, startProcess, waitUntilReady } from "../../scripts/quickstart/processes.js";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import { hex, utf8 } from "../../src/core/bytes.js";
import { sha256 } from "../../src/core/digest/sha256.js";
import { parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { parseVkey, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import { parseMirrorInfo } from "../../src/core/witness/mirror-info.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import { createSigningKey } from "../../src/platform/keys/keys.js";
import { randomOfThisRun, tell } from "../../scripts/random.js";
import { createTestLog, type TestLog } from "../witness-node/test-log.js";
import { entriesAt } from "./served-entries.js";

const ROUNDS = 20;
const MOST_GROWTH = 700;
const MOST_PIECES = 12;

interface AfterRestart {
  readonly round: number;
  /** The largest size for which a mirror cosignature had left the node. */
  readonly lastLeft: number;
  readonly mirroredSize: number;
  readonly copiedSize: number;
  /** Of the checkpoint that it serves, and how many of the entries under it are the log's. */
  readonly servedSize: number;
  readonly trueEntries: number;
}

const random = randomOfThisRun();
const folder = mkdtempSync(join(tmpdir(), "cunzheng-mirror-"));
const { cosignature } = SIGNATURE_TYPE;
createSigningKey(join(folder, "witness.key"), { name: "court.example/w1", type: cosignature });
const { vkey } = createSigningKey(join(folder, "mirror.key"), {
  name: "court.example/m1",
  type: cosignature,
});
let log = createTestLog({ size: 0 });
const originHash = hex(sha256(utf8(log.origin)));
const restarts: AfterRestart[] = [];
let lastLeft = 0;
let cosignatures = 0;
let cutOff = 0;
let resumedInside = 0;
let url: string;
let node: RunningProcess;

beforeAll(async () => {
  const listen = { host: "127.0.0.1", port: await freePort() };
  url = `http://${listen.host}:${listen.port}`;
  const config = {
    name: "court.example/w1",
    listen,
    dataFolder: folder,
    mirror: { name: "court.example/m1" },
    // Nobody is there: what the mirror has it was sent.
    logs: [{ origin: log.origin, vkeys: [log.vkey], url: `http://127.0.0.1:${await freePort()}` }],
  };
  writeFileSync(join(folder, "witness.json"), JSON.stringify(config));
  await start();
  for (let round = 1; round <= ROUNDS; round++) {
    const before = log.entries.length;
    log = log.grown(before + random.between(1, MOST_GROWTH));
    await killWhileSending(before);
    await start();
    restarts.push(await whatItHas(round));
    await sendAll();
  }
  tell(
    `mirror killed ${ROUNDS} times while entries came in (seed ${random.seed}): ${log.entries.length} entries, ` +
      `${cosignatures} cosignatures left it, ${cutOff} uploads were cut off, ${resumedInside} went on inside a growth`,
  );
}, 300_000);

afterAll(async () => {
  await node.stop("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

async function start(): Promise<void> {
  const args = ["witness", "--config", join(folder, "witness.json")];
  node = startProcess("mirror", args, join(folder, "log.jsonl"));
  await waitUntilReady(node, `${url}/status`);
}

/** The witness takes the checkpoint of the log as it is; it may have done so before the kill. */
async function addCheckpoint(old: number): Promise<void> {
  const post = (from: number) =>
    fetch(`${url}/add-checkpoint`, {
      method: "POST",
      body: Buffer.from(log.request({ old: from, size: log.entries.length })),
    });
  const answer = await post(old);
  if (answer.status !== 409) return;
  await post(Number(await answer.text()));
}

/** One upload in pieces, the pauses between them drawn at random; undefined where the connection was lost. */
function upload(
  parts: readonly Uint8Array[],
  pauseMs: () => number,
): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const sending = httpRequest(`${url}/add-entries`, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
    });
    sending.on("error", () => resolve(undefined));
    sending.on("response", async (response) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      } catch {
        resolve(undefined);
      }
    });
    void (async () => {
      for (const part of parts) {
        for (const piece of pieces(part)) {
          if (sending.destroyed) return;
          sending.write(piece);
          await delay(pauseMs());
        }
      }
      sending.end();
    })();
  });
}

function pieces(bytes: Uint8Array): Uint8Array[] {
  const count = random.between(1, MOST_PIECES);
  const length = Math.ceil(bytes.length / count);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * length, (i + 1) * length));
}

function take(answer: { status: number; body: string } | undefined): void {
  if (answer?.status !== 200) return;
  const size = log.entries.length;
  const note = parseNote(`${log.text(size)}\n${answer.body}`);
  if (openCosignatures(note, [parseVkey(vkey)], VERIFIERS).length !== 1)
    throw new Error(`no cosignature of the mirror: ${answer.body}`);
  cosignatures += 1;
  lastLeft = size;
}

/** Half of the kills follow at once upon the mirror's cosignature. */
async function killWhileSending(before: number): Promise<void> {
  await addCheckpoint(before);
  const parts = log.uploadParts({ start: before, end: log.entries.length });
  const sending = upload(parts, () => random.between(0, 3)).then((answer) => {
    take(answer);
    if (answer === undefined) cutOff += 1;
  });
  if (random.between(0, 1) === 0) await sending;
  else await delay(random.between(0, 40));
  await node.stop("SIGKILL");
  await sending;
}

/** As a log goes on that remembers nothing: it asks from an empty upload where to begin. */
async function sendAll(): Promise<void> {
  const size = log.entries.length;
  await addCheckpoint(0);
  let start = size;
  for (let tries = 0; tries < 5; tries++) {
    const answer = await upload(log.uploadParts({ start, end: size }), () => 0);
    take(answer);
    if (answer?.status === 200) return;
    if (answer?.status !== 409 && answer?.status !== 202)
      throw new Error(`add-entries: ${answer?.status} ${answer?.body}`);
    start = parseMirrorInfo(utf8(answer.body)).nextEntry;
    if (start % 256 !== 0 && start < size) resumedInside += 1;
  }
  throw new Error("the mirror never has enough");
}

async function whatItHas(round: number): Promise<AfterRestart> {
  const { logs } = (await (await fetch(`${url}/status`)).json()) as {
    logs: { mirroredSize: number | null; copiedSize: number }[];
  };
  const { mirroredSize, copiedSize } = logs[0] ?? { mirroredSize: null, copiedSize: 0 };
  const prefix = `${url}/mirror/${originHash}`;
  const shown = await fetch(`${prefix}/checkpoint`);
  const text = shown.status === 404 ? undefined : parseNote(await shown.text()).text;
  const servedSize = text === undefined ? 0 : parseCheckpointText(text).treeSize;
  if (text !== undefined && text !== log.text(servedSize)) throw new Error(`round ${round}: another tree`);
  const entries = await entriesAt(prefix, servedSize);
  const trueEntries = entries.filter((entry, i) => Buffer.compare(entry, entryOf(log, i)) === 0).length;
  return { round, lastLeft, mirroredSize: mirroredSize ?? 0, copiedSize, servedSize, trueEntries };
}

const entryOf = ({ entries }: TestLog, index: number): Uint8Array => entries[index] ?? new Uint8Array(0);

describe("a mirror killed again and again", () => {
  it("was hit while entries came in, and after it had signed", () => {
    expect(restarts).toHaveLength(ROUNDS);
    expect(cutOff).toBeGreaterThan(0);
    expect(cosignatures).toBeGreaterThan(ROUNDS);
  });

  it("serves every entry for which a cosignature of its own ever left it", () => {
    for (const { round, lastLeft: left, mirroredSize, copiedSize, servedSize, trueEntries } of restarts) {
      const isKept = mirroredSize >= left && copiedSize >= mirroredSize && servedSize === mirroredSize;
      expect({ round, isKept, trueEntries }).toEqual({ round, isKept: true, trueEntries: servedSize });
    }
  });

  it("has all of the ledger in the end, from a log that remembered nothing", async () => {
    expect((await whatItHas(ROUNDS + 1)).trueEntries).toBe(log.entries.length);
  });
});
