/** The manual (four pages of docs/) as its readers use it: what it shows as files is read by the programs, what as commands is run. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { EXIT } from "../../src/commands/model/exit-codes.js";
import { runCommand } from "../../src/commands/program.js";
import type { CommandWorld } from "../../src/commands/registry.js";
import { readNotaryConfiguration } from "../../src/configuration/configuration.js";
import { utf8 } from "../../src/core/bytes.js";
import { parseConsortium } from "../../src/core/trust/consortium.js";
import { parseWitnessConfiguration } from "../../src/witness-node/configuration/configuration.js";
import { call } from "../http/client.js";
import { type Service, startService } from "../http/service.js";
import { temporaryFolders } from "../temporary-folder.js";

const readPage = (name: string) => readFileSync(join(import.meta.dirname, "../..", name), "utf8");
const MANUAL = ["operation", "integration", "member", "template"].map((name) => `docs/${name}.md`);
const page = MANUAL.map(readPage).join("\n");
const temporaryFolder = temporaryFolders();

const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, block]) => block ?? "");
const jsonWith = (text: string): string => blocks("json").find((block) => block.includes(text)) ?? "";

describe("the files of the manual", () => {
  it("timestamps, clock and metrics of notary.json are read", () => {
    const file = join(temporaryFolder(), "notary.json");
    const members = { dataFolder: ".", consortium: "consortium.json", publicUrl: "https://notary.example" };
    const shown = JSON.parse(jsonWith('"authorizationFile"')) as object;
    writeFileSync(file, JSON.stringify({ ...members, ...shown }));
    const { timestamps, clock, metrics } = readNotaryConfiguration(file);
    expect(timestamps.authorities).toEqual([
      { name: "example-time", url: "https://tsa.example/stamp" },
      {
        name: "other-time",
        url: "https://tsa.other.example/",
        policy: "1.2.3.4.1",
        authorizationFile: join(file, "../other-time.login"),
      },
    ]);
    expect(clock.ntp).toEqual([
      { host: "ntp.example", port: 123 },
      { host: "ntp2.example", port: 123 },
      { host: "2001:db8::123", port: 123 },
    ]);
    expect(metrics).toEqual({ host: "127.0.0.1", port: 9464 });
    const clustered = JSON.parse(jsonWith('"advertise"')) as object;
    writeFileSync(file, JSON.stringify({ ...members, ...clustered }));
    expect(readNotaryConfiguration(file).cluster?.listen?.advertised).toBe("notary-1.internal:7443");
  });

  it("witness.json is read", () => {
    expect(parseWitnessConfiguration(utf8(jsonWith('"keyFile": "witness.key"'))).name).toBe(
      "court.example/witness",
    );
  });

  it("consortium.json is a trust file whose quorum can be met, by more than half", () => {
    const { quorum, witnesses, log } = parseConsortium(utf8(jsonWith("cunzheng/consortium@v1")));
    expect(quorum.mirrorsOnly).toBe(false);
    const counting = new Set(witnesses.map(({ organisation }) => organisation));
    counting.delete(log.organisation);
    expect(quorum.total).toBeLessThanOrEqual(counting.size);
    expect(quorum.total).toBeGreaterThan(counting.size / 2);
  });
});

describe("the command lines of the manual and README.md", () => {
  const texts = [...MANUAL, "README.md"].map(readPage);
  const lines = texts.flatMap((text) =>
    [...text.matchAll(/^ {4}(?:npx --no-install )?cunzheng ((?:.*\\\n)*.*)$/gm)].map(([, line = ""]) =>
      line
        .replace(/\\\n/g, " ")
        .replace(/ [>#].*$/, "")
        .trim(),
    ),
  );

  it("are found", () => {
    expect(lines.length).toBeGreaterThan(12);
    for (const command of [
      "verify",
      "keygen",
      "keygen authority",
      "keygen document-signer",
      "keygen cluster-key",
      "policy",
      "misconduct",
      "adopt-ledger",
      "backup",
      "restore",
      "witness move-past",
    ])
      expect(lines.some((line) => line.startsWith(command))).toBe(true);
    expect(lines.some((line) => line.startsWith("witness serve-archive"))).toBe(true);
  });

  it.each(lines.filter((line) => !line.startsWith("...")))(
    "cunzheng %s is one that the program has",
    async (line) => {
      const asked: string[] = [];
      const answers: Readonly<Record<string, unknown>> = {
        ...{ version: "0", language: "en", print: () => undefined, printError: () => undefined },
        ...{
          keygen: { vkey: "" },
          makeClusterKey: { id: "" },
          createOperatorKey: { keyId: "", token: "" },
          misconduct: [],
          movePast: [],
        },
      };
      // Each command hands its world what was typed; what it then does is tested where that is done.
      const world = new Proxy(answers, {
        get: (given, name: string) =>
          typeof given[name] === "object" || !(name in given)
            ? () => {
                asked.push(name);
                return name in given ? Promise.resolve(given[name]) : Promise.reject(new Error("not here"));
              }
            : given[name],
      }) as unknown as CommandWorld;
      const exitCode = await runCommand(line.split(/\s+/), world).catch(() => 70);
      expect(exitCode).not.toBe(EXIT.usage);
      expect(asked.length).toBeGreaterThan(0);
    },
  );
});

describe("the commands of the manual", () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  it("register, deposit in every form, and bring what proves it", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "contract.pdf"), "%PDF-1.7 of the bank");
    await promisify(execFile)("bash", ["-euo", "pipefail", "-c", blocks("sh").join("\n")], {
      cwd: folder,
      env: { PATH: process.env.PATH, URL: service.url, OPERATOR: service.keys.operator },
    });
    const json = (name: string) =>
      JSON.parse(readFileSync(join(folder, name), "utf8")) as {
        state: string;
        statement: { digests: object; mediaType: string };
      };
    const [file, multipart, digests] = ["file.json", "multipart.json", "digests.json"].map(
      (name) => json(name).statement,
    );
    expect(multipart).toMatchObject({ digests: file?.digests, mediaType: "application/pdf" });
    expect(file?.digests).toMatchObject(digests?.digests ?? {});
    expect(json("state.json").state).toBe("final");
    expect(readFileSync(join(folder, "original.json"), "utf8")).toBe(
      '{"amountPaidOut":200000,"currency":"CNY","loanNumber":"L-2026-000187"}',
    );
    expect(readFileSync(join(folder, "certificate.pdf"), "latin1")).toMatch(/^%PDF-1\.7/);
    const verified = await call(service, "POST /v1/verify", {
      body: readFileSync(join(folder, "evidence.json")),
      type: "application/vnd.cunzheng.evidence+json",
    });
    expect(verified.json.report.verdict).toBe("verified");
  });
});
