/**
 * Six honest nodes, each witness and mirror, made of the node's own parts on its own files: its decision, its memory, its
 * copy, its gossip, what is marked beside its keys. Only the network between them is left out. Each has a clock that can be
 * stepped, a disk that can be put back to an earlier state, and a key that can be replaced. The sixth belongs to nobody who
 * counts until a change of the consortium says so.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "../../src/core/bytes.js";
import { publicKeyFromSeed } from "../../src/core/ledger/ed25519.js";
import {
  type Checkpoint,
  parseCheckpointText,
  type SignedCheckpoint,
} from "../../src/core/ledger/checkpoint.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { formatVkey, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { type OrganisationRole, parseTrustFile, type TrustFile } from "../../src/core/trust/trust-file.js";
import { openSigningKey, type SigningKey } from "../../src/platform/keys/keys.js";
import { createLogger } from "../../src/platform/logger.js";
import type { Answer } from "../../src/witness-node/signing/add-checkpoint.js";
import type { TrustedLog } from "../../src/witness-node/configuration/logs.js";
import type { Peer } from "../../src/witness-node/configuration/peers.js";
import { cosigner } from "../../src/witness-node/signing/cosign.js";
import { keysOf } from "../../src/witness-node/memory/cosigner-keys.js";
import { exchange } from "../../src/witness-node/gossip/gossip.js";
import { ledgerSources } from "../../src/witness-node/sources/ledger-sources.js";
import { type AddEntriesAnswer, createMirror } from "../../src/witness-node/signing/mirror.js";
import { misconductFiles, type MisconductFiles } from "../../src/witness-node/gossip/misconduct.js";
import { movePast, type MovePastReport } from "../../src/witness-node/move-past.js";
import { type NoteClient, openNoteOf } from "../../src/witness-node/gossip/note-client.js";
import { openNode as openNodeFiles, type OpenNode } from "../../src/witness-node/memory/open-node.js";
import { checkpointTaker } from "../../src/witness-node/signing/take-checkpoint.js";
import type { TileSource } from "../../src/witness-node/sources/tile-source.js";
import type { TreeHead } from "../../src/witness-node/ledger/tree-head.js";
import { createUploadBudget } from "../../src/witness-node/signing/upload-budget.js";

/** Of those that count from the beginning; the newcomer is a bank. */
export const ROLES = ["court", "court", "bank", "bank", "arbitration"] as const;
const RECEIPTS = formatVkey({
  ...{ name: "receipts.example", type: SIGNATURE_TYPE.ed25519 },
  publicKey: publicKeyFromSeed(new Uint8Array(32).fill(9)),
});
const NOW_MS = Date.UTC(2026, 10, 24, 8, 0, 0);

/** What comes back from a backup: the memory alone, with the copy, or all of it with what is marked beside the keys. */
export type PutBack = "memory" | "memory and copy" | "machine";

/** What the log shows to a node that asks it, and the entries of that tree. */
export interface ShownByLog {
  readonly note: string | Uint8Array;
  readonly tiles: TileSource;
}

export interface HonestNode {
  readonly organisation: string;
  /** Of its mirror, as it signs now; its holder approves changes with it too. */
  readonly mirrorKey: SigningKey;
  addCheckpoint(body: Uint8Array): Answer;
  addEntries(body: Uint8Array): Promise<AddEntriesAnswer>;
  cosignedSize(origin: string): number;
  copiedSize(origin: string): number;
  /** Of the newest checkpoint that its witness, or its mirror, has cosigned. */
  cosignedHead(origin: string): Checkpoint | undefined;
  mirroredHead(origin: string): Checkpoint | undefined;
  /** The largest tree that it knows to have signed, whatever its memory says. */
  signedHead(origin: string): TreeHead | undefined;
  hasForgotten(origin: string): boolean;
  misconducts(origin: string): MisconductFiles;
  /** From now on its clock is so far from the true time. */
  stepClock(offsetMs: number): void;
  /** Stops, keeps a copy of its disk, and starts again. */
  backUp(): void;
  /** Stops, gets what it kept back, and starts again. */
  putBack(what: PutBack): void;
  /** A new key for its mirror, to be used when the change is there. */
  makeMirrorKey(): SigningKey;
  useNewMirrorKey(): void;
}

export interface HonestNodes {
  readonly nodes: readonly HonestNode[];
  /** Who is trusted at first, under a log: the five with the keys that they have now. */
  trustFile(log: TrustedLog): TrustFile;
  /** From now on they watch this log. */
  watch(log: TrustedLog): void;
  /** Every one asks every other once. Rejects where somebody shows what nobody has the tiles to compare with. */
  gossip(log: TrustedLog): Promise<void>;
  /** The same, or one asks every other as at its start; what can't be compared yet is left for another time. */
  gossipMeanwhile(log: TrustedLog, at?: number): Promise<void>;
  movePast(log: TrustedLog, at: number, shown: ShownByLog): Promise<MovePastReport>;
  close(): void;
}

const logger = createLogger({ name: "honest", level: "error", destination: { write: () => undefined } });

const fail = (error: unknown) => {
  throw error;
};

export function openHonestNodes(folder: string): HonestNodes {
  const logs: TrustedLog[] = [];
  const names = [...ROLES.map((role, i) => `${role}-${i}`), "newcomer"];
  const opened = names.map((organisation) => openHonestNode(folder, organisation, logs));

  const sourcesOf = ({ origin }: TrustedLog, more: readonly TileSource[] = []) => {
    const sources = opened.map(({ organisation, files }): TileSource => ({
      name: organisation,
      tile: (tile) => {
        const bytes = files().ledgers.tile(origin, tile);
        return bytes ? Promise.resolve(bytes) : Promise.reject(new Error("404"));
      },
      entries: () => Promise.reject(new Error("nobody asks for entries")),
    }));
    return ledgerSources([...more, ...sources], { monotonicMs: () => NOW_MS, onFailure: () => undefined });
  };
  /** Of the log that is watched: what was opened once opens again. */
  const openedNotes = new Map<string, SignedCheckpoint>();
  const openNote = (log: TrustedLog, note: string): SignedCheckpoint => {
    const known = openedNotes.get(note) ?? openNoteOf(log, note);
    openedNotes.set(note, known);
    return known;
  };
  const notesOf = (log: TrustedLog, shown?: ShownByLog): NoteClient => {
    const peerOf = (prefix: string) => {
      const [, name = "", role] = /^(.*?)(\/mirror)?\/[0-9a-f]{64}$/.exec(prefix) ?? [];
      return { peer: opened.find(({ organisation }) => organisation === name), role };
    };
    return {
      checkpoint: (prefix) => {
        if (prefix === log.url) return Promise.resolve(shown && openNoteOf(log, shown.note));
        const { peer, role } = peerOf(prefix);
        const note = role ? peer?.mirrorNote(log.origin) : peer?.witnessNote(log.origin);
        return Promise.resolve(note === undefined ? undefined : openNote(log, note));
      },
      seen: (prefix) =>
        Promise.resolve(
          (peerOf(prefix).peer?.files().checkpoints.seen(log.origin) ?? []).map(({ note }) =>
            openNote(log, note),
          ),
        ),
      close: () => Promise.resolve(),
    };
  };
  const peersOf = (node: OpenedNode): Peer[] =>
    opened
      .filter((other) => other !== node)
      .map(({ organisation }) => ({ name: organisation, url: organisation, vkeys: [] }));
  const nodeAt = (at: number): OpenedNode => {
    const node = opened[at];
    if (node === undefined) throw new Error(`there is no node ${at}`);
    return node;
  };
  const ask = async (log: TrustedLog, node: OpenedNode, onFailure: (error: unknown) => void = fail) => {
    for (const peer of peersOf(node))
      await exchange(
        { ...node.files(), notes: notesOf(log), sourcesOf: (one) => sourcesOf(one), now: node.now, logger },
        peer,
        log,
      ).catch(onFailure);
  };
  return {
    nodes: opened,
    trustFile: (log) => firstTrustFile(log, opened.slice(0, ROLES.length)),
    watch: (log) => {
      logs.splice(0, logs.length, log);
      openedNotes.clear();
    },
    gossip: async (log) => {
      for (const node of opened) await ask(log, node);
    },
    gossipMeanwhile: async (log, at) => {
      for (const node of at === undefined ? opened : [nodeAt(at)]) await ask(log, node, () => undefined);
    },
    movePast: (log, at, shown) => {
      const node = nodeAt(at);
      const { witnessKeys, ...files } = node.files();
      return movePast({
        ...files,
        ...{ log, peers: peersOf(node), notes: notesOf(log, shown), sources: sourcesOf(log, [shown.tiles]) },
        ...{ cosign: cosigner(keysOf(witnessKeys)), witnessName: witnessKeys.key.name, now: node.now },
      });
    },
    close: () => {
      for (const node of opened) node.files().close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type OpenedNode = ReturnType<typeof openHonestNode>;

const MEMORY = ["witness.db"];
const COPY = ["ledger.db"];

function openHonestNode(root: string, organisation: string, logs: readonly TrustedLog[]) {
  const folder = join(root, organisation);
  const kept = join(root, `${organisation}-kept`);
  for (const made of [folder, kept]) mkdirSync(made, { mode: 0o700 });
  let serial = 0;
  let offsetMs = 0;
  let mirrorKeyFile = join(folder, "mirror-0.key");
  const mirrorName = { name: `${organisation}.example/mirror`, type: SIGNATURE_TYPE.cosignature };
  openSigningKey(mirrorKeyFile, mirrorName);
  const marks = () => ["witness.key.signed", `mirror-${serial}.key.signed`];
  const now = () => NOW_MS + offsetMs;

  const start = () => {
    const files = openNodeFiles(
      {
        name: `${organisation}.example/witness`,
        listen: { host: "127.0.0.1", port: 0 },
        dataFolder: folder,
        mirror: { name: mirrorName.name, keyFile: mirrorKeyFile },
        logs: [],
      },
      { logs, logger, movePast: "move-past" },
    );
    const { checkpoints, ledgers, ownSignatures, mirrorKeys, refusal } = files;
    if (mirrorKeys === undefined) throw new Error("no mirror's key");
    return {
      files,
      mirrorKey: mirrorKeys.key,
      addCheckpoint: checkpointTaker({ logs, now, logger, onCosigned: () => undefined, node: files }),
      mirror: createMirror({
        ...{ logs, checkpoints, ledgers, now, refusal },
        noteSigned: (origin, head) => ownSignatures.note(origin, mirrorName.name, head),
        cosign: cosigner(keysOf(mirrorKeys)),
        budget: createUploadBudget(2 ** 24),
      }),
    };
  };
  let running = start();
  const files = (): OpenNode => running.files;
  const whileStopped = (work: () => void) => {
    running.files.close();
    work();
    running = start();
  };
  const copyAll = (names: readonly string[], from: string, to: string) => {
    for (const name of names) {
      rmSync(join(to, name), { force: true });
      if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
    }
  };
  const headOf = (note: string | undefined) =>
    note === undefined ? undefined : parseCheckpointText(parseNote(note).text);
  return {
    organisation,
    get mirrorKey() {
      return running.mirrorKey;
    },
    files,
    now,
    addCheckpoint: (body: Uint8Array) => running.addCheckpoint(body),
    addEntries: (body: Uint8Array) => running.mirror.addEntries(oneChunk(body)),
    cosignedSize: (origin: string) => files().checkpoints.latest(origin)?.treeSize ?? 0,
    copiedSize: (origin: string) => files().ledgers.copiedSize(origin),
    cosignedHead: (origin: string) => headOf(files().checkpoints.latest(origin)?.note),
    mirroredHead: (origin: string) => headOf(files().checkpoints.mirrored(origin)?.note),
    signedHead: (origin: string): TreeHead | undefined => {
      const own = files().checkpoints.latest(origin);
      return [...(own ? [own] : []), ...files().ownSignatures.known(origin)].sort(
        (a, b) => b.treeSize - a.treeSize,
      )[0];
    },
    hasForgotten: (origin: string) => files().refusal(origin) !== undefined,
    misconducts: (origin: string) => misconductFiles(origin, files()),
    witnessNote: (origin: string) => files().checkpoints.latest(origin)?.note,
    mirrorNote: (origin: string) => running.mirror.note(origin),
    stepClock: (ms: number) => {
      offsetMs = ms;
    },
    backUp: () => whileStopped(() => copyAll([...MEMORY, ...COPY, ...marks()], folder, kept)),
    putBack: (what: PutBack) =>
      whileStopped(() => {
        const names = what === "memory" ? MEMORY : [...MEMORY, ...COPY];
        copyAll(what === "machine" ? [...names, ...marks()] : names, kept, folder);
      }),
    makeMirrorKey: () => openSigningKey(join(folder, `mirror-${serial + 1}.key`), mirrorName).key,
    useNewMirrorKey: () =>
      whileStopped(() => {
        serial += 1;
        mirrorKeyFile = join(folder, `mirror-${serial}.key`);
      }),
  };
}

async function* oneChunk(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

export const organisationOf = (id: string, role: OrganisationRole) => ({
  ...{ id, role, name: { zh: `示例 ${id}`, en: `Example ${id}` }, creditCode: `EXAMPLE-${id}` },
});
export const newcomer = organisationOf("newcomer", "bank");

export const mirrorOf = ({ organisation: id, mirrorKey: { name, vkey } }: HonestNode) => ({
  ...{ name, kind: "mirror" as const, vkeys: [vkey], organisation: id, url: `https://${id}.example` },
});

function firstTrustFile({ origin, vkeys }: TrustedLog, nodes: readonly OpenedNode[]): TrustFile {
  return parseTrustFile(
    utf8(
      JSON.stringify({
        type: "cunzheng/consortium@v1",
        log: {
          ...{ origin, organisation: "operator", vkeys: vkeys.map(({ text }) => text) },
          url: "https://log.example",
        },
        receipts: { vkeys: [RECEIPTS] },
        organisations: [
          organisationOf("operator", "notary"),
          ...nodes.map(({ organisation: id }, i) => organisationOf(id, ROLES[i] ?? "bank")),
        ],
        witnesses: nodes.map(mirrorOf),
        quorum: { total: 3, roles: { court: 1, bank: 1 }, excludeParties: true, mirrorsOnly: true },
        timestampAuthorities: [],
        certificateAuthorities: [],
      }),
    ),
  );
}
