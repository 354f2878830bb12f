/**
 * Pages for people, without script: what the certificate's QR code leads to, and what a problem type means. Their
 * style is the only thing their content policy lets a browser take from them.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerResponse } from "node:http";
import { formatTime, parseTime } from "../../core/record/time.js";
import { isUlid } from "../../core/record/id.js";
import type { Notice } from "../../core/verify/report.js";
import { timeNotices } from "../../core/verify/time-notices.js";
import type { DepositState, QuorumState, StateCosigner, Time } from "../../notary/model/model.js";
import type { Notary } from "../../notary/model/notary.js";
import { Refusal } from "../../notary/model/refusal.js";
import type { Handlers } from "./handler.js";
import { send } from "../answers/respond.js";
import { parseTemplate, renderTemplate, type Values } from "./template.js";

interface Words {
  readonly zh: string;
  readonly en: string;
}
type Catalogue = Readonly<Record<string, Words>>;

/** Page templates are the texts of the files of templates/pages. */
export interface PageTemplates {
  readonly lookup: string;
  readonly problem: string;
  readonly archive: string;
  readonly wording: Readonly<
    Record<"states" | "roles" | "reasons" | "kinds" | "digestsBy" | "notices", Catalogue>
  >;
}

export function readPageTemplates(folder: string): PageTemplates {
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  return {
    lookup: read("lookup.html"),
    problem: read("problem.html"),
    archive: read("archive.html"),
    wording: JSON.parse(read("wording.json")) as PageTemplates["wording"],
  };
}

export interface LookupOptions {
  readonly notary: Notary;
  readonly templates: PageTemplates;
  readonly publicUrl: string;
  readonly nameOf: (organisationId: string) => Words | undefined;
}

export function lookupHandlers({ notary, templates, publicUrl, nameOf }: LookupOptions): Handlers {
  const page = createPage(templates.lookup);
  return {
    async lookupPage({ request, response }) {
      // The handler reads the path itself, since a mistyped id gets a page too, not a problem document.
      const id = request.path.slice("/d/".length);
      const state = isUlid(id) ? await findState(id) : undefined;
      const values = {
        id: id.slice(0, 80),
        address: `${publicUrl}/d/${id.slice(0, 80)}`,
        missing: state === undefined,
      };
      const deposit = state && depositValues(state);
      page(response, state === undefined ? 404 : 200, { ...values, deposit });
    },
  };

  async function findState(id: string): Promise<DepositState | undefined> {
    try {
      return await notary.depositState(id);
    } catch (error) {
      if (error instanceof Refusal && error.code === "deposit-unknown") return undefined;
      throw error;
    }
  }

  function depositValues(state: DepositState): Values {
    const { states, roles, reasons, kinds, digestsBy, notices } = templates.wording;
    const { depositor, batch, ledger, quorum, cosigners } = state;
    const say = (catalogue: Catalogue, code: string): Words => catalogue[code] ?? { zh: code, en: code };
    const cosignerValues = (cosigner: StateCosigner): Values => {
      const role = say(roles, cosigner.role);
      const reason = say(reasons, cosigner.reason);
      const algorithm = cosigner.algorithm === "ml-dsa-44" ? " · ML-DSA-44" : "";
      const name = nameOf(cosigner.organisation) ?? { zh: cosigner.organisation, en: "" };
      return {
        nameZh: name.zh,
        nameEn: `${name.en} (${cosigner.name})`,
        roleZh: role.zh,
        roleEn: role.en,
        kindZh: say(kinds, cosigner.kind).zh + algorithm,
        kindEn: say(kinds, cosigner.kind).en + algorithm,
        beijing: beijing(cosigner.cosignedAt).slice(0, WHOLE_SECONDS),
        reasonZh: reason.zh,
        reasonEn: reason.en,
      };
    };
    const quorumValues = ({ total, roles: byRole, awaited }: QuorumState): Values => {
      const names = awaited.map(
        ({ organisation }) => nameOf(organisation) ?? { zh: organisation, en: organisation },
      );
      return {
        ...total,
        rolesZh: byRole.map(({ role, got, want }) => `，${say(roles, role).zh} ${got}/${want}`).join(""),
        rolesEn: byRole.map(({ role, got, want }) => `, ${say(roles, role).en} ${got}/${want}`).join(""),
        awaitedZh: names.map(({ zh }) => zh).join("、") || "无",
        awaitedEn: names.map(({ en }) => en).join(", ") || "nobody",
      };
    };
    return {
      stateZh: say(states, state.state).zh,
      stateEn: say(states, state.state).en,
      isAwaited: state.state !== "final",
      quorum: quorum && quorumValues(quorum),
      deferred: state.finalNotBefore && {
        utc: state.finalNotBefore,
        beijing: beijing(state.finalNotBefore),
      },
      depositor: depositor.name,
      creditCode: depositor.creditCode,
      contentZh: say(digestsBy, state.digestsBy).zh,
      contentEn: say(digestsBy, state.digestsBy).en,
      batch: batch && { batchId: batch.id, leaf: batch.leafIndex, size: batch.size },
      ledger: ledger && { index: ledger.index, treeSize: ledger.treeSize },
      times: [
        timeValues("接收", "received", state.receivedAt),
        timeValues("封存", "sealed", state.sealedAt),
        boundValues(state.existedNotLaterThan),
      ].flat(),
      notices: noticesOf(state).map(({ code }) => ({ ...say(notices, code) })),
      hasCosigners: cosigners.length > 0,
      cosigners: cosigners.map(cosignerValues),
    };
  }
}

function timeValues(zh: string, en: string, time: Time | undefined): readonly Values[] {
  return time === undefined ? [] : [{ zh, en, utc: time, beijing: beijing(time) }];
}

/** Never `finalAt`: that is this service's word alone, and may lie before what the evidence proves. */
function boundValues(time: Time | undefined): readonly Values[] {
  const [zh, en] = ["不晚于此时已经存在（共签机构时钟）", "existed not later than (cosigners' clocks)"];
  return timeValues(zh, en, time).map(({ beijing: local, ...values }) => ({
    ...values,
    utc: wholeSeconds(time ?? ""),
    beijing: String(local).slice(0, WHOLE_SECONDS),
  }));
}

const wholeSeconds = (time: Time): string => time.replace(".000Z", "Z");

/** Gives the notices of times that lie far apart, as far as anybody may know them. */
function noticesOf({
  receivedAt,
  sealedAt,
  existedNotLaterThan,
  cosigners,
}: DepositState): readonly Notice[] {
  if (sealedAt === undefined) return [];
  // The cosigners' second: where the bound follows from another time, that one is not before sealing either.
  const final = existedNotLaterThan && { finalAt: formatTime(parseTime(existedNotLaterThan) - 1000) };
  return timeNotices({ times: { receivedAt, sealedAt, ...final }, cosigners, timestamps: [] });
}

/** Cosigners' clocks give no more than that. */
const WHOLE_SECONDS = "2026-11-24 08:00:00".length;

const EIGHT_HOURS_MS = 8 * 3_600_000;

/** China keeps one time, eight hours ahead of UTC, without summer time. */
function beijing(time: Time): string {
  return formatTime(parseTime(time) + EIGHT_HOURS_MS)
    .replace("T", " ")
    .replace("Z", "");
}

/** Makes a page whose policy allows a browser its own style, and nothing else. */
export function createPage(
  template: string,
): (response: ServerResponse, status: number, values: Values) => void {
  const parsed = parseTemplate(template);
  const style = /<style>([\s\S]*?)<\/style>/.exec(template)?.[1] ?? "";
  const digest = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return (response, status, values) =>
    send(response, status, "text/html; charset=utf-8", renderTemplate(parsed, values), {
      "Content-Security-Policy": policy,
      "Cache-Control": "no-cache",
    });
}
