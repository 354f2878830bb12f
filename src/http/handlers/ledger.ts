/**
 * The ledger as C2SP tlog-tiles serves it, and the trust file. Read by other people's programs, from other origins
 * too, so these answers may be used from anywhere.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { parseTilePath } from "../../core/ledger/tile.js";
import type { LedgerReads } from "../../notary/model/notary.js";
import type { Call, Handlers } from "./handler.js";
import { HttpRefusal } from "../problems/problems.js";
import { type Headers, send } from "../answers/respond.js";

const compress = promisify(gzip);

const FROM_ANYWHERE: Headers = {
  "Access-Control-Allow-Origin": "*",
  "Cross-Origin-Resource-Policy": "cross-origin",
};
/** SPEC: tlog-tiles v0.1.0: "The checkpoint [...] SHOULD NOT be cached for longer than a few seconds". */
const FRESH: Headers = { ...FROM_ANYWHERE, "Cache-Control": "no-cache" };
/** A tile of one width never changes: a wider one lies at another path. */
const FOR_EVER: Headers = { ...FROM_ANYWHERE, "Cache-Control": "public, max-age=31536000, immutable" };

export interface LedgerOptions {
  readonly ledger: LedgerReads;
  readonly consortiumJson: Uint8Array;
}

export function ledgerHandlers({ ledger, consortiumJson }: LedgerOptions): Handlers {
  return {
    // A tile's path has as many parts as its index has groups, and its width: openapi.yaml has an operation for each number.
    ...{ tile, tileOfTwoParts: tile, tileOfThreeParts: tile, tileOfFourParts: tile },

    async checkpoint({ response }) {
      send(response, 200, "text/plain; charset=utf-8", await ledger.checkpoint(), FRESH);
    },

    consortium({ response }) {
      send(response, 200, "application/json", consortiumJson, FRESH);
      return Promise.resolve();
    },
  };

  async function tile({ request, response }: Call): Promise<void> {
    // The path as it was sent, not the router's decoded parameter: a tile has one name.
    const path = request.path.slice("/ledger/".length);
    const tile = parseTilePath(path);
    if (tile === undefined)
      throw new HttpRefusal("not-found", "no tile and no bundle has this path", {
        got: path.slice(0, 200),
      });
    if (tile.kind === "hashes") {
      send(response, 200, "application/octet-stream", await ledger.tile(tile), FOR_EVER);
      return;
    }
    const bundle = await ledger.entries(tile);
    const headers = { ...FOR_EVER, Vary: "Accept-Encoding" };
    // SPEC: tlog-tiles: "Entry bundles SHOULD be compressed at the HTTP layer"; a tile is hashes, and can't be.
    if (request.acceptsEncodings(["gzip", "identity"]) !== "gzip")
      send(response, 200, "application/octet-stream", bundle, headers);
    else
      send(response, 200, "application/octet-stream", await compress(bundle), {
        ...headers,
        "Content-Encoding": "gzip",
      });
  }
}
