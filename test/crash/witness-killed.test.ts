/**
 * A witness killed at random moments never cosigns two branches. The node is a real process; the log is a double that
 * lies. In each round it grows the ledger in two ways at once, and asks for both to be cosigned, one checkpoint after
 * another, until `kill -9`: whichever the node takes first must stay the only one, also where the kill fell between
 * its decision and its answer. Every cosignature that ever left the node is kept and held against the one branch.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
import { verifyEd25519 } from "../../src/platform/keys/ed25519.js";
import { createSigningKey } from "../../src/platform/keys/keys.js";
import { eventually } from "../story/eventually.js";
import { randomOfThisRun, tell } from "../../scripts/random.js";
import { createTestLog, serveTiles, type TestLog, type TileServer } from "../witness-node/test-log.js";
import { type ForkKind, FORKS, forksOf, growTwoWays } from "./two-faced-log.js";

const ROUNDS = 24;
const MOST_GROWTH = 12;
const MOST_MS_AFTER = 25;

/** A cosignature that left the node, and over what. */
interface Cosigned {
  readonly round: number;
  readonly treeSize: number;
  readonly text: string;
}

const random = randomOfThisRun();
const folder = mkdtempSync(join(tmpdir(), "cunzheng-witness-"));
const NAME = "court.example/w1";
const key = createSigningKey(join(folder, "witness.key"), { name: NAME, type: SIGNATURE_TYPE.cosignature });
const vkeys = [parseVkey(key.vkey)];
/** The branch that the node has taken, as far as it is known. */
let taken = createTestLog({ size: 8 });
const originHash = hex(sha256(utf8(taken.origin)));
const left: Cosigned[] = [];
const refused: { readonly round: number; readonly kind: ForkKind; readonly status: number }[] = [];
/** What the node said after each restart, before anybody asked it for anything new. */
const remembered: { readonly round: number; readonly said: number; readonly lastLeft: number }[] = [];
let tiles: TileServer;
let url: string;
let node: RunningProcess;
let unanswered = 0;
let unheard = 0;

beforeAll(async () => {
  tiles = await serveTiles(() => taken);
  const listen = { host: "127.0.0.1", port: await freePort() };
  url = `http://${listen.host}:${listen.port}`;
  const logs = [{ origin: taken.origin, vkeys: [taken.vkey], url: tiles.url }];
  writeFileSync(
    join(folder, "witness.json"),
    JSON.stringify({ name: NAME, listen, dataFolder: folder, logs }),
  );
  await start();
  let size = await askFor(0, taken, { old: 0, size: taken.entries.length });
  for (let round = 1; round <= ROUNDS; round++) {
    const branches = growTwoWays(taken, { size, by: MOST_GROWTH, name: `round ${round}` });
    await killWhileAsked(round, branches, size);
    await start();
    size = await whereItStands(round, branches, size);
    await offerForks(round, size);
  }
  tell(
    `witness killed ${ROUNDS} times while two branches asked for cosignatures (seed ${random.seed}): ` +
      `${left.length} cosignatures left it, ${unanswered} requests were cut off, ${unheard} times it had taken a ` +
      `branch of which no answer had left; ${refused.length} forks offered after restarts, none cosigned`,
  );
}, 200_000);

afterAll(async () => {
  await node.stop("SIGKILL");
  await tiles.close();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

async function start(): Promise<void> {
  node = startProcess(
    "witness",
    ["witness", "--config", join(folder, "witness.json")],
    join(folder, "log.jsonl"),
  );
  await waitUntilReady(node, `${url}/status`);
}

const post = (body: Uint8Array) =>
  fetch(`${url}/add-checkpoint`, { method: "POST", body: Buffer.from(body) });

/** Asks as a log does, and keeps what comes; the size that the node has cosigned by its answer. */
async function askFor(
  round: number,
  log: TestLog,
  { old, size }: { old: number; size: number },
): Promise<number> {
  const answer = await post(log.request({ old, size }));
  const body = await answer.text();
  if (answer.status === 409) return Number(body);
  if (answer.status !== 200) return old;
  const text = log.text(size);
  const note = parseNote(`${text}\n${body}`);
  if (openCosignatures(note, vkeys, { verifyEd25519 }).length !== 1)
    throw new Error(`no cosignature: ${body}`);
  left.push({ round, treeSize: size, text });
  return size;
}

/** Every branch asks for one size after another; half of the kills follow at once upon a cosignature. */
async function killWhileAsked(round: number, branches: readonly TestLog[], size: number): Promise<void> {
  let heard: () => void = () => undefined;
  const answers = new Promise<void>((resolve) => (heard = resolve));
  const wanted = left.length + random.between(1, MOST_GROWTH / 2);
  const asking = branches.map(async (log) => {
    try {
      for (let old = size; old < log.entries.length;) {
        const next = await askFor(round, log, { old, size: old + 1 });
        if (left.length >= wanted) heard();
        if (next <= old) return; // The other branch was taken.
        old = next;
      }
    } catch {
      unanswered += 1;
    }
  });
  if (random.between(0, 1) === 0) await Promise.race([answers, ...[Promise.all(asking)]]);
  else await delay(random.between(0, MOST_MS_AFTER));
  await node.stop("SIGKILL");
  await Promise.all(asking);
}

/** Which of the branches the node has taken, by the checkpoint that it shows; the cosignature on it is its own. */
async function whereItStands(round: number, branches: readonly TestLog[], before: number): Promise<number> {
  const conflict = await post(taken.request({ old: 0, size: before }));
  expect(conflict.status).toBe(409);
  const said = Number(await conflict.text());
  remembered.push({ round, said, lastLeft: Math.max(...left.map(({ treeSize }) => treeSize)) });

  const note = parseNote(await (await fetch(`${url}/${originHash}/checkpoint`)).text());
  expect(openCosignatures(note, vkeys, { verifyEd25519 })).toHaveLength(1);
  expect(parseCheckpointText(note.text).treeSize).toBe(said);
  if (said === before) return said;
  const branch = branches.find((log) => log.text(said) === note.text);
  if (branch === undefined)
    throw new Error(`round ${round}: the node shows a checkpoint that nobody offered`);
  if (!left.some((one) => one.round === round)) unheard += 1;
  taken = branch;
  return said;
}

async function offerForks(round: number, size: number): Promise<void> {
  for (const { kind, request } of forksOf(taken, { size, at: random.between(0, size - 1) }))
    refused.push({ round, kind, status: (await post(request)).status });
}

describe("a witness killed again and again", () => {
  it("was hit while it was asked, on both sides of its decision", () => {
    expect(remembered).toHaveLength(ROUNDS);
    expect(unanswered).toBeGreaterThan(ROUNDS / 2);
    expect(new Set(left.map(({ round }) => round)).size).toBeGreaterThan(ROUNDS / 3);
  });

  it("let no cosignature out but on the branch that it kept", () => {
    expect(left.filter(({ treeSize, text }) => taken.text(treeSize) !== text)).toEqual([]);
  });

  it("remembers after every restart what had left it", () => {
    expect(remembered.filter(({ said, lastLeft }) => said < lastLeft)).toEqual([]);
  });

  it("refuses every fork after every restart, with the status of tlog-witness", () => {
    for (const { round, kind, status } of refused)
      expect({ round, kind, status }).toEqual({
        round,
        kind,
        status: FORKS[kind],
      });
    expect(refused).toHaveLength(ROUNDS * Object.keys(FORKS).length);
  });

  it("keeps the forks as evidence of misconduct, and copies the ledger that it cosigned", async () => {
    const { size, misconducts } = await eventually("the ledger is copied", async () => {
      const { logs } = (await (await fetch(`${url}/status`)).json()) as {
        logs: { cosignedSize: number; copiedSize: number; misconducts: number }[];
      };
      const [log] = logs;
      return log && log.copiedSize === log.cosignedSize ? { ...log, size: log.copiedSize } : undefined;
    });
    expect(misconducts).toBeGreaterThanOrEqual(ROUNDS);
    const width = Math.min(256, size);
    const copy = await fetch(`${url}/${originHash}/tile/entries/000${width < 256 ? `.p/${width}` : ""}`);
    expect(Buffer.from(await copy.arrayBuffer()).equals(taken.bundle(0, width))).toBe(true);
  });
});
