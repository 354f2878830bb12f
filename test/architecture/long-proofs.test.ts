/** `npm run test:long` runs every test that `npm test` runs a part of. */
import { expect, it } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

it("each test that tries a part of a long proof is one of those that are run whole", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: { "test:long": string };
  };
  // Those that need no servers, and those against a cluster's.
  const [plain = "", cluster = "", ...more] = scripts["test:long"].split(" && ");
  expect(more).toEqual([]);
  const placesOf = (line: string, start: string) => {
    expect(line.startsWith(start)).toBe(true);
    return line.slice(start.length).split(" ");
  };
  const places = placesOf(plain, "LONG=1 npm test --silent -- ");
  const clusterPlaces = placesOf(cluster, "LONG=1 npm run --silent test:cluster -- ");
  const isRunWhole = (file: string) =>
    (file.startsWith("test/cluster/") ? clusterPlaces : places).some((place) => file.startsWith(place));
  const files = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("architecture"))
    .map((file) => join("test", file))
    .filter((file) => readFileSync(join(root, file), "utf8").includes("/long-proof.js"));
  expect(files.length).toBeGreaterThan(5);
  expect(files.filter((file) => !isRunWhole(file))).toEqual([]);
});
