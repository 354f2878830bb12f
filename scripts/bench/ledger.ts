/**
 * The ledger by itself, at several sizes: what an append costs and how much memory, how long until the quorum of five
 * real nodes has stored and cosigned it, how many entries a second come that far, and how large a proof is. The notary's
 * store, tree, key and gathering run in this process, the nodes in five of their own, all on the same cores.
 */
import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openSqliteStore } from "../../src/adapters/sqlite/store.js";
import {
  createWitnessClient,
  type HttpWitnessClient,
} from "../../src/adapters/witness-client/witness-client.js";
import { encodeBatch } from "../../src/core/batch/batch.js";
import { base64, utf8 } from "../../src/core/bytes.js";
import { sha256 } from "../../src/core/digest/sha256.js";
import { encodeNote, parseNote } from "../../src/core/ledger/note.js";
import { encodeTlogProof } from "../../src/core/ledger/tlog-proof.js";
import { type Consortium, parseConsortium } from "../../src/core/trust/consortium.js";
import { openFinalityBoard } from "../../src/notary/finality/finality-board.js";
import { depositorClasses, EVERYBODY } from "../../src/notary/finality/finality.js";
import { startGathering } from "../../src/notary/finality/gather-cosignatures.js";
import { proveLedgerInclusion } from "../../src/notary/ledger/ledger-tree.js";
import { createBell } from "../../src/adapters/bell/bell.js";
import type { StoredCheckpoint } from "../../src/notary/ports/ledger.js";
import { readSigningKey } from "../../src/platform/keys/keys.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import { freePort, openSampleConsortium, type SampleConsortium } from "../quickstart/sample-consortium.js";
import { startWitnessNode } from "../quickstart/sample.js";
import { type Appended, appendEntries, copyOf, type Grower, growLedger } from "./grown-ledger.js";
import { percentile } from "./statistics.js";
import { machine, printHead, printRows, type Row } from "./table.js";

const RUNS = 3;
/** Of one entry each, one after the other. */
const ROUNDS = 100;
const WARM_UP = 20;
/** Of as many entries as one step of the notary takes. */
const FULL_STEPS = 12;
const FULL_STEP = 1024;
const QUORUM_TIMEOUT_MS = 60_000;

/** A batch entry as the notary writes them, of 330 bytes. */
function entryAt(index: number): Uint8Array {
  return encodeBatch({
    type: "cunzheng/batch@v1",
    id: `01KATVR90TEXAMP1E${index.toString().padStart(9, "0")}`,
    size: 500,
    root: base64(sha256(utf8(String(index)))),
    sealedAt: "2026-11-24T08:00:01.250Z",
    state: {
      software: "cunzheng/0.1.0 0123456789ab",
      config: base64(new Uint8Array(32)),
      clockOffsetMs: null,
    },
  });
}

export async function benchLedger(sizes: readonly number[]): Promise<void> {
  const head = [
    ...machine(),
    `Ledger, gathering and five nodes (witness and mirror each) share it; entries of ${entryAt(0).length} bytes;`,
    `${RUNS} runs of ${ROUNDS} appends and of ${FULL_STEPS} full steps; median [lowest to highest]`,
  ];
  printHead(head);
  for (const size of sizes) {
    // The largest grows for many minutes, and looks as if it stood still.
    console.error(`growing a ledger of ${size.toLocaleString("en")} entries`);
    const data = await mkdtemp(join(tmpdir(), "cunzheng-bench-"));
    try {
      printRows(await benchSize(data, size));
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  }
}

async function benchSize(data: string, size: number): Promise<Row[]> {
  const sample = await openSampleConsortium(data, await freePort());
  const notaryFolder = dirname(sample.notaryConfig);
  const logSigner = readSigningKey(join(notaryFolder, "log.key"));
  const store = openSqliteStore(join(notaryFolder, "notary.db"));
  const grower: Grower = { store, logSigner, now: Date.now, entryAt };
  try {
    const at = `at ${size.toLocaleString("en")} entries`;
    const { newest, stepMs, seconds, copyBytes } = await growAndCopy(grower, sample, data, size);
    const rss = process.memoryUsage().rss / 2 ** 20;
    const consortium = parseConsortium(await readFile(sample.consortiumFile));
    const cosigned = await cosignedAppends(grower, { sample, data, consortium, newest });
    return [
      { what: `${at}: growing it took`, values: [seconds], unit: "s" },
      {
        what: "  a step of 1,024 entries, first tenth",
        values: stepMs.slice(0, stepMs.length / 10 + 1),
        unit: "ms",
      },
      {
        what: "  a step of 1,024 entries, last tenth",
        values: stepMs.slice(-stepMs.length / 10 - 1),
        unit: "ms",
      },
      { what: "  memory of the process that appends", values: [rss], unit: "MiB" },
      { what: "  disk of a mirror, an entry", values: [copyBytes / size], unit: "bytes" },
      ...cosigned,
    ];
  } finally {
    await store.close();
  }
}

interface Grown {
  readonly newest: StoredCheckpoint;
  /** Of each whole step. */
  readonly stepMs: readonly number[];
  readonly seconds: number;
  /** Of the copy that each mirror keeps. */
  readonly copyBytes: number;
}

async function growAndCopy(
  grower: Grower,
  sample: SampleConsortium,
  data: string,
  size: number,
): Promise<Grown> {
  const folder = join(data, "copy");
  await mkdir(folder);
  const copy = copyOf(grower.logSigner.name, folder);
  const stepMs: number[] = [];
  let begun = performance.now();
  let seconds = 0;
  const newest = await growLedger(grower, size, (appended: Appended) => {
    const ms = performance.now() - begun;
    seconds += ms / 1000;
    if (appended.entries.length === FULL_STEP) stepMs.push(ms);
    copy.take(appended);
    begun = performance.now();
  });
  const nodeFolders = sample.witnessConfigs.map(({ config }) => dirname(config));
  await copy.give(newest, nodeFolders);
  const { size: copyBytes } = await stat(join(nodeFolders[0] ?? "", "ledger.db"));
  return { newest, stepMs, seconds, copyBytes };
}

interface Consigned {
  readonly sample: SampleConsortium;
  readonly data: string;
  readonly consortium: Consortium;
  readonly newest: StoredCheckpoint;
}

interface Timed {
  readonly appendMs: number;
  /** With the append. */
  readonly quorumMs: number;
}

/** With the nodes running: from the append to the quorum, one entry or a full step at a time. */
async function cosignedAppends(
  grower: Grower,
  { sample, data, consortium, newest: first }: Consigned,
): Promise<Row[]> {
  const { store } = grower;
  const nodes = await Promise.all(sample.witnessConfigs.map((node) => startWitnessNode(data, node)));
  const clients = new Map<string, HttpWitnessClient>();
  const witnesses = new Map(
    consortium.witnesses.map(({ name, url }) => {
      const client = clients.get(url) ?? createWitnessClient(url);
      clients.set(url, client);
      return [name, client];
    }),
  );
  const told: string[] = [];
  const log = {
    info: () => undefined,
    warn: (_: object, message: string) => told.push(message),
    error: (_: object, message: string) => told.push(message),
  };
  const classes = depositorClasses(consortium);
  const bell = createBell();
  const board = await openFinalityBoard({ store, bell, log }, classes);
  const gatherer = await startGathering(
    { store, witnesses, ...VERIFIERS, now: Date.now, monotonicMs: () => performance.now(), bell, log },
    {
      ...{ consortium, classes, board, newest: first, timeoutMs: 5000, mayLeave: () => true },
      ...{ noteSigned: () => undefined, suspect: () => undefined, noteFinal: () => undefined },
    },
  );
  let newest = first;
  const round = async (count: number): Promise<Timed> => {
    const begun = performance.now();
    newest = (await appendEntries(grower, newest, count)).checkpoint;
    const appendMs = performance.now() - begun;
    await gatherer.look();
    await board.wait(EVERYBODY, newest.lastSeq, QUORUM_TIMEOUT_MS);
    if (!board.isFinal(EVERYBODY, newest.lastSeq)) throw new Error(`no quorum: ${told.join("; ")}`);
    return { appendMs, quorumMs: performance.now() - begun };
  };
  try {
    for (let i = 0; i < WARM_UP; i++) await round(1);
    const runs: { readonly single: readonly Timed[]; readonly full: readonly number[] }[] = [];
    for (let run = 0; run < RUNS; run++) {
      const single: Timed[] = [];
      for (let i = 0; i < ROUNDS; i++) single.push(await round(1));
      const full: number[] = [];
      for (let i = 0; i < FULL_STEPS; i++) full.push((await round(FULL_STEP)).quorumMs);
      runs.push({ single, full });
    }
    const of = (pick: "appendMs" | "quorumMs", p: number) =>
      runs.map(({ single }) =>
        percentile(
          single.map((one) => one[pick]),
          p,
        ),
      );
    return [
      { what: "  appending one entry, p50", values: of("appendMs", 50), unit: "ms" },
      { what: "  from append to quorum, p50", values: of("quorumMs", 50), unit: "ms" },
      { what: "  from append to quorum, p99", values: of("quorumMs", 99), unit: "ms", mark: "< 250" },
      {
        what: "  entries appended and cosigned, 1,024 a step",
        values: runs.map(
          ({ full }) => (FULL_STEPS * FULL_STEP * 1000) / full.reduce((sum, ms) => sum + ms, 0),
        ),
        unit: "/s",
      },
      {
        what: "  proof of one entry, five Ed25519 cosignatures",
        values: [await proofBytes(grower, consortium, newest)],
        unit: "bytes",
        mark: "< 3072",
      },
    ];
  } finally {
    await gatherer.close();
    await Promise.all([...clients.values()].map((client) => client.close()));
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

/** A tlog-proof of an entry in the middle, under the newest checkpoint that all five mirrors have cosigned. */
async function proofBytes(
  { store }: Grower,
  consortium: Consortium,
  newest: StoredCheckpoint,
): Promise<number> {
  const mirrors = consortium.witnesses.filter(({ kind }) => kind === "mirror").map(({ name }) => name);
  const { treeSize } = newest;
  let lines: string[] = [];
  for (const deadline = performance.now() + QUORUM_TIMEOUT_MS; lines.length < mirrors.length;) {
    if (performance.now() > deadline) throw new Error(`only ${lines.length} mirrors have cosigned`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stored = await store.cosignatures(treeSize);
    lines = stored.filter(({ name }) => mirrors.includes(name)).map(({ line }) => line);
  }
  const { text, signatures } = parseNote(newest.note);
  const index = Math.floor(treeSize / 2);
  const proof = encodeTlogProof({
    index,
    path: await proveLedgerInclusion(store, { ledgerIndex: index, treeSize }),
    checkpoint: encodeNote(text, [...signatures.map(({ line }) => line), ...lines]),
  });
  return utf8(proof).length;
}
