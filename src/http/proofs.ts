/** What proves a deposit, and its original: for its depositor and that organisation's readers. */
import { type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { base64 } from "../core/bytes.js";
import { type Notary } from "../notary/notary.js";
import { Refusal } from "../notary/refusal.js";
import { type Call, type Handlers, pathParameter, principalOf, queryParameter } from "./call.js";
import { attachment } from "./content-disposition.js";
import { type Limits } from "./limits.js";
import { preferredWaitSeconds } from "./request-headers.js";
import { type Headers, send } from "./respond.js";

export interface ProofOptions {
  readonly notary: Notary;
  readonly limits: Limits;
}

export function proofHandlers({ notary, limits }: ProofOptions): Handlers {
  return {
    async evidence(call) {
      const id = pathParameter(call, "id");
      const against = queryParameter(call, "against") === "latest" ? "latest" : "final";
      const bytes = await whenFinal(call, () => notary.evidence(principalOf(call), id, { against }));
      sendFile(call, "application/vnd.cunzheng.evidence+json", bytes, `${id}.evidence.json`);
    },

    async ledgerProof(call) {
      const id = pathParameter(call, "id");
      const { proof } = await whenFinal(call, () => notary.ledgerProof(principalOf(call), id));
      sendFile(call, "text/plain; charset=utf-8", proof, `${id}.tlog-proof`);
    },

    async certificate(call) {
      const id = pathParameter(call, "id");
      const language = queryParameter(call, "lang") === "en" ? "en" : "zh";
      const bytes = await whenFinal(call, () => notary.certificate(principalOf(call), id, { language }));
      sendFile(call, "application/pdf", bytes, `${id}.pdf`);
    },

    async original(call) {
      const id = pathParameter(call, "id");
      const { content, size, mediaType, name, digests } = await notary.original(principalOf(call), id);
      call.response.writeHead(200, {
        "Content-Type": mediaType,
        "Content-Length": size,
        "Content-Disposition": attachment(name ?? id),
        // RFC 9530: whoever downloads it can check it at once.
        "Repr-Digest": `sha-256=:${base64(digests["sha-256"])}:`,
        // A depositor's file must not run as a page of this origin, whatever type it claims to have.
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
      });
      await sendContent(call, content);
    },
  };

  /** Waits where the caller prefers that; what is refused before finality for another reason is refused at once. */
  async function whenFinal<T>(call: Call, make: () => Promise<T>): Promise<T> {
    const seconds = preferredWaitSeconds(call.request, limits.waitSeconds);
    if (seconds === undefined) return make();
    call.response.setHeader("Preference-Applied", `wait=${seconds}`);
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "not-final") throw error;
    }
    await notary.waitForFinality(pathParameter(call, "id"), seconds * 1000);
    return make();
  }
}

function sendFile({ response }: Call, type: string, content: string | Uint8Array, name: string): void {
  const headers: Headers = { "Content-Disposition": attachment(name), "Cache-Control": "no-store" };
  send(response, 200, type, content, headers);
}

async function sendContent({ request, response }: Call, content: AsyncIterable<Uint8Array>): Promise<void> {
  if (request.method === "HEAD") {
    // Begun and broken off, which closes the file behind it.
    for await (const chunk of content) {
      void chunk;
      break;
    }
    response.end();
    return;
  }
  try {
    await pipeline(Readable.from(content, { objectMode: false }), response);
  } catch (error) {
    // The head is out: the only honest thing left is to break off, which the announced length makes visible.
    if (!isAbort(error, response)) throw error;
  }
}

const isAbort = (error: unknown, response: ServerResponse): boolean =>
  response.destroyed && (error as { code?: string }).code === "ERR_STREAM_PREMATURE_CLOSE";
