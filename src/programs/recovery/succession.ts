/**
 * What a notary needs to go on with a ledger that it has no whole store of: the log's own key, a copy of the ledger under a
 * checkpoint that the log has signed, and the word of every node that it has cosigned no more, nor another branch. For a
 * new store (`adopt-ledger`) and for one out of a backup (`recover`).
 */
import type { SuccessionArguments } from "../../commands/notary/succession.js";
import { type NotaryConfiguration, readNotaryConfiguration } from "../../configuration/configuration.js";
import { parseBatch, type Batch } from "../../core/batch/batch.js";
import { equalBytes, hex, utf8 } from "../../core/bytes.js";
import { sha256 } from "../../core/digest/sha256.js";
import type { SignedCheckpoint } from "../../core/ledger/checkpoint.js";
import type { History } from "../../core/membership/history.js";
import { isConsortiumEntry } from "../../core/membership/change.js";
import { parseJson } from "../../core/record/json.js";
import { parseTime } from "../../core/record/time.js";
import { type Consortium, logKeysAt } from "../../core/trust/consortium.js";
import type { LedgerStore } from "../../notary/ports/ledger.js";
import { readHistory } from "../../notary/trust/trust-in-force.js";
import { lockDataFolder } from "../../platform/data-folder.js";
import { readSigningKey } from "../../platform/keys/keys.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import { verifiedNote } from "../../witness-node/signing/add-checkpoint.js";
import { compareBranches } from "../../witness-node/gossip/compare-branches.js";
import type { TrustedLog } from "../../witness-node/configuration/logs.js";
import { type CopiedTiles, copiedRoot } from "../../witness-node/ledger/copied-tree.js";
import { copyLedger, type CopyArguments } from "../../witness-node/copy/ledger-copy.js";
import {
  describeError,
  type LedgerSources,
  ledgerSources,
} from "../../witness-node/sources/ledger-sources.js";
import { openNoteOf } from "../../witness-node/gossip/note-client.js";
import { MAX_NOTE_BYTES } from "../../witness-node/configuration/paths.js";
import { type AskedNode, askNodes } from "./ask-nodes.js";
import { openLedgerSource } from "../opening/ledger-reader.js";
import { type LogMark, openLogMark } from "../opening/log-mark.js";
import { readConfigured, readNeeded } from "../opening/needed-file.js";
import { refuseOtherStore } from "../opening/open-store.js";
import { readTrustFile } from "../opening/trust-file.js";

export interface Succession {
  readonly configuration: NotaryConfiguration;
  readonly trusted: Consortium;
  readonly trustFile: Uint8Array;
  readonly log: TrustedLog;
  readonly checkpoint: SignedCheckpoint;
  readonly nodes: readonly AskedNode[];
  readonly sources: LedgerSources;
  readonly mark: LogMark;
  readonly unseen?: number;
  /** Gives the data folder up. */
  close(): Promise<void>;
}

const TELL_EVERY_MS = 5000;

/** Locks the data folder, which `refuseFolder` looks at first. Throws with what is in the way; nothing is changed. */
export async function openSuccession(
  { configFile, from, without, unseen, tell }: SuccessionArguments,
  refuseFolder: (dataFolder: string) => void,
): Promise<Succession> {
  const configuration = readConfigured(configFile, readNotaryConfiguration);
  refuseOtherStore(configuration, "this");
  const { dataFolder, keys } = configuration;
  const { trusted, bytes: trustFile } = readTrustFile(configFile, configuration);
  const log = trustedLog(trusted);
  const make = "the log's own key is needed: who has another can't go on with its ledger";
  const key = readNeeded(keys.log, { namedBy: `keys.log of ${configFile}`, make }, readSigningKey);
  if (!trusted.log.vkeys.some(({ text }) => text === key.vkey))
    throw new Error(`${keys.log} is not the log's key: the trust file does not list ${key.vkey}`);
  const lock = lockDataFolder(dataFolder);
  const source = openLedgerSource(from);
  let mark: LogMark | undefined;
  const close = async () => {
    mark?.close();
    await source.close();
    lock.release();
  };
  try {
    refuseFolder(dataFolder);
    mark = openLogMark(keys.log, log.origin);
    const checkpoint = openNoteOf(log, await source.checkpoint(MAX_NOTE_BYTES));
    const { treeSize } = checkpoint;
    refuseRetiredKey(trusted, checkpoint);
    tell(`${from} has ${treeSize} entries under a checkpoint that the log has signed`);
    const nodes = await askNodes(trusted, { log, note: verifiedNote(checkpoint) });
    refuseSilent(nodes, { without, tell });
    refuseAhead(nodes, treeSize);
    refuseMarkAhead(mark, treeSize, unseen);
    const sources = ledgerSources([source], {
      monotonicMs: () => performance.now(),
      onFailure: () => undefined,
    });
    return {
      ...{ configuration, trusted, trustFile, log, checkpoint, nodes, sources, mark, close },
      ...(unseen !== undefined && { unseen }),
    };
  } catch (error) {
    await close();
    throw error;
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
  { without, tell }: Pick<SuccessionArguments, "without" | "tell">,
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

function refuseMarkAhead(mark: LogMark, treeSize: number, unseen: number | undefined): void {
  const { treeSize: signed = 0 } = mark.latest() ?? {};
  if (signed <= treeSize || signed === unseen) return;
  throw new Error(
    `the log's key has signed ${signed} entries (${mark.file}), this copy has ${treeSize}. Take a copy that has as many. ` +
      `Where no node has it, and you know that nobody else has seen it either (the machine died as it was signed): --unseen ${signed}`,
  );
}

/** Fills the store up to the checkpoint, and compares with it what nodes and the key are known to have signed. */
export async function copyProved(
  { log, checkpoint, nodes, sources, mark, trustFile, unseen }: Succession,
  store: CopyArguments["store"] & CopiedTiles & Pick<LedgerStore, "consortiumEntries">,
  tell: SuccessionArguments["tell"],
): Promise<void> {
  const { origin } = log;
  const { treeSize, rootHash } = checkpoint;
  let toldMs = performance.now();
  const onStep = (copied: number) => {
    if (performance.now() - toldMs < TELL_EVERY_MS) return;
    toldMs = performance.now();
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
  if (mark.latest()?.treeSize !== unseen) refuseOtherMark(store, origin, mark, treeSize);
  refuseOutdated(await readHistory({ store, ...VERIFIERS }, trustFile));
}

function refuseOtherMark(store: CopiedTiles, origin: string, mark: LogMark, treeSize: number): void {
  const marked = mark.latest();
  if (marked === undefined || marked.treeSize > treeSize) return;
  const root = copiedRoot(store, origin, marked.treeSize);
  if (root === undefined || equalBytes(root, marked.rootHash)) return;
  throw new Error(
    `the log's key has signed another ledger of ${marked.treeSize} entries (${mark.file}) than this copy begins with: ` +
      "nothing goes on from either before the organisations have agreed. Where no node has it, and you know that nobody else has " +
      `seen it either: --unseen ${marked.treeSize}`,
  );
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

/** Undefined for a change of the consortium. Throws, naming the index, for what is no notary's entry. */
export function batchAt(
  store: { entry(index: number): Uint8Array | undefined },
  index: number,
): { readonly batch: Batch; readonly sealedAtMs: number; readonly entry: Uint8Array } | undefined {
  const entry = store.entry(index);
  if (entry === undefined) throw new Error(`internal: the copy lacks entry ${index}`);
  if (isConsortiumEntry(entry)) return undefined;
  try {
    const batch = parseBatch(parseJson(entry, { numbers: "exact" }));
    return { batch, sealedAtMs: parseTime(batch.sealedAt), entry };
  } catch (error) {
    throw new Error(`entry ${index} is no batch of a notary: ${describeError(error)}`, { cause: error });
  }
}
