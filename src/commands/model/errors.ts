/** Why a command ends without what it was asked for, where the program says so and not the command. */

/** Whoever typed the command has made a mistake: it is shown with this message, and answered with 64. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * What a command needs can't be had, or is not what it is given as, so that nothing was judged: it is shown with this
 * message, and answered with 2.
 */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}
