/** With which code a command ends. What keeps the program from saying its verdict has codes of its own (main.ts). */
import type { FileReport } from "../../certificate/verify/verify-file.js";

/** `usage` is EX_USAGE of sysexits.h, so that 1 can mean "refused" and 2 "incomplete" and nothing else. */
export const EXIT = { done: 0, refused: 1, incomplete: 2, usage: 64 } as const;

/**
 * A report ends with these codes. 0: what the file claims is so (of a challenge: that the promise was not kept, as far as
 * anything shows). 1: it is not. 2: nothing or not all could be checked.
 */
export const EXIT_OF_VERDICT: Readonly<Record<FileReport["verdict"], number>> = {
  verified: EXIT.done,
  unanswered: EXIT.done,
  late: EXIT.done,
  refused: EXIT.refused,
  rebutted: EXIT.refused,
  incomplete: EXIT.incomplete,
};
