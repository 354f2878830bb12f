#!/usr/bin/env node
/** The one program: runs the command that was typed, and ends with its exit code. */
import { runCommand } from "./commands/program.js";
import { openWorld } from "./programs/world.js";

// sysexits.h: Node's own exit code for an uncaught error is 1, which here says that something was refused.
const [EX_SOFTWARE, EX_IOERR] = [70, 74];
for (const event of ["uncaughtException", "unhandledRejection"] as const)
  process.on(event, (error: unknown) => {
    process.stderr.write(`cunzheng: ${(error as Error | undefined)?.message ?? String(error)}\n`);
    process.exit(EX_SOFTWARE);
  });
// What could not be said was not said: a full disk, or a reader that went away.
process.stdout.on("error", () => process.exit(EX_IOERR));
process.stderr.on("error", () => process.exit(EX_IOERR));

try {
  process.exitCode = await runCommand(process.argv.slice(2), openWorld());
} catch (error) {
  process.stderr.write(`cunzheng: ${(error as Error).message}\n`);
  process.exitCode = EX_SOFTWARE; // Nothing was verified and nothing refused.
}
// The channel to whoever started us would keep the process alive.
if (process.connected) process.disconnect();
