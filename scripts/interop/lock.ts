/** Which peers, and where each lies once it is there: test/interop/peers.lock.json, and `.cache/interop`. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../project.js";

export interface GoProgram {
  readonly name: string;
  readonly package: string;
  readonly module: string;
  readonly version: string;
  /** As in go.sum: of the module's whole content. */
  readonly sum: string;
}

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** What is taken from its `/usr/bin`. */
  readonly programs: readonly string[];
}

/** A source file of this project over pinned libraries. */
export interface JavaProgram {
  readonly name: string;
  /** Its source, and pom.xml, which names the libraries. */
  readonly folder: string;
  /** Absent where whoever runs it names one as its first argument. */
  readonly source?: string;
  /** SHA-256 of every jar that Maven brings for it. */
  readonly jars: Readonly<Record<string, string>>;
}

/** An interpreter with the packages of a registry beside it: whoever runs it names the script. */
export interface ScriptedPrograms {
  readonly name: "python-clients" | "node-clients";
  readonly folder: string;
  /** The file in `folder` that names every package with its hash. */
  readonly lock: string;
}

/** What a virtual environment of its own holds. */
export interface PythonProgram {
  readonly name: string;
  /** Every package with its version, and the SHA-256 of each of its files. */
  readonly requirements: string;
  /** In the environment's `bin`. */
  readonly command: string;
}

export interface PeersLock {
  readonly go: {
    readonly oldest: string;
    readonly programs: readonly GoProgram[];
    /** Go programs of this project over pinned modules: their go.mod and go.sum are the lock. */
    readonly ours: readonly { readonly name: string; readonly folder: string }[];
  };
  readonly java: {
    readonly oldest: number;
    readonly programs: readonly JavaProgram[];
  };
  readonly scripted: readonly ScriptedPrograms[];
  readonly python: {
    readonly oldest: string;
    readonly programs: readonly PythonProgram[];
  };
  readonly debian: {
    readonly suite: string;
    readonly architecture: string;
    readonly packages: readonly DebianPackage[];
  };
}

const LOCK_FILE = join(PROJECT, "test/interop/peers.lock.json");
const lockBytes = readFileSync(LOCK_FILE);

export const lock = JSON.parse(lockBytes.toString("utf8")) as PeersLock;

/** Of this very lock: another lock finds an empty folder, and never a program of other versions. */
export const CACHE = join(PROJECT, ".cache/interop", digestOfSources());

export function programPath(name: string): string {
  return join(CACHE, "bin", name);
}

export function isThere(name: string): boolean {
  return existsSync(programPath(name));
}

export function allPrograms(): string[] {
  return [
    ...lock.go.programs.map(({ name }) => name),
    ...lock.go.ours.map(({ name }) => name),
    ...lock.java.programs.map(({ name }) => name),
    ...lock.scripted.map(({ name }) => name),
    ...lock.python.programs.map(({ name }) => name),
    ...lock.debian.packages.flatMap(({ programs }) => programs),
  ];
}

/** Of a file that was fetched, in hexadecimal. */
export const sha256Of = (file: string): string =>
  createHash("sha256").update(readFileSync(file)).digest("hex");

function digestOfSources(): string {
  const sources = [
    ...lock.go.ours.flatMap(({ folder }) =>
      ["go.mod", "go.sum", "main.go"].map((file) => join(folder, file)),
    ),
    ...lock.java.programs.flatMap(({ folder, source }) =>
      ["pom.xml", ...(source === undefined ? [] : [source])].map((file) => join(folder, file)),
    ),
    ...lock.scripted.map(({ folder, lock: file }) => join(folder, file)),
    ...lock.python.programs.map(({ requirements }) => requirements),
  ].map((file) => readFileSync(join(PROJECT, file)));
  const digest = createHash("sha256");
  for (const bytes of [lockBytes, ...sources]) digest.update(`${bytes.length}\n`).update(bytes);
  return digest.digest("hex").slice(0, 16);
}
