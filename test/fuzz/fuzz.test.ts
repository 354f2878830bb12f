/**
 * The mutation fuzzer itself: a bounded run from a fresh seed finds nothing, and each kind of fault, planted in one of the
 * two verifiers or in both, is found. The long run is `npm run fuzz -- --count 1000000`.
 */
import { randomInt } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { openJudge } from "../../scripts/fuzz/judge.js";
import { type Kind, KINDS, type Original, readOriginals } from "../../scripts/fuzz/originals.js";
import { type Found, runFuzzer, type RunResult } from "../../scripts/fuzz/run.js";
import { openVerifiers, type Verify } from "../../scripts/fuzz/verifiers.js";
import { openSampleTemplate } from "../../scripts/bench/sample-certificates.js";
import { tell } from "../../scripts/random.js";

const FILES = Number(process.env["FUZZ_FILES"] ?? 3000);
/** A planted fault shows itself in far fewer. */
const FILES_UNTIL_FOUND = 2000;

describe("the mutation fuzzer", () => {
  let originals: readonly Original[];
  let verifiers: { readonly node: Verify; readonly noble: Verify };

  beforeAll(async () => {
    const template = openSampleTemplate();
    originals = await readOriginals();
    verifiers = openVerifiers((digest) => (digest === template.digest ? template : undefined));
  }, 120_000);

  async function run(
    judged: { readonly node: Verify; readonly noble: Verify },
    options: {
      readonly seed: number;
      readonly kinds?: readonly Kind[];
      readonly untilFound?: Found["what"];
      readonly files?: number;
    },
  ): Promise<RunResult & { readonly found: readonly Found[] }> {
    const { seed, kinds = KINDS, untilFound, files = untilFound ? FILES_UNTIL_FOUND : FILES } = options;
    const found: Found[] = [];
    const isFound = () => found.some(({ what }) => what === untilFound);
    const result = await runFuzzer({
      judge: await openJudge(originals, judged, verifiers.node),
      originals,
      kinds,
      seed,
      goesOn: (done) => done < files && !isFound(),
      found: (finding) => found.push(finding),
    });
    return { ...result, found };
  }

  test(`finds nothing in ${FILES} spoilt files of a fresh seed`, async () => {
    const seed = randomInt(2 ** 31);
    tell(`fuzz: seed ${seed}`);
    const { found, done, tally } = await run(verifiers, { seed });
    expect(found.map(({ given: _, ...how }) => how)).toEqual([]);
    expect(done).toBe(FILES);
    expect([...tally.keys()]).toEqual([...KINDS]);
    // What is spoilt at random is refused for the most part, and a run in which all of it was would show little.
    expect(tally.get("evidence")?.get("verified")).toBeGreaterThan(0);
    expect(tally.get("evidence")?.get("refused")).toBeGreaterThan(0);
  }, 900_000);

  test("finds a verifier that says something else than the other", async () => {
    const lenient: Verify = async (given) => {
      const report = await verifiers.noble(given);
      return report.verdict === "refused" ? { ...report, verdict: "incomplete" } : report;
    };
    const { found } = await run({ ...verifiers, noble: lenient }, { seed: 1, untilFound: "disagreement" });
    expect(found.at(-1)?.what).toBe("disagreement");
  }, 300_000);

  test("finds a verifier that throws", async () => {
    const fragile: Verify = (given) => {
      if (Buffer.from(given.file).includes("  ")) throw new RangeError("planted");
      return verifiers.node(given);
    };
    const { found } = await run({ ...verifiers, node: fragile }, { seed: 2, untilFound: "thrown" });
    expect(found.at(-1)?.detail).toContain("planted");
  }, 300_000);

  test("finds verifiers that both answer for the genuine file, whatever they are given", async () => {
    const genuine = originals.find(({ name }) => name === "happy-path") as Original;
    const report = await verifiers.node(genuine.given);
    const blind: Verify = () => Promise.resolve(report);
    const { found } = await run(
      { node: blind, noble: blind },
      { seed: 3, kinds: ["evidence"], untilFound: "another-meaning" },
    );
    expect(found.at(-1)?.detail).toMatch(/evidence: |does not parse/);
  }, 300_000);

  test("finds verifiers that take any record for the deposited one", async () => {
    const careless: Verify = ({ record: _, ...given }) => verifiers.node(given);
    const { found } = await run(
      { node: careless, noble: careless },
      { seed: 5, kinds: ["record"], untilFound: "another-meaning" },
    );
    expect(found.at(-1)?.detail).toContain("other digests");
  }, 300_000);

  test("knows for genuine what becomes of a refused file once its fault is taken away", async () => {
    const refused = originals.filter(({ name }) => name === "record-of-other-words_fail");
    expect(refused).toHaveLength(1);
    const [{ given, ...how }] = refused as [Original];
    const judge = await openJudge(refused, verifiers);
    const { record: _, ...mended } = given;
    expect(await judge.judge("evidence", mended, { ...how, given })).toEqual({ verdict: "verified" });
  });

  test("spoils the same files again from the same seed", async () => {
    const once = await run(verifiers, { seed: 4, kinds: ["evidence"], files: 200 });
    const again = await run(verifiers, { seed: 4, kinds: ["evidence"], files: 200 });
    expect(again.tally).toEqual(once.tally);
  }, 300_000);
});
