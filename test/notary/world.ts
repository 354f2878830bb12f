/** A notary with everything real but its witnesses, its clock and, where a test wants it, a fault at a port. */
import { join } from "node:path";
import { afterEach } from "@jest/globals";
import { canonicalJson } from "../../src/core/record/canonical.js";
import { digestContent } from "../../src/core/digest/digests.js";
import type { JsonObject, JsonValue } from "../../src/core/record/json.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import type { SignatureDemand } from "../../src/core/trust/signature-demand.js";
import { utf8 } from "../../src/core/bytes.js";
import { systemPorts } from "../../src/adapters/system/system.js";
import {
  type DepositMetadata,
  type DepositRequest,
  LOCAL_OPERATOR,
  type Principal,
  type Role,
} from "../../src/notary/model/model.js";
import type { Notary } from "../../src/notary/model/notary.js";
import { createBell } from "../../src/adapters/bell/bell.js";
import { openNotary } from "./open-notary.js";
import { dropStore, openStore } from "./open-store.js";
import type { Ports, Store } from "../../src/notary/ports/ports.js";
import type { NotarySettings } from "../../src/notary/model/settings.js";
import { openLogMark } from "../../src/programs/opening/log-mark.js";
import { openSigningKey, type SigningKey } from "../../src/platform/keys/keys.js";
import { temporaryFolders } from "../temporary-folder.js";
import { MirrorDouble } from "./mirror-double.js";
import { makerInThisThread, TEMPLATES } from "../certificate/maker.js";
import { ecSigner, pemOf, ROOT } from "../certificate/signer.js";

export const ORIGIN = "ledger.example/test";
export const WITNESSES = ["court-east", "court-west", "bank-a", "bank-b", "arbitration"] as const;
export type WitnessName = (typeof WITNESSES)[number];
/** 2026-11-24T08:00:00.000Z */
export const START_MS = 1_795_507_200_000;

const ROLES = { court: "court", bank: "bank", arbitration: "arbitration", example: "notary" } as const;

export interface World {
  readonly folder: string;
  /** Of everybody, and time passes as it does; who is to have another clock gets it by `ports`. */
  readonly clock: { nowMs: number };
  readonly consortium: Uint8Array;
  readonly witnesses: ReadonlyMap<WitnessName, MirrorDouble>;
  readonly logged: { level: string; fields: object; message: string }[];
  witness(name: WitnessName): MirrorDouble;
  /** Opens the store and a notary over it. */
  start(change?: {
    ports?: (ports: Ports) => Partial<Ports>;
    settings?: Partial<NotarySettings>;
  }): Promise<Running>;
}

export interface Running {
  readonly notary: Notary;
  readonly store: Store;
  readonly ports: Ports;
  /** Organisation and key are made where they are missing. */
  principal(organisationId: string, role?: Role): Promise<Principal>;
  /** Closes the notary and then its store: a clean end. */
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly quorum?: JsonValue;
  readonly witnesses?: readonly WitnessName[];
  /** Whether each node is a mirror too, and mirrors alone count. */
  readonly isMirrored?: boolean;
  /** Who has an ML-DSA-44 key beside each Ed25519 key; the log has one too where anybody has. */
  readonly postQuantum?: readonly WitnessName[];
  /** Makes the trust file one of version 2. */
  readonly signatures?: SignatureDemand;
  /** PEM, of the trust file. */
  readonly timestampAuthorities?: readonly string[];
}

/** For a test file: every world is closed and gone after its test. */
export function worlds(): (options?: WorldOptions) => World {
  const temporaryFolder = temporaryFolders();
  const running = new Set<Running>();
  const opened: string[] = [];
  afterEach(async () => {
    for (const one of running) await one.stop();
    running.clear();
    for (const folder of opened.splice(0)) await dropStore(folder);
  });
  return ({
    isMirrored = false,
    quorum = { total: 3, roles: { court: 1, bank: 1 }, mirrorsOnly: isMirrored },
    witnesses: names = WITNESSES,
    postQuantum = [],
    signatures,
    timestampAuthorities = [],
  } = {}) => {
    const folder = temporaryFolder();
    opened.push(folder);
    const clock = { nowMs: START_MS };
    const now = () => clock.nowMs;
    const { ed25519, cosignature, mlDsa44 } = SIGNATURE_TYPE;
    const keyOf = (file: string, name: string, type: number) =>
      openSigningKey(join(folder, file), { name, type }).key;
    const logSigner = keyOf("log.key", ORIGIN, ed25519);
    const logPostQuantumSigner =
      postQuantum.length > 0 ? keyOf("log-ml-dsa-44.key", ORIGIN, mlDsa44) : undefined;
    const receiptSigner = keyOf("receipt.key", "receipts.example", ed25519);
    const witnesses = new Map(
      names.map((name) => [
        name,
        new MirrorDouble(
          keyOf(`${name}.key`, `${name}.example/witness`, cosignature),
          keyOf(`${name}-mirror.key`, `${name}.example/mirror`, cosignature),
          now,
        ),
      ]),
    );
    for (const name of postQuantum) {
      const node = witnesses.get(name);
      if (node === undefined) throw new Error(`no witness ${name}`);
      node.secondKey = keyOf(`${name}-ml-dsa-44.key`, node.key.name, mlDsa44);
      node.secondMirrorKey = keyOf(`${name}-mirror-ml-dsa-44.key`, node.mirrorKey.name, mlDsa44);
    }
    const consortium = canonicalJson({
      type: signatures === undefined ? "cunzheng/consortium@v1" : "cunzheng/consortium@v2",
      log: {
        origin: ORIGIN,
        organisation: "example-notary",
        vkeys: vkeysOf(logSigner, logPostQuantumSigner),
        url: "http://127.0.0.1/ledger",
      },
      receipts: { vkeys: [receiptSigner.vkey] },
      organisations: ["example-notary", ...WITNESSES].map((id) => ({
        id,
        role: ROLES[id.split("-")[0] as keyof typeof ROLES],
        name: { zh: `示例 ${id}`, en: `Example ${id}` },
        creditCode: `EXAMPLE-${id}`,
      })),
      witnesses: [...witnesses].flatMap(([organisation, node]) =>
        cosignersOf(node, isMirrored).map(({ kind, key, secondKey }) => ({
          name: key.name,
          kind,
          vkeys: vkeysOf(key, secondKey),
          organisation,
          url: "http://127.0.0.1/",
        })),
      ),
      quorum: signatures === undefined ? quorum : { ...(quorum as JsonObject), signatures },
      timestampAuthorities,
      certificateAuthorities: [pemOf(ROOT)],
    } as JsonValue);
    const logged: World["logged"] = [];
    const logTo = (level: string) => (fields: object, message: string) =>
      void logged.push({ level, fields, message });
    return {
      folder,
      clock,
      consortium,
      witnesses,
      logged,
      witness: (name) => witnesses.get(name) as MirrorDouble,
      start: async ({ ports: change, settings } = {}) => {
        const { store, originals } = await openStore(folder);
        const logMark = openLogMark(join(folder, "log.key"), ORIGIN);
        const real: Ports = {
          ...systemPorts(folder),
          now,
          monotonicMs: () => clock.nowMs - START_MS,
          log: { info: logTo("info"), warn: logTo("warn"), error: logTo("error") },
          bell: createBell(),
          jobBell: createBell(),
          logSigner,
          ...(logPostQuantumSigner && { logPostQuantumSigner }),
          logMark,
          receiptSigner,
          store,
          originals,
          witnesses: new Map(
            [...witnesses.values()].flatMap((node) =>
              cosignersOf(node, isMirrored).map(({ key }) => [key.name, node] as const),
            ),
          ),
          timestampAuthorities: [],
          certificates: makerInThisThread(TEMPLATES, ecSigner()),
        };
        const ports = { ...real, ...change?.(real) };
        const close = async () => {
          await store.close();
          logMark.close();
          await originals.close();
        };
        const notary = await openNotary(ports, {
          software: "cunzheng/0.0.0 test",
          configurationDigest: new Uint8Array(32),
          consortium,
          publicUrl: "https://notary.example",
          sealing: { afterMs: 5, promiseMs: 10_000, maxBatchSize: 8192 },
          clock: { toleranceMs: 5000 },
          witnessTimeoutMs: 2000,
          timestamps: { timeoutMs: 2000, toleranceMs: 60_000, certificateWaitMs: 5000 },
          minFreeBytes: 0,
          ...settings,
        }).catch(async (error: unknown) => {
          await close();
          throw error;
        });
        let stopped = false;
        const one: Running = {
          notary,
          store,
          ports,
          principal: async (organisationId, role = "depositor") => {
            await notary.putOrganisation(LOCAL_OPERATOR, {
              id: organisationId,
              name: `Example ${organisationId}`,
            });
            const { token } = await notary.createApiKey(LOCAL_OPERATOR, { organisationId, role });
            return notary.authenticate(token);
          },
          stop: async () => {
            if (stopped) return;
            stopped = true;
            await notary.close();
            await close();
          },
        };
        running.add(one);
        return one;
      },
    };
  };
}

const cosignersOf = ({ key, secondKey, mirrorKey, secondMirrorKey }: MirrorDouble, isMirrored: boolean) => [
  { kind: "witness", key, secondKey },
  ...(isMirrored ? [{ kind: "mirror", key: mirrorKey, secondKey: secondMirrorKey }] : []),
];

const vkeysOf = (key: SigningKey, secondKey: SigningKey | undefined): string[] =>
  secondKey ? [key.vkey, secondKey.vkey] : [key.vkey];

/** A deposit of digests alone. */
export function requestOf(content: string, metadata: Partial<DepositMetadata> = {}): DepositRequest {
  const { digests, size } = digestContent(utf8(content));
  return {
    digests,
    digestsBy: "depositor",
    size,
    mediaType: "text/plain",
    metadata: { recordType: "test.record", ...metadata },
  };
}
