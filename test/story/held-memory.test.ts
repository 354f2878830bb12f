/** What a running notary holds in its memory while bodies come in: about what they have bytes, or nothing of them. */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { promisify } from "node:util";
import { beforeAll, expect, it, jest } from "@jest/globals";
import { forgetPeak, peakMegabytes } from "../../scripts/bench/hostile/peak-memory.js";
import { call, metadataHeader } from "../http/client.js";
import { eventually } from "./eventually.js";
import { type SampleService, sampleServices } from "./sample-service.js";

jest.setTimeout(180_000);
const prepare = sampleServices();
let service: SampleService;
const MIB = 1024 * 1024;

beforeAll(async () => {
  service = await prepare();
  await service.startNotary();
  await service.register();
}, 180_000);

/** By how many megabytes (of a million bytes) the notary's memory grows, at most, while something is done. */
async function growth(deed: () => Promise<void>): Promise<number> {
  const { pid } = service.notary;
  const held = forgetPeak(pid);
  await deed();
  return peakMegabytes(pid) - held;
}

const UPLOADER = `
const { request } = require("node:http");
const [url, bytes, headers] = JSON.parse(process.argv[1]);
const piece = Buffer.alloc(65536, 7);
let left = bytes / piece.length;
const upload = request(url, { method: "POST", headers }, (answer) => {
  answer.setEncoding("utf8").pipe(process.stdout);
  process.exitCode = answer.statusCode === 201 ? 0 : 1;
});
(function send() {
  while (left-- > 0) if (!upload.write(piece)) return upload.once("drain", send);
  upload.end();
})();`;

/** From a process of its own, which does not wait for the test; rejects unless the answer is 201 and right. */
async function upload(bytes: number, retain: boolean): Promise<void> {
  const headers = {
    Authorization: `Bearer ${service.keys.bank}`,
    "Content-Type": "application/octet-stream",
    ...metadataHeader({ recordType: "loan.contract", retain }),
  };
  const sent = JSON.stringify([`${service.url}/v1/deposits`, bytes, headers]);
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", UPLOADER, sent]);
  const { statement } = JSON.parse(stdout) as { statement: object };
  expect(statement).toMatchObject({ size: bytes, digests: { "sha-256": digestOfSevens(bytes) } });
}

function digestOfSevens(bytes: number): string {
  const piece = Buffer.alloc(MIB, 7);
  const sha256 = createHash("sha256");
  for (let i = 0; i < bytes / MIB; i++) sha256.update(piece);
  return sha256.digest("base64");
}

/** Bodies whose last byte never comes, in chunks of one byte. */
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

it("bodies in chunks of one byte cost about as much memory as they have bytes", async () => {
  const [bytes, connections] = [1_000_000, 4];
  const args = [new URL(service.url).port, service.keys.bank, String(bytes), String(connections)];
  const sender = spawn(process.execPath, ["-e", SENDER, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const megabytes = await growth(async () => {
      await once(sender.stdout, "data");
      await eventually("all of it is there", async () => {
        const { json } = await call(service, "GET /v1/status", { key: service.keys.operator });
        return json.shares.classes.heldBytes.taken >= bytes * connections ? true : undefined;
      });
    });
    process.stdout.write(`  ${bytes * connections} chunks of one byte: ${megabytes.toFixed(1)} MB more\n`);
    // With a buffer object for each byte it is 170 to 350 bytes a byte: a thousand megabytes.
    expect(megabytes).toBeLessThan(100);
  } finally {
    sender.kill("SIGKILL");
    await once(sender, "exit");
  }
});

it.each([
  ["is retained", true],
  ["is only digested", false],
])("an upload of 100 MiB that %s costs no more than one of 20 MiB", async (_, retain) => {
  // What runs for the first time takes memory once.
  await upload(20 * MIB, retain);
  const megabytes = await growth(() => upload(100 * MIB, retain));
  process.stdout.write(`  100 MiB, retained: ${retain}: ${megabytes.toFixed(1)} MB more\n`);
  expect(megabytes).toBeLessThan(60);
});
