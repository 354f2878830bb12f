/**
 * How a file is spoilt: at the level of bytes as a disk or a careless forger does, at the level of JSON members and of the
 * lines of notes within them as a careful one does, and by parts of other genuine files.
 */
import type { Random } from "../random.js";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Path = readonly string[];

const WORDS = [
  "null",
  "-0",
  "1e3",
  "9007199254740993",
  "{}",
  "[]",
  '""',
  "\\u0000",
  "\uFEFF",
  "é",
  "\n",
  " ",
  "%%EOF",
  "obj",
  "<<",
];
const INTERESTING: readonly Json[] = [
  null,
  true,
  -1,
  0,
  1,
  2 ** 53 - 1,
  2 ** 53,
  0.5,
  "",
  " ",
  "\u202e",
  [],
  {},
];
const MOST_CHANGES = 4;
const LONGEST_RANGE = 64;
const PDF_END_BYTES = 4096;

/** `file` with one to four changes; `other` is a genuine file of the same kind, whose parts may be taken over. */
export function spoil(file: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const changes = random.between(0, 2) > 0 ? 1 : random.between(2, MOST_CHANGES);
  let spoilt = file;
  for (let i = 0; i < changes; i++) spoilt = spoilOnce(spoilt, other, random);
  return spoilt;
}

/**
 * A certificate with a change in its signature, in the last bytes, where a PDF says what stands where, or anywhere.
 * `start` and `end` are where the signature stands in `pdf`, in hexadecimal, its brackets included.
 */
export function spoilPdf(
  pdf: Uint8Array,
  other: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  random: Random,
): Uint8Array {
  const way = random.between(0, 2);
  if (way === 0) return spoil(pdf, other, random);
  const [from, to] = way === 1 ? [start + 1, end - 1] : [Math.max(0, pdf.length - PDF_END_BYTES), pdf.length];
  const part = pdf.subarray(from, to);
  const spoilt =
    way === 1 ? spoilHex(part, random) : spoilBytes(part, other.subarray(other.length - part.length), random);
  return joined(pdf.subarray(0, from), spoilt, pdf.subarray(to));
}

/** Spoils the bytes that are written in hexadecimal and padded with zeros; the length stays. */
function spoilHex(hex: Uint8Array, random: Random): Uint8Array {
  const bytes = Buffer.from(Buffer.from(hex).toString("latin1"), "hex");
  const used = bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
  const spoilt = Buffer.from(spoilBytes(used, used, random)).toString("hex");
  return Buffer.from(spoilt.padEnd(hex.length, "0").slice(0, hex.length), "latin1");
}

function spoilOnce(file: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const value = random.between(0, 3) > 0 ? jsonOf(file) : undefined;
  if (value === undefined) return spoilBytes(file, other, random);
  return encoded(spoilJson(value, jsonOf(other) ?? value, random), random);
}

/** `value` as JSON, now and then with the white space that JSON leaves open. */
function encoded(value: Json, random: Random): Uint8Array {
  const text = JSON.stringify(value, undefined, random.between(0, 3) === 0 ? 1 : undefined);
  return new TextEncoder().encode(text);
}

function spoilBytes(file: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.between(0, file.length);
  const end = Math.min(file.length, at + random.between(1, LONGEST_RANGE));
  const [head, range, tail] = [file.subarray(0, at), file.subarray(at, end), file.subarray(end)];
  const from = random.between(0, other.length);
  const ways: (() => Uint8Array)[] = [
    () => flipped(file, at, random),
    () => flipped(file, at, random),
    () => joined(head, tail),
    () => joined(head, range, range, tail),
    () => joined(head, random.bytes(range.length), tail),
    () => joined(head, other.subarray(from, from + range.length), tail),
    () => joined(head, new TextEncoder().encode(pick(WORDS, random)), range, tail),
    () => (random.between(0, 3) === 0 ? head : joined(file, random.bytes(random.between(1, 4)))),
  ];
  return pick(ways, random)();
}

function flipped(file: Uint8Array, at: number, random: Random): Uint8Array {
  const copy = Uint8Array.from(file);
  if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << random.between(0, 7));
  return copy;
}

function spoilJson(value: Json, other: Json, random: Random): Json {
  const path = placeToSpoil(value, random);
  const elsewhere = valueAt(
    random.between(0, 1) === 0 ? value : other,
    pick(pathsOf(random.between(0, 1) === 0 ? value : other), random),
  );
  const twin = valueAt(other, path);
  const ways: ((each: Json) => Json | undefined)[] = [
    () => undefined,
    () => twin,
    () => twin,
    (each) => elsewhere ?? each,
    () => pick(INTERESTING, random),
    (each) => within(each, twin, random),
    (each) => within(each, twin, random),
    (each) => within(each, twin, random),
  ];
  return replaced(value, path, pick(ways, random)) ?? null;
}

/** Every second time a note or a proof, where there is one: what they say decides most. */
function placeToSpoil(value: Json, random: Random): Path {
  const paths = pathsOf(value);
  const notes = paths.filter((path) => isNote(valueAt(value, path)));
  return pick(notes.length > 0 && random.between(0, 1) === 0 ? notes : paths, random);
}

const isNote = (value: Json | undefined): boolean => typeof value === "string" && value.includes("\n");

/** A change of a value that keeps its JSON type. */
function within(value: Json, twin: Json | undefined, random: Random): Json {
  if (typeof value === "number") return value + pick([-1, 1, 0.5, random.between(0, 1e6)], random);
  if (typeof value === "boolean") return !value;
  if (typeof value === "string")
    return value.includes("\n")
      ? spoilLines(value, typeof twin === "string" ? twin : value, random)
      : spoilText(value, random);
  if (Array.isArray(value)) return spoilArray(value, Array.isArray(twin) ? twin : value, random);
  if (value === null) return 0;
  const names = Object.keys(value);
  const name = names.length === 0 ? "a" : pick(names, random);
  return random.between(0, 1) === 0
    ? { ...value, [`${name}${pick(["", "s", " "], random)}`]: pick(INTERESTING, random) }
    : Object.fromEntries(Object.entries(value).reverse());
}

/** A note or a proof: its lines are left out, repeated, exchanged, taken from another one, or spoilt themselves. */
function spoilLines(text: string, twin: string, random: Random): string {
  const lines = text.split("\n");
  const [i, j] = [random.between(0, lines.length - 1), random.between(0, lines.length - 1)];
  const line = lines[i] as string;
  const ways: (() => string[])[] = [
    () => lines.toSpliced(i, 1),
    () => lines.toSpliced(i, 0, line),
    () => lines.with(i, lines[j] as string).with(j, line),
    () => lines.toSpliced(i, 0, pick(twin.split("\n"), random)),
    () => lines.with(i, pick(twin.split("\n"), random)),
    () => lines.with(i, spoilText(line, random)),
    () => lines.with(i, spoilBase64(line, random)),
    () => lines.with(i, spoilBase64(line, random)),
  ];
  return pick(ways, random)().join("\n");
}

/** Flips a bit of the bytes that stand in base64 at the end of `line`, so that the line stays well formed. */
function spoilBase64(line: string, random: Random): string {
  const [, head, base64] = /^(.* )?([A-Za-z0-9+/]{4,}={0,2})$/.exec(line) ?? [];
  if (base64 === undefined) return spoilText(line, random);
  const bytes = Buffer.from(base64, "base64");
  return `${head ?? ""}${Buffer.from(flipped(bytes, random.between(0, bytes.length - 1), random)).toString("base64")}`;
}

function spoilText(text: string, random: Random): string {
  const at = random.between(0, text.length);
  const character = text.charAt(at);
  const next = String.fromCharCode((character.charCodeAt(0) || 64) + pick([-1, 1, 2], random));
  const ways: (() => string)[] = [
    () => text.slice(0, at) + next + text.slice(at + 1),
    () => text.slice(0, at) + next + text.slice(at + 1),
    () => text.slice(0, at) + text.slice(at + 1),
    () => text.slice(0, at) + pick(WORDS, random) + text.slice(at),
    () => text.toUpperCase(),
    () => text.normalize("NFD"),
    () => `${text}=`,
    () => text + text,
  ];
  return pick(ways, random)();
}

function spoilArray(array: readonly Json[], twin: readonly Json[], random: Random): Json[] {
  const i = random.between(0, Math.max(0, array.length - 1));
  const each = array[i];
  if (each === undefined) return [...twin, pick(INTERESTING, random)];
  const ways: (() => Json[])[] = [
    () => array.toSpliced(i, 1),
    () => array.toSpliced(i, 0, each),
    () => array.toReversed(),
    () => [...array, pick(INTERESTING, random)],
    () => (twin.length === 0 ? [] : array.with(i, pick(twin, random))),
  ];
  return pick(ways, random)();
}

/** Every place in `value`, the whole of it first. */
function pathsOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, each]) => pathsOf(each, [...path, name]))];
}

function valueAt(value: Json, path: Path): Json | undefined {
  let at: Json | undefined = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string, Json>)[step];
  }
  return at;
}

/** `value` with what `by` makes of the value at `path`; undefined takes it away. */
function replaced(
  value: Json,
  [step, ...rest]: Path,
  by: (each: Json) => Json | undefined,
): Json | undefined {
  if (step === undefined) return by(value);
  const inner = (value as Record<string, Json>)[step] as Json;
  const changed = replaced(inner, rest, by);
  if (Array.isArray(value))
    return changed === undefined ? value.toSpliced(Number(step), 1) : value.with(Number(step), changed);
  const entries = Object.entries(value as Record<string, Json>);
  return Object.fromEntries(
    entries.flatMap(([name, each]) =>
      name !== step ? [[name, each]] : changed === undefined ? [] : [[name, changed]],
    ),
  );
}

function jsonOf(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Json;
  } catch {
    return undefined;
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** One of `values`, which are at least one. */
export const pick = <T>(values: readonly T[], random: Random): T =>
  values[random.between(0, values.length - 1)] as T;
