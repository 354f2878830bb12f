/** One front process (fronts.ts): its first argument is the configuration file. */
import { startApi } from "./api.js";
import { type FromFront, PULSE_MS, type ToFront } from "./fronts.js";

const tell = (message: FromFront): void => {
  process.send?.(message);
};

// Whoever has started it says when it ends; the terminal tells both.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
process.on("disconnect", () => process.exit(1));

setInterval(() => {
  tell({ kind: "pulse" });
}, PULSE_MS).unref();

const told = new Promise<void>((resolve) => {
  process.on("message", (message: ToFront) => {
    if (message.kind === "end") resolve();
  });
});

try {
  const api = await startApi(process.argv[2] ?? "", { name: "front", place: "within" });
  tell({ kind: "up", url: api.url });
  await told;
  await api.close();
  process.exit(0);
} catch (error) {
  tell({ kind: "failed", message: (error as Error).message });
  process.exit(1);
}
