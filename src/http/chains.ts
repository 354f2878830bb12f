/** One's own evidence chains, page by page. */
import { base64, decimal } from "../core/bytes.js";
import type { Notary } from "../notary/notary.js";
import { type Handlers, pathParameter, principalOf, queryParameter } from "./call.js";
import { depositLinks } from "./links.js";
import { sendJson } from "./respond.js";

const DEFAULT_PAGE = 100;

export function chainHandlers({ notary }: { readonly notary: Notary }): Handlers {
  return {
    async chain(call) {
      const id = pathParameter(call, "id");
      const after = decimal(queryParameter(call, "after") ?? "0") ?? 0;
      const limit = decimal(queryParameter(call, "limit") ?? "") ?? DEFAULT_PAGE;
      const { length, head, links, next } = await notary.chain(principalOf(call), id, { after, limit });
      sendJson(call.response, 200, {
        id,
        length,
        head: base64(head),
        deposits: links.map(({ leafHash, ...link }) => ({
          ...link,
          leafHash: base64(leafHash),
          links: depositLinks(link.id, { chainId: id }),
        })),
        ...(next !== undefined && { next: `/v1/chains/${id}?after=${next}&limit=${limit}` }),
      });
    },
  };
}
