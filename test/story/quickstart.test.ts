/**
 * The whole way once, as the README promises it, and then the attacks: every evidence and every certificate is
 * verified by the built program with the network off, and whatever is done to them is refused with its own code.
 */
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { SAMPLE_DOSSIER } from "../../scripts/project.js";
import type { Dossier } from "../../scripts/quickstart/bank.js";
import { freePort, openSampleConsortium } from "../../scripts/quickstart/sample-consortium.js";
import { utf8 } from "../../src/core/bytes.js";
import { type Evidence, parseEvidence } from "../../src/core/evidence/evidence.js";
import { encodeCheckpointText, parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { encodeNote, formatSignatureLine, parseNote } from "../../src/core/ledger/note.js";
import { parseTlogProof } from "../../src/core/ledger/tlog-proof.js";
import { readCertificate } from "../../src/certificate/verify/read-certificate.js";
import { createSigningKey } from "../../src/platform/keys/keys.js";
import { eventually, inParallel } from "./eventually.js";
import { altered, cosigned, cosignedBy, ledgerOfOwn, signed, stolenKeys, withNote } from "./forgery.js";
import { networkOff, run, runProgram, type Verification, verifyOffline } from "./offline-verifier.js";
import { processesNaming } from "./process-list.js";
import { type RunningQuickstart, startQuickstart } from "./running-quickstart.js";

const ORGANISATIONS = ["court-east", "court-west", "bank-a", "bank-b", "arbitration"].map(
  (id) => `example-${id}`,
);
const dossier = JSON.parse(readFileSync(join(SAMPLE_DOSSIER, "dossier.json"), "utf8")) as Dossier;
const stems = dossier.records.map(({ file }) => file.replace(/\.[^.]+$/, ""));

const folder = mkdtempSync(join(tmpdir(), "cunzheng-quickstart-"));
const [out, data] = [join(folder, "out"), join(folder, "data")];
const trustFile = join(out, "consortium.json");
const isolated = networkOff() ?? [];
const started: RunningQuickstart[] = [];

function quickstart(...args: string[]): RunningQuickstart {
  const running = startQuickstart(args);
  started.push(running);
  return running;
}

let first: { code: number | null; output: string };
beforeAll(async () => {
  const running = quickstart("--once", "--out", out, "--data", data, "--port", String(await freePort()));
  const { code } = await running.ended;
  first = { code, output: running.output() };
}, 180_000);

afterAll(async () => {
  for (const { pid } of processesNaming(folder)) process.kill(pid, "SIGKILL");
  for (const { ended } of started) await ended;
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const evidenceFile = (stem: string) => join(out, "evidence", `${stem}.evidence.json`);
const certificateFile = (stem: string) => join(out, "certificates", `${stem}.pdf`);
const recordFile = (stem: string) =>
  join(out, "records", dossier.records[stems.indexOf(stem)]?.file ?? "no such record");
const bytesOf = (file: string) => new Uint8Array(readFileSync(file));

let written = 0;
/** A file of the attacker's. */
function put(content: Uint8Array | string, name = "attack"): string {
  const file = join(folder, `${name}-${++written}`);
  writeFileSync(file, content);
  return file;
}

function verify(file: string, ...options: string[]): Promise<Verification> {
  const trust = options.includes("--consortium") ? [] : ["--consortium", trustFile];
  return verifyOffline(isolated, [file, ...trust, ...options]);
}

async function expectRefused(
  file: string,
  failed: Record<string, string>,
  ...options: string[]
): Promise<Verification> {
  const verification = await verify(file, ...options);
  expect(verification).toMatchObject({ exitCode: 1, report: { verdict: "refused" }, failed });
  expect(verification.failed).toEqual(failed);
  return verification;
}

describe("npm run quickstart -- --once", () => {
  it("ends with exit code 0 and says that all is verified", () => {
    expect(first.output).toContain(": all verified\n");
    expect(first.code).toBe(0);
  });

  it("leaves the trust file, and record, evidence and certificate of every deposit", () => {
    expect(readdirSync(out).sort()).toEqual(["certificates", "consortium.json", "evidence", "records"]);
    expect(readdirSync(join(out, "records")).sort()).toEqual(dossier.records.map(({ file }) => file).sort());
    expect(readdirSync(join(out, "evidence")).sort()).toEqual(
      stems.map((stem) => `${stem}.evidence.json`).sort(),
    );
    expect(readdirSync(join(out, "certificates")).sort()).toEqual(stems.map((stem) => `${stem}.pdf`).sort());
    for (const { file } of dossier.records)
      expect(readFileSync(join(out, "records", file)).equals(readFileSync(join(SAMPLE_DOSSIER, file)))).toBe(
        true,
      );
  });

  it("leaves no process", () => {
    expect(processesNaming(folder)).toEqual([]);
  });

  it("puts the dossier into one chain, in its order", () => {
    const chains = stems.map((stem) => parseEvidence(bytesOf(evidenceFile(stem))).statement.chain);
    expect(chains.map((chain) => chain?.sequence)).toEqual(stems.map((_, i) => i + 1));
    expect(new Set(chains.map((chain) => chain?.id)).size).toBe(1);
  });
});

describe("verified with the network off", () => {
  it("is really off", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    try {
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const program = `require("node:net").connect(${port}, "127.0.0.1")
        .on("connect", () => process.exit(0)).on("error", () => process.exit(9))`;
      const reached = async (launcher: readonly string[]) =>
        (await run([...launcher, process.execPath, "-e", program])).exitCode;
      expect(await reached([])).toBe(0);
      if (isolated.length > 0) expect(await reached(isolated)).toBe(9);
    } finally {
      server.close();
    }
  });

  it.each([
    ["evidence", evidenceFile],
    ["certificates", certificateFile],
  ])(
    "verifies all %s, with their records",
    async (kind, fileOf) => {
      const results = await inParallel(stems, 2, (stem) =>
        verify(fileOf(stem), "--record", recordFile(stem)),
      );
      for (const [i, { exitCode, report }] of results.entries()) {
        const { file, clientRef } = dossier.records[i] ?? {};
        expect({ file, exitCode, verdict: report.verdict }).toEqual({
          file,
          exitCode: 0,
          verdict: "verified",
        });
        expect(report.type).toBe("cunzheng/report@v1");
        expect(report.subject?.depositor.id).toBe(dossier.depositor);
        expect(clientRef).toBeDefined();
        const results = Object.fromEntries(report.checks.map(({ name, result }) => [name, result]));
        expect(results).toEqual({
          "evidence-format": "passed",
          "record-digest": "passed",
          "batch-inclusion": "passed",
          "ledger-inclusion": "passed",
          "log-signature": "passed",
          cosignatures: "passed",
          quorum: "passed",
          "time-order": "passed",
          timestamps: "passed",
          chain: "not-run",
          certificate: kind === "certificates" ? "passed" : "not-run",
        });
      }
    },
    120_000,
  );

  it("takes a JSON record in any spelling of the same values", async () => {
    const record = JSON.parse(readFileSync(recordFile("05-disbursement"), "utf8")) as object;
    const reordered = JSON.stringify(Object.fromEntries(Object.entries(record).reverse()), null, 7);
    const { exitCode } = await verify(evidenceFile("05-disbursement"), "--record", put(reordered));
    expect(exitCode).toBe(0);
  });

  it("prints a report for people too, in both languages", async () => {
    const args = ["verify", certificateFile("04-contract"), "--consortium", trustFile, "--lang"];
    const [zh, en] = await Promise.all([
      runProgram(isolated, [...args, "zh"]),
      runProgram(isolated, [...args, "en"]),
    ]);
    expect([zh.exitCode, en.exitCode]).toEqual([0, 0]);
    expect(zh.stdout).toContain("示例银行乙");
    expect(en.stdout).toContain("Example Bank B");
  });
});

describe("attacks on a record", () => {
  it.each([
    ["one byte of the contract", "04-contract", "record-sha-256", flipped],
    [
      "a page appended to the contract",
      "04-contract",
      "record-size",
      (bytes: Uint8Array) => Buffer.concat([bytes, bytes]),
    ],
    ["the amount in a JSON record", "05-disbursement", "record-sha-256", otherDigit],
    ["a member added to a JSON record", "05-disbursement", "record-size", withMember],
  ])("refuses %s", async (_, stem, code, change) => {
    const record = put(change(bytesOf(recordFile(stem))));
    await expectRefused(evidenceFile(stem), { "record-digest": code }, "--record", record);
    await expectRefused(certificateFile(stem), { "record-digest": code }, "--record", record);
  });

  it("refuses the record of another deposit", async () => {
    const { failed, exitCode } = await verify(
      evidenceFile("08-repayment-1"),
      "--record",
      recordFile("09-repayment-2"),
    );
    expect(exitCode).toBe(1);
    expect(Object.keys(failed)).toEqual(["record-digest"]);
  });

  function flipped(bytes: Uint8Array): Uint8Array {
    return bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1);
  }
  function otherDigit(bytes: Uint8Array): string {
    const text = new TextDecoder().decode(bytes);
    const changed = text.replace(/[1-8](?=[0-9]*\.[0-9]{2}")/, (digit) => String(Number(digit) + 1));
    expect(changed).not.toBe(text);
    return changed;
  }
  function withMember(bytes: Uint8Array): string {
    return JSON.stringify({ ...(JSON.parse(new TextDecoder().decode(bytes)) as object), added: true });
  }
});

describe("attacks on evidence", () => {
  const stem = "05-disbursement";
  const original = () => bytesOf(evidenceFile(stem));
  const cosignedByAll = () => {
    const keys = stolenKeys(data);
    return cosignedBy(original(), keys.log, ORGANISATIONS.map(keys.node));
  };

  it.each<[string, (draft: Evidence) => Partial<Evidence>]>([
    ["its record type", ({ statement }) => ({ statement: { ...statement, recordType: "loan.gift" } })],
    [
      "its depositor",
      ({ statement }) => ({
        statement: { ...statement, depositor: { id: "example-bank-b", name: "示例银行乙" } },
      }),
    ],
    [
      "its time",
      ({ statement }) => ({ statement: { ...statement, receivedAt: "2020-01-01T00:00:00.000Z" } }),
    ],
    [
      "its place in the chain",
      ({ statement }) => ({ statement: { ...statement, chain: { ...must(statement.chain), sequence: 99 } } }),
    ],
  ])("refuses a statement altered in %s", async (_, change) => {
    // Under all five cosignatures the quorum holds for any depositor: what refuses it is the proof alone.
    const forged = altered(cosignedByAll(), (draft) => Object.assign(draft, change(draft)));
    await expectRefused(put(forged), { "batch-inclusion": "inclusion-mismatch" });
  });

  it("refuses a batch altered in its time", async () => {
    const forged = altered(original(), (draft) => {
      draft.batch = {
        ...draft.batch,
        sealedAt: draft.batch.sealedAt.replace(/\d{3}Z$/, (ms) => (ms === "000Z" ? "001Z" : "000Z")),
      };
    });
    await expectRefused(put(forged), { "ledger-inclusion": "inclusion-mismatch" });
  });

  it("refuses another deposit's inclusion proof", async () => {
    const all = stems.map((other) => parseEvidence(bytesOf(evidenceFile(other))));
    // Of the same batch: a proof from another one would already differ in its length.
    const [one, other] = must(
      all.flatMap((a) =>
        all.filter((b) => a !== b && a.batch.id === b.batch.id).map((b) => [a, b] as const),
      )[0],
    );
    const forged = altered(utf8(JSON.stringify(one)), (draft) => (draft.inclusion = other.inclusion));
    await expectRefused(put(forged), { "batch-inclusion": "inclusion-mismatch" });
  });

  it("refuses one cosignature replayed under another node's name", async () => {
    const keys = stolenKeys(data);
    const [bankB, east] = [keys.node("example-bank-b"), keys.node("example-court-east")];
    const full = cosignedByAll();
    const replayed = withNote(full, ({ text, signatures }) => {
      const { signature } = must(signatures.find(({ name }) => name === bankB.name));
      const lines = signatures.map(({ name, line }) =>
        name === east.name ? formatSignatureLine(east.name, east.keyId, signature) : line,
      );
      return encodeNote(text, lines);
    });
    await expectRefused(put(replayed), { cosignatures: "signature-invalid", quorum: "quorum-not-met" });
    // With the key id left as it was, it is the signature of a key that nobody trusts, and stands for nobody.
    const asStranger = withNote(full, ({ text, signatures }) => {
      const bankLine = must(signatures.find(({ name }) => name === bankB.name));
      const lines = signatures.map(({ name, line }) =>
        /court-|arbitration/.test(name)
          ? formatSignatureLine(name, bankLine.keyId, bankLine.signature)
          : line,
      );
      return encodeNote(text, lines);
    });
    const { report } = await expectRefused(put(asStranger), { quorum: "quorum-not-met" });
    expect(report.cosigners.map(({ organisation }) => organisation).sort()).toEqual([
      "example-bank-a",
      "example-bank-b",
    ]);
  });

  it("refuses a quorum that only the depositor's own node completes", async () => {
    const keys = stolenKeys(data);
    const enough = ["example-court-east", "example-arbitration"];
    const withOwn = cosignedBy(original(), keys.log, [...enough, "example-bank-a"].map(keys.node));
    const { report } = await expectRefused(put(withOwn), { quorum: "quorum-not-met" });
    expect(report.cosigners.find(({ organisation }) => organisation === "example-bank-a")).toMatchObject({
      counted: false,
      reason: "depositor",
    });
    // The same with the other bank's node in its place is enough.
    const withOther = cosignedBy(original(), keys.log, [...enough, "example-bank-b"].map(keys.node));
    expect((await verify(put(withOther))).exitCode).toBe(0);
  });

  it("refuses the cosignatures of all nodes as witnesses, who keep nothing", async () => {
    const keys = stolenKeys(data);
    const witnessed = cosignedBy(original(), keys.log, ORGANISATIONS.map(keys.witness));
    const { report } = await expectRefused(put(witnessed), { quorum: "quorum-not-met" });
    expect(report.cosigners.map(({ reason }) => reason).sort()).toEqual([
      "depositor",
      ...Array(4).fill("witness-only"),
    ]);
  });

  it("recomputes the quorum without a named party", async () => {
    const full = put(cosignedByAll());
    const { report } = await expectRefused(full, { quorum: "quorum-not-met" }, "--party", "example-bank-b");
    expect(report.cosigners.find(({ organisation }) => organisation === "example-bank-b")?.reason).toBe(
      "party",
    );
    await expectRefused(
      full,
      { quorum: "quorum-not-met" },
      "--party",
      "example-court-east",
      "--party",
      "example-court-west",
    );
    const oneCourt = await verify(full, "--party", "example-court-east");
    expect(oneCourt).toMatchObject({ exitCode: 0, report: { parties: ["example-court-east"] } });
  });

  it("refuses the checkpoint of another ledger", async () => {
    const foreign = join(folder, "foreign");
    const { consortiumFile } = await openSampleConsortium(foreign, await freePort());
    const [ours, theirs] = [stolenKeys(data), stolenKeys(foreign)];
    const { statement } = parseEvidence(original());

    // A ledger of the same name with keys of its own: whole in itself, and nothing to whoever trusts ours.
    const whole = put(ledgerOfOwn(statement, { log: theirs.log, cosigners: ORGANISATIONS.map(theirs.node) }));
    expect((await verify(whole, "--consortium", consortiumFile)).exitCode).toBe(0);
    await expectRefused(whole, { "log-signature": "signature-missing", quorum: "quorum-not-met" });

    // Its signature under our checkpoint, which our witnesses have cosigned.
    const resigned = withNote(original(), ({ text, signatures }) =>
      encodeNote(text, [signed(text, theirs.log), ...signatures.slice(1).map(({ line }) => line)]),
    );
    await expectRefused(put(resigned), { "log-signature": "signature-missing" });

    // A ledger of another name, cosigned by the very witnesses that we trust: they watch more than one.
    const log = createSigningKey(join(folder, "other-origin.key"), {
      name: "other.example/loans",
      type: 0x01,
    });
    const elsewhere = ledgerOfOwn(statement, { log, cosigners: ORGANISATIONS.map(ours.node) });
    await expectRefused(put(elsewhere), { "log-signature": "origin-mismatch" });
  });

  it("refuses a second branch that the log itself has signed, without its witnesses", async () => {
    const { log } = stolenKeys(data);
    const { statement } = parseEvidence(original());
    const forged = { ...statement, recordType: "loan.forged" };
    await expectRefused(put(ledgerOfOwn(forged, { log, cosigners: [] })), { quorum: "quorum-not-met" });
    // With a cosignature of the other branch beneath it: made for another text, so a known key's bad line.
    const { checkpoint } = parseTlogProof(parseEvidence(original()).ledgerProof);
    const stolenLines = parseNote(checkpoint).signatures.slice(1);
    const branch = withNote(ledgerOfOwn(forged, { log, cosigners: [] }), ({ text, signatures }) =>
      encodeNote(
        text,
        [...signatures, ...stolenLines].map(({ line }) => line),
      ),
    );
    await expectRefused(put(branch), { cosignatures: "signature-invalid", quorum: "quorum-not-met" });
  });

  it("refuses a checkpoint that claims another size or root", async () => {
    const forged = withNote(original(), ({ text, signatures }) => {
      const { origin, treeSize, rootHash } = parseCheckpointText(text);
      const other = encodeCheckpointText({ origin, treeSize: treeSize + 1, rootHash });
      return encodeNote(
        other,
        signatures.map(({ line }) => line),
      );
    });
    const { failed } = await verify(put(forged));
    expect(failed).toMatchObject({ "log-signature": "signature-invalid", cosignatures: "signature-invalid" });
  });

  it("refuses cosignatures from before the batch was sealed", async () => {
    const keys = stolenKeys(data);
    const { batch } = parseEvidence(original());
    const early = Math.floor(Date.parse(batch.sealedAt) / 1000) - 3600;
    const predated = withNote(original(), ({ text, signatures }) =>
      encodeNote(text, [
        must(signatures[0]).line,
        ...ORGANISATIONS.map((id) => cosigned(text, keys.node(id), early)),
      ]),
    );
    await expectRefused(put(predated), { "time-order": "cosigned-before-sealed" });
  });

  it("refuses what is no evidence", async () => {
    const text = readFileSync(evidenceFile(stem), "utf8");
    await expectRefused(put(text.slice(0, -1)), { "evidence-format": "json-syntax" });
    await expectRefused(put(`${text}x`), { "evidence-format": "json-trailing-bytes" });
    await expectRefused(put(text.replace("{", '{"type":"cunzheng/evidence@v1",')), {
      "evidence-format": "json-duplicate-key",
    });
    await expectRefused(put(text.replace("{", '{"note":"trust me",')), {
      "evidence-format": "member-unknown",
    });
  });
});

describe("attacks on a certificate", () => {
  const stem = "04-contract";
  const original = () => Buffer.from(bytesOf(certificateFile(stem)));

  it("refuses one changed byte on its page", async () => {
    await expectRefused(put(changedAt(pageAt(original()))), {
      certificate: "certificate-signature-invalid",
    });
  });

  it("refuses one changed byte wherever it lies", async () => {
    const { length } = original();
    const offsets = [12, 0.2 * length, 0.5 * length, 0.8 * length, length - 8].map(Math.floor);
    const results = await inParallel(offsets, 2, (offset) => verify(put(changedAt(offset))));
    expect(results.map(({ exitCode }) => exitCode)).toEqual(offsets.map(() => 1));
    for (const { failed } of results) expect(Object.keys(failed)).toContain("certificate");
  });

  function changedAt(offset: number): Uint8Array {
    const pdf = original();
    pdf[offset] = must(pdf[offset]) ^ 0x01;
    return pdf;
  }
  /** Inside the drawing of the first page. */
  function pageAt(pdf: Buffer): number {
    const contents = must(/\/Contents (\d+) 0 R/.exec(pdf.toString("latin1"))?.[1]);
    return pdf.indexOf("stream\n", pdf.indexOf(`\n${contents} 0 obj\n`)) + 100;
  }

  it("refuses the evidence of another deposit inside, though that evidence verifies", async () => {
    const byLength = stems
      .map((name) => ({
        pdf: bytesOf(certificateFile(name)),
        ...readCertificate(bytesOf(certificateFile(name))),
      }))
      .sort((a, b) => a.evidence.length - b.evidence.length);
    const [shortest, longest] = [must(byLength[0]), must(byLength.at(-1))];
    // White space at its end is no change to evidence: the lengths fit, and so does every reference in the file.
    const padded = Buffer.alloc(longest.evidence.length, " ");
    padded.set(shortest.evidence);
    const swapped = Buffer.from(longest.pdf);
    const at = swapped.indexOf(longest.evidence);
    expect(at).toBeGreaterThan(0);
    swapped.set(padded, at);
    expect((await verify(put(padded))).exitCode).toBe(0);
    await expectRefused(put(swapped, "swapped"), { certificate: "certificate-signature-invalid" });
  });

  it("refuses an appended revision, and anything else that is appended", async () => {
    const pdf = original();
    const xrefAt = /startxref\n(\d+)\n%%EOF\n$/.exec(pdf.subarray(-40).toString("latin1"))?.[1];
    const root = /\/Root \d+ 0 R/.exec(pdf.toString("latin1"))?.[0];
    const added = "9999 0 obj\n<< /Type /Annot >>\nendobj\n";
    const revision = `${added}xref\n9999 1\n${String(pdf.length).padStart(10, "0")} 00000 n \ntrailer\n<< /Size 10000 /Prev ${must(xrefAt)} ${must(root)} >>\nstartxref\n${pdf.length + added.length}\n%%EOF\n`;
    await expectRefused(put(Buffer.concat([pdf, Buffer.from(revision)])), {
      certificate: "certificate-revision-added",
    });
    await expectRefused(put(Buffer.concat([pdf, Buffer.from("\n")])), {
      certificate: "certificate-bytes-behind",
    });
  });

  it("refuses a PDF that is no certificate", async () => {
    await expectRefused(recordFile("04-contract"), { certificate: "certificate-attachment-missing" });
    await expectRefused(put("%PDF-1.4\n%%EOF\n"), { certificate: "certificate-malformed" });
  });

  it("takes the same trust in another spelling", async () => {
    const text = readFileSync(trustFile, "utf8");
    const { exitCode, report } = await verify(certificateFile(stem), "--consortium", put(`${text}\n`));
    expect({ exitCode, verdict: report.verdict }).toEqual({ exitCode: 0, verdict: "verified" });
  });

  it("does not refuse one of another trust file for that alone, and does not pass it either", async () => {
    const renamed = readFileSync(trustFile, "utf8").replace("Example Bank B", "Example Bank Two");
    const { exitCode, report } = await verify(certificateFile(stem), "--consortium", put(renamed));
    expect({ exitCode, verdict: report.verdict }).toEqual({ exitCode: 2, verdict: "incomplete" });
    expect(report.checks.find(({ name }) => name === "certificate")?.code).toBe(
      "certificate-consortium-differs",
    );
  });
});

describe("what can't be checked, and what can't be meant", () => {
  const file = evidenceFile("01-identity-check");

  it.each<[string, (text: string) => string, string]>([
    ["cut off", (text) => text.slice(0, 100), "json-syntax"],
    ["with an organisation twice", twice, "organisation-duplicate"],
    ["with a quorum of 0", (text) => text.replace('"total": 3', '"total": 0'), "quorum-invalid"],
    ["with a byte order mark", (text) => `\u{feff}${text}`, "json-byte-order-mark"],
  ])("is incomplete under a trust file %s", async (_, change, code) => {
    const broken = put(change(readFileSync(trustFile, "utf8")));
    for (const each of [file, certificateFile("01-identity-check")]) {
      const { exitCode, report } = await verify(each, "--consortium", broken);
      expect({ exitCode, verdict: report.verdict, code: report.trustProblem?.code }).toEqual({
        exitCode: 2,
        verdict: "incomplete",
        code,
      });
    }
  });

  it("is incomplete without the record that was named, the evidence or the trust file", async () => {
    const nowhere = join(folder, "no-such-file");
    const unreadable = await verify(file, "--record", nowhere);
    expect(unreadable).toMatchObject({ exitCode: 2, report: { verdict: "incomplete" }, failed: {} });
    expect(unreadable.report.checks.find(({ name }) => name === "record-digest")?.code).toBe(
      "record-unreadable",
    );
    expect((await verify(file, "--record", folder)).exitCode).toBe(2);
    for (const args of [[nowhere], [file, "--consortium", nowhere]])
      expect(await verify(must(args[0]), ...args.slice(1))).toMatchObject({
        exitCode: 2,
        report: { verdict: "incomplete" },
      });
  });

  it.each([
    ["a party without a name", [file, "--consortium", trustFile, "--party", " "]],
    ["no trust file", [file]],
    ["no file", ["--consortium", trustFile]],
    ["an unknown option", [file, "--consortium", trustFile, "--trust-me"]],
    ["two files", [file, file, "--consortium", trustFile]],
  ])("ends with 64 for %s", async (_, args) => {
    const { exitCode, stdout, stderr } = await runProgram(isolated, ["verify", ...args]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: "" });
    expect(stderr).not.toBe("");
  });

  it("says at once for whom nobody was excluded", async () => {
    const args = [file, "--consortium", trustFile, "--party", "示例借款人", "--lang", "en"];
    const { exitCode, stdout } = await runProgram(isolated, ["verify", ...args]);
    expect(exitCode).toBe(0);
    const [beforeRecord] = stdout.split("Deposit No.");
    expect(beforeRecord).toContain("“示例借款人” is not in the trust file");
    expect(beforeRecord).toContain("[party-not-in-consortium]");
  });

  function twice(text: string): string {
    const consortium = JSON.parse(text) as { organisations: object[] };
    return JSON.stringify({
      ...consortium,
      organisations: [...consortium.organisations, consortium.organisations[1]],
    });
  }
});

describe("a serving quickstart", () => {
  const NODES_NOTARY_AND_AUTHORITY = 7;
  const children = (parent: RunningQuickstart) =>
    processesNaming(data).filter(({ pid }) => pid !== parent.pid);

  it("starts again on the same data, and ends all seven processes at Ctrl-C", async () => {
    const running = quickstart(
      "--out",
      join(folder, "again"),
      "--data",
      data,
      "--port",
      String(await freePort()),
    );
    await running.printed("Still serving");
    expect(children(running)).toHaveLength(NODES_NOTARY_AND_AUTHORITY);
    running.signalGroup("SIGINT");
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(processesNaming(folder)).toEqual([]);
  }, 180_000);

  it("takes all seven with it when it is killed", async () => {
    const port = await freePort();
    const running = quickstart("--out", join(folder, "killed"), "--data", data, "--port", String(port));
    await eventually("the notary answers", async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      return answer?.ok === true && children(running).length >= NODES_NOTARY_AND_AUTHORITY ? true : undefined;
    });
    running.signal("SIGKILL");
    expect(await running.ended).toEqual({ code: null, signal: "SIGKILL" });
    await eventually("no process is left", () => (processesNaming(folder).length === 0 ? true : undefined));
  }, 120_000);
});

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the test looks for what is not there");
  return value;
}
