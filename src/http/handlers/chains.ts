/** One's own evidence chains, page by page. */
import { base64, decimal } from "../../core/bytes.js";
import { canonicalJson } from "../../core/record/canonical.js";
import type { JsonObject, JsonValue } from "../../core/record/json.js";
import { readInteger, readObject, readString } from "../../core/record/reader.js";
import { parseStatement } from "../../core/record/statement.js";
import type { ShownLink } from "../../notary/model/model.js";
import type { Notary } from "../../notary/model/notary.js";
import { type Handlers, pathParameter, principalOf, queryParameter } from "./handler.js";
import { depositLinks } from "../answers/links.js";
import { sendJson } from "../answers/respond.js";

export function chainHandlers({ notary }: { readonly notary: Notary }): Handlers {
  return {
    async resumeChain(call) {
      const id = pathParameter(call, "id");
      const { length, head } = await notary.resumeChain(
        principalOf(call),
        id,
        readShownLink(call.body as JsonObject),
      );
      sendJson(call.response, 200, { id, length, head: base64(head) });
    },

    async chain(call) {
      const id = pathParameter(call, "id");
      const after = decimal(queryParameter(call, "after") ?? "0") ?? 0;
      const limit = decimal(queryParameter(call, "limit") ?? "");
      const { length, head, held, forked, links, next } = await notary.chain(principalOf(call), id, {
        after,
        ...(limit !== undefined && { limit }),
      });
      sendJson(call.response, 200, {
        id,
        length,
        head: base64(head),
        held,
        forked,
        deposits: links.map(({ leafHash, ...link }) => ({
          ...link,
          leafHash: base64(leafHash),
          links: depositLinks(link.id, { chainId: id }),
        })),
        ...(next !== undefined && {
          next: `/v1/chains/${id}?after=${next}${limit === undefined ? "" : `&limit=${limit}`}`,
        }),
      });
    },
  };
}

/** Reads the link that is shown, after the contract has judged which members stand beside which. */
function readShownLink(body: JsonObject): ShownLink {
  const { evidence } = body as { readonly evidence?: JsonValue };
  if (evidence !== undefined) return { evidence: canonicalJson(evidence) };
  if ("nothingAfter" in body)
    return readObject(body, "", { required: { nothingAfter: readInteger({ min: 1 }) } });
  return readObject(body, "", { required: { statement: parseStatement, receipt: readString } });
}
