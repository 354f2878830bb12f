/** The rooms of src/, a folder each, and who imports whom, as the compiler sees it. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { PROJECT } from "../project.js";

const SRC = join(PROJECT, "src");
/** Where a drawing of the rooms stands in a page, between these lines. */
const [BEGIN, END] = ["<!-- drawn by npm run rooms: begin -->", "<!-- drawn by npm run rooms: end -->"];

/** Rooms by their path below src/ ("" is src/ itself), each with those that its files import. */
export type Rooms = ReadonlyMap<string, ReadonlySet<string>>;

export function readRooms(): Rooms {
  const rooms = new Map<string, Set<string>>();
  for (const entry of readdirSync(SRC, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith(".ts")) continue;
    const room = relative(SRC, entry.parentPath);
    const imported = rooms.get(room) ?? new Set();
    rooms.set(room, imported);
    const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
    for (const { fileName } of ts.preProcessFile(text).importedFiles) {
      if (!fileName.startsWith(".")) continue;
      const other = relative(SRC, dirname(join(entry.parentPath, fileName)));
      if (other !== room) imported.add(other);
    }
  }
  return rooms;
}

/** The same, with all that lies below a folder of src/ as one room. */
export function housesOf(rooms: Rooms): Rooms {
  const houseOf = (room: string) => room.split("/")[0] || "main.ts";
  const houses = new Map<string, Set<string>>();
  for (const [room, imported] of rooms) {
    const house = houseOf(room);
    const others = houses.get(house) ?? new Set();
    houses.set(house, others);
    for (const other of imported) if (houseOf(other) !== house) others.add(houseOf(other));
  }
  return houses;
}

/** The rooms of one house, its own files as a room of the house's name; what lies outside of it is left out. */
export function roomsOf(house: string, rooms: Rooms): Rooms {
  const inside = [...rooms].filter(([room]) => room === house || room.startsWith(`${house}/`));
  const nameOf = (room: string) => (room === house ? house : room.slice(house.length + 1));
  const names = new Set(inside.map(([room]) => room));
  return new Map(
    inside.map(([room, imported]) => [
      nameOf(room),
      new Set([...imported].filter((other) => names.has(other)).map(nameOf)),
    ]),
  );
}

/** A Mermaid flow chart; an arrow that a chain of others makes plain is left out. */
export function drawingOf(rooms: Rooms): string {
  const ids = new Map([...rooms.keys()].sort().map((room, i) => [room, `r${i}`]));
  const lines = [...ids].map(([room, id]) => `  ${id}["${room}"]`);
  for (const [room, id] of ids) {
    const imported = [...(rooms.get(room) ?? [])].sort();
    for (const other of imported) {
      const others = imported.filter((one) => one !== other);
      if (!leadsTo(other, rooms, others)) lines.push(`  ${id} --> ${ids.get(other) ?? "?"}`);
    }
  }
  return ["```mermaid", "flowchart TD", ...lines, "```"].join("\n");
}

/** Whether `to` is one of `from`, or a chain of imports leads there from one of them. */
function leadsTo(to: string, rooms: Rooms, from: Iterable<string>): boolean {
  const seen = new Set<string>();
  const open = [...from];
  for (let room = open.pop(); room !== undefined; room = open.pop()) {
    if (room === to) return true;
    if (seen.has(room)) continue;
    seen.add(room);
    open.push(...(rooms.get(room) ?? []));
  }
  return false;
}

/** The rooms from which imports lead back to themselves. */
export const circlesOf = (rooms: Rooms): readonly string[] =>
  [...rooms].flatMap(([room, imported]) => (leadsTo(room, rooms, imported) ? [room] : []));

const HOUSES_WITH_ROOMS = [
  "core",
  "pki",
  "certificate",
  "notary",
  "witness-node",
  "http",
  "platform",
  "commands",
  "programs",
];

/** All drawings, as they stand in docs/architecture.md. */
export function drawings(): string {
  const rooms = readRooms();
  return [
    drawingOf(housesOf(rooms)),
    ...HOUSES_WITH_ROOMS.map((house) => `\`src/${house}\`:\n\n${drawingOf(roomsOf(house, rooms))}`),
  ].join("\n\n");
}

/** The page with the drawings of today; throws where it has no place for them. */
export function withDrawings(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no lines ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${drawings()}\n\n${page.slice(end)}`;
}
