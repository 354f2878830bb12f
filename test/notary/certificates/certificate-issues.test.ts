/** A first issue waits for its evidence's time-stamps, within bounds; where it has none, the next issue has. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";
import {
  openTimestampAuthority,
  type TimestampAuthorityFiles,
} from "../../../scripts/timestamp-authority/openssl.js";
import { PdfReader } from "../../../src/certificate/pdf/pdf-reader.js";
import { readSignature, withoutSignature } from "../../../src/certificate/pdf/signature-object.js";
import { verifyCertificate } from "../../../src/certificate/verify/verify-certificate.js";
import type { WhichIssue } from "../../../src/notary/model/model.js";
import type { Ports } from "../../../src/notary/ports/ports.js";
import type { TimestampAuthority } from "../../../src/notary/ports/timestamps.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { findTemplate } from "../../certificate/fixture.js";
import { describeWith, run } from "../../certificate/tools.js";
import { temporaryFolders } from "../../temporary-folder.js";
import { eventually } from "../../story/eventually.js";
import { Authority } from "../timestamping/authority.js";
import { requestOf, type Running, worlds } from "../world.js";

const world = worlds();
const temporaryFolder = temporaryFolders();
const folder = mkdtempSync(join(tmpdir(), "certificate-issues-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const deposit = async ({ notary, principal }: Running, content = "a record") =>
  (await notary.deposit(await principal("bank-a"), requestOf(content))).statement.id;
async function finalDeposit(running: Running, content?: string): Promise<string> {
  const id = await deposit(running, content);
  expect(await running.notary.waitForFinality(id, 5000)).toMatchObject({ state: "final" });
  return id;
}
const certificateOf = async ({ notary, principal }: Running, id: string, issue?: WhichIssue) =>
  notary.certificate(await principal("bank-a"), id, { language: "zh", ...(issue && { issue }) });
const verify = (pdf: Uint8Array, consortium: Uint8Array) =>
  verifyCertificate({ pdf, consortium, findTemplate, verifyX509Signature });
const unsigned = (pdf: Uint8Array) => withoutSignature(pdf, readSignature(new PdfReader(pdf)).hole);
const tokenStored = (running: Running, treeSize = 1) =>
  eventually("a token stored", async () =>
    (await running.store.timestamps(treeSize)).length > 0 ? true : undefined,
  );
/** How a page says that it was issued without a time-stamp. */
const NONE = /可信时间戳.*无/;
/** Long enough that no authority fails by it within a test. */
const SETTINGS = { timeoutMs: 50_000, toleranceMs: 60_000, certificateWaitMs: 20_000 };

describeWith(["openssl", "pdftotext"], "with authorities run by openssl", () => {
  const files = new Map<string, TimestampAuthorityFiles>();
  beforeAll(async () => {
    for (const name of ["alpha", "beta"])
      files.set(name, await openTimestampAuthority(join(folder, name), { organisation: `Example ${name}` }));
  });

  async function authority(name = "alpha"): Promise<Authority> {
    const one = await new Authority(name, files.get(name) as TimestampAuthorityFiles).start();
    undo.push(() => one.close());
    return one;
  }

  /** Answers no request before `let` says so. */
  function held(of: Authority) {
    let letGo: () => void = () => undefined;
    const open = new Promise<void>((resolve) => (letGo = resolve));
    const request: TimestampAuthority["request"] = async (body, signal) => {
      const ended = new Promise<void>((_, reject) => {
        signal.addEventListener("abort", () => {
          reject(new Error("no answer in time"));
        });
      });
      await Promise.race([open, ended]);
      return of.request(body, signal);
    };
    return { source: { name: of.name, url: of.url, request }, letGo };
  }

  function worldWith(asked: readonly TimestampAuthority[], trusted: readonly Authority[]) {
    const one = world({ timestampAuthorities: trusted.map(({ rootPem }) => rootPem) });
    one.clock.nowMs = Date.now();
    const start = (
      timestamps: Partial<typeof SETTINGS> = {},
      authorities = asked,
      ports?: (ports: Ports) => Partial<Ports>,
    ) =>
      one.start({
        ports: (real) => ({ ...ports?.(real), timestampAuthorities: authorities }),
        settings: { timestamps: { ...SETTINGS, ...timestamps } },
      });
    return { one, start };
  }

  const pageText = (pdf: Uint8Array) => {
    const file = join(temporaryFolder(), "certificate.pdf");
    writeFileSync(file, pdf);
    return run("pdftotext", "-layout", file, "-").toString();
  };

  it("waits for the token of an authority that takes longer than finality", async () => {
    const alpha = await authority();
    const slow: TimestampAuthority = {
      ...{ name: alpha.name, url: alpha.url },
      request: async (body, signal) => {
        await delay(600);
        return alpha.request(body, signal);
      },
    };
    const { one, start } = worldWith([slow], [alpha]);
    const running = await start();
    const id = await finalDeposit(running);
    expect(await running.store.timestamps(1)).toEqual([]);
    const { pdf, issue, timestamps } = await certificateOf(running, id);
    expect({ issue, timestamps }).toEqual({ issue: 1, timestamps: 1 });
    expect(verify(pdf, one.consortium)).toMatchObject({
      verdict: "verified",
      timestamps: [{ counted: true }],
    });
    expect(pageText(pdf)).not.toMatch(NONE);
    expect(pageText(pdf)).toContain("Example alpha");
  });

  it("waits for each of two, and not for one that is known to be away", async () => {
    const [alpha, beta] = [await authority("alpha"), await authority("beta")];
    const late = held(beta);
    const { start } = worldWith([alpha, late.source], [alpha, beta]);
    const running = await start();
    const id = await finalDeposit(running);
    const asked = certificateOf(running, id);
    await tokenStored(running);
    expect(await running.store.findCertificate(id, "zh")).toBeUndefined();
    late.letGo();
    expect(await asked).toMatchObject({ issue: 1, timestamps: 2 });
    await running.stop();

    await beta.stop();
    const again = await start({ certificateWaitMs: 50_000 }, [alpha, beta]);
    const other = await finalDeposit(again, "another");
    const beginMs = performance.now();
    expect(await certificateOf(again, other)).toMatchObject({ issue: 1, timestamps: 1 });
    expect(performance.now() - beginMs).toBeLessThan(20_000);
  }, 60_000);

  it("is issued without when the bound is over, whatever the clock says; then the token gives the next issue", async () => {
    const alpha = await authority();
    const late = held(alpha);
    const { one, start } = worldWith([late.source], [alpha]);
    // The clock of this world stands still: what passes is monotonic time.
    const running = await start({ certificateWaitMs: 700 });
    const id = await finalDeposit(running);
    const beginMs = performance.now();
    const first = await certificateOf(running, id);
    expect(performance.now() - beginMs).toBeGreaterThan(500);
    expect(first).toMatchObject({ issue: 1, timestamps: 0 });
    expect(verify(first.pdf, one.consortium)).toMatchObject({ verdict: "verified" });
    expect(verify(first.pdf, one.consortium).timestamps).toBeUndefined();
    expect(pageText(first.pdf)).toMatch(NONE);
    expect(await certificateOf(running, id)).toEqual(first);

    late.letGo();
    await tokenStored(running);
    one.clock.nowMs += 5000;
    const second = await certificateOf(running, id);
    expect(second).toMatchObject({ issue: 2, timestamps: 1 });
    const report = verify(second.pdf, one.consortium);
    expect(report).toMatchObject({ verdict: "verified", timestamps: [{ counted: true }] });
    expect(await certificateOf(running, id)).toMatchObject({ issue: 2 });
    // The first stays what it was, but for its signature's own time-stamp.
    const earlier = await certificateOf(running, id, 1);
    expect(earlier).toMatchObject({ issue: 1, timestamps: 0 });
    expect(Buffer.compare(unsigned(earlier.pdf), unsigned(first.pdf))).toBe(0);
    expect(verify(earlier.pdf, one.consortium).verdict).toBe("verified");
  }, 60_000);

  it("counts the bound from finality, and once: later certificates wait no more", async () => {
    const alpha = await authority();
    const { start } = worldWith([held(alpha).source], [alpha]);
    const running = await start({ certificateWaitMs: 1500 });
    const ids = [await finalDeposit(running), await finalDeposit(running, "another")];
    await Promise.all(ids.map((id) => certificateOf(running, id)));
    const beginMs = performance.now();
    for (const id of ids) await certificateOf(running, id, "new");
    expect(performance.now() - beginMs).toBeLessThan(1200);
  });

  it("hands out what it has where the next issue can't be made now", async () => {
    const alpha = await authority();
    const late = held(alpha);
    const { one, start } = worldWith([late.source], [alpha]);
    const running = await start({ certificateWaitMs: 0 });
    const id = await finalDeposit(running);
    const first = await certificateOf(running, id);
    late.letGo();
    await tokenStored(running);
    // Ten years on, nobody's X.509 certificate is valid.
    one.clock.nowMs += 366 * 10 * 86_400_000;
    const later = await certificateOf(running, id);
    expect(later).toMatchObject({ issue: 1, timestamps: 0 });
    expect(Buffer.compare(unsigned(later.pdf), unsigned(first.pdf))).toBe(0);
    await expect(certificateOf(running, id, "new")).rejects.toMatchObject({
      code: expect.stringMatching(/certificates-unavailable|clock-wrong/) as unknown,
    });
  }, 60_000);

  it("is not issued before its time by a service that stops, and waits again after the start", async () => {
    const alpha = await authority();
    const { start } = worldWith([held(alpha).source], [alpha]);
    let isAsked = false;
    const running = await start({}, undefined, ({ store }) => ({
      store: {
        ...store,
        findCertificate: (...which) => {
          isAsked = true;
          return store.findCertificate(...which);
        },
      },
    }));
    const id = await finalDeposit(running);
    const asked = certificateOf(running, id);
    const refused = expect(asked).rejects.toMatchObject({ code: "stopping" });
    await eventually("it is asked for", () => (isAsked ? true : undefined));
    await running.stop();
    await refused;
    const again = await start({}, [alpha]);
    expect(await certificateOf(again, id)).toMatchObject({ issue: 1, timestamps: 1 });
  });
});
