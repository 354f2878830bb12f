/**
 * The ledger as C2SP tlog-tiles serves it, and the trust file. Read by other people's programs, from other origins
 * too, so these answers may be used from anywhere.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { parseTilePath } from "../core/ledger/tile.js";
import { type Notary } from "../notary/notary.js";
import { type Handlers } from "./call.js";
import { HttpRefusal } from "./problems.js";
import { type Headers, send } from "./respond.js";

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
  readonly notary: Notary;
  readonly consortiumJson: Uint8Array;
}

export function ledgerHandlers({ notary, consortiumJson }: LedgerOptions): Handlers {
  return {
    async checkpoint({ response }) {
      send(response, 200, "text/plain; charset=utf-8", await notary.checkpoint(), FRESH);
    },

    async tile({ request, response }) {
      // Not the router's parameter: the path as it was sent, so that it has one spelling only.
      const path = request.path.replace(/^\/ledger\//, "");
      const tile = parseTilePath(path);
      if (tile === undefined) throw new HttpRefusal("not-found", "no tile has this path", { got: path });
    },

    consortium({ response }) {
      send(response, 200, "application/json", consortiumJson, FRESH);
      return Promise.resolve();
    },
  };
}
void compress;
