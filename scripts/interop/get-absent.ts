/** Gets peers one by one, each in a folder that is thrown away afterwards, whatever language it is in. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CACHE, isThere } from "./lock.js";

export interface Workshop<Program> {
  /** As in "building litewitness" and "litewitness could not be built". */
  readonly doing: string;
  readonly failed: string;
  readonly problemOfToolchain: () => string | undefined;
  /** Leaves the program where `programPath` says. */
  readonly get: (program: Program, staging: string) => void;
}

/** Each problem is a sentence for whoever runs this. */
export function getAbsent<Program extends { readonly name: string }>(
  programs: readonly Program[],
  { doing, failed, problemOfToolchain, get }: Workshop<Program>,
): string[] {
  const absent = programs.filter(({ name }) => !isThere(name));
  if (absent.length === 0) return [];
  const unfit = problemOfToolchain();
  if (unfit !== undefined) return [`${unfit} (for ${absent.map(({ name }) => name).join(", ")})`];
  return absent.flatMap((program) => {
    console.log(`interop: ${doing} ${program.name}`);
    const staging = mkdtempSync(join(CACHE, "staging-"));
    try {
      get(program, staging);
      return [];
    } catch (error) {
      return [`${program.name} ${failed}: ${messageOf(error)}`];
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  });
}

function messageOf(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return (stderr || message).trim().split("\n").slice(-5).join("\n");
}
