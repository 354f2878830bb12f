/** `cunzheng consortium` as it is typed: what it prints and writes, each exit code, and a ledger in a folder. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { madeChange, QUORUM, textOf, trustFile } from "../../../scripts/make-vectors/membership-world.js";
import { consortium, cosigners, json } from "../../../scripts/make-vectors/sample-world.js";
import { utf8 } from "../../../src/core/bytes.js";
import type { MembershipCode } from "../../../src/core/errors.js";
import { CHANGE_KINDS, parseConsortiumChange } from "../../../src/core/membership/change.js";
import { fingerprintOf } from "../../../src/core/membership/fingerprint.js";
import { applyChange } from "../../../src/core/membership/apply-change.js";
import { parseTrustFile } from "../../../src/core/trust/trust-file.js";
import { temporaryFolders } from "../../temporary-folder.js";
import { catalogue, office } from "./consortium-office.js";
import { writeLedger } from "./ledger-folder.js";

const temporaryFolder = temporaryFolders();
const { courtEast, bankA, bankB, stranger } = cosigners;
type Signer = typeof courtEast;

const edited = (edit: (file: ReturnType<typeof consortium>) => void): string => {
  const file = consortium();
  edit(file);
  return JSON.stringify(file);
};
const moved = edited((file) => (file.log.url = "https://new.example/ledger"));
const PROPOSE = ["propose", "--wanted", "wanted.json", "--reason", "r", "--out", "change.json"] as const;

describe("the words", () => {
  it("are there in both languages for every kind of change and every code", () => {
    const codes: Readonly<Record<MembershipCode, true>> = {
      "change-of-other-trust-file": true,
      "change-names-unknown": true,
      "change-names-existing": true,
      "change-empty": true,
      "change-breaks-trust-file": true,
      "change-leaves-no-key": true,
      "change-quorum-unreachable": true,
      "change-quorum-splits": true,
      "change-backdated": true,
      "change-result-differs": true,
      "change-too-large": true,
      "change-not-canonical": true,
      "approval-unknown": true,
      "approval-repeated": true,
      "approvals-insufficient": true,
    };
    for (const code of Object.keys(codes)) expect(catalogue.codes[code]).toMatchObject(WORDS);
    expect(Object.keys(catalogue.changes).sort()).toEqual([...CHANGE_KINDS].sort());
    for (const words of [...Object.values(catalogue.changes), ...Object.values(catalogue.membership)])
      expect(words).toMatchObject(WORDS);
  });
});
const WORDS = { zh: expect.stringMatching(/./), en: expect.stringMatching(/./) };

describe("cunzheng consortium show and fingerprint", () => {
  it("names everybody, in either language, with nothing invisible", async () => {
    const forged = edited((file) => {
      const [organisation] = file.organisations;
      if (organisation) organisation.name.en = "Example\u202e\nCourt";
    });
    const { run } = office({ "consortium.json": forged });
    const [zh, en] = [await run("show", "--lang", "zh"), await run("show", "--lang", "en")];
    for (const { id } of consortium().organisations) expect(zh.out).toContain(id);
    expect(zh.out).toContain("示例东区法院");
    expect(en.out).toContain("Example⬚U+202E⬚⬚U+000A⬚Court");
    expect(en.out).toContain("at least 3 organisations");
    expect(en.out).not.toMatch(/\{\w+\}|undefined/);
  });

  it("compares", async () => {
    const { run } = office();
    const groups = fingerprintOf(trustFile()).join(" ");
    expect((await run("fingerprint")).out.trim().split(/\s+/).join(" ")).toBe(groups);
    const equal = await run("fingerprint", "--compare", groups);
    expect([equal.exitCode, equal.out]).toEqual([0, expect.stringContaining("EQUAL")]);
    const other = fingerprintOf({ ...trustFile(), revision: 1 }).join(" ");
    const different = await run("fingerprint", "--compare", other);
    expect([different.exitCode, different.out]).toEqual([
      1,
      expect.stringContaining("DIFFERENT from group 1"),
    ]);
    const misheard = await run("fingerprint", "--compare", groups.replace(/.$/, "x"));
    expect([misheard.exitCode, misheard.out]).toEqual([1, expect.stringContaining("read it again")]);
  });

  it("say which signatures the quorum wants, where it does", async () => {
    for (const [signatures, words] of [
      ["any", "may count"],
      ["ed25519", "signed with Ed25519"],
      ["both", "signed with Ed25519 and ML-DSA-44"],
    ] as const) {
      const quorum = { ...consortium().quorum, excludeParties: false, signatures };
      const wanted = json({ ...consortium(), type: "cunzheng/consortium@v2", quorum });
      const { out } = await office({ "consortium.json": wanted }).run("show", "--lang", "en");
      expect(out.match(/^Quorum: .*$/m)?.[0]).toMatch(new RegExp(`${words}$`));
    }
  });

  it.each(["show", "fingerprint"])("%s ends with 2 where the trust file is broken", async (command) => {
    const { run } = office({ "consortium.json": "{}" });
    const { exitCode, error } = await run(command);
    expect([exitCode, error]).toEqual([2, expect.stringContaining("member-missing")]);
  });
});

describe("cunzheng consortium propose", () => {
  it("writes the one change", async () => {
    const { run, read } = office({ "wanted.json": moved });
    const { exitCode, out } = await run(...PROPOSE);
    expect([exitCode, out]).toEqual([0, expect.stringContaining("https://new.example/ledger")]);
    expect(parseConsortiumChange(utf8(read("change.json")))).toMatchObject({
      id: "01KATVRA0TEXAMP1E0000000C7",
      proposedAt: "2026-11-25T08:00:00.000Z",
      change: { kind: "change-log" },
      approvals: [],
    });
  });

  it.each([
    ["no change", edited(() => undefined), [], 1, "there are 0"],
    [
      "two changes",
      edited((file) => {
        file.log.url = "https://new.example";
        file.witnesses = file.witnesses.filter(({ organisation }) => organisation !== "arbitration");
      }),
      ["--from", "9"],
      1,
      "there are 2",
    ],
    ["another log", edited((file) => (file.log.organisation = "bank-a")), [], 1, "/log/organisation"],
    [
      "a change that would be refused",
      edited((file) => (file.quorum.total = 9)),
      ["--from", "9"],
      1,
      "change-quorum-unreachable",
    ],
    ["a change without its size", edited((file) => (file.quorum.total = 4)), [], 64, "--from"],
    ["a wish that is no trust file", "[]", [], 2, "value-type"],
  ])("writes nothing for %s", async (_, wanted, args, exitCode, message) => {
    const { run, read } = office({ "wanted.json": wanted });
    const answer = await run(...PROPOSE, ...args);
    expect([answer.exitCode, answer.error]).toEqual([exitCode, expect.stringContaining(message)]);
    expect(read("change.json")).toBe("");
  });
});

describe("cunzheng consortium approve, check and submit", () => {
  it("bring a change to its quorum, one node after another", async () => {
    const { run, read, sent } = office({ "wanted.json": moved });
    await run(...PROPOSE);
    const change = ["--change", "change.json"];
    for (const [count, node] of (["court-east", "court-west", "bank-b"] as const).entries()) {
      expect((await run("check", ...change)).exitCode).toBe(1);
      const approved = await run("approve", ...change, "--config", node);
      expect([approved.exitCode, approved.error]).toEqual([0, ""]);
      expect(parseConsortiumChange(utf8(read("change.json"))).approvals).toHaveLength(count + 1);
    }
    // Whoever has signed already signs no second time.
    await run("approve", ...change, "--config", "bank-b");
    const checked = await run("check", ...change);
    expect([checked.exitCode, checked.out]).toEqual([
      0,
      expect.stringContaining("approved by the quorum in force"),
    ]);
    const submitted = await run("submit", ...change, "--url", "u", "--api-key-file", "k");
    expect([submitted.exitCode, submitted.out]).toEqual([0, '{"index":7}\n']);
    expect(sent).toHaveLength(1);
    expect((await run("submit", ...change, "--url", "refuses", "--api-key-file", "k")).exitCode).toBe(1);
  });

  it.each([
    ["by a node that the trust file does not name", "stranger", {}, "none of this node's keys"],
    ["of another trust file", "court-east", { before: "A".repeat(43) + "=" }, "change-of-other-trust-file"],
    [
      "that leads elsewhere than it says",
      "court-east",
      { after: "A".repeat(43) + "=" },
      "change-result-differs",
    ],
    ["of another ledger", "court-east", { origin: "else.example" }, "origin-mismatch"],
    [
      "with an approval of nobody's",
      "court-east",
      { approvals: ["— a.example AAAAAAAAAAAA"] },
      "cosignature-malformed",
    ],
  ])("sign nothing %s", async (_, node, spoilt, message) => {
    const change = madeChange({ change: { kind: "change-log", url: "https://new.example" }, approvers: [] });
    const text = JSON.stringify({ ...change, ...spoilt });
    const { run, read } = office({ "change.json": text });
    const answer = await run("approve", "--change", "change.json", "--config", node);
    expect([answer.exitCode, answer.error]).toEqual([1, expect.stringContaining(message)]);
    expect(read("change.json")).toBe(text);
  });
});

describe("cunzheng consortium history and update", () => {
  const changeLog = { kind: "change-log", url: "https://new.example" } as const;
  const BATCH = '{"id":"01KATVR90TEXAMP1E0000000B1","type":"cunzheng/batch@v1"}';
  const valid = textOf(madeChange({ change: changeLog }));
  const selfMade = textOf(madeChange({ change: changeLog, approvers: [] }));
  const entries = [...Array<string>(300).fill(BATCH), valid, BATCH];

  const ledgerOf = (texts: readonly string[], signers: readonly Signer[] = QUORUM) =>
    writeLedger(temporaryFolder(), { entries: texts, cosigners: signers });

  it("prove every entry, and write the file in force", async () => {
    const folder = ledgerOf(entries);
    const { run, read } = office();
    const history = await run("history", "--from", folder);
    expect([history.exitCode, history.out]).toEqual([
      0,
      expect.stringContaining("✓ entry 300 of the ledger: valid"),
    ]);
    expect(history.out).toContain("2026-11-24T08:00:01Z");
    const told = await run("history", "--from", folder, "--json");
    expect(JSON.parse(told.out)).toMatchObject({ proved: true, revision: 1, changes: [{ index: 300 }] });
    expect((await run("update", "--from", folder)).exitCode).toBe(0);
    expect(parseTrustFile(utf8(read("consortium.json")))).toEqual(applyChange(trustFile(), changeLog));
    const again = await run("update", "--from", folder);
    expect([again.exitCode, again.out]).toEqual([0, expect.stringContaining("is the one in force")]);
    expect((await run("history", "--from", folder, "--since", "301")).out).toContain("no changes");
  });

  it("take together what several have", async () => {
    const folders = QUORUM.map((each) => ledgerOf(entries, [each]));
    const from = folders.flatMap((folder) => ["--from", folder]);
    expect((await office().run("history", ...from.slice(2))).exitCode).toBe(1);
    expect((await office().run("history", ...from)).exitCode).toBe(0);
    const withOneGone = await office().run("history", ...from, "--from", join(folders[0] ?? "", "gone"));
    expect([withOneGone.exitCode, withOneGone.out]).toEqual([
      0,
      expect.stringContaining("gone has no checkpoint"),
    ]);
  });

  const spoilt = (path: string, spoil: (bytes: Buffer) => Uint8Array) => (folder: string) => {
    const file = join(folder, path);
    writeFileSync(file, spoil(readFileSync(file)));
  };
  const flip = (bytes: Buffer) => {
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    return bytes;
  };
  it.each<[string, readonly string[], readonly Signer[], (folder: string) => void, string]>([
    ["an altered entry", entries, QUORUM, spoilt("tile/entries/001.p/46", flip), "tile-mismatch"],
    ["an altered tile", entries, QUORUM, spoilt("tile/0/000", flip), "tile-mismatch"],
    [
      "entries of which one is missing",
      entries,
      QUORUM,
      spoilt("tile/entries/000", (all) => all.subarray(60)),
      "tile-malformed",
    ],
    ["a checkpoint that is none", entries, QUORUM, spoilt("checkpoint", () => utf8("x")), "note-malformed"],
    [
      "a checkpoint with a bad line",
      entries,
      QUORUM,
      spoilt("checkpoint", (note) => utf8(note.toString().replace(/AAAABrBUQB/, "AAAABrBUQC"))),
      "signature-invalid",
    ],
    ["too few cosignatures", entries, [courtEast, bankB], () => undefined, "nothing above is proved"],
    ["cosignatures of nobody's", entries, [stranger], () => undefined, "nothing above is proved"],
    [
      "a change that nobody has approved",
      [BATCH, selfMade],
      QUORUM,
      () => undefined,
      "[approvals-insufficient]",
    ],
    [
      "a change with two approvals",
      [textOf(madeChange({ change: changeLog, approvers: [bankA, bankB] }))],
      QUORUM,
      () => undefined,
      "[approvals-insufficient]",
    ],
  ])("write nothing for %s", async (_, texts, signers, spoil, message) => {
    const folder = ledgerOf(texts, signers);
    spoil(folder);
    const { run, read } = office();
    const history = await run("history", "--from", folder);
    expect([history.exitCode, history.out + history.error]).toEqual([1, expect.stringContaining(message)]);
    await run("update", "--from", folder);
    expect(read("consortium.json")).toBe(Buffer.from(json(consortium())).toString());
  });
});
