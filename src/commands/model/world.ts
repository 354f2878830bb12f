/** What every command has of the world. Those that need more of it say so in their own file (`command.ts`). */
import type { Catalogue, Language } from "../text/report-text.js";

export interface World {
  readonly version: string;
  /** This is the reader's own language, from the environment. */
  readonly language: Language;
  /** Reads the words of reports, when one is to be printed for people. */
  readonly catalogue: () => Catalogue;
  print(text: string): void;
  printError(text: string): void;
  /** Reads a file; of one with more than `most` bytes its first `most` + 1, which every parser refuses for their number. */
  readFile(path: string, most: number): Promise<Uint8Array>;
}
