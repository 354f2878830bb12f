import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createGathered, createPieces } from "../../src/http/gather.js";
import { type Service, startService } from "./service.js";

describe("createGathered", () => {
  it("counts what it holds, and gives all of it back", () => {
    let counted = 0;
    const memory = {
      take: (bytes: number) => void (counted += bytes),
      give: (bytes: number) => void (counted -= bytes),
    };
    for (const announced of [0, 10_000, 20_000]) {
      const gathered = createGathered(memory, announced);
      for (let i = 0; i < 20_000; i++) {
        gathered.add(Buffer.of(i % 251));
        if (i % 997 > 0) continue;
        expect(counted).toBeGreaterThanOrEqual(gathered.size);
        expect(counted).toBeLessThanOrEqual(Math.max(4096, 2 * gathered.size));
        expect(gathered.bytes().buffer.byteLength).toBe(counted);
      }
      expect([...gathered.bytes().subarray(19_990)]).toEqual(
        Array.from({ length: 10 }, (_, i) => (19_990 + i) % 251),
      );
      gathered.free();
      gathered.free();
      expect(counted).toBe(0);
    }
  });

  it("takes nothing that there is no room for", () => {
    const full = new Error("full");
    const memory = {
      take: () => {
        throw full;
      },
      give: () => undefined,
    };
    const gathered = createGathered(memory);
    expect(() => gathered.add(Buffer.from("x"))).toThrow(full);
    expect(gathered.bytes().length).toBe(0);
  });
});

describe("createPieces", () => {
  it("joins small pieces, keeps large ones, and the order of all", () => {
    const pieces = createPieces();
    const sent: Buffer[] = [];
    for (let i = 0; i < 2000; i++) {
      const piece = Buffer.alloc([1, 7, 5000, 4095][i % 4] as number, i % 256);
      sent.push(piece);
      pieces.push(piece);
    }
    expect(pieces.size).toBe(Buffer.concat(sent).length);
    const got: Buffer[] = [];
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) got.push(piece);
    expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
    expect(pieces.size).toBe(0);
    const small = createPieces();
    for (let i = 0; i < 10_000; i++) small.push(Buffer.of(1));
    expect(small.shift()?.length).toBe(10_000);
  });
});

/** In plain JavaScript and a process of its own: bodies whose last byte never comes, in chunks of one byte. */
const SENDER = `
const { connect } = require("node:net");
const [port, key, bytes, connections] = process.argv.slice(1);
let left = connections;
for (let i = 0; i < connections; i++) {
  const socket = connect(Number(port), "127.0.0.1");
  socket.write("POST /v1/deposits HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer " + key +
    "\\r\\nContent-Type: application/json\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n");
  socket.write("1\\r\\nx\\r\\n".repeat(bytes), () => --left || console.log("sent"));
}`;

describe("bodies in chunks of one byte", () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  it("hold about as much memory as they have bytes", async () => {
    const [bytes, connections] = [600_000, 3];
    const base = process.memoryUsage().rss;
    const args = [new URL(service.url).port, service.keys.bankA, String(bytes), String(connections)];
    const sender = spawn(process.execPath, ["-e", SENDER, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(sender.stdout, "data");
      // All has been sent; this process may still be reading it.
      let rss = 0;
      for (let now = -1; now !== rss; now = process.memoryUsage().rss) {
        rss = process.memoryUsage().rss;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      // 1.8 MB; with a buffer object for each byte 170 to 350 bytes a byte.
      expect((process.memoryUsage().rss - base) / 1e6).toBeLessThan(150);
    } finally {
      sender.kill("SIGKILL");
      await once(sender, "exit");
    }
  });
});
