/**
 * `prepare FOLDER`: makes what docker-compose.yml mounts and is nowhere kept: the fictional consortium's keys, trust file and node
 * configurations, the proxy's TLS, and passwords. What is there already is left as it is; each file is given to the number under
 * which its container runs, and to nobody else.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createClusterKey } from "../../src/platform/keys/cluster-key.js";
import { writePrivateFile } from "../../src/platform/files/private-files.js";
import { openSampleMembers } from "../quickstart/sample-consortium.js";
import { openProxyTls } from "./tls.js";

/** Of the containers: Dockerfile, docker-compose.yml and the images of MongoDB and Grafana say the same. */
const OWNERS = { cunzheng: 10_001, mongo: 999, grafana: 472 } as const;
/** Of the notary's name in the networks; docker-compose.yml gives it to the proxy. */
const NOTARY = "notary.cunzheng.example";
const PUBLIC_URL = "https://localhost:8443";
const NODE_PORT = 8101;
const MONGO_MEMBERS = ["mongo-1", "mongo-2", "mongo-3"].map((host) => `${host}:27017`);

async function main(): Promise<void> {
  const [given] = process.argv.slice(2);
  if (given === undefined) throw new Error("usage: prepare FOLDER");
  if (process.geteuid?.() !== 0)
    throw new Error(
      "each file is given to its container's user, which root alone may do: docker compose run --rm prepare",
    );
  // What root makes here is seen by nobody before it is given away.
  process.umask(0o077);
  const folder = resolve(given);
  mkdirSync(folder, { recursive: true });
  await openSampleMembers(folder, {
    publicUrl: PUBLIC_URL,
    ledgerUrl: `https://${NOTARY}:8443/ledger`,
    nodeAt: (organisation) =>
      Promise.resolve({
        url: `http://${organisation}:${NODE_PORT}`,
        listen: { host: "0.0.0.0", port: NODE_PORT },
        dataFolder: "/var/lib/cunzheng",
      }),
  });
  const inFolder = (...names: string[]) => join(folder, ...names);
  for (const name of ["proxy", "mongo", "redis", "grafana"]) mkdirSync(inFolder(name), { recursive: true });

  await openProxyTls(
    {
      authority: inFolder("proxy", "ca.pem"),
      key: inFolder("proxy", "tls.key"),
      chain: inFolder("proxy", "tls.pem"),
    },
    ["localhost", NOTARY, "proxy", "127.0.0.1"],
  );
  if (!existsSync(inFolder("notary", "cluster.key"))) createClusterKey(inFolder("notary", "cluster.key"));
  makeStoreSecrets(folder);
  makeQueueSecrets(folder);
  makeOnce(inFolder("grafana", "admin-password"), () => `${password()}\n`);
  for (const [name, owner] of [
    ["mongo", OWNERS.mongo],
    ["grafana", OWNERS.grafana],
  ] as const)
    giveTo(owner, inFolder(name));
  for (const name of ["notary", "nodes", "proxy", "redis", "certificate-authority", "consortium.json"])
    giveTo(OWNERS.cunzheng, inFolder(name));
  chmodSync(folder, 0o711);
  console.log(`${folder} is ready: docker compose up`);
}

/** The members know each other by the keyfile; the notary has a user of its own. */
function makeStoreSecrets(folder: string): void {
  makeOnce(join(folder, "mongo/keyfile"), () => `${randomBytes(384).toString("base64")}\n`);
  const login = join(folder, "mongo/notary-password");
  const secret = makeOnce(login, () => `${password()}\n`).trimEnd();
  makeOnce(
    join(folder, "notary/store-url"),
    () =>
      `mongodb://cunzheng:${secret}@${MONGO_MEMBERS.join(",")}/cunzheng?replicaSet=rs0&authSource=admin\n`,
  );
}

function makeQueueSecrets(folder: string): void {
  const line = makeOnce(join(folder, "redis/redis.conf"), () => `requirepass ${password()}\n`);
  const secret = line.trimEnd().replace("requirepass ", "");
  makeOnce(join(folder, "notary/queue-url"), () => `redis://:${secret}@redis:6379/0\n`);
}

const password = (): string => randomBytes(24).toString("hex");

/** Returns what is in the file, which is written where it is missing. */
function makeOnce(file: string, make: () => string): string {
  if (!existsSync(file)) writePrivateFile(file, make());
  return readFileSync(file, "utf8");
}

/** What everybody may know stays readable; a folder can be walked through, and not listed. */
const PUBLIC = /(?:\.pem|consortium\.json|witness\.json)$/;

function giveTo(owner: number, path: string): void {
  const entries = tryList(path);
  for (const name of entries ?? []) giveTo(owner, join(path, name));
  chmodSync(path, entries ? 0o711 : PUBLIC.test(path) ? 0o644 : 0o600);
  chownSync(path, owner, owner);
}

/** Undefined for a file. */
function tryList(path: string): string[] | undefined {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}

await main();
