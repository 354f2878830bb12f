/** With real requests: what was replaced answers what it has begun, and is closed then. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "@jest/globals";
import { createSuccessive } from "../../../src/programs/services/successive.js";
import { eventually } from "../../story/eventually.js";

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const closed: string[] = [];
const named = (name: string) => ({
  name,
  close: async () => {
    closed.push(name);
    await Promise.resolve();
  },
});

/** Each request is answered, when it is told to, with the name of what it was given to. */
async function serve(successive: ReturnType<typeof createSuccessive<ReturnType<typeof named>>>) {
  const waiting: (() => void)[] = [];
  const server = createServer((_, response: ServerResponse) => {
    const { name } = successive.forAnswer(response);
    waiting.push(() => response.end(name));
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    waiting,
    ask: async () => {
      const before = waiting.length;
      const answer = fetch(url).then((one) => one.text());
      await eventually("it is asked", () => (waiting.length > before ? true : undefined));
      return answer;
    },
    cut: () => {
      server.closeAllConnections();
    },
  };
}

it("is closed when its last request has ended, and not before", async () => {
  closed.length = 0;
  const successive = createSuccessive(named("first"));
  const { waiting, ask } = await serve(successive);
  const [one, other] = [ask(), ask()];
  await eventually("both are asked", () => (waiting.length === 2 ? true : undefined));
  successive.replaceWith(named("second"));
  const later = ask();
  await eventually("the third is asked", () => (waiting.length === 3 ? true : undefined));
  waiting[0]?.();
  waiting[2]?.();
  expect([await one, await later].sort()).toEqual(["first", "second"]);
  expect(closed).toEqual([]);
  waiting[1]?.();
  expect(await other).toBe("first");
  await eventually("it is closed", () => (closed.length > 0 ? true : undefined));
  expect(closed).toEqual(["first"]);
  expect(successive.current().name).toBe("second");
});

it("is closed at once where nothing is under way, and when whoever asked is gone", async () => {
  closed.length = 0;
  const successive = createSuccessive(named("first"));
  successive.replaceWith(named("second"));
  expect(closed).toEqual(["first"]);
  const { waiting, ask, cut } = await serve(successive);
  const lost = ask();
  lost.catch(() => undefined);
  await eventually("it is asked", () => (waiting.length === 1 ? true : undefined));
  successive.replaceWith(named("third"));
  expect(closed).toEqual(["first"]);
  cut();
  await expect(lost).rejects.toThrow();
  await eventually("it is closed", () => (closed.length > 1 ? true : undefined));
  expect(closed).toEqual(["first", "second"]);
});

it("closes all that is open, and waits for what is closing", async () => {
  closed.length = 0;
  let end: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => (end = resolve));
  const successive = createSuccessive({ ...named("first"), close: () => slow });
  successive.replaceWith(named("second"));
  let isClosed = false;
  const closing = successive.close().then(() => (isClosed = true));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([closed, isClosed]).toEqual([["second"], false]);
  end();
  await closing;
  expect(isClosed).toBe(true);
});
