/**
 * Where a store in MongoDB stands while it is moved. One that the notary does not go on with refuses every write by the rule
 * of each collection, which the database applies in the same step as the write: a process that had the store open before, and
 * was stopped meanwhile, records no group, seals no batch and stores no checkpoint when it goes on.
 */
import type { Connection } from "mongoose";
import {
  encodeStanding,
  HERE,
  parseStanding,
  refuseElsewhere,
  type Standing,
  type StandingStore,
} from "../../../notary/ports/whole/standing.js";
import { type Collections, SCHEMAS, validatorOf } from "./collections.js";
import { BUCKET } from "./originals.js";
import type { StandingRow } from "./single.js";
import { isDuplicate } from "../server/storing.js";

/** Throws unless the notary goes on with it. */
export async function refuseStoreElsewhere(connection: Connection, { standing }: Collections): Promise<void> {
  refuseElsewhere(await readStanding(standing), connection.name);
}

export async function readStanding(standing: Collections["standing"]): Promise<Standing> {
  return parseStanding((await standing.findById("store").lean<StandingRow>())?.content);
}

export function mongoStanding(connection: Connection, { standing }: Collections): StandingStore {
  const swap = async (from: string, to: string): Promise<boolean> => {
    const swapped = await standing.collection.updateOne(
      { _id: "store" as never, content: from },
      { $set: { content: to } },
    );
    if (swapped.matchedCount === 1) return true;
    if (from !== encodeStanding(HERE)) return false;
    try {
      await standing.collection.insertOne({ _id: "store" as never, content: to });
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  };
  return {
    standing: () => readStanding(standing),
    swapStanding: async (from, to) => {
      if (to.kind !== "here") await refuseUnableToClose(connection);
      if (!(await swap(encodeStanding(from), encodeStanding(to)))) return false;
      await setRules(connection, to.kind !== "here");
      return true;
    },
  };
}

/** No document is so. */
const CLOSED = { _id: { $exists: false } } as const;

/** What holds processes, and contents that no deposit names, decides nothing: it stays open. */
const OPEN = ["leases", "standing", "jobs", "keptOriginals", "originalMarks", "originalOwners"];

/** The rule of a collection as it must be. */
export const ruleOf = (name: string, isClosed: boolean): object =>
  isClosed && !OPEN.includes(name) ? CLOSED : validatorOf(SCHEMAS[name as keyof Collections]);

/** The rule of each collection there is, as JSON; empty where it is none that refuses anything. */
export async function rulesOf(connection: Connection): Promise<ReadonlyMap<string, string>> {
  const there = (await connection.listCollections()) as readonly {
    readonly name: string;
    readonly options?: { validator?: object; validationLevel?: string; validationAction?: string };
  }[];
  return new Map(
    there.map(
      ({ name, options: { validator, validationLevel = "strict", validationAction = "error" } = {} }) => [
        name,
        validationLevel === "strict" && validationAction === "error" ? JSON.stringify(validator ?? {}) : "",
      ],
    ),
  );
}

const UNAUTHORIZED = 13;

/** Throws, before anything is changed, where the user may not change the rules of a collection: gives one the rule that it has. */
async function refuseUnableToClose(connection: Connection): Promise<void> {
  try {
    await connection.db?.command({ collMod: "standing", validator: ruleOf("standing", false) });
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNAUTHORIZED) throw error;
    throw new Error(
      `the user of the database ${connection.name} may not close it: for a move it needs the role dbAdmin beside readWrite`,
      { cause: error },
    );
  }
}

async function setRules(connection: Connection, isClosed: boolean): Promise<void> {
  const there = await rulesOf(connection);
  for (const name of Object.keys(SCHEMAS))
    if (there.has(name) && there.get(name) !== JSON.stringify(ruleOf(name, isClosed)))
      await connection.db?.command({
        ...{
          collMod: name,
          validator: ruleOf(name, isClosed),
          validationLevel: "strict",
          validationAction: "error",
        },
        writeConcern: { w: "majority", j: true },
      });
}

/** Before anything else is there, so that no half of a store is ever taken for one. */
export async function makeStanding(connection: Connection): Promise<void> {
  if ((await connection.listCollections()).some(({ name }) => name === "standing")) return;
  await connection.createCollection("standing", { validator: validatorOf(SCHEMAS.standing) });
}

/**
 * Gives every collection another name, but for the standing: what the database held is kept beside what is to come. Again is
 * harmless.
 */
export async function setAside(connection: Connection, word: string): Promise<void> {
  const there = new Set((await connection.listCollections()).map(({ name }) => name));
  const names = [...Object.keys(SCHEMAS), `${BUCKET}.files`, `${BUCKET}.chunks`];
  for (const name of names)
    if (there.has(name) && name !== "standing") await connection.collection(name).rename(`${word}.${name}`);
}
