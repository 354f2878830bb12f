/** The rooms of src/ as they are: the drawings of docs/architecture.md are of today, and no two rooms import each other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { circlesOf, drawingOf, housesOf, readRooms, withDrawings } from "../../scripts/architecture/rooms.js";

const page = readFileSync(join(import.meta.dirname, "../../docs/architecture.md"), "utf8");
const rooms = readRooms();

it("docs/architecture.md shows them (npm run rooms)", () => {
  expect(withDrawings(page)).toBe(page);
});

it("names each of them", () => {
  const told = page.slice(0, page.indexOf("<!-- drawn"));
  for (const room of rooms.keys()) {
    const name = room.split("/").at(-1) ?? "";
    // Small ones are told of in the line of their house.
    if (/^(adapters|commands)\//.test(room)) continue;
    expect(told).toContain(name);
  }
});

it("none imports one that imports it, but for two of a frozen drawing", () => {
  expect(circlesOf(rooms)).toEqual(["certificate/drawings/1/content", "certificate/drawings/1/template"]);
  expect(circlesOf(housesOf(rooms))).toEqual([]);
});

it("finds circles, and leaves out arrows that others make plain", () => {
  const three = new Map([
    ["a", new Set(["b", "c"])],
    ["b", new Set(["c"])],
    ["c", new Set<string>()],
  ]);
  expect(circlesOf(three)).toEqual([]);
  expect(drawingOf(three).match(/-->/g)).toHaveLength(2);
  expect(circlesOf(new Map([...three, ["c", new Set(["a"])]]))).toEqual(["a", "b", "c"]);
});
