import { request as httpRequest } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openCheckpoint } from "../../../src/core/ledger/checkpoint.js";
import { parseEntryBundle } from "../../../src/core/ledger/entry-bundle.js";
import { openTiles } from "../../../src/core/ledger/open-tiles.js";
import { tilePath } from "../../../src/core/ledger/tile.js";
import { parseVkey } from "../../../src/core/ledger/vkey.js";
import { hashLeaf } from "../../../src/core/merkle/hash.js";
import { call } from "../client.js";
import { type Service, startService } from "../service.js";
import { tilesOfTree } from "../../core/ledger/tiles-of-tree.js";

let service: Service;
beforeAll(async () => {
  service = await startService();
  for (let record = 0; record < 3; record++) {
    const body = { metadata: { recordType: "x" }, record };
    const { json } = await call(service, "POST /v1/deposits", { key: service.keys.bankA, body });
    await service.notary.waitForFinality(json.id, 5000);
  }
});
afterAll(() => service.close());

describe("the ledger over HTTP", () => {
  it("is a log that its checkpoint proves: tiles, and entries that hash to their leaves", async () => {
    const checkpoint = await call(service, "GET /ledger/checkpoint");
    expect(checkpoint.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(checkpoint.headers.get("cache-control")).toBe("no-cache");
    const { treeSize, rootHash } = openCheckpoint(checkpoint.text, [
      parseVkey(service.consortium.logSigner.vkey),
    ]);
    expect(treeSize).toBeGreaterThanOrEqual(3);
    const tiles = await Promise.all(
      tilesOfTree(treeSize).map(async (tile) => {
        const { bytes, headers } = await call(service, `GET /ledger/${tilePath(tile)}`);
        expect(headers.get("content-type")).toBe("application/octet-stream");
        expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
        return { ...tile, bytes };
      }),
    );
    const readNode = openTiles({ treeSize, rootHash, tiles });
    const bundle = await call(service, `GET /ledger/tile/entries/000.p/${treeSize}`);
    parseEntryBundle(bundle.bytes, treeSize).forEach((entry, index) => {
      expect(hashLeaf(entry)).toEqual(readNode({ level: 0, index }));
    });
  });

  it("sends bundles gzip-encoded to whom takes that, and plain to others", async () => {
    const plain = await raw("/ledger/tile/entries/000.p/3", { "Accept-Encoding": "identity" });
    const packed = await raw("/ledger/tile/entries/000.p/3", { "Accept-Encoding": "gzip, br" });
    expect([plain.encoding, packed.encoding]).toEqual([undefined, "gzip"]);
    expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
    expect(plain.vary).toContain("Accept-Encoding");
    expect((await raw("/ledger/tile/0/000.p/3", { "Accept-Encoding": "gzip" })).encoding).toBeUndefined();
  });

  it("may be read from other origins, as the trust file may, and that byte for byte", async () => {
    const { bytes, headers } = await call(service, "GET /consortium.json");
    expect(bytes.equals(service.consortium.json)).toBe(true);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    const own = await call(service, "GET /v1/whoami", { key: service.keys.bankA });
    expect(own.headers.get("access-control-allow-origin")).toBeNull();
  });
});

/** `fetch` would unpack it. */
function raw(path: string, headers: Record<string, string>) {
  return new Promise<{ bytes: Buffer; encoding: string | undefined; vary: string | undefined }>(
    (resolve, reject) => {
      httpRequest(service.url + path, { headers }, (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("end", () =>
          resolve({
            bytes: Buffer.concat(pieces),
            encoding: response.headers["content-encoding"],
            vary: response.headers.vary,
          }),
        );
      })
        .on("error", reject)
        .end();
    },
  );
}
