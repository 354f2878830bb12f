/**
 * Merkle trees a second time, slowly: RFC 6962's recursions as printed, RFC 9162's checks in BigInt, and those of
 * draft-ietf-plants-merkle-tree-certs for subtrees. Shares no line with `src`, so that vectors and tests hold core to
 * the standard instead of to itself.
 */
import { createHash } from "node:crypto";

export type Hash = Uint8Array;

export const sha256 = (...parts: readonly (Uint8Array | string)[]): Hash =>
  new Uint8Array(parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest());
export const leafHashOf = (content: Uint8Array): Hash => sha256(Uint8Array.of(0), content);
export const nodeHashOf = (left: Hash, right: Hash): Hash => sha256(Uint8Array.of(1), left, right);

/** The eight leaves that the implementations of Certificate Transparency test with. */
export const LEAVES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map((hex) => new Uint8Array(Buffer.from(hex, "hex")));

/** D[0:k] and D[k:n], k the largest power of two smaller than n. */
function halves<T>(d: readonly T[]): [T[], T[]] {
  let k = 1;
  while (2 * k < d.length) k = 2 * k;
  return [d.slice(0, k), d.slice(k)];
}

/** RFC 6962, Section 2.1: MTH(D[n]), from leaf hashes. */
export function mth(d: readonly Hash[]): Hash {
  const [only] = d;
  if (only === undefined) return sha256();
  if (d.length === 1) return only;
  const [left, right] = halves(d);
  return nodeHashOf(mth(left), mth(right));
}

/** Section 2.1.1: PATH(m, D[n]). */
export function path(m: number, d: readonly Hash[]): Hash[] {
  if (d.length === 1) return [];
  const [left, right] = halves(d);
  return m < left.length ? [...path(m, left), mth(right)] : [...path(m - left.length, right), mth(left)];
}

/** Section 2.1.2: PROOF(m, D[n]), and nothing to prove from the empty tree, which it leaves out. */
export const proof = (m: number, d: readonly Hash[]): Hash[] => (m === 0 ? [] : subproof(m, d, true));

function subproof(m: number, d: readonly Hash[], b: boolean): Hash[] {
  if (m === d.length) return b ? [] : [mth(d)];
  const [left, right] = halves(d);
  return m <= left.length
    ? [...subproof(m, left, b), mth(right)]
    : [...subproof(m - left.length, right, false), mth(left)];
}

/** draft-ietf-plants-merkle-tree-certs, "Definition of a Subtree": `start` is a multiple of BIT_CEIL(end - start). */
export function isValidSubtree(start: number, end: number): boolean {
  let bitCeil = 1;
  while (bitCeil < end - start) bitCeil = 2 * bitCeil;
  return 0 <= start && start <= end && start % bitCeil === 0;
}

/** "Generating a Subtree Consistency Proof": SUBTREE_PROOF(start, end, D_n), case by case as it stands there. */
export const subtreeProof = (start: number, end: number, d: readonly Hash[]): Hash[] =>
  start === end ? [] : subtreeSubproof(start, end, d, true);

function subtreeSubproof(start: number, end: number, d: readonly Hash[], b: boolean): Hash[] {
  if (start === 0 && end === d.length) return b ? [] : [mth(d)];
  const [left, right] = halves(d);
  const k = left.length;
  if (end <= k) return [...subtreeSubproof(start, end, left, b), mth(right)];
  if (k <= start) return [...subtreeSubproof(start - k, end - k, right, b), mth(left)];
  return [...subtreeSubproof(0, end - k, right, false), mth(left)];
}

/**
 * For trees too large to build: a path of hashes of nothing, as long as RFC 9162 asks for, and the root that its
 * Section 2.1.3.2 computes from it.
 */
export function inclusionOfNothing(
  leafIndex: number,
  treeSize: number,
  leafHash: Hash,
): { path: Hash[]; root: Hash } {
  const { taken, next } = hashesOfNothing(`inclusion ${leafIndex} ${treeSize}`);
  let [fn, sn, r] = [BigInt(leafIndex), BigInt(treeSize) - 1n, leafHash];
  for (; sn > 0n; [fn, sn] = [fn >> 1n, sn >> 1n]) {
    if ((fn & 1n) === 1n) r = nodeHashOf(next(), r);
    else if (fn < sn) r = nodeHashOf(r, next());
  }
  return { path: taken, root: r };
}

/** The same for Section 2.1.4.2, with 0 < oldSize < newSize. */
export function consistencyOfNothing(
  oldSize: number,
  newSize: number,
): { path: Hash[]; oldRoot: Hash; newRoot: Hash } {
  const { taken, next } = hashesOfNothing(`consistency ${oldSize} ${newSize}`);
  let [fn, sn] = [BigInt(oldSize) - 1n, BigInt(newSize) - 1n];
  for (; (fn & 1n) === 1n; [fn, sn] = [fn >> 1n, sn >> 1n]);
  const first = fn === 0n ? sha256(`old root ${oldSize}`) : next();
  let [fr, sr] = [first, first];
  for (; sn > 0n; [fn, sn] = [fn >> 1n, sn >> 1n]) {
    if ((fn & 1n) === 1n) {
      const c = next();
      [fr, sr] = [nodeHashOf(c, fr), nodeHashOf(c, sr)];
    } else if (fn < sn) sr = nodeHashOf(sr, next());
  }
  return { path: taken, oldRoot: fr, newRoot: sr };
}

/** The same for "Verifying a Subtree Consistency Proof", with start < end: its steps 3 to 9, bit by bit. */
export function subtreeConsistencyOfNothing(
  start: number,
  end: number,
  treeSize: number,
): { path: Hash[]; subtreeHash: Hash; rootHash: Hash } {
  const { taken, next } = hashesOfNothing(`subtree ${start} ${end} ${treeSize}`);
  let [fn, sn, tn] = [BigInt(start), BigInt(end) - 1n, BigInt(treeSize) - 1n];
  const shift = () => ([fn, sn, tn] = [fn >> 1n, sn >> 1n, tn >> 1n]);
  const lsb = (n: bigint) => (n & 1n) === 1n;
  if (sn === tn) while (fn !== sn) shift();
  else while (fn !== sn && lsb(sn)) shift();
  const first = fn === sn ? sha256(`subtree hash ${start} ${end}`) : next();
  let [fr, sr] = [first, first];
  while (tn !== 0n) {
    // A proof holds no hash for levels on which there is nothing beside the last node.
    if (sn === tn && sn === 0n) throw new Error("no hash could end here");
    const c = next();
    if (lsb(sn) || sn === tn) {
      if (fn < sn) fr = nodeHashOf(c, fr);
      sr = nodeHashOf(c, sr);
      while (!lsb(sn)) shift();
    } else {
      sr = nodeHashOf(sr, c);
    }
    shift();
  }
  return { path: taken, subtreeHash: fr, rootHash: sr };
}

function hashesOfNothing(seed: string): { taken: Hash[]; next: () => Hash } {
  const taken: Hash[] = [];
  const next = () => {
    const hash = sha256(`${seed}: hash ${taken.length}`);
    taken.push(hash);
    return hash;
  };
  return { taken, next };
}
