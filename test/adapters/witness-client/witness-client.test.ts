import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { createWitnessClient } from "../../../src/adapters/witness-client/witness-client.js";
import { createAddEntriesReader } from "../../../src/core/witness/add-entries.js";
import { parseAddCheckpoint } from "../../../src/core/witness/add-checkpoint.js";
import { listen } from "../../../src/platform/server/http-server.js";
import { answeringServers, type Handler } from "../answering-server.js";

const { clientOf: connected, stopServers } = answeringServers();
const clientOf = (handler: Handler, prefix = "") =>
  connected(handler, (url) => createWitnessClient(`${url}${prefix}`));

const REQUEST = {
  oldSize: 3,
  proof: [new Uint8Array(32).fill(1)],
  checkpoint: "origin\n4\nAAAA\n\n— origin AAAAAAAA\n",
};
const never = new AbortController().signal;
const answering = (status: number, body: string, type = "text/plain") =>
  clientOf((_request, response) => response.writeHead(status, { "content-type": type }).end(body));

describe("a witness over HTTP", () => {
  it.each(["", "/", "/prefix", "/prefix/"])("is asked at <prefix>/add-checkpoint: %j", async (prefix) => {
    let seen: { method: string | undefined; url: string | undefined; body: unknown } | undefined;
    const client = await clientOf((request, response, body) => {
      seen = { method: request.method, url: request.url, body: parseAddCheckpoint(new Uint8Array(body)) };
      response.end("— w AAAA\n");
    }, prefix);
    expect(await client.addCheckpoint(REQUEST, never)).toEqual({ kind: "cosigned", body: "— w AAAA\n" });
    const path = prefix.startsWith("/prefix") ? "/prefix/add-checkpoint" : "/add-checkpoint";
    expect(seen).toEqual({ method: "POST", url: path, body: REQUEST });
  });

  it.each([
    [409, "302\n", { kind: "conflict", treeSize: 302 }],
    [409, "0\n", { kind: "conflict", treeSize: 0 }],
    [409, "", { kind: "refused", status: 409, message: "" }],
    [409, "0302\n", { kind: "refused", status: 409, message: "0302\n" }],
    [409, "9007199254740993\n", { kind: "refused", status: 409, message: "9007199254740993\n" }],
    [422, "bad proof", { kind: "refused", status: 422, message: "bad proof" }],
    [404, "", { kind: "refused", status: 404, message: "" }],
    [500, "x".repeat(999), { kind: "refused", status: 500, message: "x".repeat(200) }],
    [302, "", { kind: "refused", status: 302, message: "" }],
  ])("%d with %j", async (status, body, answer) => {
    const client = await answering(status, body, status === 409 ? "text/x.tlog.size" : "text/plain");
    expect(await client.addCheckpoint(REQUEST, never)).toEqual(answer);
  });

  it("that answers without end is cut", async () => {
    const client = await clientOf((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
      };
      response.on("drain", more);
      more();
    });
    await expect(client.addCheckpoint(REQUEST, never)).rejects.toThrow("longer than 65536 bytes");
  });

  it("that does not answer is left when the signal says so, and can be asked again", async () => {
    const stop = new AbortController();
    let calls = 0;
    const client = await clientOf((_request, response) => {
      if (++calls > 1) response.end("late");
      else stop.abort();
    });
    await expect(client.addCheckpoint(REQUEST, stop.signal)).rejects.toThrow();
    expect(await client.addCheckpoint(REQUEST, never)).toMatchObject({ kind: "cosigned" });
  });

  it("that is not there rejects", async () => {
    const client = await answering(200, "");
    await stopServers();
    await expect(client.addCheckpoint(REQUEST, never)).rejects.toThrow();
  });

  it("has a submission prefix without a query", () => {
    expect(() => createWitnessClient("http://127.0.0.1:1/?a=b")).toThrow("no query");
  });
});

describe("a mirror over HTTP", () => {
  const header = { origin: "ledger.example/log", uploadStart: 250, uploadEnd: 260, ticket: Uint8Array.of(7) };
  const packages = [
    { entries: Array.from({ length: 6 }, (_, i) => Uint8Array.of(i)), proof: [new Uint8Array(32).fill(1)] },
    { entries: Array.from({ length: 4 }, (_, i) => Uint8Array.of(i, i)), proof: [] },
  ];
  async function* each(): AsyncGenerator<(typeof packages)[number]> {
    yield* packages;
  }
  const info = (text: string, status: 202 | 409) => {
    const [treeSize, nextEntry, ticket] = text.split("\n");
    return {
      kind: "unfinished",
      status,
      info: {
        treeSize: Number(treeSize),
        nextEntry: Number(nextEntry),
        ticket: new Uint8Array(Buffer.from(ticket as string, "base64")),
      },
    };
  };

  it.each(["", "/prefix/"])("is sent entries at <prefix>/add-entries, compressed: %j", async (prefix) => {
    let seen: { url: string | undefined; type: string | undefined; body: unknown[] } | undefined;
    const client = await clientOf((request, response, body) => {
      expect(request.headers["content-encoding"]).toBe("gzip");
      const reader = createAddEntriesReader();
      reader.push(gunzipSync(body));
      seen = {
        url: request.url,
        type: request.headers["content-type"],
        body: [reader.header(), reader.nextPackage(), reader.nextPackage()],
      };
      response.end("— m AAAA\n");
    }, prefix);
    const answer = await client.addEntries({ header, packages: each() }, never);
    expect(answer).toEqual({ kind: "mirrored", body: "— m AAAA\n" });
    expect(seen).toMatchObject({
      url: prefix === "" ? "/add-entries" : "/prefix/add-entries",
      type: "application/octet-stream",
      body: [
        header,
        { subtreeStart: 0, start: 250, ...packages[0] },
        { start: 256, end: 260, ...packages[1] },
      ],
    });
  });

  it.each([
    [202, "260\n256\n\n", info("260\n256\n\n", 202)],
    [409, "300\n0\ndGlja2V0\n", info("300\n0\ndGlja2V0\n", 409)],
    [409, "300\n", { kind: "refused", status: 409, message: "300\n" }],
    [409, "", { kind: "refused", status: 409, message: "" }],
    [202, "accepted", { kind: "refused", status: 202, message: "accepted" }],
    [409, "0300\n0\n\n", { kind: "refused", status: 409, message: "0300\n0\n\n" }],
    [400, "bad", { kind: "refused", status: 400, message: "bad" }],
    [422, "not proven", { kind: "refused", status: 422, message: "not proven" }],
    [500, "x".repeat(999), { kind: "refused", status: 500, message: "x".repeat(200) }],
  ])("%d with %j, whatever its content type", async (status, body, answer) => {
    for (const type of ["text/x.tlog.mirror-info", "text/plain"]) {
      const client = await answering(status, body, type);
      expect(await client.addEntries({ header, packages: each() }, never)).toEqual(answer);
    }
  });

  it("rejects where a package can't be made, and can be asked again", async () => {
    const client = await answering(200, "— m AAAA\n");
    async function* broken(): AsyncGenerator<(typeof packages)[number]> {
      yield packages[0] as (typeof packages)[number];
      throw new Error("the store is gone");
    }
    await expect(client.addEntries({ header, packages: broken() }, never)).rejects.toThrow();
    expect(await client.addEntries({ header, packages: each() }, never)).toMatchObject({ kind: "mirrored" });
  });

  it("may answer before it was sent everything, of an upload that would not end", async () => {
    const server = await listen(
      (request, response) => {
        request.once("data", () => response.writeHead(409).end("300\n0\n\n"));
      },
      { host: "127.0.0.1", port: 0, graceMs: 0 },
    );
    const client = createWitnessClient(server.url);
    let isEnded = false;
    async function* endless(): AsyncGenerator<(typeof packages)[number]> {
      try {
        for (;;) yield { entries: [randomBytes(60_000)], proof: [] };
      } finally {
        isEnded = true;
      }
    }
    const answer = await client.addEntries({ header, packages: endless() }, never);
    expect(answer).toEqual(info("300\n0\n\n", 409));
    while (!isEnded) await new Promise(setImmediate);
    await client.close();
    await server.close();
  });

  it("does not keep a checkpoint waiting while it is sent entries", async () => {
    const client = await clientOf((request, response) => {
      if (request.url === "/add-checkpoint") response.end("— w AAAA\n");
    });
    const stop = new AbortController();
    const upload = client.addEntries({ header, packages: each() }, stop.signal);
    expect(await client.addCheckpoint(REQUEST, never)).toMatchObject({ kind: "cosigned" });
    stop.abort();
    await expect(upload).rejects.toThrow();
  });
});

describe("what a node shows", () => {
  const shown = (answers: Readonly<Record<"witness" | "mirror", readonly [number, string]>>) =>
    clientOf((request, response) => {
      const [status, body] = answers[request.url?.startsWith("/mirror/") ? "mirror" : "witness"];
      const isCheckpoint = /^(?:\/mirror)?\/[0-9a-f]{64}\/checkpoint$/.test(request.url ?? "");
      response.writeHead(isCheckpoint && request.method === "GET" ? status : 500).end(body);
    });
  const texts = async (client: ReturnType<typeof createWitnessClient>) =>
    (await client.shownCheckpoints("origin", never)).map((bytes) => Buffer.from(bytes).toString());

  it("is its witness's checkpoint, else its mirror's, else nothing", async () => {
    expect(await texts(await shown({ witness: [200, "one"], mirror: [200, "other"] }))).toEqual(["one"]);
    expect(await texts(await shown({ witness: [404, ""], mirror: [200, "other"] }))).toEqual(["other"]);
    expect(await texts(await shown({ witness: [404, ""], mirror: [405, ""] }))).toEqual([]);
  });

  it("is not known where it fails, or answers too much", async () => {
    const broken = await shown({ witness: [500, ""], mirror: [200, "other"] });
    await expect(broken.shownCheckpoints("origin", never)).rejects.toThrow("answered 500");
    const long = await shown({ witness: [200, "x".repeat(99_999)], mirror: [404, ""] });
    await expect(long.shownCheckpoints("origin", never)).rejects.toThrow("longer than 65536 bytes");
  });
});
