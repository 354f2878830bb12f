/**
 * The sample consortium: one notary, two courts, two banks, one arbitration commission, all fictional. Each node is
 * witness and mirror, in its own data folder with its own two keys; `consortium.json` names them all, and counts
 * mirrors only. Done once for a data folder: a second start finds keys and trust file and leaves them alone.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { openSigningKey, type SigningKey } from "../../src/platform/keys/keys.js";
import { openSampleSigner, type SampleSigner } from "./sample-signer.js";

export const LOG_ORIGIN = "ledger.cunzheng.example/loans";

export const ORGANISATIONS = [
  organisation(
    "example-notary",
    "notary",
    "示例存证服务中心",
    "Example Notarization Service",
    "EXAMPLE0000000000N",
  ),
  organisation(
    "example-court-east",
    "court",
    "示例市东区法院",
    "Example City East District Court",
    "EXAMPLE0000000000E",
  ),
  organisation(
    "example-court-west",
    "court",
    "示例市西区法院",
    "Example City West District Court",
    "EXAMPLE0000000000W",
  ),
  organisation("example-bank-a", "bank", "示例银行甲", "Example Bank A", "EXAMPLE0000000000A"),
  organisation("example-bank-b", "bank", "示例银行乙", "Example Bank B", "EXAMPLE0000000000B"),
  organisation(
    "example-arbitration",
    "arbitration",
    "示例仲裁委员会",
    "Example Arbitration Commission",
    "EXAMPLE0000000000C",
  ),
];

/** As the notary's configuration and log call it. */
export const TIMESTAMP_AUTHORITY = "example-time-authority";

/** The organisation whose loan the sample dossier is about. */
export const DEPOSITOR = "example-bank-a";

function organisation(id: string, role: string, zh: string, en: string, creditCode: string) {
  return { id, role, name: { zh, en }, creditCode };
}

export interface SampleConsortium {
  readonly consortiumFile: string;
  readonly notaryConfig: string;
  readonly witnessConfigs: readonly { readonly organisation: string; readonly config: string }[];
}

interface SampleNode {
  readonly organisation: string;
  /** The file, and what it shall say but for the peers. */
  readonly config: string;
  readonly settings: object;
  readonly keys: { readonly witness: SigningKey; readonly mirror: SigningKey };
  readonly url: string;
}

/** For the trust file, and for the notary's configuration. */
export interface SampleTimestampAuthority {
  readonly rootPem: string;
  readonly url: string;
}

/** Where the members of a consortium are reached, and what their nodes' configurations say of it. */
export interface SamplePlaces {
  /** `publicUrl` of the notary. */
  readonly publicUrl: string;
  /** Under which nodes read the ledger. */
  readonly ledgerUrl: string;
  /** Of an organisation's node, whose own folder is `folder`. */
  nodeAt(organisation: string, folder: string): Promise<SampleNodePlace>;
}

export interface SampleNodePlace {
  readonly url: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly dataFolder: string;
}

/** What was made, but for the notary's configuration. */
export interface SampleMembers extends Omit<SampleConsortium, "notaryConfig"> {
  /** In it lie the notary's keys. */
  readonly notaryFolder: string;
  readonly signer: SampleSigner;
}

/** Makes what the data folder lacks and returns where everything is: all at `host`, at ports of their own. */
export async function openSampleConsortium(
  data: string,
  port: number,
  timestampAuthority?: SampleTimestampAuthority,
  host = "127.0.0.1",
): Promise<SampleConsortium> {
  const publicUrl = `http://${host}:${port}`;
  const nodeAt = async (_: string, folder: string) => {
    const kept = await readJson<{ listen: { port: number } }>(join(folder, "witness.json"));
    const listen = { host, port: kept?.listen.port ?? (await freePort()) };
    return { url: `http://${host}:${listen.port}`, listen, dataFolder: folder };
  };
  const places = { publicUrl, ledgerUrl: `${publicUrl}/ledger`, nodeAt };
  const { notaryFolder, signer, ...members } = await openSampleMembers(data, places, timestampAuthority);
  const notaryConfig = join(notaryFolder, "notary.json");
  await writeJson(notaryConfig, {
    dataFolder: notaryFolder,
    consortium: members.consortiumFile,
    listen: { host, port },
    publicUrl,
    certificates: { key: signer.key, chain: signer.chain },
    ...(timestampAuthority && {
      timestamps: { authorities: [{ name: TIMESTAMP_AUTHORITY, url: timestampAuthority.url }] },
    }),
  });
  return { ...members, notaryConfig };
}

/** Makes what `data` lacks: all keys, the nodes' configurations and the trust file. */
export async function openSampleMembers(
  data: string,
  places: SamplePlaces,
  timestampAuthority?: SampleTimestampAuthority,
): Promise<SampleMembers> {
  const notaryFolder = join(data, "notary");
  await mkdir(notaryFolder, { recursive: true, mode: 0o700 });
  const { ed25519, cosignature } = SIGNATURE_TYPE;
  const log = openSigningKey(join(notaryFolder, "log.key"), { name: LOG_ORIGIN, type: ed25519 });
  const receipt = openSigningKey(join(notaryFolder, "receipt.key"), {
    name: "receipts.cunzheng.example",
    type: ed25519,
  });

  const nodes: SampleNode[] = [];
  for (const { id } of ORGANISATIONS.filter(({ role }) => role !== "notary")) {
    const folder = join(data, "nodes", id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const name = `${id}.example/witness`;
    const mirror = { name: `${id}.example/mirror` };
    const { key } = openSigningKey(join(folder, "witness.key"), { name, type: cosignature });
    const mirrorKey = openSigningKey(join(folder, "mirror.key"), { ...mirror, type: cosignature }).key;
    const { url, listen, dataFolder } = await places.nodeAt(id, folder);
    const settings = {
      name,
      listen,
      dataFolder,
      mirror,
      logs: [{ origin: LOG_ORIGIN, vkeys: [log.key.vkey], url: places.ledgerUrl }],
    };
    const keys = { witness: key, mirror: mirrorKey };
    nodes.push({ organisation: id, config: join(folder, "witness.json"), settings, keys, url });
  }
  for (const { config, settings } of nodes) {
    const peers = nodes
      .filter((node) => node.config !== config)
      .map(({ organisation, keys, url }) => ({
        url,
        name: organisation,
        vkeys: [keys.witness.vkey, keys.mirror.vkey],
      }));
    await writeJson(config, { ...settings, peers });
  }

  const signer = openSampleSigner(data, notaryFolder);
  const consortiumFile = join(data, "consortium.json");
  await writeJson(consortiumFile, {
    type: "cunzheng/consortium@v1",
    log: {
      origin: LOG_ORIGIN,
      organisation: "example-notary",
      vkeys: [log.key.vkey],
      url: `${places.publicUrl}/ledger`,
    },
    receipts: { vkeys: [receipt.key.vkey] },
    organisations: ORGANISATIONS,
    witnesses: nodes.flatMap(({ organisation, keys, url }) =>
      (["witness", "mirror"] as const).map((kind) => ({
        name: keys[kind].name,
        kind,
        vkeys: [keys[kind].vkey],
        organisation,
        url,
      })),
    ),
    quorum: { total: 3, roles: { court: 1, bank: 1 }, excludeParties: true, mirrorsOnly: true },
    timestampAuthorities: timestampAuthority ? [timestampAuthority.rootPem] : [],
    certificateAuthorities: [signer.rootPem],
  });
  return { consortiumFile, witnessConfigs: nodes, notaryFolder, signer };
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("internal: no port");
  return address.port;
}
