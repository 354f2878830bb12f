/** Why a command ends without what it was asked for, where the program says so and not the command. */

/** A mistake of whoever typed the command: shown with its message and answered with 64. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What a command needs can't be had, or is not what it is given as: nothing was judged. Shown, and answered with 2. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}
