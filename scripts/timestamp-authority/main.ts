/**
 * The sample's time-stamping authority as a process of its own: `main.js DATA PORT`. Ends when told to, or when whoever
 * started it is gone.
 */
import { openTimestampAuthority } from "./openssl.js";
import { serveTimestamps } from "./server.js";

const [, , data, port] = process.argv;
if (data === undefined || port === undefined) throw new Error("usage: main.js DATA PORT");
const server = await serveTimestamps(await openTimestampAuthority(data), { port: Number(port) });
console.log(JSON.stringify({ time: new Date().toISOString(), msg: "the authority is up", url: server.url }));
await new Promise<void>((resolve) => {
  process.once("SIGTERM", () => resolve());
  process.once("SIGINT", () => resolve());
  process.once("disconnect", () => resolve());
});
await server.close();
