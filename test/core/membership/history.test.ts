/** Whatever sequence of changes: the ledger's entries lead to the same trust file, and nothing that is not one helps. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { utf8 } from "../../../src/core/bytes.js";
import { encodeConsortiumChange, hashTrustFile } from "../../../src/core/membership/change.js";
import { deriveChanges } from "../../../src/core/membership/derive-change.js";
import {
  beginHistory,
  continueHistory,
  type History,
  oddEntries,
} from "../../../src/core/membership/history.js";
import { resultOfChange } from "../../../src/core/membership/verify-change.js";
import { parseConsortium } from "../../../src/core/trust/consortium.js";
import type { TrustFile } from "../../../src/core/trust/trust-file.js";
import { VERIFIERS } from "../../../src/platform/keys/verifiers.js";
import { runsOfLongProof } from "../../long-proof.js";
import { approved, type Draw, draw, firstTrustFile, plausibleChange } from "./changing-consortium.js";

const BATCH = utf8('{"id":"01KATVR90TEXAMP1E0000000B1","type":"cunzheng/batch@v1"}');

/** The entries of a ledger on which each draw that gives a change is one, with batches between. */
function ledgerOf(start: TrustFile, draws: readonly Draw[]) {
  const entries: Uint8Array[] = [BATCH];
  const files = [start];
  for (const drawn of draws) {
    const [before] = files.slice(-1) as [TrustFile];
    const treeSize = entries.length + 1;
    const change = plausibleChange(before, drawn, treeSize);
    if (change === undefined) continue;
    files.push(resultOfChange(before, change));
    entries.push(encodeConsortiumChange(approved(before, change, { treeSize })), BATCH);
  }
  return { entries, files };
}

const read = (start: TrustFile, entries: readonly Uint8Array[]): History =>
  entries.reduce(
    (history, entry, index) => continueHistory(history, { index, entry }, VERIFIERS),
    beginHistory(start),
  );

const kinds = new Set<string>();

describe("a history", () => {
  const runs = runsOfLongProof("histories read from each of their files", { part: 5, whole: 25 });

  it("leads from the first file to the last, from any of them, and what its changes add is told of", () => {
    fc.assert(
      fc.property(fc.array(draw, { minLength: 4, maxLength: 12 }), fc.nat(), (draws, from) => {
        const start = firstTrustFile();
        const { entries, files } = ledgerOf(start, draws);
        const whole = read(start, entries);
        const last = files.at(-1) as TrustFile;
        expect(hashTrustFile(whole.present)).toBe(hashTrustFile(last));
        expect(whole.happened.map(({ problem }) => problem)).toEqual(whole.happened.map(() => undefined));
        expect(whole.happened).toHaveLength(files.length - 1);
        parseConsortium(utf8(JSON.stringify(last)));
        for (const { change } of whole.happened) kinds.add(change?.change.kind ?? "");
        // Whoever has a later file comes to the same one, and finds nothing odd before it.
        const later = read(files[from % files.length] as TrustFile, entries);
        expect(hashTrustFile(later.present)).toBe(hashTrustFile(last));
        expect(oddEntries(later)).toEqual([]);
      }),
      runs,
    );
    expect(kinds.size).toBeGreaterThan(6);
  }, 120_000);

  it("takes no entry twice, and none out of its order", () => {
    fc.assert(
      fc.property(fc.array(draw, { minLength: 8, maxLength: 12 }), (draws) => {
        const start = firstTrustFile();
        const { entries, files } = ledgerOf(start, draws);
        const replayed = read(start, [...entries, ...entries]);
        expect(hashTrustFile(replayed.present)).toBe(hashTrustFile(files.at(-1) as TrustFile));
        expect(oddEntries(replayed)).toHaveLength(files.length - 1);
        if (files.length < 3) return;
        const backwards = read(start, [...entries].reverse());
        expect(backwards.present.revision ?? 0).toBeLessThan(files.length - 1);
      }),
      runsOfLongProof("histories read twice and backwards", { part: 2, whole: 8 }),
    );
  }, 120_000);

  it("is the same whatever an entry looks like that only claims to be a change", () => {
    const start = firstTrustFile();
    const change = { kind: "change-log", url: "https://new.example" } as const;
    const entry = encodeConsortiumChange(approved(start, change, { treeSize: 2 }));
    const text = Buffer.from(entry).toString();
    const spoilt = [
      '"type":"cunzheng/consortium@v1"}',
      `x${text}`,
      text.replace('{"after"', '{ "after"'),
      text.replace('"reason"', '"reasons":"","reason"'),
      JSON.stringify({ ...(JSON.parse(text) as object), approvals: [] }),
    ];
    for (const each of spoilt) {
      const history = read(start, [BATCH, utf8(each)]);
      expect(hashTrustFile(history.present)).toBe(hashTrustFile(start));
    }
    expect(read(start, [BATCH, entry]).present.log.url).toBe("https://new.example");
  });
});

describe("what was edited", () => {
  it("names the change that leads there, where one does", () => {
    fc.assert(
      fc.property(fc.array(draw, { minLength: 3, maxLength: 8 }), (draws) => {
        const { files } = ledgerOf(firstTrustFile(), draws);
        for (const [i, after] of files.entries()) {
          const before = files[i - 1];
          if (before === undefined) continue;
          const { changes, impossible } = deriveChanges(before, after, {});
          expect({ impossible, count: changes.length }).toEqual({ impossible: [], count: 1 });
          const [change] = changes;
          if (change) expect(hashTrustFile(resultOfChange(before, change))).toBe(hashTrustFile(after));
        }
      }),
      runsOfLongProof("histories whose changes are derived from their files", { part: 6, whole: 30 }),
    );
  }, 120_000);
});
