/** `npm run test:long` runs every test that `npm test` runs a part of. */
import { expect, it } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

it("each test that tries a part of a long proof is one of those that are run whole", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: { "test:long": string };
  };
  const [settings, command, ...places] = scripts["test:long"].replace(" --silent --", "").split(" ");
  expect([settings, command, places.shift()]).toEqual(["LONG=1", "npm", "test"]);
  const isRunWhole = (file: string) => places.some((place) => file.startsWith(place));
  const files = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("architecture"))
    .map((file) => join("test", file))
    .filter((file) => readFileSync(join(root, file), "utf8").includes("/long-proof.js"));
  expect(files.length).toBeGreaterThan(5);
  expect(files.filter((file) => !isRunWhole(file))).toEqual([]);
});
