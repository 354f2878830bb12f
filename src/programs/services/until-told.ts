/** A service that runs until somebody ends it. */

/** Starts a service and closes it when told to end; resolves with its exit code. Rejects with what keeps it from starting. */
export async function runUntilTold(start: () => Promise<{ close(): Promise<void> }>): Promise<number> {
  const service = await start();
  await toldToEnd();
  await service.close();
  return 0;
}

/** Resolves at a signal, or at the death of the process that started this one. */
function toldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    if (process.connected) process.once("disconnect", () => resolve());
  });
}
