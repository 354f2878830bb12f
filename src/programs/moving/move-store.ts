/**
 * `cunzheng migrate`: a store moved from one database to the other, so that at no moment two stores of one log can be opened.
 *
 * Crash story. (1) The target begins to be: empty, and marked as arriving by a word of this move alone; whatever there was is
 * kept under another name. (2) The source is marked as moved, by the same word, and refuses every write from then on, of
 * processes too that had it open. From here on neither opens. (3) Rows and originals are copied in their order; what is there
 * is compared and not written again. (4) Everything is compared once more, and the target proves itself. (5) The target's mark
 * is taken away: it opens, and the source never does. A crash anywhere leaves the one or the other mark, and the same command
 * goes on from there; `--abandon` marks the target as given up first, and opens the source after that.
 */
import { randomBytes } from "node:crypto";
import { readNotaryConfiguration } from "../../configuration/configuration.js";
import { formatTime } from "../../core/record/time.js";
import type { MigrateArguments } from "../../commands/notary/migrate.js";
import { HERE, refuseElsewhere, type Standing } from "../../notary/ports/whole/standing.js";
import { type StoreContents, refuseFindings } from "../checking/check-store.js";
import { trustOf } from "../checking/fsck.js";
import { progressLines } from "../../commands/notary/fsck.js";
import { readConfigured } from "../opening/needed-file.js";
import { type StoreAddress, storeAddress } from "../opening/store-address.js";
import { copyOriginals } from "./copy-originals.js";
import { compareRows, copyRows } from "./copy-rows.js";
import { openPlace, type Place } from "./places.js";

/** Gives what was done, line by line. Throws with what is in the way. */
export async function migrateStore(args: MigrateArguments): Promise<readonly string[]> {
  const from = storeAddress({ option: "from", text: args.from, file: args.fromFile });
  const to = storeAddress({ option: "to", text: args.to, file: args.toFile });
  if (args.isAbandoned) return abandon(from, to, args);
  if (args.lostTarget !== undefined) throw new Error("--lost-target goes with --abandon");
  if (to === undefined) throw new Error("--to or --to-file must be given");
  if (from === undefined) return makeCollections(to);
  if (from.kind === to.kind)
    throw new Error("a store moves between a data folder and a MongoDB: one of --from and --to is each");
  const configuration =
    args.configFile === undefined ? undefined : readConfigured(args.configFile, readNotaryConfiguration);
  const { bytes: trustFile } = trustOf(args.trustFile, configuration?.consortium, args.configFile);
  return withPlaces([from, to], async ([source, target]) => move(source, target, { ...args, trustFile }));
}

async function makeCollections(to: StoreAddress): Promise<string[]> {
  if (to.kind !== "mongodb")
    throw new Error("--from must be given: a data folder's store is made when the notary starts");
  const { migrateMongoStore } = await import("../../adapters/mongo/schema/make-store.js");
  await migrateMongoStore(to.url);
  return [`${to.name} has the collections and indexes of this version`];
}

async function withPlaces<T>(
  addresses: readonly [StoreAddress, StoreAddress],
  work: (places: readonly [Place, Place]) => Promise<T>,
): Promise<T> {
  const source = await openPlace(addresses[0]);
  try {
    const target = await openPlace(addresses[1]);
    try {
      return await work([source, target]);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

type Moving = Pick<MigrateArguments, "tell" | "withoutOriginals"> & { readonly trustFile: Uint8Array };
type Moved = Extract<Standing, { readonly kind: "moved" | "arriving" }>;

async function move(source: Place, target: Place, moving: Moving): Promise<string[]> {
  if (!(await source.hasStore())) throw new Error(`${source.name} is not there: there is nothing to move`);
  const before = await source.standing();
  if (before.kind === "arriving" || before.kind === "abandoned") refuseElsewhere(before, source.name);
  const moved = before.kind === "moved" ? before : await leave(source, target, { before, tell: moving.tell });
  const { migration } = moved;
  const reached = await target.standing();
  if (reached.kind === "here" && reached.history.includes(migration)) {
    // What was cut off when the mark was taken away already.
    await target.swapStanding(reached, reached);
    return [`the move ${migration} from ${source.name} to ${target.name} was finished before`];
  }
  if (reached.kind !== "arriving" || reached.migration !== migration)
    throw new Error(
      `${source.name} was moved to ${"elsewhere" in moved ? moved.elsewhere : ""} by the move ${migration}, which ${target.name} knows nothing of: ` +
        "name that store, or give the move up (--abandon)",
    );
  // Told to whoever writes, where it was cut off before that.
  await source.swapStanding(moved, moved);
  moving.tell(
    `${source.name} is closed; the same command goes on with the move ${migration} where it is cut off`,
  );
  const { rows, written, originals, contents } = await fill(source, target, moving);
  const history = [...reached.history, migration];
  if (!(await target.swapStanding(reached, { kind: "here", history })))
    throw new Error(
      `somebody else has changed where ${target.name} stands meanwhile: look at both stores (cunzheng fsck)`,
    );
  return [
    `${target.name} is whole: ${rows} rows (${written} of them written now) and ${originals} originals, compared and checked`,
    `  ${contents.deposits} deposits${contents.lastReceivedAtMs === undefined ? "" : `, the newest of ${formatTime(contents.lastReceivedAtMs)}`}; ledger of ${contents.origin} with ${contents.treeSize} entries`,
    `  the notary goes on with it; ${source.name} starts no more (move ${migration})`,
  ];
}

/** Steps (1) and (2). */
async function leave(
  source: Place,
  target: Place,
  { before, tell }: { readonly before: Standing; readonly tell: MigrateArguments["tell"] },
): Promise<Moved> {
  await source.refuseBusy();
  const { history } = before;
  const there = await target.standing();
  let migration = randomBytes(8).toString("hex");
  if (there.kind === "arriving" && there.elsewhere === source.name && isAlike(there.history, history))
    // It had begun, and nothing was left yet.
    migration = there.migration;
  else {
    const aside = await asideOf(target, there, history);
    if (aside !== undefined) tell(`what ${target.name} held is kept under a name with ${aside}`);
    const arriving = { kind: "arriving", migration, elsewhere: source.name, history } as const;
    if (!(await target.begin(there, arriving, aside)))
      throw new Error(`somebody else has changed where ${target.name} stands meanwhile`);
  }
  const moved = { kind: "moved", migration, elsewhere: target.name, history } as const;
  if (!(await source.swapStanding(before, moved)))
    throw new Error(`somebody else has changed where ${source.name} stands meanwhile`);
  return moved;
}

const isAlike = (a: readonly string[], b: readonly string[]): boolean => a.join() === b.join();

/** Under which word the target's former store is kept; undefined where there is none. Throws where it is one to go on with. */
async function asideOf(
  target: Place,
  there: Standing,
  history: readonly string[],
): Promise<string | undefined> {
  if (there.kind === "here") {
    if (await target.hasStore())
      throw new Error(`${target.name} holds a store already: a store is moved to where none is`);
    return undefined;
  }
  const word = `${there.kind}-${there.migration}`;
  // What this store came from, or what never was one, is nothing that the log could go on with.
  if (there.kind === "abandoned" || (there.kind === "moved" && history.includes(there.migration)))
    return word;
  throw new Error(
    there.kind === "moved"
      ? `${target.name} was moved to ${there.elsewhere} (move ${there.migration}), and this store does not come from there`
      : `${target.name} is the target of the move ${there.migration} from ${there.elsewhere}: finish that, or give it up (--abandon)`,
  );
}

interface Filled {
  readonly rows: number;
  readonly written: number;
  readonly originals: number;
  readonly contents: StoreContents;
}

/** Steps (3) and (4). */
async function fill(
  source: Place,
  target: Place,
  { trustFile, withoutOriginals, tell }: Moving,
): Promise<Filled> {
  const [from, to] = [await source.open(), await target.open()];
  const originals = await target.openOriginals();
  const readOriginal = target.readOriginal;
  try {
    const copied = await copyRows(from, to, progressLines(tell));
    const count = await copyOriginals(from, {
      ...{ read: source.readOriginal, to: originals, without: withoutOriginals },
      tell: progressLines(tell),
    });
    tell(`copied: ${copied.rows} rows and ${count} originals; now everything is compared and checked`);
    // As it is now, and not as it was when it was opened to be filled.
    const whole = await target.open();
    await compareRows(from, whole, progressLines(tell));
    const onProgress = progressLines(tell);
    const contents = await refuseFindings(whole, { trustFile, readOriginal, withoutOriginals, onProgress });
    return { ...copied, originals: count, contents };
  } finally {
    await originals.close();
  }
}

async function abandon(
  from: StoreAddress | undefined,
  to: StoreAddress | undefined,
  { lostTarget }: MigrateArguments,
): Promise<string[]> {
  if (from === undefined)
    throw new Error("--from or --from-file must be given: the store that is to be opened again");
  if (to === undefined) {
    if (lostTarget === undefined)
      throw new Error("--to must be given, or --lost-target where it is lost for ever and was never whole");
    const source = await openPlace(from);
    try {
      return await reopen(source, lostTarget);
    } finally {
      await source.close();
    }
  }
  if (lostTarget !== undefined) throw new Error("--to or --lost-target, not both");
  return withPlaces([from, to], async ([source, target]) => {
    const [left, there] = [await source.standing(), await target.standing()];
    if (left.kind === "here" && there.kind === "arriving" && there.elsewhere === source.name) {
      await giveUp(target, there);
      return [`${target.name} will never be whole; ${source.name} was not left yet`];
    }
    // What was cut off when the mark was taken away already.
    if (left.kind === "here" && there.kind === "abandoned" && there.elsewhere === source.name)
      return reopen(source, there.migration);
    if (left.kind !== "moved") throw new Error(`${source.name} was not moved: there is nothing to give up`);
    const { migration } = left;
    if (there.kind === "here" && there.history.includes(migration))
      throw new Error(
        `${target.name} is whole: the notary may run on it, and ${source.name} stays closed. Move it back instead`,
      );
    if (there.kind === "here" || there.migration !== migration)
      throw new Error(
        `${target.name} knows nothing of the move ${migration}: name the store that ${source.name} was moved to (${left.elsewhere})`,
      );
    // First of all: from here on it never opens.
    if (there.kind === "arriving") await giveUp(target, there);
    else if (there.kind !== "abandoned") throw new Error(`${target.name} was moved on already`);
    return reopen(source, migration);
  });
}

async function giveUp(target: Place, there: Moved): Promise<void> {
  if (!(await target.swapStanding(there, { ...there, kind: "abandoned" })))
    throw new Error(`somebody else has changed where ${target.name} stands meanwhile`);
}

async function reopen(source: Place, migration: string): Promise<string[]> {
  const left = await source.standing();
  if (left.kind === "here") {
    await source.swapStanding(left, left);
    return [`${source.name} is open: the notary goes on with it`];
  }
  if (left.kind !== "moved" || left.migration !== migration)
    throw new Error(`${source.name} was not left by the move ${migration}`);
  const here: Standing = { ...HERE, history: left.history };
  if (!(await source.swapStanding(left, here)))
    throw new Error(`somebody else has changed where ${source.name} stands meanwhile`);
  return [`the move ${migration} is given up: the notary goes on with ${source.name}`];
}
