/** All cases of the ledger's formats as files, by their path below test/vectors/. */
import { ed25519Vectors } from "./ed25519-vectors.js";
import { ledgerFileVectors } from "./ledger-file-vectors.js";
import { mlDsa44Vectors } from "./ml-dsa-44-vectors.js";
import { noteVectors } from "./note-vectors.js";
import { encodeVectorFile } from "./vector-file.js";

export function ledgerVectors(): ReadonlyMap<string, string> {
  const files = Object.entries({
    ...ed25519Vectors,
    ...noteVectors,
    ...mlDsa44Vectors,
    ...ledgerFileVectors,
  });
  return new Map(files.map(([path, file]) => [path, encodeVectorFile(file)]));
}
