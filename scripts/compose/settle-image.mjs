/**
 * What is in the image, made the same for the same commit (Dockerfile): what compiling better-sqlite3 leaves goes, but for the
 * library, and every file and folder gets the one time. Plain Node, since it runs where nothing is built.
 *
 *     node settle-image.mjs FOLDER SECONDS
 */
import { existsSync, lutimesSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const [folder, seconds] = [process.argv[2], Number(process.argv[3])];
if (folder === undefined || !Number.isSafeInteger(seconds) || seconds < 0)
  throw new Error("usage: node settle-image.mjs FOLDER SECONDS");

const sqlite = join(folder, "node_modules/better-sqlite3");
const LIBRARY = "better_sqlite3.node";
const release = join(sqlite, "build/Release");
if (!existsSync(join(release, LIBRARY))) throw new Error(`${LIBRARY} was not compiled`);
for (const name of readdirSync(release)) if (name !== LIBRARY) remove(join(release, name));
for (const name of readdirSync(join(sqlite, "build")))
  if (name !== "Release") remove(join(sqlite, "build", name));
for (const name of ["deps", "src"]) remove(join(sqlite, name));
// What npm notes down of its installation is of no use to what runs.
remove(join(folder, "node_modules/.package-lock.json"));

settle(folder);

function remove(path) {
  rmSync(path, { recursive: true, force: true });
}

/** From the leaves up: a folder's time changes with what is in it. */
function settle(path) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) settle(child);
    else lutimesSync(child, seconds, seconds);
  }
  lutimesSync(path, seconds, seconds);
}
