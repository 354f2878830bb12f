/** A worker on a network: who has not the key learns and does nothing, and a network that drops everything is noticed and got over. */
import { connect as connectTls } from "node:tls";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { networkWay, pathWay } from "../../../src/adapters/worker-socket/entrances.js";
import { createClusterKey } from "../../../src/platform/keys/cluster-key.js";
import { NetworkLink } from "../../crash/network-link.js";
import { eventually } from "../../story/eventually.js";
import { temporaryFolders } from "../../temporary-folder.js";
import { DRAFT, meetings, workerOf } from "./meeting.js";

const meet = meetings();
const temporaryFolder = temporaryFolders();
/** A handshake may take two seconds, and so may a silence; the machine may be slow. */
const BOUND_MS = 3500;

const PSK = {
  ...({ ciphers: "ECDHE-PSK-CHACHA20-POLY1305", minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const),
  checkServerIdentity: () => undefined,
};

describe("who has not the key", () => {
  it("is asked nothing and told nothing, with another key, another id, another suite or none", async () => {
    const { newEntrance, served, told, key } = meet();
    const entrance = await newEntrance("network");
    let asked = 0;
    const asking = async () => {
      asked += 1;
      return [];
    };
    await served(entrance, workerOf({ record: asking }));
    const other = createClusterKey(join(temporaryFolder(), "other.key"));
    const port = Number(entrance.address.split(":")[1]);
    const attempts = {
      "another key": { ...PSK, pskCallback: () => ({ psk: other.secret, identity: key.id }) },
      "another id": { ...PSK, pskCallback: () => ({ psk: key.secret, identity: other.id }) },
      "no forward secrecy": {
        ...{ ...PSK, ciphers: "PSK-AES256-GCM-SHA384" },
        pskCallback: () => ({ psk: key.secret, identity: key.id }),
      },
      "TLS 1.3": { minVersion: "TLSv1.3", rejectUnauthorized: false } as const,
    };
    for (const [name, options] of Object.entries(attempts)) {
      let heard = 0;
      const socket = connectTls({ host: "127.0.0.1", port, ...options });
      socket.on("data", () => (heard += 1));
      const outcome = await new Promise((resolve) => {
        socket.on("secureConnect", () => {
          resolve("let in");
        });
        socket.on("error", ({ message }) => {
          resolve(message);
        });
      });
      expect([name, outcome, heard]).toEqual([name, expect.stringMatching(/alert/i), 0]);
    }
    expect(asked).toBe(0);
    await eventually("each is told", () => told.length === Object.keys(attempts).length || undefined);
    // And whoever has it comes in by the same door.
    expect(networkWay(key)("/w.sock")).toBeUndefined();
  });

  it("is answered by nothing but an alert to what it says in clear", async () => {
    const { newEntrance, served, stranger } = meet();
    const entrance = await newEntrance("network");
    await served(entrance, workerOf());
    const socket = stranger(entrance.address);
    const heard: Buffer[] = [];
    socket.on("data", (piece: Buffer) => heard.push(piece));
    socket.write("cunzheng-worker/2 1 node/20\n");
    await new Promise((resolve) => socket.on("close", resolve));
    // A record of TLS: 21 is an alert.
    expect(Buffer.concat(heard).subarray(0, 1).toString("hex")).toMatch(/^(15)?$/);
    expect(Buffer.concat(heard).length).toBeLessThan(16);
  });

  it("is ended in time, whether it says nothing or a little now and then, and holds up nobody", async () => {
    const { newEntrance, served, client, stranger } = meet();
    const entrance = await newEntrance("network");
    await served(entrance, workerOf());
    const started = performance.now();
    const strangers = Array.from({ length: 100 }, () => stranger(entrance.address));
    const closed = strangers.map((socket) => new Promise((resolve) => socket.resume().on("close", resolve)));
    // The beginning of a record that announces 16,384 bytes.
    for (const socket of strangers.slice(50)) socket.write(Buffer.from("1603014000", "hex"));
    const drip = setInterval(() => {
      for (const socket of strangers.slice(50)) if (!socket.destroyed) socket.write("x");
    }, 200);
    try {
      await eventually("36 have made room", () =>
        strangers.filter((socket) => socket.destroyed).length >= 36 ? true : undefined,
      );
      const [decision] = await client(() => entrance.address).record([DRAFT]);
      expect(decision?.kind).toBe("recorded");
      // They are there still.
      expect(strangers.filter((socket) => !socket.destroyed).length).toBeGreaterThan(32);
      await Promise.all(closed);
      expect(performance.now() - started).toBeLessThan(BOUND_MS);
    } finally {
      clearInterval(drip);
    }
  });

  it("keeps no worker from closing", async () => {
    const { newEntrance, served, stranger } = meet();
    const entrance = await newEntrance("network");
    const server = await served(entrance, workerOf());
    const socket = stranger(entrance.address);
    await new Promise((resolve) => socket.on("connect", resolve));
    const closed = new Promise((resolve) => socket.resume().on("close", resolve));
    const started = performance.now();
    await server.close();
    await closed;
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe("a process that asks", () => {
  it("tells that its key is another one, or the address is of another kind", async () => {
    const { newEntrance, served, client, told } = meet();
    const [network, path] = [await newEntrance("network"), await newEntrance("path")];
    await served(network, workerOf());
    await served(path, workerOf());
    const other = networkWay(createClusterKey(join(temporaryFolder(), "other.key")));
    const patienceMs = 300;
    for (const [address, way, reason] of [
      [network.address, other, "alert"],
      [path.address, other, "another kind"],
      [network.address, pathWay, "another kind"],
    ] as const) {
      const worker = client(() => address, { way, patienceMs });
      await expect(worker.record([DRAFT])).rejects.toMatchObject({ code: "worker-away" });
      const [impairment] = (await worker.readiness()).impairments;
      expect(impairment?.detail).toContain(reason);
    }
    expect(told.filter((line) => line.includes("another kind"))).toHaveLength(2);
  });
});

describe.each(["both ways", "there", "back"] as const)("a network that drops everything, %s", (direction) => {
  it("ends the connection at both ends, and is got over within three seconds of its healing", async () => {
    const { newEntrance, served, client, told, ended } = meet();
    const entrance = await newEntrance("network");
    let asked = 0;
    await served(
      entrance,
      workerOf({
        record: async (drafts) => {
          asked += 1;
          return workerOf().record(drafts);
        },
      }),
    );
    const link = await NetworkLink.to(Number(entrance.address.split(":")[1]));
    ended(() => link.close());
    const address = `127.0.0.1:${link.port}`;
    const [hasty, patient] = [
      client(() => address, { patienceMs: 1000 }),
      client(() => address, { patienceMs: 20_000 }),
    ];
    await Promise.all([hasty.record([DRAFT]), patient.record([DRAFT])]);
    expect(asked).toBe(2);
    if (direction === "both ways") link.cut();
    else link.cut(direction);
    const cutMs = performance.now();
    const pending = patient.record([DRAFT]);
    await expect(hasty.record([DRAFT])).rejects.toMatchObject({ code: "worker-away" });
    expect(performance.now() - cutMs).toBeLessThan(1500);
    const lines = (message: string) => told.filter((line) => line.includes(message)).length;
    await eventually("each end that can't know otherwise has found out", () => {
      const here = lines("the worker can't be asked");
      // The way to the worker is open: it hears that they have ended it.
      const there = direction === "back" ? 2 : lines("a process that asks the worker is left");
      return (here >= 2 && there >= 2) || undefined;
    });
    expect(performance.now() - cutMs).toBeLessThan(BOUND_MS + 1000);
    link.heal();
    const healedMs = performance.now();
    expect((await pending).map(({ kind }) => kind)).toEqual(["recorded"]);
    const again = await eventually("it answers again", () => hasty.record([DRAFT]).catch(() => undefined));
    expect(again[0]?.kind).toBe("recorded");
    expect(performance.now() - healedMs).toBeLessThan(3000);
  });
});

it.each(["reads nothing", "answers no pulse"])(
  "whoever has the key and %s is left by the worker",
  async (what) => {
    const { newEntrance, served, told, way } = meet();
    const entrance = await newEntrance("network");
    await served(entrance, workerOf());
    const socket = way.network(entrance.address);
    const started = performance.now();
    const closed = new Promise((resolve) => socket?.on("close", resolve).on("error", resolve));
    socket?.once("data", (greeting: Buffer) => {
      socket.write(greeting.subarray(0, greeting.indexOf("\n") + 1));
      if (what === "reads nothing") socket.pause();
    });
    await eventually("it is left", () => told.some((line) => line.includes("it says nothing")) || undefined);
    expect(performance.now() - started).toBeLessThan(BOUND_MS);
    socket?.resume();
    await closed;
  },
);

it("sees by its lease that a worker which is out of reach leads, and of no other that it will", async () => {
  const { newEntrance, served, client, ended } = meet();
  const entrance = await newEntrance("network");
  await served(entrance, workerOf());
  const link = await NetworkLink.to(Number(entrance.address.split(":")[1]));
  ended(() => link.close());
  let address = `127.0.0.1:${link.port}`;
  let beats = 1;
  const worker = client(() => address, { beat: () => beats });
  await worker.readiness();
  link.cut();
  const silentFor = (ms: number) =>
    eventually("it is silent", () => (worker.sight().silentMs > ms ? worker.sight() : undefined));
  expect((await silentFor(3000)).ledMsAgo).toBeGreaterThan(2900);
  const growing = setInterval(() => (beats += 1), 100);
  try {
    const seen = await eventually("its lease is seen to grow", () =>
      worker.sight().ledMsAgo < 1500 ? worker.sight() : undefined,
    );
    expect(seen.silentMs).toBeGreaterThan(2900);
    address = (await newEntrance("network")).address;
    const { silentMs, ledMsAgo } = await silentFor(seen.silentMs + 3000);
    expect(ledMsAgo).toBeGreaterThan(2000);
    expect(silentMs).toBeGreaterThan(ledMsAgo);
  } finally {
    clearInterval(growing);
  }
});
