/**
 * `replica-set KEYFILE PASSWORD-FILE`: makes three mongod one replica set, and the notary's user in it, with the rights that it needs
 * and no others. Done as often as one likes: what is so already stays, and a changed password is taken over.
 *
 * It logs in as the members do with each other, by their keyfile (MongoDB's user `__system`), so that no member has to let a
 * first user in without a password.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, createConnection } from "mongoose";

const NAME = "rs0";
const MEMBERS = ["mongo-1:27017", "mongo-2:27017", "mongo-3:27017"];
const USER = "cunzheng";
const WITHIN_MS = 120_000;
/** MongoDB's error codes. */
const [USER_NOT_FOUND, NOT_YET_INITIALISED, ALREADY_INITIALISED] = [11, 94, 23];

const [keyFile, passwordFile] = process.argv.slice(2);
if (keyFile === undefined || passwordFile === undefined)
  throw new Error("usage: replica-set KEYFILE PASSWORD-FILE");
// White space does not count in it.
const key = encodeURIComponent(readFileSync(keyFile, "utf8").replace(/\s/g, ""));
const password = readFileSync(passwordFile, "utf8").trimEnd();
const login = (hosts: string, options: string) =>
  `mongodb://__system:${key}@${hosts}/?authSource=local&${options}`;

await initiate();
await within(WITHIN_MS, () => onSet(makeUser));
console.log(`${NAME} has a primary, and the user ${USER}`);

async function initiate(): Promise<void> {
  const [first = ""] = MEMBERS;
  await within(WITHIN_MS, async () => {
    const connection = await open(login(first, "directConnection=true"));
    try {
      if (await isInitiated(connection)) return;
      await command(connection, {
        replSetInitiate: {
          _id: NAME,
          members: MEMBERS.map((host, i) => ({ _id: i, host })),
          settings: { electionTimeoutMillis: 2500, heartbeatIntervalMillis: 500 },
        },
      }).catch(unless(ALREADY_INITIALISED));
    } finally {
      await connection.close(true);
    }
  });
}

async function isInitiated(connection: Connection): Promise<boolean> {
  const status = await command(connection, { replSetGetStatus: 1 }).catch(unless(NOT_YET_INITIALISED));
  return status !== undefined;
}

async function onSet(work: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await open(login(MEMBERS.join(","), `replicaSet=${NAME}`));
  try {
    await work(connection);
  } finally {
    await connection.close(true);
  }
}

async function makeUser(connection: Connection): Promise<void> {
  const rights = { pwd: password, roles: [{ role: "readWrite", db: "cunzheng" }] };
  const written = { writeConcern: { w: "majority" } };
  const isThere = await command(connection, { updateUser: USER, ...rights, ...written }).catch(
    unless(USER_NOT_FOUND),
  );
  if (isThere === undefined) await command(connection, { createUser: USER, ...rights, ...written });
}

function open(url: string): Promise<Connection> {
  return createConnection(url, { serverSelectionTimeoutMS: 3000, connectTimeoutMS: 2000 }).asPromise();
}

async function command(connection: Connection, what: object): Promise<object | undefined> {
  return connection.db?.admin().command({ ...what });
}

/** Undefined for an error with this code; any other is thrown. */
function unless(code: number): (error: unknown) => undefined {
  return (error) => {
    if ((error as { code?: unknown }).code !== code) throw error;
    return undefined;
  };
}

/** Members that start, and an election, are waited for; what is wrong for so long is told. */
async function within(ms: number, work: () => Promise<void>): Promise<void> {
  for (const endMs = performance.now() + ms; ; await sleep(500))
    try {
      await work();
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
}
