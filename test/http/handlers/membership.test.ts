/** Changes of the consortium over HTTP: what goes on the ledger, and every way in which one does not. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseEntryBundle } from "../../../src/core/ledger/entry-bundle.js";
import { parseCheckpointText } from "../../../src/core/ledger/checkpoint.js";
import { parseNote } from "../../../src/core/ledger/note.js";
import { hashTrustFile } from "../../../src/core/membership/change.js";
import { applyChange } from "../../../src/core/membership/apply-change.js";
import { beginHistory, continueHistory } from "../../../src/core/membership/history.js";
import { parseTrustFile, type TrustFile } from "../../../src/core/trust/trust-file.js";
import { type ProblemCode, PROBLEMS } from "../../../src/http/problems/problems.js";
import { call } from "../client.js";
import { bodyOf, sampleChange, type SampleChange } from "../sample-change.js";
import { type Service, startService } from "../service.js";

let service: Service;
let start: TrustFile;
beforeAll(async () => {
  service = await startService();
  start = parseTrustFile(service.consortium.json);
});
afterAll(() => service.close());

const newLogUrl = { kind: "change-log", url: "https://new.example/ledger" } as const;
const post = (body: Uint8Array | object, key = service.keys.operator) =>
  call(service, "POST /v1/consortium/changes", { key, body, type: "application/json" });
const treeSize = async () =>
  parseCheckpointText(parseNote((await call(service, "GET /ledger/checkpoint")).text).text).treeSize;
async function entries(): Promise<Uint8Array[]> {
  const size = await treeSize();
  const bundle = await call(service, `GET /ledger/tile/entries/000.p/${size}`);
  return parseEntryBundle(new Uint8Array(bundle.bytes), size);
}
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a change that is refused", () => {
  const REFUSED: readonly (readonly [ProblemCode, string, (() => SampleChange) | (() => object)])[] = [
    ["type-unknown", "of another type", () => ({ spoil: { type: "cunzheng/batch@v1" } })],
    ["member-missing", "without a kind", () => ({ spoil: { change: {} } })],
    ["value-range", "of an unknown kind", () => ({ spoil: { change: { kind: "become-court" } } })],
    ["value-type", "that is no object", () => ({ spoil: { change: [] } })],
    ["member-unknown", "with a member more", () => ({ spoil: { comment: "" } })],
    ["id-invalid", "with another id", () => ({ spoil: { id: "1" } })],
    ["note-signature-malformed", "with a line that is none", () => ({ spoil: { approvals: ["yes"] } })],
    ["note-too-many-signatures", "with many lines", () => ({ spoil: { approvals: Array(101).fill("yes") } })],
    [
      "note-line-too-long",
      "with a line of 8,193 bytes",
      () => ({ spoil: { approvals: ["x".repeat(8193)] } }),
    ],
    [
      "list-too-long",
      "with nine keys of one cosigner",
      () => ({
        spoil: { change: { kind: "rotate-key", name: "x", until: 1, vkeys: Array(9).fill("x"), from: 2 } },
      }),
    ],
    [
      "json-too-many-values",
      "with more values than a body has",
      () => ({ spoil: { more: Array(10_001).fill(0) } }),
    ],
    [
      "json-too-many-members",
      "with more members than a format's object has",
      () => ({ spoil: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`n${i}`, 0])) }),
    ],
    ["signature-invalid", "for another reason than was approved", () => ({ spoil: { reason: "another" } })],
    [
      "origin-mismatch",
      "of another ledger",
      () => ({ change: newLogUrl, proposal: { origin: "else.example" } }),
    ],
    [
      "change-of-other-trust-file",
      "of another trust file",
      () => ({ change: newLogUrl, before: applyChange(start, newLogUrl), proposal: {} }),
    ],
    [
      "change-names-unknown",
      "about nobody",
      () => ({ change: { kind: "retire-witness", name: "x", until: 1 } }),
    ],
    [
      "change-names-existing",
      "that adds who is there",
      () => ({ change: { kind: "add-organisation", organisation: start.organisations[0] } }),
    ],
    ["change-empty", "that changes nothing", () => ({ change: { kind: "change-log", url: start.log.url } })],
    ["change-breaks-trust-file", "to no key", () => ({ change: { kind: "add-log-key", vkey: "x" } })],
    [
      "change-leaves-no-key",
      "that leaves the log without a key",
      () => ({ change: { kind: "retire-log-key", vkey: start.log.vkeys[0], until: 9 } }),
    ],
    [
      "change-quorum-unreachable",
      "to a quorum that nobody can meet",
      () => ({ change: { kind: "change-quorum", quorum: { ...start.quorum, total: 9 }, from: 900 } }),
    ],
    [
      "change-quorum-splits",
      "to half of the members",
      () => ({
        change: { kind: "change-quorum", quorum: { total: 2, roles: {}, mirrorsOnly: false }, from: 900 },
      }),
    ],
    [
      "change-backdated",
      "that is to hold for trees that do not have it",
      () => ({ change: { kind: "change-quorum", quorum: { ...start.quorum, total: 3 }, from: 0 } }),
    ],
    [
      "change-result-differs",
      "that leads elsewhere than it says",
      () => ({ change: newLogUrl, proposal: { after: hashTrustFile(start) } }),
    ],
    ["change-too-large", "too large for an entry", () => ({ spoil: { reason: "r".repeat(65_536) } })],
    ["approvals-insufficient", "that nobody has approved", () => ({ change: newLogUrl, approvals: 0 })],
    [
      "approvals-insufficient",
      "that two of three have approved",
      () => ({ change: newLogUrl, approvals: 2 }),
    ],
  ];

  it.each(REFUSED)("%s: one %s", async (code, _, made) => {
    const before = await treeSize();
    const given = made() as Partial<SampleChange> & { readonly spoil?: object };
    const change = sampleChange(service.consortium, { change: newLogUrl, ...given });
    const answer = await post({ ...change, ...given.spoil });
    expect([answer.json?.code, answer.text]).toEqual([code, answer.text]);
    expect(answer.status).toBe(PROBLEMS[code].status);
    expect(await treeSize()).toBe(before);
  });

  it("approval-unknown, approval-repeated, cosignature-malformed, cosignature-time: approvals of nobody's", async () => {
    const change = sampleChange(service.consortium, { change: newLogUrl });
    const [first = "", ...rest] = change.approvals;
    const [, name = "", blob = ""] = /^— ([^ ]+) (.+)$/u.exec(first) ?? [];
    const bytes = Buffer.from(blob, "base64");
    const spelled = (approval: Buffer, by = name) => `— ${by} ${approval.toString("base64")}`;
    const timeless = Buffer.concat([bytes.subarray(0, 4), Buffer.alloc(8), bytes.subarray(12)]);
    for (const [code, approvals] of [
      ["approval-unknown", [spelled(bytes, "stranger.example"), ...rest]],
      ["approval-repeated", [first, ...change.approvals]],
      ["cosignature-malformed", [spelled(bytes.subarray(0, 60)), ...rest]],
      ["cosignature-time", [spelled(timeless), ...rest]],
    ] as const) {
      const answer = await post({ ...change, approvals });
      expect([answer.json?.code, answer.status]).toEqual([code, PROBLEMS[code].status]);
    }
  });

  it("role-insufficient, unauthenticated: by nobody who keeps the consortium", async () => {
    const body = bodyOf(sampleChange(service.consortium, { change: newLogUrl }));
    expect((await post(body, service.keys.bankA)).json.code).toBe("role-insufficient");
    const answer = await call(service, "POST /v1/consortium/changes", { body, type: "application/json" });
    expect(answer.json.code).toBe("unauthenticated");
  });
});

describe("changes that the quorum has approved", () => {
  it("go on the ledger once each, as what every reader finds there", async () => {
    const change = sampleChange(service.consortium, { change: newLogUrl });
    const answer = await post(bodyOf(change));
    const after = applyChange(start, newLogUrl);
    expect([answer.status, answer.json]).toEqual([
      201,
      { index: 0, treeSize: 1, revision: 1, trustFile: hashTrustFile(after) },
    ]);
    // The same again is the same entry; another of the same trust file comes too late.
    const again = await post(change);
    expect([again.status, again.json]).toEqual([200, answer.json]);
    const late = sampleChange(service.consortium, {
      change: { kind: "change-log", url: "https://late.example" },
    });
    expect((await post(late)).json.code).toBe("change-of-other-trust-file");

    const { json } = await call(service, "POST /v1/deposits", {
      key: service.keys.bankA,
      body: { metadata: { recordType: "loan.contract" }, record: 1 },
    });
    await call(service, `GET /v1/deposits/${json.id}/evidence`, {
      key: service.keys.bankA,
      headers: { Prefer: "wait=20" },
    });
    const next = { kind: "change-log", url: "https://third.example" } as const;
    expect((await post(sampleChange(service.consortium, { change: next, before: after }))).json.index).toBe(
      2,
    );
    await until(async () => (await treeSize()) === 3);
    const history = (await entries()).reduce(
      (so, entry, index) => continueHistory(so, { index, entry }),
      beginHistory(start),
    );
    expect(history.happened.map(({ index, problem }) => [index, problem])).toEqual([
      [0, undefined],
      [2, undefined],
    ]);
    expect(history.present.log.url).toBe("https://third.example");
  });

  it("are no ledger's where this notary's own key would end", async () => {
    const restarted = await startService();
    try {
      const file = parseTrustFile(restarted.consortium.json);
      const other = "receipts-2.example";
      const { newVkey } = await import("../../core/membership/changing-consortium.js");
      const add = { kind: "add-receipt-key", vkey: newVkey(other, "", 1) } as const;
      const submit = (change: SampleChange) =>
        call(restarted, "POST /v1/consortium/changes", {
          key: restarted.keys.operator,
          body: sampleChange(restarted.consortium, change),
        });
      expect((await submit({ change: add })).status).toBe(201);
      const retire = { kind: "retire-receipt-key", vkey: file.receipts.vkeys[0] ?? "" } as const;
      const answer = await submit({ change: retire, before: applyChange(file, add) });
      expect([answer.status, answer.json.code]).toEqual([409, "change-retires-key-in-use"]);
    } finally {
      await restarted.close();
    }
  });
});
