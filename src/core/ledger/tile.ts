/**
 * Tiles: the Merkle tree of a log cut into files of up to 256 hashes each, under names that never change.
 * C2SP tlog-tiles, "Merkle Tree". Tile n of level l holds MTH(D[(n * 256 + i) * 256^l : (n * 256 + i + 1) * 256^l])
 * for i from 0; a level above 0 holds the roots of full tiles only.
 */
import { abbreviate, decimal } from "../bytes.js";
import { ParseError } from "../errors.js";
import { type Hash, HASH_BYTES, hashNode } from "../merkle/hash.js";
import { isSize } from "../merkle/size.js";
import type { NodeId } from "../merkle/subtree.js";

/** One tile has this many levels of the Merkle tree. */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;
/** SPEC: `<L>` "MUST be a decimal ASCII integer between 0 and 63". */
const MAX_LEVEL = 63;

export interface Tile {
  readonly level: number;
  readonly index: number;
  /** The width says how many hashes it holds: `TILE_WIDTH` when full, less when partial, never 0. */
  readonly width: number;
}

export interface TilePath extends Tile {
  /** The kind `entries` is the bundle of the entries whose leaf hashes stand in the tile of this index on level 0. */
  readonly kind: "hashes" | "entries";
}

/** Gives a tile's path `tile/<L>/<N>[.p/<W>]`, below the log's prefix: `tile/0/x001/005.p/3`. */
export function tilePath({ level, index, width }: Tile): string {
  return `tile/${level}/${groupsOf(index)}${suffixOf(width)}`;
}

/** Gives a bundle's path `tile/entries/<N>[.p/<W>]`, below the log's prefix. */
export function entriesPath({ index, width }: Pick<Tile, "index" | "width">): string {
  return `tile/entries/${groupsOf(index)}${suffixOf(width)}`;
}

/** Reads a path; undefined for any text that `tilePath` and `entriesPath` would not print: a tile has one name. */
export function parseTilePath(path: string): TilePath | undefined {
  const [, place, groups, suffix] =
    /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/.exec(path) ?? [];
  if (place === undefined || groups === undefined) return undefined;
  const index = decimal(groups.replace(/[x/]/g, "").replace(/^0+(?=[0-9])/, ""));
  const width = suffix === undefined ? TILE_WIDTH : decimal(suffix);
  const level = place === "entries" ? 0 : decimal(place);
  if (index === undefined || width === undefined || level === undefined) return undefined;
  if (level > MAX_LEVEL || width < 1 || width > TILE_WIDTH) return undefined;
  const tile = { level, index, width };
  if (place === "entries") return path === entriesPath(tile) ? { kind: "entries", ...tile } : undefined;
  return path === tilePath(tile) ? { kind: "hashes", ...tile } : undefined;
}

/**
 * Gives the tile that holds `node`, or the hashes below it. `node` is a complete subtree of a tree of `treeSize`
 * leaves.
 */
export function tileOfNode(node: NodeId, treeSize: number): Tile {
  if (!isSize(node.level) || !isSize(node.index) || (node.index + 1) * 2 ** node.level > treeSize)
    throw new Error(`internal: no node ${node.level}/${node.index} in a tree of ${treeSize}`);
  const { level, first } = placeOf(node);
  return tileAt(level, Math.floor(first / TILE_WIDTH), treeSize);
}

/** Gives the tiles that hold `nodes`, each once. */
export function tilesForNodes(nodes: readonly NodeId[], treeSize: number): Tile[] {
  const tiles = nodes.map((node) => tileOfNode(node, treeSize));
  return [...new Map(tiles.map((tile) => [tilePath(tile), tile])).values()];
}

/** Tells where the root of a full tile stands: undefined for a partial tile, whose root stands nowhere. */
export function tileAbove({ level, index, width }: Tile, treeSize: number): Tile | undefined {
  if (width < TILE_WIDTH) return undefined;
  return tileAt(level + 1, Math.floor(index / TILE_WIDTH), treeSize);
}

/**
 * Gives the hash of `node` out of the tile that `tileOfNode` names, hashing up within the tile; nothing is verified.
 * Throws `tile-malformed` when `tileBytes` is no tile, or too narrow for the node.
 */
export function hashFromTile(node: NodeId, tileBytes: Uint8Array): Hash {
  const { first, count } = placeOf(node);
  const start = first % TILE_WIDTH;
  const hashes = splitTile(tileBytes).slice(start, start + count);
  if (hashes.length < count) {
    throw malformed(`${tileBytes.length / HASH_BYTES} hashes`, `at least ${start + count} hashes`);
  }
  return rootOfComplete(hashes);
}

/**
 * Divides a tile into its hashes. Throws `tile-malformed` unless `tileBytes` is 1 to 256 whole hashes, and `width` of
 * them where it is given.
 */
export function splitTile(tileBytes: Uint8Array, width?: number): Hash[] {
  const count = tileBytes.length / HASH_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > TILE_WIDTH || (width ?? count) !== count) {
    throw malformed(`${tileBytes.length} bytes`, `${width ?? `1 to ${TILE_WIDTH}`} hashes of 32 bytes`);
  }
  return Array.from({ length: count }, (_, i) => tileBytes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1)));
}

/** Computes the root over a number of hashes that is a power of two. */
export function rootOfComplete(hashes: readonly Hash[]): Hash {
  const [left, right] = hashes;
  if (left === undefined) throw new Error("internal: no hashes, no root");
  if (right === undefined) return left;
  const half = hashes.length / 2;
  return hashNode(rootOfComplete(hashes.slice(0, half)), rootOfComplete(hashes.slice(half)));
}

/** A node's place among the hashes that tiles store: `count` of them, from number `first` of the tiles' `level`. */
function placeOf(node: NodeId): { level: number; first: number; count: number } {
  const count = 2 ** (node.level % TILE_HEIGHT);
  // Multiplied, not shifted: `<<` and `>>` cut to 32 bits, and a log may outgrow them.
  return { level: Math.floor(node.level / TILE_HEIGHT), first: node.index * count, count };
}

/** SPEC: "The partial tile at level l for a tree of size s has floor(s / 256**l) mod 256 entries." */
function tileAt(level: number, index: number, treeSize: number): Tile {
  const hashesOfLevel = Math.floor(treeSize / TILE_WIDTH ** level);
  return { level, index, width: Math.min(TILE_WIDTH, hashesOfLevel - index * TILE_WIDTH) };
}

/** SPEC: "zero-padded 3-digit path elements. All but the last path element MUST begin with an `x`." */
function groupsOf(index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.{3}/g) ?? [];
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/");
}

const suffixOf = (width: number): string => (width === TILE_WIDTH ? "" : `.p/${width}`);

function malformed(got: string, want: string): ParseError {
  return new ParseError("tile-malformed", "not a tile", { got: abbreviate(got), want });
}
