/** The service about itself: its description, its health, and what its problem types mean. */
import type { Readiness } from "../../notary/model/model.js";
import type { LedgerReads } from "../../notary/model/notary.js";
import { type Handlers, pathParameter } from "./handler.js";
import { createPage, type PageTemplates } from "./pages.js";
import { HttpRefusal, isProblemCode, PROBLEMS } from "../problems/problems.js";
import { problemOf, send, sendJson } from "../answers/respond.js";

export interface ServiceOptions {
  readonly ledger: Pick<LedgerReads, "checkpoint">;
  /**
   * Tells why it takes nothing or signs nothing now, and what else is wrong; it is absent where nothing is ever
   * taken.
   */
  readonly readiness?: () => Promise<Readiness>;
  /** This is the text of openapi.yaml. */
  readonly openapi: string;
  readonly templates: PageTemplates;
}

const ALL_WELL: Readiness = { halts: [], isFull: false, impairments: [] };

export function serviceHandlers({ ledger, readiness, openapi, templates }: ServiceOptions): Handlers {
  const problemPage = createPage(templates.problem);
  return {
    problemType(call) {
      const code = pathParameter(call, "code");
      if (!isProblemCode(code))
        throw new HttpRefusal("not-found", "no problem type has this code", { got: code });
      const { status, zh, en, remedy } = PROBLEMS[code];
      problemPage(call.response, 200, {
        code,
        status,
        zh,
        en,
        remedy: remedy && { remedyZh: remedy.zh, remedyEn: remedy.en },
        refused: status < 500,
        fault: status >= 500,
      });
      return Promise.resolve();
    },

    description({ response }) {
      send(response, 200, "application/yaml", openapi, { "Cache-Control": "no-cache" });
      return Promise.resolve();
    },

    health({ response }) {
      sendJson(response, 200, { status: "ok" });
      return Promise.resolve();
    },

    /**
     * Tells whether the store answers (a checkpoint is read from it, nothing is written), nothing halts the service,
     * and there is room: then a deposit is taken. What is wrong beside is said in either case.
     */
    async readiness({ response }) {
      try {
        await ledger.checkpoint();
        const { halts, isFull, impairments } = (await readiness?.()) ?? ALL_WELL;
        const why =
          halts.find(({ stops }) => stops.includes("deposits")) ??
          halts[0] ??
          impairments.find(({ code }) => code === "worker-away" || (isFull && code === "storage-full"));
        if (why === undefined) sendJson(response, 200, { status: "ready", impairments });
        else {
          const { code, detail } = why;
          const since = "since" in why ? { since: why.since } : {};
          sendJson(response, 503, { status: "not-ready", code, detail, ...since, impairments });
        }
      } catch (error) {
        sendJson(response, 503, { status: "not-ready", code: problemOf(error).code });
      }
    },
  };
}
