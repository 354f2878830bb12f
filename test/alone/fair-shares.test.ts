/**
 * One key, or one address without a key, holds all that it can of a class of work, and another bank deposits as if it
 * were alone: its p99 stays within twice what it is when nothing else happens, measured within the same seconds.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, expect, it, jest } from "@jest/globals";
import { HOSTILE_JSON } from "../../scripts/bench/hostile/hostile-json.js";
import { HOSTILE_PDFS } from "../../scripts/bench/hostile/hostile-pdfs.js";
import { waitUntilReady } from "../../scripts/quickstart/processes.js";
import { utf8 } from "../../src/core/bytes.js";
import { FORMAT_BOUNDS } from "../../src/core/record/json.js";
import { call, form, metadataHeader } from "../http/client.js";
import { hostileTokens } from "../pki/timestamps/hostile-tokens.js";
import { eventually } from "../story/eventually.js";
import { type Held, head, type Hostile, hostileClients } from "../story/hostile-clients.js";
import { type OtherBank, otherBank, underPressure } from "./other-bank.js";
import { type Pressing, startPressing } from "./pressing-clients.js";
import { ORGANISATION_IDS, type SampleService, sampleServices } from "../story/sample-service.js";

// Twelve looks at most of six measurements each, on whatever machine.
jest.setTimeout(1_200_000);
const prepare = sampleServices();
let service: SampleService;
let other: { readonly key: string; readonly bank: OtherBank };
let hostile: Hostile;
const STRANGER = "127.0.0.77";
const MIB = 1024 * 1024;
const START_MS = 120_000;
const VECTORS = join(import.meta.dirname, "../vectors/evidence");

beforeAll(async () => {
  service = await prepare({
    sealing: { afterMs: 500, promiseMs: 10_000, maxBatchSize: 8192 },
    limits: { slowReaders: { graceMs: 3000, bytesPerSecond: 4096 }, connections: { perAddress: 500 } },
  });
  // One after the other: all at once they wait for each other's processors. And before anybody connects: a client's own
  // port may be the one that a node was to have.
  for (const id of ORGANISATION_IDS) await service.startNode(id);
  await waitUntilReady(service.spawnNotary(), `${service.url}/readyz`, START_MS);
  await service.register();
  const { json } = await call(service, "POST /v1/api-keys", {
    key: service.keys.operator,
    body: { organisationId: "example-bank-b", role: "depositor" },
  });
  const key = json.token as string;
  other = { key, bank: otherBank({ url: service.url, key }) };
  hostile = hostileClients(service);
  // What runs for the first time is slow for everybody.
  await other.bank.p99();
}, 2 * START_MS);
afterEach(() => hostile?.end());

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const statusOf = async () => (await call(service, "GET /v1/status", { key: service.keys.operator })).json;
const statuses = (held: readonly Held[]): (string | undefined)[] =>
  held.map((one) => /^HTTP\/1\.1 (\d+)/.exec(one.text())?.[1]);

const answers = async (pressing: Pressing) => (await pressing.statuses())["200"] ?? 0;

/** Connections, one for each of `firsts`, on which a byte comes now and then, as fast as is tolerated for the time of a measurement. */
async function trickle(firsts: readonly string[]): Promise<() => void> {
  const held: Held[] = [];
  for (const first of firsts) held.push(await hostile.open(first));
  hostile.every(500, () => {
    for (const { socket } of held) if (socket.writable) socket.write("x");
  });
  return () => hostile.end();
}

it("slow uploads of one key", async () => {
  const upload = head("POST /v1/deposits", {
    ...bearer(service.keys.bank),
    "Content-Type": "application/octet-stream",
    ...metadataHeader({ recordType: "loan.contract" }),
    "Transfer-Encoding": "chunked",
  });
  const { ratio } = await underPressure(other.bank, () =>
    trickle(Array.from({ length: 60 }, () => `${upload}100000\r\n`)),
  );
  expect(ratio).toBeLessThanOrEqual(2);
  const { shares } = await statusOf();
  expect(shares.classes.uploads.refused.key).toBeGreaterThan(0);
  expect(shares.classes.uploads.refused.all).toBe(0);
});

it("slow JSON bodies of one key", async () => {
  const body = (bytes: number) =>
    head("POST /v1/deposits", {
      ...bearer(service.keys.bank),
      "Content-Type": "application/json",
      "Content-Length": String(bytes),
    }) + '{"record":"';
  // Announced they are the whole of `heldBytes`, to the byte.
  const sizes = [
    ...Array.from({ length: 25 }, () => 10 * MIB),
    6 * MIB,
    ...Array.from({ length: 30 }, () => 5 * MIB),
  ];
  const { ratio } = await underPressure(other.bank, () => trickle(sizes.map(body)));
  expect(ratio).toBeLessThanOrEqual(2);
});

it("large JSON records of one key", async () => {
  const record = `[${"{},".repeat(700_000)}{}]`;
  const body = Buffer.from(`{"metadata":{"recordType":"loan.contract"},"record":${record}}`);
  const { ratio } = await underPressure(other.bank, async () => {
    const given = new AbortController();
    const sent = Array.from({ length: 6 }, () =>
      call(service, "POST /v1/deposits", { key: service.keys.bank, body, signal: given.signal }).catch(
        () => undefined,
      ),
    );
    // All of them are there, and being read.
    await new Promise((resolve) => setTimeout(resolve, 300));
    return async () => {
      await Promise.all(sent);
      given.abort();
    };
  });
  expect(ratio).toBeLessThanOrEqual(2);
});

it("verification by one address without a key", async () => {
  const { body, type } = form([
    { name: "evidence", content: readFileSync(join(VECTORS, "happy-path-with-record/evidence.json")) },
  ]);
  const first = head("POST /v1/verify", {
    "Content-Type": String(type),
    "Content-Length": String(body.length),
  });
  const request = Buffer.concat([Buffer.from(first, "latin1"), body]);
  let answered = 0;
  const { ratio } = await underPressure(other.bank, async () => {
    const loops = { url: service.url, request, connections: 6, isRepeated: true, localAddress: STRANGER };
    const pressing = await startPressing(loops);
    return async () => {
      // Theirs is what is left of the processors: there may have been nothing so far.
      await eventually("one is answered", async () => ((await answers(pressing)) > 0 ? true : undefined));
      answered += (await pressing.end())["200"] ?? 0;
    };
  });
  expect(ratio).toBeLessThanOrEqual(2);
  expect(answered).toBeGreaterThan(0);
});

/** Of each as much as the bounds allow: a text, a text with as many tokens as fit, and a PDF of what one may send at a time. */
function hostileFiles(): readonly Uint8Array[] {
  const evidence = JSON.parse(
    readFileSync(join(VECTORS, "happy-path-with-record/evidence.json"), "utf8"),
  ) as object;
  const [, hostileToken] = hostileTokens.find(([what]) =>
    what.startsWith("thousands of certificates"),
  ) as (typeof hostileTokens)[number];
  const token = Buffer.from(hostileToken.make()).toString("base64");
  const tokens = Math.floor((FORMAT_BOUNDS.bytes - 16_384) / (token.length + 20));
  const timestamps = Array.from({ length: tokens }, () => ({ token }));
  return [
    utf8((HOSTILE_JSON["tiny objects"] as (bytes: number) => string)(FORMAT_BOUNDS.bytes)),
    utf8(JSON.stringify({ ...evidence, timestamps })),
    (HOSTILE_PDFS["small attachments"] as (bytes: number) => Uint8Array)(32 * MIB),
  ];
}

it("hostile files verified by one address without a key", async () => {
  const requests = hostileFiles().map((content) => {
    const { body, type } = form([{ name: "evidence", content }]);
    const first = head("POST /v1/verify", {
      "Content-Type": String(type),
      "Content-Length": String(body.length),
    });
    return Buffer.concat([Buffer.from(first, "latin1"), body]);
  });
  const answered = new Map<string, number>();
  const underWay: number[] = [];
  const { ratio } = await underPressure(other.bank, async () => {
    const pressing: Pressing[] = [];
    for (const request of requests)
      pressing.push(
        await startPressing({
          url: service.url,
          request,
          connections: 2,
          isRepeated: true,
          localAddress: STRANGER,
        }),
      );
    return async () => {
      underWay.push((await statusOf()).shares.classes.verifications.taken as number);
      for (const one of pressing)
        for (const [status, count] of Object.entries(await one.end()))
          answered.set(status, (answered.get(status) ?? 0) + count);
    };
  });
  process.stdout.write(`  answered: ${JSON.stringify([...answered])}; under way: ${underWay.join(" ")}\n`);
  expect(ratio).toBeLessThanOrEqual(2);
  // Theirs is what is left of the processors, and none was refused for what it is; for its address's share some were, since
  // what is being verified is under way whether or not somebody still waits for it.
  expect(Math.min(...underWay)).toBeGreaterThan(0);
  for (const refused of ["400", "413"]) expect([...answered.keys()]).not.toContain(refused);
});

it("downloads of one key that nobody reads: their connections are closed", async () => {
  const sent = {
    type: "application/octet-stream",
    headers: metadataHeader({ recordType: "loan.contract", retain: true }),
    body: Buffer.alloc(24 * MIB, "x"),
  };
  const { id } = (await service.call("POST /v1/deposits", sent)).json;
  const download = head(`GET /v1/deposits/${id}/original`, bearer(service.keys.bank));
  const before = (await statusOf()).shares.classes.downloads.taken as number;
  const { ratio } = await underPressure(other.bank, async () => {
    for (let i = 0; i < 40; i += 1) (await hostile.open(download)).socket.pause();
    return () => hostile.end();
  });
  expect(ratio).toBeLessThanOrEqual(2);
  const unread = await hostile.open(download);
  unread.socket.pause();
  await eventually("it is under way", async () =>
    (await statusOf()).shares.classes.downloads.taken > before ? true : undefined,
  );
  await eventually("it is given up", async () =>
    (await statusOf()).shares.classes.downloads.taken === before ? true : undefined,
  );
});

it("idle connections of one address", async () => {
  const { ratio } = await underPressure(other.bank, async () => {
    const held: Held[] = [];
    for (let i = 0; i < 600; i += 1) held.push(await hostile.open("", STRANGER));
    await eventually("those over the limit are refused", () =>
      statuses(held).filter((status) => status === "429").length >= 100 ? true : undefined,
    );
    return () => hostile.end();
  });
  expect(ratio).toBeLessThanOrEqual(2);
});

it("requests of one address without a key, as fast as it can", async () => {
  const page = head("GET /readyz", {});
  const { ratio } = await underPressure(other.bank, async () => {
    for (let i = 0; i < 4; i += 1) {
      const { socket } = await hostile.open(page, STRANGER);
      socket.on("data", () => socket.write(page));
    }
    return () => hostile.end();
  });
  expect(ratio).toBeLessThanOrEqual(2);
});

it("what one has more than its share of is answered 429, with when and how much", async () => {
  const upload = head("POST /v1/deposits", {
    ...bearer(service.keys.bank),
    "Content-Type": "application/octet-stream",
    ...metadataHeader({ recordType: "loan.contract" }),
    "Transfer-Encoding": "chunked",
  });
  const held: Held[] = [];
  for (let i = 0; i < 17; i += 1) held.push(await hostile.open(`${upload}10\r\n`));
  const refused = await eventually("one is refused", () => held.find((one) => one.text().includes("}")));
  expect(refused.text()).toMatch(/^HTTP\/1\.1 429 /);
  expect(refused.text()).toContain("\r\nRetry-After: 1\r\n");
  expect(refused.text()).toContain(
    '\r\nRateLimit-Policy: "uploads-key";q=16;qu="concurrent-requests", "uploads-organisation"',
  );
  expect(refused.text()).toContain('\r\nRateLimit: "uploads-key";r=0;t=1, "uploads-organisation";r=');
  expect(refused.text()).toContain('"code":"quota-exceeded"');
  expect(readFileSync(join(service.data, "notary", "log.jsonl"), "utf8")).toContain("quota-exceeded");
});

it("waits of one key, all answered at once", async () => {
  const WAITS = { connections: 40, each: 20 };
  const all = WAITS.connections * WAITS.each;
  const { ratio } = await underPressure(other.bank, async () => {
    const { id } = (await service.deposit({ n: 2 })).json;
    const wait = head(`GET /v1/deposits/${id}/evidence`, { ...bearer(service.keys.bank), Prefer: "wait=20" });
    const pressing = await startPressing({
      ...{ url: service.url, connections: WAITS.connections, isRepeated: false, localAddress: "127.0.0.1" },
      request: Buffer.from(wait.repeat(WAITS.each), "latin1"),
    });
    return async () => {
      await eventually("all are answered", async () =>
        (await answers(pressing)) === all ? true : undefined,
      );
      await pressing.end();
    };
  });
  expect(ratio).toBeLessThanOrEqual(2);
});
