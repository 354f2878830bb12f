import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { listen } from "../../../src/platform/server/http-server.js";

const HERE = { host: "127.0.0.1", port: 0 };
const hello = (_request: IncomingMessage, response: ServerResponse) => response.end("hello");

describe("listen", () => {
  it("serves on a free port and is gone after close", async () => {
    const server = await listen(hello, HERE);
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(await (await fetch(server.url)).text()).toBe("hello");
    await Promise.all([server.close(), server.close()]);
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it("rejects when the port is taken", async () => {
    const server = await listen(hello, HERE);
    await expect(listen(hello, { ...HERE, port: server.port })).rejects.toThrow("EADDRINUSE");
    await server.close();
  });

  it("answers an open request before it closes, and then ends its kept-alive connection", async () => {
    let arrived!: (response: ServerResponse) => void;
    const arrival = new Promise<ServerResponse>((resolve) => (arrived = resolve));
    const server = await listen((_request, response) => arrived(response), { ...HERE, graceMs: 20_000 });
    const answer = fetch(server.url);
    const response = await arrival;
    const closing = server.close();
    response.end("late");
    expect(await (await answer).text()).toBe("late");
    await closing;
  });

  it("cuts a request that is not done within the grace period", async () => {
    const server = await listen(() => undefined, { ...HERE, graceMs: 20 });
    const answer = fetch(server.url).then(
      () => "answered",
      () => "cut",
    );
    const silent = connect(server.port, HERE.host);
    const cut = new Promise((resolve) => silent.once("error", resolve).once("close", resolve));
    await once(silent, "connect");
    await server.close();
    expect(await answer).toBe("cut");
    await cut;
  });
});
