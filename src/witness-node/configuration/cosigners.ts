/** The node's cosigners in witness.json: the witness that it is, and its `mirror`; where the keys of each are. */
import { ParseError } from "../../core/errors.js";
import { type Reader, readObject, readString } from "../../core/record/reader.js";

/** These are the files of one cosigner's keys: it has one name, and makes a cosignature by each. */
export interface KeyFiles {
  readonly keyFile?: string;
  readonly postQuantumKeyFile?: string;
}

export interface MirrorConfig extends KeyFiles {
  /** SPEC (tlog-mirror): "a distinct cosigner from the mirror cosigner, with a distinct name". */
  readonly name: string;
}

/** These members may be absent. */
export const keyFiles = { keyFile: readString, postQuantumKeyFile: readString };

/** Gives the same files, their paths made absolute by `path`. */
export const keyFilesAt = (
  { keyFile, postQuantumKeyFile }: KeyFiles,
  path: (name: string) => string,
): KeyFiles => ({
  ...(keyFile !== undefined && { keyFile: path(keyFile) }),
  ...(postQuantumKeyFile !== undefined && { postQuantumKeyFile: path(postQuantumKeyFile) }),
});

export const readMirror: Reader<MirrorConfig> = (value, field) =>
  readObject(value, field, { required: { name: readString }, optional: keyFiles });

/** Refuses one name for both cosigners. Throws `ParseError` where the mirror has the witness's name. */
export function refuseOneName(witness: string, mirror: MirrorConfig | undefined): void {
  if (mirror?.name !== witness) return;
  throw new ParseError("value-range", "the mirror is another cosigner than the witness", {
    field: "/mirror/name",
    got: witness,
    want: "a name of its own",
  });
}
