import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseTemplate, renderTemplate } from "../../../src/http/handlers/template.js";
import { LOCAL_OPERATOR } from "../../../src/notary/model/model.js";
import { call } from "../client.js";
import { type Service, startService } from "../service.js";
import { eventually } from "../../story/eventually.js";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const deposit = async () => {
  const body = { metadata: { recordType: "loan.contract", name: "<b>内部</b>" }, record: "secret" };
  return (await call(service, "POST /v1/deposits", { key: service.keys.bankA, body })).json;
};

const AWAITED = "尚待足够的机构共签";

describe("the page behind the QR code", () => {
  it("shows state, times and cosigners in both languages, and nothing of the content", async () => {
    const { id, statement } = await deposit();
    const { receivedAt } = await service.notary.waitForFinality(id, 5000);
    // It is final by a quorum; the depositor's own node, which does not count, may be named a little later.
    const page = await eventually("its own node has cosigned", async () => {
      const answer = await call(service, `GET /d/${id}`);
      return answer.text.includes("不计入：存证人自身") ? answer : undefined;
    });
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    for (const text of [
      "共签已足数",
      "final",
      "由运营方登记",
      "不晚于此时已经存在",
      "existed not later than",
      "见证（不存条目）",
      "示例法院甲",
      "Example Court A",
      "不计入：存证人自身",
      receivedAt,
      `https://notary.example/d/${id}`,
    ])
      expect(page.text).toContain(text);
    const hour = (Number(receivedAt.slice(11, 13)) + 8) % 24;
    expect(page.text).toContain(` ${String(hour).padStart(2, "0")}${receivedAt.slice(13, 23)}<`);
    expect(page.text).toContain("<pre>cunzheng verify");
    for (const text of [statement.digests["sha-256"], "loan.contract", "内部"])
      expect(page.text).not.toContain(text);
    expect(page.text).not.toContain(AWAITED);
  });

  it("prints the bound that the evidence proves, and not when this service says that it was final", async () => {
    const { id } = await deposit();
    const { finalAt } = await service.notary.waitForFinality(id, 5000);
    const { json } = await call(service, `GET /v1/deposits/${id}`, { key: service.keys.bankA });
    const { text } = await call(service, `GET /d/${id}`);
    expect(json.finalAt).toBe(finalAt);
    expect(text).toContain(`>${json.existedNotLaterThan.replace(".000Z", "Z")}<`);
    expect(text).not.toContain(finalAt);
    expect(text).not.toMatch(/相差一小时|一日以后/);
  });

  it("says that it was sealed more than a day after receipt", async () => {
    let aheadMs = -2 * 86_400_000;
    const behind = await startService({ aheadMs: () => aheadMs, sealAfterMs: 300 });
    try {
      const body = { metadata: { recordType: "loan.contract" }, record: "secret" };
      const { json } = await call(behind, "POST /v1/deposits", { key: behind.keys.bankA, body });
      aheadMs = 0;
      await behind.notary.waitForFinality(json.id, 5000);
      const { text } = await call(behind, `GET /d/${json.id}`);
      expect(text).toContain("接收一日以后方才封存");
      expect(text).toMatch(/sealed more than a day after it was received/);
    } finally {
      await behind.close();
    }
  });

  it("says whether the content was received, or only its digests were sent", async () => {
    const received = await deposit();
    const body = {
      metadata: { recordType: "loan.contract" },
      digests: { "sha-256": createHash("sha256").update("nothing that exists").digest("base64") },
      size: 123_456,
      mediaType: "application/pdf",
    };
    const { json: sent } = await call(service, "POST /v1/deposits", { key: service.keys.bankA, body });
    const pageOf = async (id: string) => (await call(service, `GET /d/${id}`)).text;
    expect(await pageOf(sent.id)).toContain("内容未经本服务接收");
    expect(await pageOf(sent.id)).toMatch(/not received by this service/);
    expect(await pageOf(received.id)).not.toContain("内容未经本服务接收");
    expect(await pageOf(received.id)).toContain("由本服务接收");
  });

  it("says of a deposit that is not final what it waits for", async () => {
    const alone = await startService({ isCosigned: false });
    try {
      const body = { metadata: { recordType: "loan.contract" }, record: "secret" };
      const { json } = await call(alone, "POST /v1/deposits", { key: alone.keys.bankA, body });
      await expect(alone.notary.waitForFinality(json.id, 100)).resolves.toMatchObject({ state: "sealed" });
      const { text } = await call(alone, `GET /d/${json.id}`);
      expect(text).toContain(AWAITED);
      expect(text).toMatch(/已计入 0 家，至少须 \d 家.*；可计入而尚未共签：.*示例法院甲/);
      expect(text).toMatch(/would count and have not\s+cosigned: .*Example Court A/);
    } finally {
      await alone.close();
    }
  });

  it("says from when on a deposit can be final that was sealed while the clock was ahead", async () => {
    let aheadMs = 86_400_000;
    const ahead = await startService({ aheadMs: () => aheadMs });
    try {
      const body = { metadata: { recordType: "loan.contract" }, record: "secret" };
      const make = async () =>
        (await call(ahead, "POST /v1/deposits", { key: ahead.keys.bankA, body })).json.id;
      const early = await make();
      await expect(ahead.notary.waitForFinality(early, 100)).resolves.toMatchObject({ state: "sealed" });
      aheadMs = 0;
      const { json } = await call(ahead, `GET /v1/deposits/${early}`, { key: ahead.keys.bankA });
      const until = Date.parse(json.sealedAt) - 5000;
      expect(Date.parse(json.finalNotBefore)).toBe(until);
      const { text } = await call(ahead, `GET /d/${early}`);
      const beijing = new Date(until + 8 * 3_600_000).toISOString().slice(0, -1).replace("T", " ");
      expect(text).toMatch(new RegExp(`须至北京时间\\s*<span class="time">${beijing.replace(".", "[.]")}`));
      expect(text).toMatch(
        new RegExp(
          `from\\s+<span class="time">${json.finalNotBefore}</span\\s*>\\s+on\\s+its\\s+cosignatures`,
        ),
      );
      const later = await make();
      await ahead.notary.waitForFinality(later, 5000);
      expect((await call(ahead, `GET /d/${later}`)).text).not.toContain("时钟超前");
    } finally {
      await ahead.close();
    }
  });

  it("escapes a depositor's name", async () => {
    await service.notary.putOrganisation(LOCAL_OPERATOR, {
      id: "example-bank-a",
      name: `<script>alert("1")</script>\u202e&'`,
    });
    const { id } = await deposit();
    const { text } = await call(service, `GET /d/${id}`);
    expect(text).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;⬚U+202E⬚&amp;&#39;");
    expect(text).not.toMatch(/<script|\u202e/);
  });

  it.each(["01KAT4M0Z6R2A8Q0F3X5B7C9DE", "mistyped", "%3Cscript%3E", `${"x".repeat(500)}`])(
    "says of %s that there is no such deposit, and how to verify all the same",
    async (id) => {
      const page = await call(service, `GET /d/${id}`);
      expect(page.status).toBe(404);
      expect(page.text).toContain("没有此编号的存证");
      expect(page.text).toContain("<pre>cunzheng verify");
      expect(page.text).not.toContain("<script>");
    },
  );

  it("allows a browser its own style and nothing else", async () => {
    for (const path of ["/d/x", "/problems/not-final"]) {
      const { headers, text } = await call(service, `GET ${path}`);
      const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? "";
      const digest = createHash("sha256").update(style).digest("base64");
      expect(headers.get("content-security-policy")).toBe(
        `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      );
      expect(text).not.toMatch(/<script|<img|<link|style="|https?:\/\/(?!notary\.example)/);
      expect(headers.get("x-frame-options")).toBe("DENY");
    }
  });
});

describe("the page of a problem type", () => {
  it("says what to do about a deposit that is not final, and of others nothing of the kind", async () => {
    const { text } = await call(service, "GET /problems/not-final");
    expect(text).toContain("存证通常在约一秒内足数");
    expect(text).toContain("or send Prefer: wait=10.");
    expect((await call(service, "GET /problems/not-found")).text).not.toContain("Prefer");
  });
});

describe("renderTemplate", () => {
  it("escapes, repeats, shows and hides", () => {
    const template =
      "{{a}}{{#list}}[{{a}}{{b}}]{{/list}}{{#yes}}y{{/yes}}{{#no}}n{{/no}}{{^no}}N{{/no}}{{^list}}!{{/list}}";
    expect(
      renderTemplate(parseTemplate(template), {
        a: "<",
        list: [{ b: 1 }, { a: "&", b: 2 }],
        yes: true,
        no: undefined,
      }),
    ).toBe("&lt;[&lt;1][&amp;2]yN");
  });

  it("never renders what a value spells like a template, nor a name that nobody gave", () => {
    expect(renderTemplate(parseTemplate("{{a}}"), { a: "{{b}}", b: "x" })).toBe("{{b}}");
    expect(() => renderTemplate(parseTemplate("{{toString}}"), {})).toThrow("toString");
  });

  it("knows a section within one of its own name", () => {
    const template = parseTemplate("{{#a}}[{{#a}}{{b}}{{/a}}]{{/a}}");
    expect(renderTemplate(template, { a: [{ a: [{ b: 1 }, { b: 2 }] }] })).toBe("[12]");
  });

  it.each([
    "{{{a}}}",
    "{{&a}}",
    "{{> a}}",
    "{{a.b}}",
    "{{a",
    "{{#a}}",
    "{{/a}}",
    "{{#a}}{{^b}}{{/a}}{{/b}}",
    "{{#a}}{{/b}}",
  ])("reads no template with %s", (template) => {
    expect(() => parseTemplate(template)).toThrow("internal");
  });
});
