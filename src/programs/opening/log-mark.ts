/** What the log's key has signed, beside the key file: `<key file>.signed` (platform/signed-marks.ts). */
import type { MarkedTree, SignedMark } from "../../notary/ports/host.js";
import { openSignedMarks } from "../../platform/keys/signed-marks.js";

export interface LogMark extends SignedMark {
  readonly file: string;
  /** Durable on return: for whoever has proved that what was marked before has never left. */
  replace(tree: MarkedTree): void;
  close(): void;
}

/** Throws, naming the file, where it can't be read. */
export function openLogMark(keyFile: string, origin: string): LogMark {
  const marks = openSignedMarks(keyFile, "delete it: the nodes are then asked for all that is to be known");
  return {
    file: marks.file,
    latest: () => marks.of(origin),
    raise: (tree) => {
      marks.raise(origin, tree);
    },
    replace: (tree) => {
      marks.replace(origin, tree);
    },
    close: () => {
      marks.close();
    },
  };
}
