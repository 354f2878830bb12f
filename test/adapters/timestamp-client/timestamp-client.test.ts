import { describe, expect, it } from "@jest/globals";
import {
  type AuthorityAddress,
  createTimestampClient,
} from "../../../src/adapters/timestamp-client/timestamp-client.js";
import { answeringServers, type Handler } from "../answering-server.js";

const { clientOf: connected, stopServers } = answeringServers();
const clientOf = (
  handler: Handler,
  { path = "/", ...more }: Partial<AuthorityAddress> & { readonly path?: string } = {},
) => connected(handler, (url) => createTimestampClient({ name: "example", url: `${url}${path}`, ...more }));

const QUERY = Uint8Array.of(1, 2, 3);
const never = new AbortController().signal;
const REPLY = { "content-type": "application/timestamp-reply" };

describe("a time-stamping authority over HTTP", () => {
  it("is sent the query as RFC 3161, section 3.4 says, to exactly its address, and nothing else", async () => {
    let seen: object | undefined;
    const client = await clientOf(
      ({ method, url, headers }, response, body) => {
        seen = { method, url, type: headers["content-type"], login: headers.authorization, body: [...body] };
        response.writeHead(200, REPLY).end(Buffer.of(9, 8));
      },
      { path: "/tsa/stamp?unit=2" },
    );
    expect([...(await client.request(QUERY, never))]).toEqual([9, 8]);
    expect(seen).toEqual({
      method: "POST",
      url: "/tsa/stamp?unit=2",
      type: "application/timestamp-query",
      login: undefined,
      body: [1, 2, 3],
    });
  });

  it("is told who asks, where it wants to know", async () => {
    const client = await clientOf(
      ({ headers }, response) => response.writeHead(200, REPLY).end(headers.authorization),
      { authorization: "Basic ZXhhbXBsZTpzZWNyZXQ=" },
    );
    expect(Buffer.from(await client.request(QUERY, never)).toString()).toBe("Basic ZXhhbXBsZTpzZWNyZXQ=");
  });

  it.each(["application/timestamp-reply", "Application/Timestamp-Reply; charset=binary"])(
    "may answer with %s",
    async (type) => {
      const client = await clientOf((_, response) =>
        response.writeHead(200, { "content-type": type }).end("x"),
      );
      expect(await client.request(QUERY, never)).toHaveLength(1);
    },
  );

  it.each([
    [
      200,
      { "content-type": "text/html" },
      "<html>",
      "answers with text/html, not application/timestamp-reply",
    ],
    [200, {}, "x", "answers with undefined, not application/timestamp-reply"],
    [302, { location: "http://127.0.0.1:1/", ...REPLY }, "", "answers with status 302"],
    [307, { location: "/elsewhere", ...REPLY }, "", "answers with status 307"],
    [204, REPLY, "", "answers with status 204"],
    [500, { "content-type": "text/plain" }, "out\nof order", "answers with status 500: out of order"],
    [401, { "www-authenticate": "Basic", ...REPLY }, "x", "answers with status 401"],
  ])("%d %j is refused", async (status, headers, body, message) => {
    let requests = 0;
    const client = await clientOf((_, response) => {
      requests += 1;
      response.writeHead(status, headers).end(body);
    });
    await expect(client.request(QUERY, never)).rejects.toThrow(message);
    expect(requests).toBe(1);
  });

  it("that answers without end is cut", async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(200, REPLY);
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
      };
      response.on("drain", more);
      more();
    });
    await expect(client.request(QUERY, never)).rejects.toThrow("longer than 73728 bytes");
  });

  it("that drips is left when the signal says so, and can be asked again", async () => {
    let calls = 0;
    const client = await clientOf((_, response) => {
      response.writeHead(200, REPLY);
      if (++calls > 1) {
        response.end("x");
        return;
      }
      const drip = setInterval(() => response.write("x"), 10);
      response.on("close", () => {
        clearInterval(drip);
      });
    });
    await expect(client.request(QUERY, AbortSignal.timeout(100))).rejects.toThrow();
    expect(await client.request(QUERY, never)).toHaveLength(1);
  });

  it("that is not there rejects", async () => {
    const client = await clientOf((_, response) => response.end());
    await stopServers();
    await expect(client.request(QUERY, never)).rejects.toThrow();
  });
});
