/**
 * test/vectors/inclusion/ and consistency/: every proof of Certificate Transparency's eight leaves, a few of trees
 * beyond 2^32, and what spoils them. The codes follow from the way a proof is spoilt, not from what core answers.
 */
import { hex } from "../../src/core/bytes.js";
import {
  consistencyOfNothing,
  type Hash,
  inclusionOfNothing,
  leafHashOf,
  LEAVES,
  mth,
  path,
  proof,
  sha256,
} from "./reference-tree.js";
import { encodeVectorFile, type VectorCase, type VectorFile } from "./vector-file.js";

interface Inclusion {
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly path: readonly Hash[];
  readonly leafHash: Hash;
  readonly root: Hash;
}

interface Consistency {
  readonly oldSize: number;
  readonly newSize: number;
  readonly path: readonly Hash[];
  readonly oldRoot: Hash;
  readonly newRoot: Hash;
}

type Kind = "malformed" | "mismatch";

export function merkleVectors(): ReadonlyMap<string, string> {
  return new Map([
    ["inclusion/proofs.json", encodeVectorFile(inclusionVectors())],
    ["consistency/proofs.json", encodeVectorFile(consistencyVectors())],
  ]);
}

const TREE = LEAVES.map(leafHashOf);
const tree = (size: number) => TREE.slice(0, size);
const leaf = (index: number) => TREE[index] as Hash;
const MORE = sha256("a hash that no proof needs");

function inclusionVectors(): VectorFile {
  const vectors = collect<Inclusion>("inclusion");
  for (let treeSize = 1; treeSize <= TREE.length; treeSize++) {
    for (let leafIndex = 0; leafIndex < treeSize; leafIndex++) {
      const good = {
        leafIndex,
        treeSize,
        path: path(leafIndex, tree(treeSize)),
        leafHash: leaf(leafIndex),
        root: mth(tree(treeSize)),
      };
      const name = `leaf ${leafIndex} of ${treeSize}`;
      vectors.accept(name, good);
      if (treeSize === 7 || leafIndex === treeSize - 1)
        vectors.refuse(name, good, [...faultsOfHashes(good, ["leafHash", "root"]), ...faultsOfLength(good)]);
    }
  }
  const good = { leafIndex: 2, treeSize: 7, path: path(2, tree(7)), leafHash: leaf(2), root: mth(tree(7)) };
  vectors.refuse("leaf 2 of 7", good, [
    ["another leaf's index", "mismatch", { leafIndex: 3 }],
    ["another leaf's hash", "mismatch", { leafHash: leaf(3) }],
    ["another leaf's path", "mismatch", { path: path(1, tree(7)) }],
    ["the root of the tree before", "mismatch", { root: mth(tree(6)) }],
    ["the empty tree's root", "mismatch", { root: mth([]) }],
    ["the leaf's content in place of its hash", "malformed", { leafHash: LEAVES[2] as Hash }],
    ["a larger tree", "malformed", { treeSize: 15 }],
    ["a smaller tree", "malformed", { treeSize: 3 }],
    ["the empty tree", "malformed", { treeSize: 0 }],
    ["the index after the last", "malformed", { leafIndex: 7 }],
    ["an index far behind", "malformed", { leafIndex: 2 ** 40 }],
    ["a negative index", "malformed", { leafIndex: -2 }],
    ["an index with a fraction", "malformed", { leafIndex: 2.5 }],
    ["an index beyond 2^53", "malformed", { leafIndex: 2 ** 53 }],
    ["a negative size", "malformed", { treeSize: -7 }],
    ["a size with a fraction", "malformed", { treeSize: 7.5 }],
    ["a size beyond 2^53", "malformed", { treeSize: 2 ** 53 }],
  ]);
  const last = { leafIndex: 6, treeSize: 7, path: path(6, tree(7)), leafHash: leaf(6), root: mth(tree(7)) };
  vectors.refuse("leaf 6 of 7", last, [
    // The last leaf of 7 has a shorter path than the others: two levels have no sibling for it.
    ["the index of a leaf with a longer path", "malformed", { leafIndex: 5 }],
    ["its own hash as its sibling's", "malformed", { path: [last.leafHash, ...last.path] }],
  ]);
  const pair = new Uint8Array([...leaf(0), ...leaf(1)]);
  vectors.refuse(
    "a node posed as a leaf",
    { leafIndex: 0, treeSize: 2, path: [leaf(2)], leafHash: leafHashOf(pair), root: mth(tree(3)) },
    [["hashed with the prefix of leaves", "mismatch", {}]],
  );

  const sizes: readonly (readonly [number, number])[] = [
    [2 ** 32, 2 ** 32 + 1],
    [2 ** 31, 2 ** 32],
    [2 ** 33 + 1, 2 ** 40],
    [123_456_789_012, 2 ** 41 + 2 ** 33 + 7],
    [2 ** 53 - 2, 2 ** 53 - 1],
    [0, 2 ** 53 - 1],
  ];
  for (const [leafIndex, treeSize] of sizes) {
    const large = {
      leafIndex,
      treeSize,
      leafHash: leaf(0),
      ...inclusionOfNothing(leafIndex, treeSize, leaf(0)),
    };
    vectors.accept(`leaf ${leafIndex} of ${treeSize}`, large);
    vectors.refuse(`leaf ${leafIndex} of ${treeSize}`, large, faultsOfLength(large));
  }
  // In a full tree all paths are of one length: only the index, read to its last bit, tells these leaves apart.
  const full = {
    leafIndex: 2 ** 33 + 1,
    treeSize: 2 ** 40,
    leafHash: leaf(0),
    ...inclusionOfNothing(2 ** 33 + 1, 2 ** 40, leaf(0)),
  };
  vectors.refuse("leaf 2^33 + 1 of 2^40", full, [["the index cut to 32 bits", "mismatch", { leafIndex: 1 }]]);
  return vectors.file(
    "Inclusion proofs over SHA-256. Hashes are in hexadecimal, the path leads from the leaf upwards.",
  );
}

function consistencyVectors(): VectorFile {
  const vectors = collect<Consistency>("consistency");
  for (let newSize = 0; newSize <= TREE.length; newSize++) {
    for (let oldSize = 0; oldSize <= newSize; oldSize++) {
      const good = {
        oldSize,
        newSize,
        path: proof(oldSize, tree(newSize)),
        oldRoot: mth(tree(oldSize)),
        newRoot: mth(tree(newSize)),
      };
      const name = `${oldSize} to ${newSize}`;
      vectors.accept(name, good);
      // From the empty tree to another a proof says nothing about the new root.
      const roots = oldSize === 0 && newSize > 0 ? (["oldRoot"] as const) : (["oldRoot", "newRoot"] as const);
      if (newSize === 7 || oldSize === newSize - 1)
        vectors.refuse(name, good, [...faultsOfHashes(good, roots), ...faultsOfLength(good)]);
    }
  }
  const good = {
    oldSize: 6,
    newSize: 8,
    path: proof(6, tree(8)),
    oldRoot: mth(tree(6)),
    newRoot: mth(tree(8)),
  };
  vectors.refuse("6 to 8", good, [
    ["the roots exchanged", "mismatch", { oldRoot: good.newRoot, newRoot: good.oldRoot }],
    ["the sizes exchanged", "malformed", { oldSize: 8, newSize: 6 }],
    ["the old root of another size", "mismatch", { oldRoot: mth(tree(5)) }],
    ["the proof from another size", "malformed", { path: proof(4, tree(8)) }],
    ["a larger old tree", "malformed", { oldSize: 7 }],
    ["a larger new tree", "malformed", { newSize: 17 }],
    ["an old root of 31 bytes", "malformed", { oldRoot: good.oldRoot.subarray(1) }],
    ["a negative old size", "malformed", { oldSize: -6 }],
    ["a negative new size", "malformed", { newSize: -8 }],
    ["an old size with a fraction", "malformed", { oldSize: 6.5 }],
    ["a new size with a fraction", "malformed", { newSize: 8.5 }],
    ["a new size beyond 2^53", "malformed", { newSize: 2 ** 53 }],
    ["one size, two roots", "mismatch", { oldSize: 8, path: [] }],
    ["from the empty tree, with a path", "malformed", { oldSize: 0, oldRoot: mth([]) }],
  ]);
  const empty = { oldSize: 0, newSize: 0, path: [], oldRoot: leaf(0), newRoot: leaf(0) };
  vectors.refuse("0 to 0", empty, [["one root on both sides, not the empty tree's", "mismatch", {}]]);

  const sizes: readonly (readonly [number, number])[] = [
    [2 ** 32, 2 ** 32 + 1],
    [2 ** 32 - 1, 2 ** 32 + 1],
    [2 ** 33 + 1, 2 ** 40 + 5],
    [123_456_789_012, 2 ** 41 + 2 ** 33 + 7],
    [2 ** 52, 2 ** 53 - 1],
    [2 ** 53 - 2, 2 ** 53 - 1],
  ];
  for (const [oldSize, newSize] of sizes) {
    const large = { oldSize, newSize, ...consistencyOfNothing(oldSize, newSize) };
    vectors.accept(`${oldSize} to ${newSize}`, large);
    vectors.refuse(`${oldSize} to ${newSize}`, large, faultsOfLength(large));
  }
  return vectors.file(
    "Consistency proofs over SHA-256. Hashes are in hexadecimal, the path leads from the old tree's end upwards.",
  );
}

/** What is wrong, how that must be called, and the fields that make it so. */
type Fault<T> = readonly [what: string, kind: Kind, change: Partial<T>];

function faultsOfHashes<T extends { path: readonly Hash[] }>(
  good: T,
  names: readonly (keyof T & string)[],
): Fault<T>[] {
  const change = (fields: object) => fields as Partial<T>;
  return [
    ...names.map((name): Fault<T> => [
      `a bit of ${name} flipped`,
      "mismatch",
      change({ [name]: flipped(good[name] as Hash, 77) }),
    ]),
    ...good.path.map((hash, i): Fault<T> => {
      const path = good.path.with(i, flipped(hash, (101 * i) % 256));
      return [`a bit of hash ${i} flipped`, "mismatch", change({ path })];
    }),
  ];
}

function faultsOfLength<T extends { path: readonly Hash[] }>(good: T): Fault<T>[] {
  const { path } = good;
  const fault = (what: string, changed: readonly Hash[]): Fault<T> => [
    what,
    "malformed",
    { path: changed } as Partial<T>,
  ];
  const [first] = path;
  return [
    fault("a hash more before", [MORE, ...path]),
    fault("a hash more after", [...path, MORE]),
    ...(first === undefined
      ? []
      : [
          fault("without the first hash", path.slice(1)),
          fault("without the last hash", path.slice(0, -1)),
          fault("a hash of 31 bytes", path.with(0, first.subarray(1))),
          fault("a hash of 33 bytes", path.with(-1, new Uint8Array([...first, 0]))),
        ]),
  ];
}

function flipped(hash: Hash, bit: number): Hash {
  return hash.map((byte, i) => (i === bit >> 3 ? byte ^ (0x80 >> (bit & 7)) : byte));
}

function collect<T extends object>(group: string) {
  const accepted: VectorCase[] = [];
  const refused: VectorCase[] = [];
  return {
    accept(name: string, fields: T) {
      accepted.push({ name, ...spelled(fields) });
    },
    refuse(name: string, good: T, faults: readonly Fault<T>[]) {
      for (const [what, kind, change] of faults)
        refused.push({
          name: `${name}: ${what}`,
          ...spelled({ ...good, ...change }),
          code: `${group}-${kind}`,
        });
    },
    file: (about: string): VectorFile => ({ about, accepted, refused }),
  };
}

/** Hashes in hexadecimal, numbers as they are. */
function spelled(fields: object): Record<string, unknown> {
  const spell = (value: unknown): unknown =>
    value instanceof Uint8Array ? hex(value) : Array.isArray(value) ? value.map(spell) : value;
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, spell(value)]));
}
