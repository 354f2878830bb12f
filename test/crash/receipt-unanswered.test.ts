/**
 * A receipt whose time has passed, among real processes. An honest notary answers the challenge with evidence. One that
 * loses what it promised to seal can't; its nodes' checkpoints, which it can't keep from anybody, are the other half of
 * the challenge, also where it serves nothing any more.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, it } from "@jest/globals";
import Database from "better-sqlite3";
import { parseReceiptText } from "../../src/core/evidence/receipt.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { type SampleService, sampleServices } from "../story/sample-service.js";

const PROGRAM = join(import.meta.dirname, "../../dist/src/main.js");
const SEALING = { afterMs: 200, promiseMs: 2000, maxBatchSize: 64 };
/** The verifier's tolerance, and the whole second of a cosignature. */
const UNTIL_DUE_MS = SEALING.afterMs + SEALING.promiseMs + 5000 + 1500;

const prepare = sampleServices();
let service: SampleService;
beforeAll(async () => {
  service = await prepare({ sealing: SEALING });
  await service.start();
}, 120_000);

let serial = 0;
const deposit = async () => {
  const { json, text } = await service.deposit({ serial: ++serial });
  return { id: json.id as string, receipt: json.receipt as string, answer: text };
};
const file = (name: string, content?: string | Uint8Array): string => {
  const path = join(service.data, name);
  if (content !== undefined) writeFileSync(path, content);
  return path;
};
const cunzheng = (...args: readonly string[]) => {
  const all = [PROGRAM, ...args, "--consortium", service.sample.consortiumFile, "--lang", "en"];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8" });
  return { status, stdout, stderr };
};
/** Something is deposited after the time of `receipt`, and cosigned. */
async function letTimePass(): Promise<void> {
  await sleep(UNTIL_DUE_MS);
  await service.evidence((await deposit()).id);
}

it("is no challenge before its time, is one after it, and evidence rebuts it", async () => {
  const promised = await deposit();
  const evidence = file("answer.evidence.json", await service.evidence(promised.id));
  const receipt = file("receipt.json", promised.answer);
  const out = file("kept.challenge.json");

  const checkpoint = file("early.txt", (await service.call("GET /ledger/checkpoint")).text);
  const early = cunzheng("challenge", "--receipt", receipt, "--checkpoint", checkpoint, "--out", out);
  expect(early).toMatchObject({ status: 1, stdout: expect.stringContaining("quorum-not-met") });
  expect(existsSync(out)).toBe(false);

  await letTimePass();
  expect(cunzheng("challenge", "--receipt", receipt, "--out", out)).toMatchObject({ status: 0, stderr: "" });
  expect(cunzheng("verify", out)).toMatchObject({ status: 0, stdout: expect.stringContaining("UNANSWERED") });
  const rebutted = cunzheng("verify", out, "--answer", evidence);
  expect(rebutted).toMatchObject({ status: 1, stdout: expect.stringContaining("REBUTTED") });
  expect(rebutted.stdout).not.toContain("ledger-late");
  // The bank's own node may have dated as it liked: without it the challenge stands all the same.
  expect(cunzheng("verify", out, "--party", "example-bank-a").status).toBe(0);

  const verified = await service.call("POST /v1/verify", {
    body: readFileSync(out),
    type: "application/vnd.cunzheng.challenge+json",
  });
  expect(verified.json.report).toMatchObject({ verdict: "unanswered", receipt: { id: promised.id } });
}, 60_000);

it("speaks against a notary that has lost what it promised, also when only its nodes answer", async () => {
  service.configureNotary({ sealing: { ...SEALING, afterMs: 8000 } });
  await service.notary.stop("SIGKILL");
  await service.startNotary();
  const lost = await deposit();
  await service.notary.stop("SIGKILL");
  const database = new Database(join(service.data, "notary/notary.db"));
  const rows = database.prepare("SELECT count(*) AS n FROM deposits WHERE id = ?").get(lost.id);
  expect(rows).toEqual({ n: 1 });
  database.pragma("foreign_keys = OFF");
  database.prepare("DELETE FROM deposits WHERE id = ?").run(lost.id);
  database.close();

  service.configureNotary({ sealing: SEALING });
  await service.startNotary();
  const { sealBy } = parseReceiptText(parseNote(lost.receipt).text);
  await sleep(Math.max(0, Date.parse(sealBy) - Date.now()));
  await letTimePass();
  expect((await service.call(`GET /v1/deposits/${lost.id}/evidence`)).status).toBe(404);
  await service.notary.stop("SIGKILL");

  const out = file("lost.challenge.json");
  const made = cunzheng("challenge", "--receipt", file("lost.receipt", lost.receipt), "--out", out);
  expect(made).toMatchObject({ status: 0, stdout: expect.stringContaining("UNANSWERED") });
  const other = file("other.evidence.json", readFileSync(file("answer.evidence.json")));
  const answered = cunzheng("verify", out, "--answer", other);
  expect(answered).toMatchObject({ status: 0, stdout: expect.stringContaining("statement-differs") });
}, 120_000);
