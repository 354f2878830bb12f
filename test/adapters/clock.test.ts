/** The clock's offset, by real UDP servers that tell what the test wants. */
import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { measureClock } from "../../src/adapters/clock/clock.js";
import { askOffsetMs, type TimeServer } from "../../src/adapters/clock/sntp.js";
import { eventually } from "../story/eventually.js";

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

async function server(answer: Answer = {}): Promise<TimeServer> {
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
    socket.bind(0, "127.0.0.1", resolve);
  });
  undo.push(() => new Promise<void>((resolve) => void socket.close(resolve)));
  return { host: "127.0.0.1", port: (socket.address() as AddressInfo).port };
}

const OPTIONS = { timeoutMs: 2000, now: Date.now };
const ask = async (answer: Answer, options: Partial<typeof OPTIONS> = {}) =>
  askOffsetMs(await server(answer), { ...OPTIONS, ...options });

describe("a time server", () => {
  it.each([0, 1500, -1500, 86_400_000])("that is %d ms ahead says so", async (aheadMs) => {
    expect(Math.abs((await ask({ aheadMs })) + aheadMs)).toBeLessThan(40);
  });

  it("may live after 2036, when its seconds begin anew", async () => {
    const laterMs = Date.parse("2040-01-01T00:00:00.000Z");
    const offset = await ask({ aheadMs: laterMs - Date.now() }, { now: () => laterMs });
    expect(Math.abs(offset)).toBeLessThan(1000);
  });

  it("is heard through what others send", async () => {
    expect(Math.abs((await ask({ aheadMs: 500, forged: true })) + 500)).toBeLessThan(40);
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
    await expect(askOffsetMs(gone, OPTIONS)).rejects.toThrow();
  });
});

describe("the clock's offset", () => {
  function clock(servers: readonly TimeServer[], more: object = {}) {
    const logged: { level: string; message: string; fields: object }[] = [];
    const to = (level: string) => (fields: object, message: string) =>
      void logged.push({ level, message, fields });
    const log = { info: to("info"), warn: to("warn"), error: to("error") };
    const measured = measureClock({ servers, log, ...more });
    undo.push(measured.close);
    return { ...measured, logged };
  }
  const measured = ({ offsetMs }: ReturnType<typeof clock>) =>
    eventually("measured", () => offsetMs() ?? undefined);

  it("is nothing at first, then the median of the servers, in tenths of a millisecond", async () => {
    const one = clock([
      await server({ aheadMs: 200 }),
      await server({ aheadMs: -99_000 }),
      await server({ aheadMs: 300 }),
    ]);
    expect(one.offsetMs()).toBeNull();
    const offset = await measured(one);
    expect(Math.abs(offset + 200)).toBeLessThan(40);
    expect(offset * 10).toBeCloseTo(Math.round(offset * 10), 6);
    expect(one.logged).toEqual([]);
  });

  it("is of the servers that answer; a clock that is far off is told", async () => {
    const one = clock([await server({ stratum: 0, code: "DENY" }), await server({ aheadMs: -2000 })]);
    expect(Math.abs((await measured(one)) - 2000)).toBeLessThan(40);
    expect(one.logged).toMatchObject([{ level: "warn", message: "this machine's clock is wrong" }]);
  });

  it("is unknown again when it was not measured for long, and that is told once", async () => {
    const servers = [await server({ aheadMs: 10 })];
    const one = clock(servers, { everyMs: 50, timeoutMs: 20, validForMs: 200 });
    await measured(one);
    await (undo.splice(0, 1)[0] as () => Promise<void>)();
    await eventually("forgotten", () => (one.offsetMs() === null ? true : undefined));
    const told = one.logged.filter(({ message }) => message === "the clock's offset could not be measured");
    expect(told).toMatchObject([{ level: "warn" }]);
    expect(JSON.stringify(told[0]?.fields)).toContain(`127.0.0.1:${servers[0]?.port}`);
  });
});
