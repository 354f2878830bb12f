/**
 * The notary is gone. A court serves the ledger from its mirror's copy; a new notary begins with that copy, under the same
 * key, and goes on with the same nodes. What was certified before verifies as it did, and its place in the ledger is proved
 * by the tiles of the ledger that goes on. Everything runs as it is installed: processes, HTTP and the command line.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { PROGRAM } from "../../scripts/project.js";
import { openAccounts } from "../../scripts/quickstart/accounts.js";
import { type RunningProcess, startProcess, waitUntilReady } from "../../scripts/quickstart/processes.js";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import { hashBatch } from "../../src/core/batch/batch.js";
import { parseEvidence } from "../../src/core/evidence/evidence.js";
import { openCheckpoint } from "../../src/core/ledger/checkpoint.js";
import { openTiles, tilesToFetch } from "../../src/core/ledger/open-tiles.js";
import { entriesPath, tilePath } from "../../src/core/ledger/tile.js";
import { parseTlogProof } from "../../src/core/ledger/tlog-proof.js";
import { verifyInclusion } from "../../src/core/merkle/inclusion.js";
import { planInclusion } from "../../src/core/merkle/subtree.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import { createSigningKey } from "../../src/platform/keys/keys.js";
import { call } from "../http/client.js";
import { entriesAt } from "../crash/served-entries.js";
import { eventually } from "./eventually.js";
import { ORGANISATION_IDS, sampleServices, type SampleService } from "./sample-service.js";
import { tilesOfTree } from "../core/ledger/tiles-of-tree.js";

const services = sampleServices();
const COURT = "example-court-east";
let service: SampleService;
let originHash: string;
/** What the notary showed after its first deposit, and at its end. */
let [early, last] = ["", ""];
let treeSize: number;
const evidence: Uint8Array[] = [];
let firstId: string;
let archive: RunningProcess | undefined;
let archiveUrl: string;

const placeOf = (bytes: Uint8Array) => {
  const { batch, ledgerProof } = parseEvidence(bytes);
  return { batch, index: parseTlogProof(ledgerProof).index };
};
const sizeOf = (note: string) => Number(note.split("\n")[1]);
const file = (name: string) => join(service.data, name);
const bytesAt = async (url: string) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
};

async function cunzheng(...args: readonly string[]): Promise<{ code: number; said: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, ...args]);
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}

const mirrored = (id: (typeof ORGANISATION_IDS)[number], size: number) =>
  eventually(`${id} has mirrored ${size}`, async () =>
    (await service.nodeStatus(id)).mirroredSize === size ? true : undefined,
  );

beforeAll(async () => {
  service = await services({ sealing: { afterMs: 50, promiseMs: 10_000, maxBatchSize: 8192 } });
  await service.start();
  for (let i = 0; i < 5; i++) {
    const { id } = (await service.deposit({ i })).json as { id: string };
    firstId ??= id;
    evidence.push(await service.evidence(id));
    if (i === 0) early = Buffer.from(await bytesAt(`${service.url}/ledger/checkpoint`)).toString();
  }
  last = Buffer.from(await bytesAt(`${service.url}/ledger/checkpoint`)).toString();
  treeSize = sizeOf(last);
  originHash = (await service.nodeStatus(COURT)).originHash;
  for (const id of ORGANISATION_IDS) await mirrored(id, treeSize);
  await service.notary.stop("SIGKILL");
}, 120_000);

afterAll(() => archive?.stop("SIGKILL"), 30_000);

describe("an archive, served from a mirror's copy beside the running node", () => {
  beforeAll(async () => {
    const port = await freePort();
    archiveUrl = `http://127.0.0.1:${port}`;
    const config = service.sample.witnessConfigs.find(({ organisation }) => organisation === COURT)?.config;
    const args = ["witness", "serve-archive", "--config", config ?? "", "--listen", `127.0.0.1:${port}`];
    archive = startProcess(
      "archive",
      [...args, "--consortium", service.sample.consortiumFile],
      file("archive.log"),
    );
    await waitUntilReady(archive, `${archiveUrl}/readyz`);
  }, 60_000);

  it("has the whole ledger, with the log's and the mirror's signature, and the trust file", async () => {
    const note = await bytesAt(`${archiveUrl}/ledger/checkpoint`);
    const opened = openCheckpoint(note, service.consortium.log.vkeys);
    expect(opened.treeSize).toBe(treeSize);
    const cosigned = openCosignatures(
      opened.note,
      service.consortium.witnesses.flatMap(({ vkeys }) => vkeys),
    );
    expect(cosigned.map(({ vkey }) => vkey.name)).toEqual([`${COURT}.example/mirror`]);
    const entries = await entriesAt(`${archiveUrl}/ledger`, treeSize);
    for (const { index, batch } of evidence.map(placeOf))
      expect(JSON.parse(Buffer.from(entries[index] as Uint8Array).toString())).toMatchObject({
        id: batch.id,
      });
    const tile = await fetch(`${archiveUrl}/ledger/tile/0/000.p/${treeSize}`);
    expect([tile.headers.get("content-type"), tile.headers.get("cache-control")]).toEqual([
      "application/octet-stream",
      "public, max-age=31536000, immutable",
    ]);
    expect(Buffer.from(await bytesAt(`${archiveUrl}/consortium.json`))).toEqual(
      Buffer.from(service.consortiumBytes),
    );
  });

  it("verifies evidence as the notary did", async () => {
    const answer = await call({ url: archiveUrl }, "POST /v1/verify", {
      body: evidence[0] as Uint8Array,
      type: "application/vnd.cunzheng.evidence+json",
    });
    expect(answer.json).toMatchObject({ report: { verdict: "verified" } });
    expect((answer.json as { trustFile: { url: string } }).trustFile.url).toBe(
      `${archiveUrl}/consortium.json`,
    );
  });

  it("says what it is, and that nothing can be deposited", async () => {
    const page = await call({ url: archiveUrl }, "GET /");
    expect(page.status).toBe(200);
    expect(page.text).toContain("Example City East District Court");
    expect(page.text).toContain(`<dd>${treeSize}</dd>`);
    expect(page.text).toContain("nothing can be deposited any more");
    expect(page.text).not.toContain("{{");
    for (const target of [
      "POST /v1/deposits",
      `GET /v1/deposits/${firstId}`,
      "GET /v1/whoami",
      "GET /ledger/x",
    ]) {
      // An archive has few of the contract's paths.
      const { status, json } = await call({ url: archiveUrl }, target, { isUndescribed: true });
      expect([target, status, (json as { code: string }).code]).toEqual([target, 404, expect.any(String)]);
    }
    const refused = await call({ url: archiveUrl }, "POST /v1/deposits", { body: {} });
    expect((refused.json as { detail: string }).detail).toContain("takes no deposits");
  });

  it.each<[string, () => string[], string]>([
    [
      "a node that is no mirror of the trust file's log",
      () => ["--consortium", file("other.json")],
      "has no copy of",
    ],
    ["a trust file that is not there", () => ["--consortium", file("none.json")], "is missing"],
    [
      "an address that is none",
      () => ["--consortium", service.sample.consortiumFile, "--listen", "x"],
      "host:port",
    ],
  ])("does not start for %s", async (_what, args, why) => {
    const other = JSON.parse(Buffer.from(service.consortiumBytes).toString()) as {
      log: { origin: string; vkeys: string[] };
    };
    const key = createSigningKeyOnce();
    writeFileSync(
      file("other.json"),
      JSON.stringify({ ...other, log: { ...other.log, origin: key.name, vkeys: [key.vkey] } }),
    );
    const config = service.sample.witnessConfigs[0]?.config ?? "";
    const { code, said } = await cunzheng("witness", "serve-archive", "--config", config, ...args());
    expect(code).not.toBe(0);
    expect(said).toContain(why);
  });

  describe("with limits of its own, behind a proxy", () => {
    let url: string;
    let limited: RunningProcess | undefined;
    /** Their answers are more than what an operating system keeps of one connection. */
    const REQUESTS = 5000;
    const SETTINGS = {
      limits: {
        connections: { total: 4, perAddress: 2 },
        requests: { windowSeconds: 3600, perAddress: REQUESTS },
        slowReaders: { graceMs: 300, bytesPerSecond: 1_000_000_000 },
      },
      proxies: { networks: ["127.0.0.1"], header: "forwarded" },
    };

    function configured(archiveSettings: object): string {
      const of =
        service.sample.witnessConfigs.find(({ organisation }) => organisation === COURT)?.config ?? "";
      const config = join(dirname(of), "with-archive.json");
      const own = JSON.parse(readFileSync(of, "utf8")) as object;
      writeFileSync(config, JSON.stringify({ ...own, archive: archiveSettings }));
      return config;
    }
    const argsOf = (config: string) => [
      ...["witness", "serve-archive", "--config", config],
      ...["--consortium", service.sample.consortiumFile],
    ];
    async function connection(localAddress: string): Promise<Socket> {
      const { hostname, port } = new URL(url);
      const socket = connect({ host: hostname, port: Number(port), localAddress });
      socket.on("error", () => undefined);
      await once(socket, "connect");
      return socket;
    }
    /** All that comes, until the connection ends. */
    const read = async (socket: Socket): Promise<string> => {
      const pieces: Buffer[] = [];
      socket.on("data", (piece: Buffer) => pieces.push(piece));
      await new Promise((resolve) => socket.once("close", resolve));
      return Buffer.concat(pieces).toString();
    };
    const head = (more = "") => `GET /consortium.json HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

    beforeAll(async () => {
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      const args = [...argsOf(configured(SETTINGS)), "--listen", `127.0.0.1:${port}`];
      limited = startProcess("archive", args, file("limited-archive.log"));
      await waitUntilReady(limited, `${url}/readyz`);
    }, 60_000);
    afterAll(() => limited?.stop("SIGKILL"), 30_000);

    it("counts connections by address, and those of the proxy for no one", async () => {
      const open = [await connection("127.0.0.2"), await connection("127.0.0.2")];
      expect(await read(await connection("127.0.0.2"))).toMatch(
        /^HTTP\/1\.1 429 .*"connections-address";q=2;/s,
      );
      const byProxy = await connection("127.0.0.1");
      byProxy.write(head("Forwarded: for=192.0.2.9\r\nConnection: close\r\n"));
      expect(await read(byProxy)).toMatch(/^HTTP\/1\.1 200 /);
      for (const socket of open) socket.destroy();
    });

    it("breaks off an answer that nobody reads", async () => {
      const silent = await connection("127.0.0.3");
      silent.pause();
      silent.write(head().repeat(REQUESTS));
      // Who does not read learns of the end by writing.
      await eventually(
        "the connection is ended",
        () => silent.destroyed || (silent.write(head()), undefined),
        10_000,
      );
    }, 30_000);

    it("counts requests by the client that the proxy names", async () => {
      const ask = async (count: number, client: string) => {
        const socket = await connection("127.0.0.1");
        const by = `Forwarded: for=${client}\r\n`;
        socket.write(head(by).repeat(count - 1) + head(`${by}Connection: close\r\n`));
        const answers = await read(socket);
        return [
          answers.match(/HTTP\/1\.1 200 /g)?.length ?? 0,
          answers.match(/HTTP\/1\.1 429 /g)?.length ?? 0,
          /^RateLimit-Policy: (.*)\r$/m.exec(answers)?.[1],
        ];
      };
      const policy = `"requests-address";q=${REQUESTS};w=3600`;
      // One more is paid off by the time that so many take.
      const [taken, refused, said] = await ask(REQUESTS + 100, "192.0.2.1");
      expect([Number(taken) + Number(refused), said]).toEqual([REQUESTS + 100, policy]);
      expect(refused).toBeGreaterThan(50);
      expect(await ask(1, "192.0.2.2")).toEqual([1, 0, undefined]);
    }, 30_000);

    it.each([
      ["what is of deposits", { limits: { contentBytes: 1 } }, "/archive/limits/contentBytes"],
      [
        "a share of those who have keys",
        { limits: { shares: { waits: {} } } },
        "/archive/limits/shares/waits",
      ],
      ["requests of a key", { limits: { requests: { perKey: 1 } } }, "/archive/limits/requests/perKey"],
      ["none at all", { limits: { connections: { total: 0 } } }, "/archive/limits/connections/total"],
      ["a proxy that is none", { proxies: { networks: ["x"] } }, "/archive/proxies/networks/0"],
      ["another member", { limit: {} }, "/archive/limit"],
    ])("does not start with %s", async (_what, settings, field) => {
      const { code, said } = await cunzheng(...argsOf(configured(settings)));
      expect(code).not.toBe(0);
      expect(said).toContain(`with-archive.json${field}: `);
    });
  });

  let otherKey: { name: string; vkey: string } | undefined;
  const createSigningKeyOnce = () =>
    (otherKey ??= createSigningKey(file("other-log.key"), { name: "other.example/log", type: 1 }));
});

describe("a new notary from a mirror's copy", () => {
  const fresh = () => file("notary-again");
  const config = () => service.sample.notaryConfig;
  const adopt = (...args: readonly string[]) => cunzheng("adopt-ledger", "--config", config(), ...args);
  const mirrorUrl = (id: (typeof ORGANISATION_IDS)[number] = COURT) =>
    `${service.nodeUrl(id)}/mirror/${originHash}`;

  /** The ledger as it was at the early checkpoint, as files. */
  async function earlyFolder(): Promise<string> {
    const folder = file("early");
    const size = sizeOf(early);
    const save = (path: string, bytes: Uint8Array) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    };
    save("checkpoint", Buffer.from(early));
    for (const tile of tilesOfTree(size)) {
      save(tilePath(tile), await bytesAt(`${mirrorUrl()}/${tilePath(tile)}`));
      if (tile.level === 0) save(entriesPath(tile), await bytesAt(`${mirrorUrl()}/${entriesPath(tile)}`));
    }
    return folder;
  }

  beforeAll(() => {
    mkdirSync(fresh(), { mode: 0o700 });
    for (const name of ["log.key", "receipt.key"])
      cpSync(join(service.data, "notary", name), join(fresh(), name));
    service.configureNotary({
      dataFolder: fresh(),
      keys: { log: join(fresh(), "log.key"), receipt: join(fresh(), "receipt.key") },
    });
  });

  it("is refused into a data folder that has a store, and with another key", async () => {
    service.configureNotary({ dataFolder: join(service.data, "notary") });
    expect(await adopt("--from", mirrorUrl())).toMatchObject({
      code: 1,
      said: expect.stringContaining("has a store"),
    });
    service.configureNotary({ dataFolder: fresh(), keys: { log: file("other-log.key"), receipt: "x" } });
    expect(await adopt("--from", mirrorUrl())).toMatchObject({
      code: 1,
      said: expect.stringContaining("is not the log's key"),
    });
    service.configureNotary({
      keys: { log: join(fresh(), "log.key"), receipt: join(fresh(), "receipt.key") },
    });
  }, 60_000);

  it("is refused from a copy that is shorter than what nodes have cosigned, or spoilt", async () => {
    const folder = await earlyFolder();
    expect(sizeOf(early)).toBeLessThan(treeSize);
    const shorter = await adopt("--from", folder);
    expect(shorter).toMatchObject({
      code: 1,
      said: expect.stringContaining(`has cosigned ${treeSize} entries, this copy has 1`),
    });
    const spoilt = file("spoilt");
    mkdirSync(spoilt);
    writeFileSync(join(spoilt, "checkpoint"), last);
    for (const tile of tilesOfTree(treeSize)) {
      mkdirSync(dirname(join(spoilt, entriesPath(tile))), { recursive: true });
      mkdirSync(dirname(join(spoilt, tilePath(tile))), { recursive: true });
      writeFileSync(join(spoilt, tilePath(tile)), await bytesAt(`${mirrorUrl()}/${tilePath(tile)}`));
      const bundle = Buffer.from(await bytesAt(`${mirrorUrl()}/${entriesPath(tile)}`));
      bundle[40] = (bundle[40] as number) ^ 1;
      writeFileSync(join(spoilt, entriesPath(tile)), bundle);
    }
    expect(await adopt("--from", spoilt)).toMatchObject({
      code: 1,
      said: expect.stringContaining("entry 1 of the bundle"),
    });
    expect(await adopt("--from", file("nowhere"))).toMatchObject({
      code: 1,
      said: expect.stringContaining("has no checkpoint"),
    });
    expect(["notary.db", "adopting.db"].filter((name) => existsSync(join(fresh(), name)))).toEqual([]);
  }, 60_000);

  it("is refused while a node does not answer, unless it is left out by name", async () => {
    await service.node("example-arbitration").stop();
    const silent = await adopt("--from", mirrorUrl());
    expect(silent).toMatchObject({
      code: 1,
      said: expect.stringContaining("--without example-arbitration.example/witness"),
    });
    expect(await adopt("--from", mirrorUrl(), "--without", "nobody")).toMatchObject({
      code: 1,
      said: expect.stringContaining("no node nobody"),
    });
  }, 60_000);

  it("begins with every entry, goes on with the same nodes, and what was proved before is proved by it", async () => {
    const adopted = await adopt("--from", mirrorUrl(), "--without", "example-arbitration");
    expect(adopted).toMatchObject({
      code: 0,
      said: expect.stringContaining(`copied and proved ${treeSize} entries`),
    });
    expect(adopted.said).toContain("the trust file's quorum holds on it");
    await service.startNode("example-arbitration");
    mkdirSync(file("again"));
    const accounts = await openAccounts(file("again"), service.sample);
    await service.startNotary();
    const { bank } = await accounts.register(service.url);
    expect(Buffer.from(await bytesAt(`${service.url}/ledger/checkpoint`)).toString()).toContain(
      last.split("\n\n")[0],
    );

    const body = { metadata: { recordType: "loan.repayment" }, record: { after: "the adoption" } };
    const deposited = await call(service, "POST /v1/deposits", { key: bank, body });
    expect(deposited.status).toBe(201);
    const { id } = deposited.json as { id: string };
    const proof = await eventually("the new deposit is final", async () => {
      const answer = await call(service, `GET /v1/deposits/${id}/evidence`, {
        key: bank,
        headers: { Prefer: "wait=10" },
      });
      return answer.status === 200 ? answer.bytes : undefined;
    });
    expect(placeOf(proof).index).toBe(treeSize);
    for (const [i, bytes] of [...evidence, proof].entries()) {
      writeFileSync(file(`${i}.json`), bytes);
      const verified = await cunzheng(
        "verify",
        file(`${i}.json`),
        "--consortium",
        service.sample.consortiumFile,
      );
      expect([i, verified.code]).toEqual([i, 0]);
    }
    for (const organisation of ORGANISATION_IDS) await mirrored(organisation, treeSize + 1);

    // The old evidence, against the new checkpoint: its place is proved by tiles.
    const now = openCheckpoint(
      await bytesAt(`${service.url}/ledger/checkpoint`),
      service.consortium.log.vkeys,
    );
    expect(now.treeSize).toBe(treeSize + 1);
    for (const bytes of evidence) {
      const { batch, index } = placeOf(bytes);
      const plan = planInclusion(index, now.treeSize);
      const tiles = await Promise.all(
        tilesToFetch(plan.nodes, now.treeSize).map(async (tile) => ({
          ...tile,
          bytes: await bytesAt(`${service.url}/ledger/${tilePath(tile)}`),
        })),
      );
      const path = plan.combine(plan.nodes.map(openTiles({ ...now, tiles })));
      verifyInclusion({ leafIndex: index, treeSize: now.treeSize, path }, hashBatch(batch), now.rootHash);
    }
    // What it does not have, it says.
    const unknown = await call(service, `GET /v1/deposits/${firstId}`);
    expect([unknown.status, (unknown.json as { code: string }).code]).toEqual([404, "deposit-unknown"]);
  }, 120_000);

  it("is not begun twice", async () => {
    await service.notary.stop();
    expect(await adopt("--from", mirrorUrl())).toMatchObject({
      code: 1,
      said: expect.stringContaining("has a store"),
    });
  }, 60_000);
});
