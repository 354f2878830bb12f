/** The trust file that a notary's configuration names. */
import type { NotaryConfiguration } from "../../configuration/configuration.js";
import { readNamedTrustFile, type TrustFile } from "./needed-file.js";

/** Throws, naming the file and the member that names it. */
export function readTrustFile(configFile: string, { consortium }: NotaryConfiguration): TrustFile {
  return readNamedTrustFile(consortium, `consortium of ${configFile}`);
}
