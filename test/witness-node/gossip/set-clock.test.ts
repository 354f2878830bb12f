/** Somebody sets the clock of a node's machine: nothing that the node times by itself is shortened or lengthened by it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, describe, expect, it, jest } from "@jest/globals";
import { createLogger } from "../../../src/platform/logger.js";
import { openPlaces } from "../../../src/witness-node/gossip/peer-sources.js";

const DAY_MS = 86_400_000;
const TILE = { level: 0, index: 0, width: 1 };

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Notes in `asked` each request; answers what `answer` gives, or 500. */
async function serving(asked: string[], name: string, answer: () => Uint8Array | undefined): Promise<string> {
  const server = createServer((_, response) => {
    asked.push(name);
    const body = answer();
    response.writeHead(body === undefined ? 500 : 200).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** `elapsedMs` later, by a clock that was set by `stepMs` meanwhile. */
function later({ elapsedMs, stepMs }: { elapsedMs: number; stepMs: number }): void {
  const [wall, monotonic] = [Date.now, performance.now.bind(performance)];
  jest.spyOn(Date, "now").mockImplementation(() => wall() + elapsedMs + stepMs);
  jest.spyOn(performance, "now").mockImplementation(() => monotonic() + elapsedMs);
}

describe("a source of tiles that failed", () => {
  it.each([
    ["rests still where the clock was set ahead by a day", { elapsedMs: 0, stepMs: DAY_MS }, "peer"],
    ["is asked again in time where it was set behind", { elapsedMs: 301_000, stepMs: -DAY_MS }, "log"],
  ])("%s", async (_, time, first) => {
    const asked: string[] = [];
    const hash = new Uint8Array(32).fill(7);
    let isLogAway = true;
    const url = await serving(asked, "log", () => (isLogAway ? undefined : hash));
    const peer = await serving(asked, "peer", () => hash);
    const log = { origin: "ledger.example/log", originHash: "00".repeat(32), vkeys: [], url };
    const places = openPlaces([log], {
      peers: [{ name: "peer", url: peer, vkeys: [] }],
      signal: new AbortController().signal,
      logger: createLogger({ name: "test", level: "error", destination: { write: () => undefined } }),
    });
    const ask = () => places.of(log).firstOf((source) => source.tile(TILE));
    await ask();
    expect(asked).toEqual(["log", "peer"]);
    isLogAway = false;
    later(time);
    await ask();
    expect(asked).toEqual(["log", "peer", first]);
    await places.close();
  });
});
