/** How long the lists of a trust file may be: at the bound they are read, with an entry more refused before any entry is. */
import { describe, expect, it } from "@jest/globals";
import { consortium, json } from "../../../scripts/make-vectors/sample-world.js";
import { MAX_ENTRIES, parseTrustFile } from "../../../src/core/trust/trust-file.js";
import { expectRefusal } from "../vector-files.js";

const sample = { ...consortium(), type: "cunzheng/consortium@v2" };
const [organisation, witness] = [sample.organisations[0], sample.witnesses[0]];
const times = <T>(count: number, item: T): T[] => Array<T>(count).fill(item);
const former = { ...sample.quorum, until: 1 };

/** Each: a trust file with so many entries of the list. Whether it is broken for what they say is not judged here. */
const LISTS: readonly (readonly [string, number, (count: number) => object])[] = [
  ["organisations", 4000, (n) => ({ organisations: times(n, organisation) })],
  ["witnesses", 2000, (n) => ({ witnesses: times(n, { ...witness, vkeys: [] }) })],
  ["witnesses[].vkeys", 8, (n) => ({ witnesses: [{ ...witness, vkeys: times(n, "") }] })],
  ["log.vkeys", 16, (n) => ({ log: { ...sample.log, vkeys: times(n, "") } })],
  ["log.former", 1000, (n) => ({ log: { ...sample.log, former: times(n, { vkey: "", until: 1 }) } })],
  ["receipts.vkeys", 100, (n) => ({ receipts: { vkeys: times(n, "") } })],
  ["quorum.former", 1000, (n) => ({ quorum: { ...sample.quorum, former: times(n, former) } })],
  ["timestampAuthorities", 100, (n) => ({ timestampAuthorities: times(n, "") })],
  ["certificateAuthorities", 100, (n) => ({ certificateAuthorities: times(n, "") })],
];

describe.each(LISTS)("%s", (_, most, make) => {
  const parse = (changes: object) => parseTrustFile(json({ ...sample, ...changes }));

  it(`has at most ${most} entries`, () => {
    expect(() => parse(make(most))).not.toThrow();
    expectRefusal(() => parse(make(most + 1)), "list-too-long");
  });
});

it("are the bounds that docs/evidence-format.md states", () => {
  expect(MAX_ENTRIES).toEqual({
    organisations: 4000,
    witnesses: 2000,
    logKeys: 16,
    cosignerKeys: 8,
    receiptKeys: 100,
    former: 1000,
    authorities: 100,
  });
});
