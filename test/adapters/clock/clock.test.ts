/** What time servers say, by real UDP servers that tell what the test wants. */
import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { openTimeServers } from "../../../src/adapters/clock/clock.js";
import { askTime, type TimeServer } from "../../../src/adapters/clock/sntp.js";
import type { TimeReading } from "../../../src/notary/ports/host.js";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Answer {
  /** Of the server's clock against this machine's. */
  readonly aheadMs?: number;
  readonly first?: number;
  readonly stratum?: number;
  readonly code?: string;
  readonly cookie?: Buffer;
  readonly bytes?: number;
  readonly delayMs?: number;
  readonly timeless?: boolean;
  /** Sent before the true one. */
  readonly forged?: boolean;
}

function writeTime(packet: Buffer, offset: number, ms: number): void {
  const seconds = Math.floor(ms / 1000);
  // Modulo 2^32: the second era begins in 2036.
  packet.writeUInt32BE((seconds + 2_208_988_800) % 2 ** 32, offset);
  packet.writeUInt32BE(Math.floor(((ms % 1000) / 1000) * 2 ** 32), offset + 4);
}

async function server(answer: Answer = {}, bound = 0): Promise<TimeServer> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    const packet = Buffer.alloc(answer.bytes ?? 48);
    const whole = Buffer.alloc(48);
    whole[0] = answer.first ?? 0x24;
    whole[1] = answer.stratum ?? 2;
    whole.write(answer.code ?? "GPS", 12);
    (answer.cookie ?? query.subarray(40)).copy(whole, 24);
    const ms = Date.now() + (answer.aheadMs ?? 0);
    if (!answer.timeless) {
      writeTime(whole, 32, ms);
      writeTime(whole, 40, ms);
    }
    whole.copy(packet);
    if (answer.forged) {
      const other = Buffer.from(whole);
      other.fill(1, 24, 32);
      writeTime(other, 40, 0);
      socket.send(other, port, address);
    }
    setTimeout(() => socket.send(packet, port, address), answer.delayMs ?? 0).unref();
  });
  await new Promise<void>((resolve) => {
    socket.bind(bound, "127.0.0.1", resolve);
  });
  undo.push(() => new Promise<void>((resolve) => void socket.close(resolve)));
  return { host: "127.0.0.1", port: (socket.address() as AddressInfo).port };
}

const monotonicMs = () => performance.now();
const OPTIONS = { timeoutMs: 2000, monotonicMs };
const ask = async (answer: Answer, options: Partial<typeof OPTIONS> = {}) =>
  askTime(await server(answer), { ...OPTIONS, ...options });
/** How far the server is ahead of this machine's clock, in the middle of what it leaves open. */
const aheadOf = ({ lowMs, highMs }: TimeReading, nowMs = Date.now()): number =>
  (lowMs + highMs) / 2 - (nowMs - performance.now());

describe("a time server", () => {
  it.each([0, 1500, -1500, 86_400_000])("that is %d ms ahead says so", async (aheadMs) => {
    const reading = await ask({ aheadMs });
    expect(Math.abs(aheadOf(reading) - aheadMs)).toBeLessThan(40);
    expect(reading.highMs).toBeGreaterThanOrEqual(reading.lowMs);
  });

  it("may live after 2036, when its seconds begin anew", async () => {
    const laterMs = Date.parse("2040-01-01T00:00:00.000Z");
    const reading = await ask({ aheadMs: laterMs - Date.now() });
    expect(Math.abs(aheadOf(reading, laterMs))).toBeLessThan(1000);
  });

  it("is heard through what others send", async () => {
    expect(Math.abs(aheadOf(await ask({ aheadMs: 500, forged: true })) - 500)).toBeLessThan(40);
  });

  it.each<[string, Answer, string]>([
    ["answers as a client", { first: 0x23 }, "mode 3"],
    ["answers as a broadcast", { first: 0x25 }, "mode 5"],
    ["says that it is not synchronized", { first: 0xe4 }, "not synchronized"],
    ["wants to be left alone", { stratum: 0, code: "RATE" }, "refused by the server: RATE"],
    ["has no stratum", { stratum: 16 }, "stratum 16"],
    ["tells no time", { timeless: true }, "without a time"],
    ["takes too long", { delayMs: 1100 }, "under way for 11"],
    ["answers another question", { cookie: Buffer.alloc(8, 7) }, "no answer within 200 ms"],
    ["sends too little", { bytes: 47 }, "no answer within 200 ms"],
  ])("that %s is not believed", async (_, answer, message) => {
    const timeoutMs = answer.delayMs === undefined ? 200 : 2000;
    await expect(ask(answer, { timeoutMs })).rejects.toThrow(message);
  });

  it("that is not there is told", async () => {
    const gone = await server();
    await (undo.pop() as () => Promise<void>)();
    await expect(askTime(gone, OPTIONS)).rejects.toThrow();
  });
});

describe("time servers", () => {
  function asked(servers: readonly TimeServer[], timeoutMs = 200) {
    const logged: { level: string; message: string; fields: object }[] = [];
    const to = (level: string) => (fields: object, message: string) =>
      void logged.push({ level, message, fields });
    const log = { info: to("info"), warn: to("warn"), error: to("error") };
    return { ...openTimeServers({ servers, log, monotonicMs, timeoutMs }), logged };
  }

  it("say each for itself what time it is, and nothing is said for one that does not answer", async () => {
    const one = asked([
      await server({ aheadMs: 200 }),
      await server({ stratum: 0, code: "DENY" }),
      await server({ aheadMs: -99_000 }),
    ]);
    const answers = await one.ask();
    expect(answers.map((reading) => reading && Math.round(aheadOf(reading) / 100))).toEqual([
      2,
      undefined,
      -990,
    ]);
    expect(one.names).toHaveLength(3);
    expect(one.logged).toEqual([]);
  });

  it("that answer none are told once, with why, and told when they answer again", async () => {
    const first = await server();
    const one = asked([first]);
    await one.ask();
    await (undo.pop() as () => Promise<void>)();
    expect(await one.ask()).toEqual([undefined]);
    await one.ask();
    expect(one.logged).toMatchObject([
      { level: "warn", message: "the clock's offset could not be measured" },
    ]);
    expect(JSON.stringify(one.logged[0]?.fields)).toContain(`127.0.0.1:${first.port}`);
    await server({}, first.port);
    expect((await one.ask())[0]).toBeDefined();
    expect(one.logged.slice(1)).toMatchObject([
      { level: "info", message: "the clock's offset is measured again" },
    ]);
  });
});
