/** The body of add-entries: every chunking and every truncation of it, and what no log may send. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { concatBytes, uint16, uint64, utf8 } from "../../../src/core/bytes.js";
import { sha256 } from "../../../scripts/make-vectors/reference-tree.js";
import { casesOfLongProof } from "../../long-proof.js";
import { expectRefusal } from "../vector-files.js";
import {
  type AddEntriesHeader,
  createAddEntriesReader,
  encodeAddEntriesHeader,
  encodeEntryPackage,
  type EntryPackage,
  MAX_PACKAGE_HASHES,
  PACKAGE_WIDTH,
  packageAt,
  type PackagePlace,
} from "../../../src/core/witness/add-entries.js";

const header = (
  uploadStart: number,
  uploadEnd: number,
  ticket: Uint8Array = new Uint8Array(0),
): AddEntriesHeader => ({
  origin: "ledger.example/lög",
  uploadStart,
  uploadEnd,
  ticket,
});

function placesOf(uploadStart: number, uploadEnd: number): PackagePlace[] {
  const places: PackagePlace[] = [];
  for (let at = packageAt(uploadStart, uploadEnd); at; at = packageAt(at.end, uploadEnd)) places.push(at);
  return places;
}

/** As its entries, `hashes` of a proof each. */
function packagesOf(uploadStart: number, uploadEnd: number, hashes = 2): EntryPackage[] {
  return placesOf(uploadStart, uploadEnd).map((place) => ({
    ...place,
    entries: Array.from({ length: place.end - place.start }, (_, i) => utf8(`entry ${place.start + i}`)),
    proof: Array.from({ length: hashes }, (_, i) => sha256(`hash ${place.start} ${i}`)),
  }));
}

function read(chunks: Iterable<Uint8Array>) {
  const reader = createAddEntriesReader();
  const packages: EntryPackage[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    if (reader.header() === undefined) continue;
    for (let one = reader.nextPackage(); one; one = reader.nextPackage()) packages.push(one);
  }
  return { header: reader.header(), packages, isComplete: reader.isComplete(), held: reader.heldBytes() };
}
const inChunks = (body: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(body.length / size) }, (_, i) => body.subarray(i * size, (i + 1) * size));
const bodyOf = (head: AddEntriesHeader, packages: readonly EntryPackage[]) =>
  concatBytes(encodeAddEntriesHeader(head), ...packages.map((one) => encodeEntryPackage(one)));

describe("the canonical sequence", () => {
  it.each<[number, number, [number, number, number][]]>([
    [0, 0, []],
    [7, 7, []],
    [0, 1, [[0, 0, 1]]],
    [3, 9, [[0, 3, 9]]],
    [0, 256, [[0, 0, 256]]],
    [
      255,
      257,
      [
        [0, 255, 256],
        [256, 256, 257],
      ],
    ],
    [
      300,
      1000,
      [
        [256, 300, 512],
        [512, 512, 768],
        [768, 768, 1000],
      ],
    ],
    [2 ** 40 + 5, 2 ** 40 + 6, [[2 ** 40, 2 ** 40 + 5, 2 ** 40 + 6]]],
  ])("from %d to %d", (start, end, expected) => {
    expect(placesOf(start, end).map((at) => [at.subtreeStart, at.start, at.end])).toEqual(expected);
  });

  it("is aligned, adjoining and as long as the specification says, from anywhere to anywhere", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const places = placesOf(start, end);
        const rounded = [Math.floor(start / 256) * 256, Math.ceil(end / 256) * 256] as const;
        expect(places).toHaveLength(start === end ? 0 : (rounded[1] - rounded[0]) / 256);
        let next = start;
        for (const place of places) {
          expect(place.start).toBe(next);
          expect(place.subtreeStart % PACKAGE_WIDTH).toBe(0);
          expect(place.end - place.subtreeStart).toBeLessThanOrEqual(PACKAGE_WIDTH);
          next = place.end;
        }
        expect(next).toBe(end);
      }),
    );
  });
});

describe("a body", () => {
  const ticket = utf8("a ticket of the mirror's");
  const cases: [string, AddEntriesHeader, EntryPackage[]][] = [
    ["of nothing", header(9, 9), []],
    ["of one entry", header(0, 1), packagesOf(0, 1, 0)],
    ["with a ticket", header(3, 9, ticket), packagesOf(3, 9)],
    ["of three packages", header(250, 600), packagesOf(250, 600)],
    ["with the longest proof", header(0, 2), packagesOf(0, 2, MAX_PACKAGE_HASHES)],
  ];

  it.each(cases)("%s is read as it was written, in chunks of any size", (_what, head, packages) => {
    const body = bodyOf(head, packages);
    for (const size of [1, 2, 3, 7, 64, 1000, body.length])
      expect(read(inChunks(body, size))).toEqual({ header: head, packages, isComplete: true, held: 0 });
  });

  it("cut off anywhere gives the whole packages before the cut, and is not complete", () => {
    const [head, packages] = [header(250, 600, ticket), packagesOf(250, 600)];
    const body = bodyOf(head, packages);
    const ends = [encodeAddEntriesHeader(head), ...packages.map(encodeEntryPackage)].reduce<number[]>(
      (sums, part) => [...sums, (sums.at(-1) ?? 0) + part.length],
      [],
    );
    for (const cut of casesOfLongProof("places where a body is cut off", [...body.keys()], 1000)) {
      const result = read([body.subarray(0, cut)]);
      const whole = ends.filter((end) => end <= cut).length;
      expect([cut, result.header !== undefined]).toEqual([cut, whole > 0]);
      expect([cut, result.packages.length]).toEqual([cut, Math.max(0, whole - 1)]);
      expect([cut, result.isComplete]).toEqual([cut, false]);
      expect(result.held).toBe(cut - (ends[whole - 1] ?? 0));
    }
  });

  it("may go on after its last package, to nobody's good", () => {
    const body = concatBytes(bodyOf(header(0, 3), packagesOf(0, 3)), utf8("more"));
    expect(read([body])).toMatchObject({ isComplete: true, held: 4 });
  });

  it("of entries of every length up to 65,535 bytes", () => {
    const entries = [0, 1, 255, 256, 65_535].map((length) => new Uint8Array(length).fill(length));
    const one: EntryPackage = { ...(packageAt(0, 5) as PackagePlace), entries, proof: [] };
    expect(read(inChunks(bodyOf(header(0, 5), [one]), 1000)).packages).toEqual([one]);
    expect(() => encodeEntryPackage({ entries: [new Uint8Array(65_536)], proof: [] })).toThrow("internal");
  });

  it("gives copies: what is pushed may be used again", () => {
    const chunk = Uint8Array.from(bodyOf(header(0, 2), packagesOf(0, 2)));
    const reader = createAddEntriesReader();
    reader.push(chunk);
    reader.header();
    const taken = reader.nextPackage();
    chunk.fill(0);
    reader.push(chunk);
    expect(taken).toEqual(packagesOf(0, 2)[0]);
  });
});

describe("refused", () => {
  const parts = (change: { origin?: Uint8Array; start?: Uint8Array; end?: Uint8Array }) => {
    const { origin = utf8("log"), start = uint64(0), end = uint64(1) } = change;
    return concatBytes(uint16(origin.length), origin, start, end, uint16(0));
  };
  const huge = (value: bigint) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value);
    return bytes;
  };

  it.each([
    ["a start above the end", parts({ start: uint64(2) }), "request-malformed"],
    ["an end beyond 2^53", parts({ end: huge(2n ** 53n) }), "request-malformed"],
    ["the largest end", parts({ end: huge(2n ** 64n - 1n) }), "request-malformed"],
    ["a start beyond 2^53", parts({ start: huge(2n ** 53n), end: huge(2n ** 54n) }), "request-malformed"],
    ["an origin that is not UTF-8", parts({ origin: Uint8Array.of(0xff) }), "utf8-invalid"],
    ["an origin cut within a letter", parts({ origin: utf8("lö").subarray(0, 2) }), "utf8-invalid"],
  ])("%s", (_what, bytes, code) => {
    expectRefusal(() => read([bytes]), code);
  });

  it.each([64, 65, 255])("a proof of %d hashes", (count) => {
    const [one] = packagesOf(0, 1, 0) as [EntryPackage];
    const body = bodyOf(header(0, 1), [one]).with(-1, count);
    expectRefusal(() => read([body]), "request-malformed");
    expect(() => encodeEntryPackage({ ...one, proof: Array(count).fill(sha256("x")) })).toThrow("internal");
  });

  it("a ticket or an origin too long to be told", () => {
    expect(() => encodeAddEntriesHeader(header(0, 1, new Uint8Array(65_536)))).toThrow("internal");
    expect(() => encodeAddEntriesHeader({ ...header(0, 1), origin: "x".repeat(65_536) })).toThrow("internal");
  });
});
