/** `cunzheng fsck`: whether a store is whole and proves itself. */
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { flag, optional, repeated } from "../model/options.js";
import { hexDigest } from "../model/shared-options.js";
import type { World } from "../model/world.js";

export interface FsckArguments {
  readonly configFile?: string | undefined;
  readonly trustFile?: string | undefined;
  /** A data folder, the file of a store, or the address of a MongoDB; without one it is that of the configuration. */
  readonly store?: string | undefined;
  readonly storeFile?: string | undefined;
  /** SHA-256 in hexadecimal of kept originals that are known to be lost. */
  readonly withoutOriginals: readonly string[];
  readonly tell: (what: string, done: number, of: number) => void;
}

export interface CheckedStore {
  readonly store: string;
  /** Whether the notary goes on with it. */
  readonly standing: "here" | "moved" | "arriving" | "abandoned";
  readonly findings: readonly { readonly code: string; readonly what: string }[];
  /** Absent where so much was found that the check ended early. */
  readonly contents?: {
    readonly origin: string;
    readonly treeSize: number;
    readonly rootHash: string;
    readonly deposits: number;
  };
}

export interface FsckEffects {
  /** Throws with what keeps the store from being checked. */
  checkWholeStore(options: FsckArguments): Promise<CheckedStore>;
}

export const fsck = command({
  name: "fsck",
  description:
    "check a notary's whole store, which may be in use: every hash, tile, checkpoint, signature, time-stamp, certificate and " +
    "original; exit codes: 0 whole, 1 not whole, 2 not checked",
  options: {
    config: optional("<file>", "notary.json, which names the store and the trust file"),
    store: optional("<place>", "another store: a data folder, a notary.db, or mongodb://..."),
    storeFile: optional("<file>", "a file of its owner's alone with that address"),
    trust: optional("<file>", "the trust file, where there is no --config"),
    withoutOriginal: repeated("<sha256>", "a kept original that is known to be lost (repeatable)", hexDigest),
    json: flag("print the report as JSON"),
  },
  run: async ({ config, store, storeFile, trust, withoutOriginal, json }, world: World & FsckEffects) => {
    try {
      const checked = await world.checkWholeStore({
        ...{ configFile: config, trustFile: trust, store, storeFile, withoutOriginals: withoutOriginal },
        tell: progressLines((line) => {
          world.printError(`${line}\n`);
        }),
      });
      world.print(json === true ? `${JSON.stringify(checked, null, 2)}\n` : report(checked));
      return checked.findings.length === 0 ? EXIT.done : EXIT.refused;
    } catch (error) {
      world.printError(`cunzheng: the store was not checked: ${(error as Error).message}\n`);
      return EXIT.incomplete;
    }
  },
});

const TELL_EVERY_MS = 5000;

/** One line every few seconds, of whatever is done then. */
export function progressLines(print: (line: string) => void): FsckArguments["tell"] {
  let toldMs = performance.now();
  return (what, done, of) => {
    if (performance.now() - toldMs < TELL_EVERY_MS) return;
    toldMs = performance.now();
    print(`  ${what}: ${done}${of > 0 ? ` of ${of}` : ""}`);
  };
}

const STANDINGS: Readonly<Record<CheckedStore["standing"], string>> = {
  here: "",
  moved: " (it was moved: the notary goes on elsewhere)",
  arriving: " (its move is not finished)",
  abandoned: " (its move was given up)",
};

function report({ store, standing, findings, contents }: CheckedStore): string {
  const lines = findings.map(({ code, what }) => `${code}: ${what}`);
  const summary =
    contents &&
    `${contents.deposits} deposits, ledger of ${contents.origin} with ${contents.treeSize} entries, root ${contents.rootHash}`;
  const verdict =
    findings.length === 0
      ? `${store} is whole${STANDINGS[standing]}`
      : `${store} is NOT whole${STANDINGS[standing]}: ${findings.length}${contents === undefined ? " or more" : ""} findings`;
  return [...lines, verdict, ...(summary === undefined ? [] : [`  ${summary}`]), ""].join("\n");
}
