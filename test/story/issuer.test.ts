/**
 * What the issuer says of itself, as an operator writes it into notary.json: the running notary's certificates carry it and
 * print it, each issue what was said then, and a court's own program verifies them without having been told of it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import type { IssuerStatement } from "../../src/certificate/content/certificate-record.js";
import { describeWith, run } from "../certificate/tools.js";
import { networkOff, runProgram, verifyOffline } from "./offline-verifier.js";
import { type SampleService, sampleServices } from "./sample-service.js";

/** As docs/operation.md shows it. */
const documented = (): IssuerStatement => {
  const manual = readFileSync(new URL("../../docs/operation.md", import.meta.url), "utf8");
  const [, block] = /```json\n(\{\s+"certificates": \{\s+"issuer": [^`]+)```/.exec(manual) ?? [];
  if (block === undefined) throw new Error("docs/operation.md shows no issuer's statement");
  return (JSON.parse(block) as { certificates: { issuer: IssuerStatement } }).certificates.issuer;
};
const LATER: IssuerStatement = { contact: "another.desk@notary.example" };

const prepare = sampleServices();
const isolated = networkOff() ?? [];
let service: SampleService;

beforeAll(async () => {
  service = await prepare();
  state(documented());
  await service.start();
}, 120_000);

/** From the notary's next start on. */
function state(issuer: object | undefined): void {
  const { certificates } = JSON.parse(readFileSync(service.sample.notaryConfig, "utf8")) as {
    certificates: object;
  };
  service.configureNotary({ certificates: { ...certificates, issuer } });
}
async function restart(issuer: object | undefined): Promise<void> {
  await service.notary.stop();
  state(issuer);
  await service.startNotary();
}

async function certificate(id: string, language: string): Promise<string> {
  await service.evidence(id);
  const { status, bytes } = await service.call(`GET /v1/deposits/${id}/certificate?lang=${language}`);
  expect(status).toBe(200);
  const file = join(service.data, `${id}-${language}-${++files}.pdf`);
  writeFileSync(file, bytes);
  return file;
}
let files = 0;
const deposited = async (record: string) => (await service.deposit({ record })).json.id as string;

/** `certificate.json`, as a reader that is not ours takes it out. */
function stated(file: string): IssuerStatement | undefined {
  const out = `${file}.certificate.json`;
  run("pdfdetach", "-savefile", "certificate.json", "-o", out, file);
  return (JSON.parse(readFileSync(out, "utf8")) as { issuer?: IssuerStatement }).issuer;
}
const textOf = (file: string) => run("pdftotext", "-layout", file, "-").toString();
const ROW = { zh: "签发机构自述", en: "Issuer, by its word" };

async function expectVerified(file: string): Promise<void> {
  const args = [file, "--consortium", service.sample.consortiumFile];
  const { exitCode, report } = await verifyOffline(isolated, args);
  expect({ exitCode, verdict: report.verdict }).toEqual({ exitCode: 0, verdict: "verified" });
  expect(report.checks.find(({ name }) => name === "certificate")).toMatchObject({ result: "passed" });
}

describeWith(["pdfdetach", "pdftotext"], "the issuer's statement", () => {
  it.each(["zh", "en"] as const)(
    "is in certificate.json and on the page (%s), and verifies",
    async (language) => {
      const file = await certificate(await deposited(language), language);
      expect(stated(file)).toEqual(documented());
      const text = textOf(file);
      for (const words of [ROW[language], ...Object.values(documented())]) expect(text).toContain(words);
      await expectVerified(file);
    },
  );

  it("stays what was said when the certificate was issued, whatever is said later", async () => {
    const id = await deposited("issued under the first statement");
    const before = await certificate(id, "zh");
    await restart(LATER);
    expect(readFileSync(await certificate(id, "zh"))).toEqual(readFileSync(before));
    const next = await certificate(await deposited("issued under the second"), "zh");
    expect(stated(next)).toEqual(LATER);
    expect(textOf(next)).toContain(LATER.contact);
    for (const text of Object.values(documented())) expect(textOf(next)).not.toContain(text);
    await expectVerified(before);
    await expectVerified(next);
  });

  it("is absent, with its row, where the issuer says nothing", async () => {
    await restart(undefined);
    const file = await certificate(await deposited("nothing is said"), "zh");
    expect(stated(file)).toBeUndefined();
    expect(textOf(file)).not.toContain(ROW.en);
    await expectVerified(file);
  });
});

describe("a statement that can't be meant", () => {
  it.each<[string, object, string]>([
    ["nothing", {}, "/certificates/issuer"],
    ["a member of no meaning", { website: "https://notary.example" }, "/certificates/issuer"],
    ["an empty text", { contact: "" }, "/certificates/issuer/contact"],
    ["201 characters", { contact: "x".repeat(201) }, "/certificates/issuer/contact"],
  ])("keeps the notary from starting: %s", async (_, issuer, at) => {
    const config = join(dirname(service.sample.notaryConfig), "wrong.json");
    const settings = JSON.parse(readFileSync(service.sample.notaryConfig, "utf8")) as object;
    const certificates = { ...(settings as { certificates: object }).certificates, issuer };
    writeFileSync(config, JSON.stringify({ ...settings, certificates }));
    const { exitCode, stderr } = await runProgram([], ["serve", "--config", config]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(at);
  });
});
