/** A service that runs until somebody ends it. */

/** Starts a service and closes it when told to end; resolves with its exit code. Rejects with what keeps it from starting. */
export async function runUntilTold(start: () => Promise<{ close(): Promise<void> }>): Promise<number> {
  // Whoever has started this process may die while it starts; a signal meanwhile ends it as it ends any other.
  const orphaned = new Promise<void>((resolve) => {
    if (process.connected) process.once("disconnect", () => resolve());
  });
  const service = await start();
  await Promise.race([signalled(), orphaned]);
  await service.close();
  return 0;
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
