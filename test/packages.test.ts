/**
 * package-lock.json as a whole: it must be one that `npm ci` takes on every platform. npm writes only the optional
 * packages of the machine it ran on when it installs into a folder that is filled already, and `npm ci` then refuses
 * the lock elsewhere ("Missing: ... from lock file"), on a clean clone first of all.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

interface LockedPackage {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));
const packages = (read("package-lock.json") as { packages: Record<string, LockedPackage> }).packages;

describe("package-lock.json", () => {
  it("has an entry for every optional package, also those of other platforms", () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !entryFor(path, name))
        .map((name) => `${name} (of ${path})`),
    );
    expect(missing).toEqual([]);
  });

  it("pins what package.json names, at the one version it names", () => {
    const { dependencies, devDependencies } = read("package.json") as Record<string, Record<string, string>>;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      expect([name, packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
  });
});

/** As Node looks for a package: in the folder itself, then in each one above. */
function entryFor(path: string, name: string): boolean {
  const candidate = path === "" ? `node_modules/${name}` : `${path}/node_modules/${name}`;
  if (packages[candidate] !== undefined) return true;
  if (path === "") return false;
  return entryFor(path.slice(0, Math.max(0, path.lastIndexOf("/node_modules/"))), name);
}
