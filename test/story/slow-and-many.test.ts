/** What a running service does with senders that are too slow, and with zips that one key has under way. */
import { afterEach, beforeAll, expect, it, jest } from "@jest/globals";
import { call, metadataHeader } from "../http/client.js";
import { eventually } from "./eventually.js";
import { type Held, head, type Hostile, hostileClients } from "./hostile-clients.js";
import { ORGANISATION_IDS, type SampleService, sampleServices } from "./sample-service.js";

jest.setTimeout(180_000);
const prepare = sampleServices();
let service: SampleService;
let hostile: Hostile;
const GRACE_MS = 2000;

beforeAll(async () => {
  service = await prepare({
    sealing: { afterMs: 200, promiseMs: 10_000, maxBatchSize: 1024 },
    limits: {
      slowSenders: { graceMs: GRACE_MS, bytesPerSecond: 4096 },
      shares: { zips: { total: 8, perOrganisation: 3, perKey: 2 } },
    },
  });
  await service.startNotary();
  await service.register();
  for (const id of ORGANISATION_IDS) await service.startNode(id);
  hostile = hostileClients(service);
}, 180_000);
afterEach(() => hostile?.end());

const bearer = () => ({ Authorization: `Bearer ${service.keys.bank}` });
const classes = async () =>
  (await call(service, "GET /v1/status", { key: service.keys.operator })).json.shares.classes;

it.each([
  ["an upload", "application/octet-stream", "uploads"],
  ["a JSON body", "application/json", "bodies"],
])(
  "%s that comes more slowly than tolerated is answered 408 after the grace time, and its place is free",
  async (_, type, name) => {
    const first = head("POST /v1/deposits", {
      ...bearer(),
      "Content-Type": type,
      ...(name === "uploads" && metadataHeader({ recordType: "loan.contract" })),
      "Content-Length": "100000",
    });
    const fromMs = performance.now();
    const [slow, fast] = [await hostile.open(first), await hostile.open(first)];
    // Something comes all the time: neither is idle, and one of them is fast enough.
    hostile.every(100, () => {
      if (slow.socket.writable) slow.socket.write(" ");
      if (fast.socket.writable) fast.socket.write(" ".repeat(1000));
    });
    await eventually("it is given up", () => (slow.text().includes("}") ? true : undefined));
    expect(slow.text()).toMatch(/^HTTP\/1\.1 408 /);
    expect(slow.text()).toContain('"code":"request-timeout"');
    expect(performance.now() - fromMs).toBeGreaterThanOrEqual(GRACE_MS);
    expect(fast.text()).toBe("");
    expect((await classes())[name].taken).toBe(1);
    hostile.end();
    await eventually("the other has gone, too", async () =>
      (await classes())[name].taken === 0 ? true : undefined,
    );
  },
);

it("zips of one key are so many at one time; one more is 429, and a place that is free again is taken", async () => {
  const { id } = (await service.deposit({ n: 1 })).json;
  await service.evidence(id);
  const ids: string[] = [id];
  const body = JSON.stringify({ ids });
  const order = `${head("POST /v1/certificates", {
    ...bearer(),
    "Content-Type": "application/json",
    "Content-Length": String(body.length),
  })}${body}`;
  // A certificate takes longer to be made than four requests to come.
  const held: Held[] = [];
  for (let i = 0; i < 4; i += 1) held.push(await hostile.open(order));
  const refused = await eventually("two are refused", () => {
    const told = held.filter((one) => one.text().startsWith("HTTP/1.1 429 "));
    return told.length === 2 ? told : undefined;
  });
  for (const one of refused) {
    expect(one.text()).toContain('\r\nRateLimit-Policy: "zips-key";q=2;qu="concurrent-requests"');
    expect(one.text()).toContain('"code":"quota-exceeded"');
  }
  await eventually("the others are given up or done", async () =>
    (await classes()).zips.taken === 0 ? true : undefined,
  );
  expect((await classes()).zips.refused).toMatchObject({ key: 2, all: 0 });
  expect((await service.call("POST /v1/certificates", { body: { ids } })).status).toBe(200);
});
