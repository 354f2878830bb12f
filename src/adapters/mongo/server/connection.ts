/** The connection to the database, which fails where durability can't be had, and never waits for long. */
import { type Connection, createConnection } from "mongoose";

/** So long, in milliseconds, a write waits for the majority, and any work for others who write. */
export const PATIENCE_MS = 4000;

/** So long, in milliseconds, an answer is waited for. */
const ANSWER_MS = 5000;
/** The same for whoever makes indexes over many documents, or waits for others' transactions. */
export const LONG_MS = 3_600_000;

const OPTIONS = {
  appName: "cunzheng",
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
  promoteBuffers: true,
  ignoreUndefined: true,
  // A server that is stopped, and not gone, is noticed by these alone.
  connectTimeoutMS: 2000,
  serverSelectionTimeoutMS: 5000,
  waitQueueTimeoutMS: 5000,
  heartbeatFrequencyMS: 500,
  readPreference: "primary",
  readConcern: { level: "majority" },
  writeConcern: { w: "majority", journal: true, wtimeoutMS: PATIENCE_MS },
} as const;

/** What an address may not say: what is promised rests on it. */
const OURS =
  /^(?:w|j|journal|wtimeout(?:ms)?|readconcernlevel|readpreference(?:tags)?|maxstalenessseconds)$/i;

/** Throws where the database is away, keeps no majority, or its address asks for other guarantees. */
export async function openConnection(url: string, answerMs = ANSWER_MS): Promise<Connection> {
  const [, query = ""] = url.split("?");
  for (const name of new URLSearchParams(query).keys())
    if (OURS.test(name))
      throw new Error(`the address of the database may not say ${name}: the store fixes what is promised`);
  const connection = createConnection(url, { ...OPTIONS, socketTimeoutMS: answerMs });
  try {
    await connection.asPromise();
    const { setName, msg } = (await connection.db?.admin().command({ hello: 1 })) ?? {};
    if (setName === undefined && msg !== "isdbgrid")
      throw new Error("the database is no replica set: it keeps no majority, and has no transactions");
    return connection;
  } catch (error) {
    await connection.close(true);
    throw error;
  }
}
