/** A server of strangers: how many connections one address has, and how long anybody may keep one for nothing. */
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { ConnectionGuardOptions } from "../../../src/platform/server/connections.js";
import { type HttpServer, listen, type ListenOptions } from "../../../src/platform/server/http-server.js";
import { eventually } from "../../story/eventually.js";

const MIB = 1024 * 1024;
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const GUARD: ConnectionGuardOptions = {
  limits: { total: 5, perAddress: 2 },
  slowReaders: { graceMs: 100, bytesPerSecond: 4096 },
  nameOf: (address) => address,
};

async function started(handler: RequestListener, more: Partial<ListenOptions> = {}): Promise<HttpServer> {
  const server = await listen(handler, {
    ...{ host: "127.0.0.1", port: 0, graceMs: 100, connections: GUARD },
    ...more,
  });
  undo.push(() => server.close());
  return server;
}

async function client({ port }: HttpServer, localAddress = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, localAddress });
  socket.on("error", () => undefined);
  undo.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** However it ends: also by what was still written then. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => void socket.once("close", () => resolve()));

const hello: RequestListener = (request, response) => {
  // Node itself closes a connection on which a body was announced and never asked for.
  if (request.headers.expect !== undefined) response.writeContinue();
  response.end("hello");
};
const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const AWAITING = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n";

describe("connections", () => {
  it("of one address are so many, and all together; one more is answered 429 and closed", async () => {
    const server = await started(hello);
    const first = await client(server);
    await client(server);
    const third = await client(server);
    let told = "";
    third.on("data", (piece: Buffer) => (told += piece.toString("latin1")));
    await closed(third);
    expect(told).toMatch(/^HTTP\/1\.1 429 .*\r\nConnection: close\r\n\r\nconnections-of-address\n$/s);
    // Another one has places, and they end with the total.
    for (let i = 2; i < 5; i += 1) await client(server, `127.0.0.${i}`);
    const last = await client(server, "127.0.0.9");
    let toldLast = "";
    last.on("data", (piece: Buffer) => (toldLast += piece.toString("latin1")));
    await closed(last);
    expect(toldLast).toMatch(/^HTTP\/1\.1 429 .*\r\n\r\nconnections-of-all\n$/s);
    await eventually("seen", () => (server.connections()?.open === 5 ? true : undefined));
    expect(server.connections()).toEqual({ open: 5, largest: 2, refused: 2, unread: 0 });
    first.destroy();
    await eventually("given back", () => (server.connections()?.open === 4 ? true : undefined));
    (await client(server)).write(GET);
  });

  it("of a proxy are counted for no one", async () => {
    const server = await started(hello, { connections: { ...GUARD, nameOf: () => undefined } });
    for (let i = 0; i < 4; i += 1) await client(server);
    await eventually("all are taken", () => (server.connections()?.open === 4 ? true : undefined));
    expect(server.connections()).toMatchObject({ largest: 0, refused: 0 });
  });

  it("whose answer nobody reads are closed, and those that read are not", async () => {
    const server = await started((_request, response) => response.end(Buffer.alloc(32 * MIB)));
    const [silent, reading] = [await client(server), await client(server)];
    let came = 0;
    reading.on("data", (piece: Buffer) => (came += piece.length));
    silent.pause();
    silent.write(GET);
    reading.write(GET);
    await eventually("the reader has all of it", () => (came > 32 * MIB ? true : undefined));
    await eventually("the other is closed", () => (server.connections()?.unread === 1 ? true : undefined));
    await eventually("its place is free", () => (server.connections()?.open === 1 ? true : undefined));
  });

  it("on which a head comes too slowly are closed soon", async () => {
    const server = await started(hello, { headersTimeoutMs: 300 });
    const socket = await client(server);
    socket.write("GET / HTTP/1.1\r\nHost: ");
    const slowly = setInterval(() => socket.write("x"), 50);
    undo.push(() => clearInterval(slowly));
    const fromMs = performance.now();
    await closed(socket);
    // Node's own interval is half a minute.
    expect(performance.now() - fromMs).toBeLessThan(15_000);
  });

  it.each([
    ["", GET],
    [", also of those that wait to be asked for their body", AWAITING],
  ])("are closed after so many requests%s, which the last answer says", async (_, request) => {
    const server = await started(hello, { requestsPerConnection: 2 });
    const socket = await client(server);
    let told = "";
    socket.on("data", (piece: Buffer) => {
      told += piece.toString("latin1");
      if (told.split("hello").length === 2) socket.write(request);
    });
    socket.write(request);
    await closed(socket);
    expect(told.match(/Connection: [a-z-]+/g)).toEqual(["Connection: keep-alive", "Connection: close"]);
  });
});
