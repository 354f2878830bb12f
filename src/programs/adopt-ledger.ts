/**
 * `cunzheng adopt-ledger`: a new notary's store out of a mirror's copy of the ledger, to go on with the same log under the
 * same key. Everything is proved under a checkpoint that the log has signed, and nothing is begun that some node would have
 * to refuse: no node may have cosigned more than the copy has, or another branch.
 *
 * Crash story: the copy grows in a file of its own, `adopting.db`, and becomes `notary.db` by being renamed when it is
 * whole. A run that was cut off begins anew.
 */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type AdoptingStore, openAdoptingStore } from "../adapters/sqlite/adopting-store.js";
import { readNotaryConfiguration } from "../configuration.js";
import { parseBatch } from "../core/batch/batch.js";
import { hex, utf8 } from "../core/bytes.js";
import { sha256 } from "../core/digest/sha256.js";
import type { SignedCheckpoint } from "../core/ledger/checkpoint.js";
import { parseJson } from "../core/record/json.js";
import { parseTime } from "../core/record/time.js";
import type { History } from "../core/membership/history.js";
import { isConsortiumEntry } from "../core/membership/change.js";
import { type Consortium, logKeysAt } from "../core/witness/consortium.js";
import { type Cosignature, openCosignatures } from "../core/witness/cosignature.js";
import { countQuorum } from "../core/witness/quorum.js";
import { readHistory } from "../notary/trust-in-force.js";
import { lockDataFolder } from "../platform/data-folder.js";
import { VERIFIERS } from "../platform/verifiers.js";
import { syncFolder } from "../platform/files.js";
import { readSigningKey } from "../platform/keys.js";
import { verifiedNote } from "../witness-node/add-checkpoint.js";
import { compareBranches } from "../witness-node/compare-branches.js";
import type { TrustedLog } from "../witness-node/config.js";
import { copyLedger } from "../witness-node/ledger-copy.js";
import { describeError, ledgerSources } from "../witness-node/ledger-sources.js";
import { openNoteOf } from "../witness-node/note-client.js";
import { MAX_NOTE_BYTES } from "../witness-node/paths.js";
import type { TileSource } from "../witness-node/tile-source.js";
import { type AskedNode, askNodes } from "./ask-nodes.js";
import { openLedgerSource } from "./ledger-reader.js";
import { readConfigured, readNeeded } from "./needed-file.js";
import { readTrustFile } from "./notary.js";

export interface AdoptArguments {
  readonly configFile: string;
  /** A prefix of tlog-tiles, or a folder with what lies below one. */
  readonly from: string;
  /** Nodes that need not answer. */
  readonly without: readonly string[];
  readonly tell: (line: string) => void;
}

const TELL_EVERY_MS = 5000;

/** Throws with what is in the way; the data folder is then as it was. */
export async function adoptLedger({ configFile, from, without, tell }: AdoptArguments): Promise<void> {
  const configuration = readConfigured(configFile, readNotaryConfiguration);
  const { dataFolder, keys } = configuration;
  const { trusted, bytes: trustFile } = readTrustFile(configFile, configuration);
  const log = trustedLog(trusted);
  const make = "the log's own key is needed: who has another can't go on with its ledger";
  const key = readNeeded(keys.log, { namedBy: `keys.log of ${configFile}`, make }, readSigningKey);
  if (!trusted.log.vkeys.some(({ text }) => text === key.vkey))
    throw new Error(`${keys.log} is not the log's key: the trust file does not list ${key.vkey}`);
  const lock = lockDataFolder(dataFolder);
  const source = openLedgerSource(from);
  try {
    if (existsSync(join(dataFolder, "notary.db")))
      throw new Error(`${dataFolder} has a store: a ledger is adopted into a data folder without one`);
    const checkpoint = openNoteOf(log, await source.checkpoint(MAX_NOTE_BYTES));
    const { treeSize } = checkpoint;
    refuseRetiredKey(trusted, checkpoint);
    tell(`${from} has ${treeSize} entries under a checkpoint that the log has signed`);
    const nodes = await askNodes(trusted, { log, note: verifiedNote(checkpoint) });
    refuseSilent(nodes, { without, tell });
    refuseAhead(nodes, treeSize);
    await adopt({ dataFolder, trustFile, log, source, checkpoint, nodes, tell });
    tellQuorum(trusted, checkpoint, nodes, tell);
    tell(
      "The ledger is there, and goes on with `cunzheng serve`. Statements, originals, API keys and chains were never on it: " +
        "deposits of before are unknown to this notary, and their evidence files and certificates verify as they did.",
    );
  } finally {
    await source.close();
    lock.release();
  }
}

/** With its retired keys, which signed what nodes may still show. */
function trustedLog({ log: { origin, vkeys, former, url } }: Consortium): TrustedLog {
  const keys = [...vkeys, ...former.map(({ vkey }) => vkey)];
  return { origin, vkeys: keys, url, originHash: hex(sha256(utf8(origin))) };
}

function refuseRetiredKey(trusted: Consortium, { treeSize, signedBy }: SignedCheckpoint): void {
  const keys = logKeysAt(trusted, treeSize);
  if (!signedBy.some((key) => keys.includes(key)))
    throw new Error(
      `the copy's checkpoint of ${treeSize} entries is signed by a key that was retired before: ${signedBy.map(({ text }) => text).join(", ")}`,
    );
}

/** Each that does not answer must be left out by name: it may have cosigned more than anybody else knows. */
function refuseSilent(
  nodes: readonly AskedNode[],
  { without, tell }: Pick<AdoptArguments, "without" | "tell">,
): void {
  const isLeftOut = ({ names }: AskedNode) => names.some((name) => without.includes(name));
  const strange = without.filter((name) => !nodes.some(({ names }) => names.includes(name)));
  if (strange.length > 0) throw new Error(`the trust file has no node ${strange.join(", ")}`);
  for (const { names, cosignedSize, silence } of nodes)
    tell(`  ${names[0] ?? ""}: ${silence === undefined ? `has cosigned ${cosignedSize}` : silence}`);
  const silent = nodes.filter((node) => node.silence !== undefined && !isLeftOut(node));
  if (silent.length === 0) return;
  const options = silent.map(({ names }) => `--without ${names[0] ?? ""}`).join(" ");
  throw new Error(
    `not all nodes answer. One that does not may have cosigned more than this copy has, and would never cosign what goes ` +
      `on without it. Wait for them, or say that you know of it: ${options}`,
  );
}

function refuseAhead(nodes: readonly AskedNode[], treeSize: number): void {
  const [ahead] = nodes
    .filter(({ cosignedSize }) => cosignedSize > treeSize)
    .sort((a, b) => b.cosignedSize - a.cosignedSize);
  if (ahead === undefined) return;
  throw new Error(
    `${ahead.names[0] ?? ""} has cosigned ${ahead.cosignedSize} entries, this copy has ${treeSize}: a ledger that goes on ` +
      `from here would be a second branch. Take a copy that has as many, such as a mirror's below ${ahead.url}`,
  );
}

interface Adoption {
  readonly dataFolder: string;
  readonly trustFile: Uint8Array;
  readonly log: TrustedLog;
  readonly source: TileSource;
  readonly checkpoint: SignedCheckpoint;
  readonly nodes: readonly AskedNode[];
  readonly tell: AdoptArguments["tell"];
}

async function adopt({
  dataFolder,
  trustFile,
  log,
  source,
  checkpoint,
  nodes,
  tell,
}: Adoption): Promise<void> {
  const { origin } = log;
  const { treeSize, rootHash } = checkpoint;
  removeAdopting(dataFolder);
  const file = join(dataFolder, "adopting.db");
  const store = openAdoptingStore(file);
  try {
    const sources = ledgerSources([source], { now: () => Date.now(), onFailure: () => undefined });
    let toldMs = Date.now();
    const onStep = (copied: number) => {
      if (Date.now() - toldMs < TELL_EVERY_MS) return;
      toldMs = Date.now();
      tell(`  ${copied} of ${treeSize} entries`);
    };
    await copyLedger({ origin, target: { treeSize, rootHash }, sources, store, onStep });
    for (const { names, shown } of nodes)
      for (const other of shown) {
        const compared = await compareBranches(checkpoint, other, { origin, ledgers: store, sources });
        if (compared.kind === "two-branches")
          throw new Error(
            `${names[0] ?? ""} has cosigned another branch at ${other.treeSize} entries: the log's key has signed two. ` +
              "Nothing goes on from either before the organisations have agreed",
          );
      }
    refuseOutdated(await readHistory({ store, ...VERIFIERS }, trustFile));
    const sealedAtMs = newestSealedAt(store, treeSize);
    await store.finish({ treeSize, rootHash, note: verifiedNote(checkpoint), lastSeq: 0, sealedAtMs });
  } catch (error) {
    store.close();
    removeAdopting(dataFolder);
    // With what is wrong with it, for whoever typed the command.
    throw new Error(describeError(error), { cause: error });
  }
  renameSync(file, join(dataFolder, "notary.db"));
  removeAdopting(dataFolder);
  await syncFolder(dataFolder);
  tell(`copied and proved ${treeSize} entries`);
}

/** Nodes that the ledger has added since were not asked, and keys that it has retired were believed. */
function refuseOutdated({ start, present, happened }: History): void {
  if (present === start) return;
  const missing = happened.filter(({ applied }) => applied !== undefined).length;
  throw new Error(
    `the ledger holds ${missing} change${missing === 1 ? "" : "s"} of the consortium that the trust file lacks: bring it up to date ` +
      "first (`cunzheng consortium update`), so that every node of today is asked",
  );
}

/** Of the newest batch, which changes of the consortium may follow: cosignatures from before it would not count. */
function newestSealedAt(store: AdoptingStore, treeSize: number): number {
  for (let index = treeSize - 1; index >= 0; index -= 1) {
    const entry = store.entry(index);
    if (entry === undefined) throw new Error(`internal: the copy lacks entry ${index}`);
    if (!isConsortiumEntry(entry)) return sealedAt(entry, index);
  }
  return 0;
}

function sealedAt(entry: Uint8Array, index: number): number {
  try {
    return parseTime(parseBatch(parseJson(entry, { numbers: "exact" })).sealedAt);
  } catch (error) {
    throw new Error(`entry ${index} is no batch of a notary: ${describeError(error)}`, { cause: error });
  }
}

function removeAdopting(dataFolder: string): void {
  for (const name of readdirSync(dataFolder))
    if (name.startsWith("adopting.db")) rmSync(join(dataFolder, name));
}

function tellQuorum(
  consortium: Consortium,
  checkpoint: SignedCheckpoint,
  nodes: readonly AskedNode[],
  tell: AdoptArguments["tell"],
): void {
  const { treeSize } = checkpoint;
  const vkeys = consortium.witnesses.flatMap((witness) => witness.vkeys);
  const same = [checkpoint, ...nodes.flatMap(({ shown }) => shown)].filter(
    ({ note }) => note.text === checkpoint.note.text,
  );
  const lines = new Map<string, Cosignature>(
    same
      .flatMap(({ note }) => openCosignatures(note, vkeys, VERIFIERS))
      .map((cosignature) => [cosignature.vkey.text, cosignature]),
  );
  const { holds, total, cosigners } = countQuorum({
    ...{ consortium, treeSize, depositor: undefined, parties: [] },
    cosignatures: [...lines.values()],
  });
  const who = cosigners.map(({ name }) => name).join(", ");
  tell(
    `its checkpoint is cosigned by ${who === "" ? "nobody" : who}: ` +
      (holds
        ? "the trust file's quorum holds on it"
        : `${total.got} of ${total.want} organisations that count, which is not the trust file's quorum; the new notary asks all of them`),
  );
}
