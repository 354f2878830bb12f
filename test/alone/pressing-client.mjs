/**
 * Clients in a process of their own, which the operating system serves last: what they cost themselves is not to be
 * counted as what a service costs others. Started by `pressing-clients.ts`; told `{ url, request, connections, isRepeated, localAddress }` to
 * begin, and anything else to end, which it answers with how many answers came, by status.
 */
import { Buffer } from "node:buffer";
import { connect } from "node:net";
import { setPriority } from "node:os";

setPriority(10);
const statuses = {};
const sockets = [];

function open({ url, request, isRepeated, localAddress }) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), localAddress });
  sockets.push(socket);
  socket.on("error", () => undefined).on("connect", () => socket.write(request));
  // What was at the end of a piece, where a head's first line may be cut.
  let rest = "";
  socket.on("data", (piece) => {
    const text = rest + piece.toString("latin1");
    const answers = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)];
    for (const [, status] of answers) {
      statuses[status] = (statuses[status] ?? 0) + 1;
      // As soon as one is answered the next is sent.
      if (isRepeated && socket.writable) socket.write(request);
    }
    const last = answers.at(-1);
    rest = text.slice(Math.max(last === undefined ? 0 : last.index + last[0].length, text.length - 12));
  });
}

process.on("message", (message) => {
  if (message.begin !== undefined) {
    const press = { ...message.begin, request: Buffer.from(message.begin.request, "base64") };
    for (let i = 0; i < press.connections; i += 1) open(press);
  }
  if (message.end) for (const socket of sockets) socket.destroy();
  process.send(statuses);
});
process.on("disconnect", () => process.exit(0));
