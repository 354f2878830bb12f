/**
 * Five honest nodes, each witness and mirror, made of the node's own parts: its decision, its memory, its copy, its
 * gossip. Only the network between them is left out, and the files in which their keys would lie.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "../../src/core/bytes.js";
import { publicKeyFromSeed } from "../../src/core/ledger/ed25519.js";
import { type Checkpoint, parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { formatVkey, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { type Consortium, parseConsortium } from "../../src/core/witness/consortium.js";
import { openSigningKey } from "../../src/platform/keys.js";
import type { Answer } from "../../src/witness-node/add-checkpoint.js";
import type { TrustedLog } from "../../src/witness-node/config.js";
import { cosigner } from "../../src/witness-node/cosign.js";
import { exchange } from "../../src/witness-node/gossip.js";
import { ledgerSources } from "../../src/witness-node/ledger-sources.js";
import { openLedgerStore } from "../../src/witness-node/ledger-store.js";
import { type AddEntriesAnswer, createMirror } from "../../src/witness-node/mirror.js";
import { misconductFiles, type MisconductFiles } from "../../src/witness-node/misconduct.js";
import { openNoteOf } from "../../src/witness-node/note-client.js";
import { openCheckpointStore } from "../../src/witness-node/store.js";
import { checkpointTaker } from "../../src/witness-node/take-checkpoint.js";
import type { TileSource } from "../../src/witness-node/tile-source.js";
import { createUploadBudget } from "../../src/witness-node/upload-budget.js";

export const ROLES = ["court", "court", "bank", "bank", "arbitration"] as const;
const NOW_MS = Date.UTC(2026, 10, 24, 8, 0, 0);

export interface HonestNode {
  readonly organisation: string;
  addCheckpoint(body: Uint8Array): Answer;
  addEntries(body: Uint8Array): Promise<AddEntriesAnswer>;
  cosignedSize(origin: string): number;
  copiedSize(origin: string): number;
  /** Of the newest checkpoint that its witness, or its mirror, has cosigned. */
  cosignedHead(origin: string): Checkpoint | undefined;
  mirroredHead(origin: string): Checkpoint | undefined;
  misconducts(origin: string): MisconductFiles;
}

export interface HonestNodes {
  readonly nodes: readonly HonestNode[];
  /** Who is trusted, under a log. */
  consortium(log: TrustedLog): Consortium;
  /** From now on they watch this log. */
  watch(log: TrustedLog): void;
  /** Every one asks every other once. */
  gossip(log: TrustedLog): Promise<void>;
  close(): void;
}

/** Nothing is ever forgotten here: the keys sign nowhere else. */
const OWN_SIGNATURES = {
  forgotten: () => undefined,
  known: () => [],
  recognise: () => [],
  note: () => undefined,
};
const SILENT = { error: () => undefined, warn: () => undefined } as const;
const now = () => NOW_MS;

export function openHonestNodes(folder: string): HonestNodes {
  const logs: TrustedLog[] = [];
  const opened = ROLES.map((role, i) => openNode(folder, `${role}-${i}`, logs));
  const trustFile = parseConsortium(utf8(JSON.stringify(consortiumOf(opened))));

  function sourcesOf({ origin }: TrustedLog) {
    const sources = opened.map(({ organisation, ledgers }): TileSource => ({
      name: organisation,
      tile: (tile) => {
        const bytes = ledgers.tile(origin, tile);
        return bytes ? Promise.resolve(bytes) : Promise.reject(new Error("404"));
      },
      entries: () => Promise.reject(new Error("nobody asks for entries")),
    }));
    return ledgerSources(sources, { now, onFailure: () => undefined });
  }

  return {
    nodes: opened,
    consortium: ({ origin, vkeys }) => ({ ...trustFile, log: { ...trustFile.log, origin, vkeys } }),
    watch: (log) => {
      logs.splice(0, logs.length, log);
    },
    gossip: async (log) => {
      const notes = {
        checkpoint: (prefix: string) => {
          const [, name = "", role] = /^(.*?)(\/mirror)?\/[0-9a-f]{64}$/.exec(prefix) ?? [];
          const peer = opened.find(({ organisation }) => organisation === name);
          const note = role ? peer?.mirrorNote(log.origin) : peer?.witnessNote(log.origin);
          return Promise.resolve(note === undefined ? undefined : openNoteOf(log, note));
        },
        seen: () => Promise.resolve([]),
        close: () => Promise.resolve(),
      };
      for (const node of opened)
        for (const peer of opened.filter((other) => other !== node))
          await exchange(
            {
              ...{ checkpoints: node.checkpoints, ledgers: node.ledgers, notes, sourcesOf, now },
              ownSignatures: OWN_SIGNATURES,
              logger: SILENT,
            },
            { name: peer.organisation, url: peer.organisation, vkeys: [] },
            log,
          );
    },
    close: () => {
      for (const node of opened) node.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function openNode(folder: string, organisation: string, logs: readonly TrustedLog[]) {
  const file = (name: string) => join(folder, `${organisation}-${name}`);
  const keyOf = (kind: string) =>
    openSigningKey(file(`${kind}.key`), {
      name: `${organisation}.example/${kind}`,
      type: SIGNATURE_TYPE.cosignature,
    }).key;
  const [key, mirrorKey] = [keyOf("witness"), keyOf("mirror")];
  const checkpoints = openCheckpointStore(file("witness.db"));
  const ledgers = openLedgerStore(file("ledger.db"));
  const refusal = () => undefined;
  const addCheckpoint = checkpointTaker({
    ...{ logs, now, logger: SILENT, onCosigned: () => undefined },
    node: { witnessKeys: { key }, checkpoints, ledgers, refusal, ownSignatures: OWN_SIGNATURES },
  });
  const mirror = createMirror({
    ...{ logs, checkpoints, ledgers, now, refusal, noteSigned: () => undefined },
    cosign: cosigner([mirrorKey]),
    budget: createUploadBudget(2 ** 24),
  });
  const headOf = (note: string | undefined) =>
    note === undefined ? undefined : parseCheckpointText(parseNote(note).text);
  return {
    organisation,
    vkeys: { witness: key.vkey, mirror: mirrorKey.vkey },
    checkpoints,
    ledgers,
    addCheckpoint,
    addEntries: (body: Uint8Array) => mirror.addEntries(oneChunk(body)),
    cosignedSize: (origin: string) => checkpoints.latest(origin)?.treeSize ?? 0,
    copiedSize: (origin: string) => ledgers.copiedSize(origin),
    cosignedHead: (origin: string) => headOf(checkpoints.latest(origin)?.note),
    mirroredHead: (origin: string) => headOf(checkpoints.mirrored(origin)?.note),
    misconducts: (origin: string) => misconductFiles(origin, { checkpoints, ledgers }),
    witnessNote: (origin: string) => checkpoints.latest(origin)?.note,
    mirrorNote: (origin: string) => mirror.note(origin),
    close: () => {
      checkpoints.close();
      ledgers.close();
    },
  };
}

async function* oneChunk(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

function consortiumOf(
  nodes: readonly { organisation: string; vkeys: { witness: string; mirror: string } }[],
) {
  const organisation = (id: string, role: string) => ({
    id,
    role,
    name: { zh: "示例", en: "Example" },
    creditCode: `EXAMPLE-${id}`,
  });
  const origin = "log.example";
  const publicKey = publicKeyFromSeed(new Uint8Array(32).fill(9));
  return {
    type: "cunzheng/consortium@v1",
    log: {
      origin,
      organisation: "operator",
      vkeys: [formatVkey({ name: origin, type: SIGNATURE_TYPE.ed25519, publicKey })],
      url: "https://log.example",
    },
    receipts: { vkeys: [] },
    organisations: [
      organisation("operator", "notary"),
      ...nodes.map(({ organisation: id }, i) => organisation(id, ROLES[i] ?? "")),
    ],
    witnesses: nodes.flatMap(({ organisation: id, vkeys }) =>
      (["witness", "mirror"] as const).map((kind) => ({
        ...{ name: `${id}.example/${kind}`, kind, vkeys: [vkeys[kind]], organisation: id },
        url: `https://${id}.example`,
      })),
    ),
    quorum: { total: 3, roles: { court: 1, bank: 1 }, excludeParties: true, mirrorsOnly: true },
    timestampAuthorities: [],
    certificateAuthorities: [],
  };
}
