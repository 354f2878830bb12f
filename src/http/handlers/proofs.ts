/** What proves a deposit, and its original: for its depositor and that organisation's readers. */
import { createHash, randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { base64 } from "../../core/bytes.js";
import type { JsonValue } from "../../core/record/json.js";
import { readArray, readObject, readOneOf, readUlid } from "../../core/record/reader.js";
import type { WhichIssue } from "../../notary/model/model.js";
import type { Notary } from "../../notary/model/notary.js";
import { Refusal } from "../../notary/model/refusal.js";
import { type Call, type Handlers, pathParameter, principalOf, queryParameter } from "./handler.js";
import { attachment } from "../answers/content-disposition.js";
import type { Limits } from "../intake/limits.js";
import { preferredWaitSeconds } from "../intake/request-headers.js";
import { type Headers, send } from "../answers/respond.js";
import { createFairLine, inTurn, pieceByPiece } from "../shares/fair-line.js";
import { createSharedAnswers } from "../shares/shared-answers.js";
import type { Shares } from "../shares/shares.js";
import { zipOf } from "../answers/zip.js";

export interface ProofOptions {
  readonly notary: Notary;
  readonly limits: Limits;
  readonly shares: Pick<Shares, "waits" | "zips" | "downloads" | "turns">;
}

/**
 * A batch that becomes final ends all waits for its deposits at one moment. Each proof is milliseconds of work, so it is
 * made once for all who ask for the same meanwhile, and they are answered one after the other, organisations in turn, and
 * with a rest in between while there are many.
 */
const ANSWERS_AFTER_WAITING = { atOnce: 2, crowd: 16, restMs: 2 };

export function proofHandlers({ notary, limits, shares }: ProofOptions): Handlers {
  const answers = createSharedAnswers(ANSWERS_AFTER_WAITING);
  // The buffers of many connections that nobody reads would be filled at once, while deposits wait.
  const pieces = createFairLine(pieceByPiece(shares.turns.isShared, 0));
  return {
    async evidence(call) {
      const id = pathParameter(call, "id");
      const against = queryParameter(call, "against") === "latest" ? "latest" : "final";
      const bytes = await whenFinal(call, `evidence against ${against}`, () =>
        notary.evidence(principalOf(call), id, { against }),
      );
      sendFile(call, "application/vnd.cunzheng.evidence+json", bytes, `${id}.evidence.json`);
    },

    async ledgerProof(call) {
      const id = pathParameter(call, "id");
      const { proof } = await whenFinal(call, "ledger proof", () =>
        notary.ledgerProof(principalOf(call), id),
      );
      sendFile(call, "text/plain; charset=utf-8", proof, `${id}.tlog-proof`);
    },

    async certificate(call) {
      const id = pathParameter(call, "id");
      const language = queryParameter(call, "lang") === "en" ? "en" : "zh";
      const asked = { language, issue: issueOf(queryParameter(call, "issue")) } as const;
      const what = `certificate ${asked.issue} in ${language}`;
      // Each order of a new issue is one.
      const made = await whenFinal(call, asked.issue === "new" ? undefined : what, async () => {
        const file = await notary.certificate(principalOf(call), id, asked);
        // RFC 9530: each issue is the same file at every download, and whoever keeps copies can tell.
        return { ...file, digest: createHash("sha256").update(file.pdf).digest("base64") };
      });
      const { pdf, issue, timestamps, digest } = made;
      sendFile(call, "application/pdf", pdf, issue === 1 ? `${id}.pdf` : `${id}.issue-${issue}.pdf`, {
        "Repr-Digest": `sha-256=:${digest}:`,
        "Cunzheng-Certificate-Issue": String(issue),
        "Cunzheng-Certificate-Timestamps": String(timestamps),
      });
    },

    async certificates(call) {
      const { ids, language } = readObject(call.body as JsonValue, "", {
        required: { ids: readArray(readUlid) },
        optional: { language: readOneOf("zh", "en") },
      });
      const leave = shares.zips.take(call.caller);
      try {
        const by = principalOf(call);
        const made = await notary.certificates(by, ids, { language: language ?? "zh" });
        call.response.writeHead(200, {
          "Content-Type": "application/zip",
          "Content-Disposition": attachment("certificates.zip"),
          "Cache-Control": "no-store",
        });
        await sendContent(call, zipOf(named(made)));
      } finally {
        leave();
      }
    },

    async original(call) {
      const id = pathParameter(call, "id");
      const leave = shares.downloads.take(call.caller);
      try {
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
        await sendContent(call, inTurn(content, pieces, principalOf(call).organisation.id));
      } finally {
        leave();
      }
    },
  };

  /**
   * Waits where the caller prefers that; what is refused before finality for another reason is refused at once. `what` names
   * what is made of the deposit, where it is the same for all of an organisation who have the same role.
   */
  async function whenFinal<T>(call: Call, what: string | undefined, make: () => Promise<T>): Promise<T> {
    const id = pathParameter(call, "id");
    const { organisation, role } = principalOf(call);
    const inLine = (name: string = randomUUID()) => answers.give(name, organisation.id, make);
    const shared = () => inLine(what && `${organisation.id} ${role} ${id} ${what}`);
    const seconds = preferredWaitSeconds(call.request, limits.waitSeconds);
    if (seconds !== undefined) call.response.setHeader("Preference-Applied", `wait=${seconds}`);
    if (await notary.whenFinal(id, 0)) return shared();
    if (seconds === undefined) return make();
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "not-final") throw error;
    }
    const leave = shares.waits.take(call.caller);
    try {
      // Whose time is over is answered for himself: the next may wait for what is final since.
      return (await notary.whenFinal(id, seconds * 1000)) ? await shared() : await inLine();
    } finally {
      leave();
    }
  }
}

/** Reads which issue is asked for, as the contract has it: `new`, or a number. */
const issueOf = (asked: string | undefined): WhichIssue =>
  asked === undefined ? "newest" : asked === "new" ? asked : Number(asked);

async function* named(made: AsyncIterable<{ readonly id: string; readonly pdf: Uint8Array }>) {
  for await (const { id, pdf } of made) yield { name: `${id}.pdf`, content: pdf };
}

function sendFile(
  { response }: Call,
  type: string,
  content: string | Uint8Array,
  name: string,
  headers: Headers = {},
): void {
  const all = { "Content-Disposition": attachment(name), "Cache-Control": "no-store", ...headers };
  send(response, 200, type, content, all);
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
