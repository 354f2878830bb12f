/** Who works on a data folder: one process alone, or several that share it, and never both. */
import { join } from "node:path";
import { claim, type Claim, ClaimedError, type ClaimOptions } from "./claim.js";
import { openPrivateFolder } from "./files/owner-alone.js";

/** Held until it is released; calling `release` twice is harmless. */
export type DataFolderLock = Claim;

export class DataFolderInUseError extends Error {
  override readonly name = "DataFolderInUseError";
  readonly folder: string;

  constructor(folder: string) {
    super(`the data folder ${folder} is in use by another process`);
    this.folder = folder;
  }
}

/**
 * Creates `folder` (its owner's alone) where it is missing, and locks it for this process alone, or to be shared with
 * others that share it. Throws DataFolderInUseError at once, and an `Error` with the command that mends it where others may
 * read or write the folder or a database in it.
 */
export function lockDataFolder(folder: string, options: ClaimOptions = {}): DataFolderLock {
  const file = join(openPrivateFolder(folder), "lock.db");
  try {
    return claim(file, options);
  } catch (error) {
    if (error instanceof ClaimedError) throw new DataFolderInUseError(folder);
    throw error;
  }
}
