/** What every command has of the world. Those that need more of it say so in their own file (`command.ts`). */
import type { Catalogue, Language } from "../text/report-text.js";

export interface World {
  readonly version: string;
  /** The reader's, from the environment. */
  readonly language: Language;
  /** The words of reports, read when one is to be printed for people. */
  readonly catalogue: () => Catalogue;
  print(text: string): void;
  printError(text: string): void;
  /** The file; of one that has more than `most` bytes its first `most` + 1, which every parser refuses for their number. */
  readFile(path: string, most: number): Promise<Uint8Array>;
}
