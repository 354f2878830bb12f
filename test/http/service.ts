/** The API as it runs: the real notary over the real store in a folder of its own, on a port of its own. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { systemPorts } from "../../src/adapters/system/system.js";
import { DEFAULT_SERVER_LIMITS } from "../../src/platform/server/server-limits.js";
import { createApp } from "../../src/http/app.js";
import type { GivenLimits } from "../../src/http/intake/limits.js";
import { messagesOf } from "../../src/http/answers/express-prototypes.js";
import { readPageTemplates } from "../../src/http/handlers/pages.js";
import { answerFault } from "../../src/http/answers/unreadable.js";
import { LOCAL_OPERATOR, type Role } from "../../src/notary/model/model.js";
import type { Notary } from "../../src/notary/model/notary.js";
import type { TimestampAuthority } from "../../src/notary/ports/timestamps.js";
import { openLogMark } from "../../src/programs/opening/log-mark.js";
import { createBell } from "../../src/adapters/bell/bell.js";
import { openNotary } from "../notary/open-notary.js";
import { dropStore, folderDatabase, isOnMongo, openStore } from "../notary/open-store.js";
import { DEFAULT_SETTINGS } from "../../src/notary/model/settings.js";
import { createClientAddresses } from "../../src/platform/server/client-address.js";
import type { ConnectionLimits } from "../../src/platform/server/connections.js";
import { listen } from "../../src/platform/server/http-server.js";
import { createDigester, verifyEd25519 } from "../../src/platform/keys/ed25519.js";
import { verifyX509Signature } from "../../src/platform/keys/x509-signature.js";
import { createFileVerifier } from "../../src/programs/verifying/verifier.js";
import { makerInThisThread } from "../certificate/maker.js";
import { ecSigner, type TestSigner } from "../certificate/signer.js";
import { OPENAPI } from "./client.js";
import { type SampleConsortium, sampleConsortium } from "./sample-consortium.js";

export interface ServiceOptions {
  readonly limits?: GivenLimits;
  /** How many there may be, of all addresses and of one; absent, they are not counted. */
  readonly connections?: ConnectionLimits;
  /** False: no witness answers, and nothing becomes final. */
  readonly isCosigned?: boolean;
  readonly sealAfterMs?: number;
  /** So far the machine's clock is ahead, and nobody notices it. */
  readonly aheadMs?: () => number;
  /** Who signs certificates; null: nobody. */
  readonly signer?: TestSigner | null;
  /** With 2, of two, no bank's deposit could become final. */
  readonly banks?: number;
  /** Asked for tokens, and named by the trust file. */
  readonly timestampAuthorities?: readonly (TimestampAuthority & { readonly rootPem: string })[];
  /** Changes the notary on its way to the app: for faults that no request can cause. */
  readonly wrap?: (notary: Notary) => Notary;
}

export interface LogLine {
  readonly level: "info" | "error";
  readonly fields: object;
}

export interface Service {
  readonly url: string;
  readonly notary: Notary;
  readonly consortium: SampleConsortium;
  /** API keys' tokens. */
  readonly keys: Readonly<Record<"operator" | "bankA" | "readerA" | "bankB", string>>;
  readonly log: readonly LogLine[];
  /** Everything a request could leave behind: rows, and files kept or staged. */
  traces(): Promise<object>;
  close(): Promise<void>;
}

const TEMPLATES = fileURLToPath(new URL("../../templates/", import.meta.url));
const PUBLIC_URL = "https://notary.example";

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), "cunzheng-http-"));
  const { timestampAuthorities = [], banks } = options;
  const consortium = sampleConsortium(folder, {
    ...(banks !== undefined && { banks }),
    timestampAuthorities: timestampAuthorities.map(({ rootPem }) => rootPem),
  });
  if (options.isCosigned === false) for (const witness of consortium.witnesses.values()) witness.hold();
  const { store, originals } = await openStore(folder);
  const ports = systemPorts(folder);
  const silent = { info: nothing, warn: nothing, error: nothing };
  const notary = await openNotary(
    {
      ...ports,
      now: () => ports.now() + (options.aheadMs?.() ?? 0),
      log: silent,
      bell: createBell(),
      jobBell: createBell(),
      logSigner: consortium.logSigner,
      logMark: openLogMark(join(folder, "log.key"), consortium.logSigner.name),
      receiptSigner: consortium.receiptSigner,
      ...{ store, originals },
      witnesses: consortium.witnesses,
      timestampAuthorities,
      certificates: makerInThisThread(
        TEMPLATES,
        options.signer === null ? undefined : (options.signer ?? ecSigner()),
      ),
    },
    {
      ...DEFAULT_SETTINGS,
      software: "cunzheng/0.1.0 test",
      configurationDigest: new Uint8Array(32),
      consortium: consortium.json,
      publicUrl: PUBLIC_URL,
      ...(options.aheadMs && { clock: { toleranceMs: Number.MAX_SAFE_INTEGER } }),
      sealing: { ...DEFAULT_SETTINGS.sealing, afterMs: options.sealAfterMs ?? 20 },
    },
  );
  const keys = await registerKeys(notary);
  const log: LogLine[] = [];
  const verifyFile = createFileVerifier({
    templates: [TEMPLATES],
    verifyEd25519,
    createDigester,
    verifyX509Signature,
  });
  const addresses = createClientAddresses();
  const { app } = createApp({
    openapi: OPENAPI,
    notary: options.wrap?.(notary) ?? notary,
    verify: (input) => verifyFile({ ...input, consortium: consortium.json }),
    consortiumJson: consortium.json,
    publicUrl: PUBLIC_URL,
    addressOf: addresses.of,
    ...(options.limits && { limits: options.limits }),
    logger: {
      info: (fields) => log.push({ level: "info", fields }),
      error: (fields) => log.push({ level: "error", fields }),
    },
    templates: readPageTemplates(join(TEMPLATES, "pages")),
    createDigester,
  });
  const server = await listen(app, {
    host: "127.0.0.1",
    port: 0,
    graceMs: 500,
    messages: messagesOf(app),
    answerFault,
    ...(options.connections && {
      connections: {
        limits: options.connections,
        slowReaders: DEFAULT_SERVER_LIMITS.slowReaders,
        nameOf: addresses.ofPeer,
      },
    }),
  });
  return {
    url: server.url,
    notary,
    consortium,
    keys,
    log,
    traces: () => tracesIn(folder),
    close: async () => {
      await server.close();
      await notary.close();
      await store.close();
      await dropStore(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const nothing = (): void => undefined;

async function registerKeys(notary: Notary): Promise<Service["keys"]> {
  for (const [id, name] of [
    ["example-notary", "示例公证处"],
    ["example-bank-a", "示例银行甲"],
    ["example-bank-b", "示例银行乙"],
  ] as const)
    await notary.putOrganisation(LOCAL_OPERATOR, { id, name, creditCode: "EXAMPLE0000000000X" });
  const key = async (organisationId: string, role: Role) =>
    (await notary.createApiKey(LOCAL_OPERATOR, { organisationId, role })).token;
  return {
    operator: await key("example-notary", "operator"),
    bankA: await key("example-bank-a", "depositor"),
    readerA: await key("example-bank-a", "reader"),
    bankB: await key("example-bank-b", "depositor"),
  };
}

/** Read past the notary, from its own file: deposits, keys and organisations, and each file that it keeps or stages. */
async function tracesIn(folder: string): Promise<object> {
  if (isOnMongo) return (await folderDatabase()).tracesOf(folder);
  const database = new Database(join(folder, "notary.db"), { readonly: true });
  try {
    const rows = Object.fromEntries(
      ["deposits", "idempotency_keys", "api_keys", "organisations"].map((table) => [
        table,
        (database.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count,
      ]),
    );
    const names = await readdir(join(folder, "originals"), { recursive: true, withFileTypes: true });
    return { ...rows, files: names.filter((entry) => entry.isFile()).length };
  } finally {
    database.close();
  }
}
