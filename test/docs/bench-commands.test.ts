/** Every measurement that a document names by its command is one that there is, with options that there are. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { BENCHES, OPTIONS } from "../../scripts/bench/benches.js";

const PROJECT = join(import.meta.dirname, "../..");
const DOCUMENTS = ["README.md", ...readdirSync(join(PROJECT, "docs")).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith(".md"),
);

/** What stands behind `npm run bench --`, up to the end of the command: a closing backquote, a comment, the line's end. */
const commandsOf = (text: string): readonly string[] =>
  [...text.matchAll(/npm run bench -- ([^`#\n|]+)/g)].map(([, given = ""]) => given.trim());

const named = DOCUMENTS.flatMap((document) =>
  commandsOf(readFileSync(join(PROJECT, document), "utf8")).map((command) => ({ document, command })),
);

describe("npm run bench", () => {
  it.each(named)("-- $command, of $document, is there", ({ command }) => {
    const { positionals, values } = parseArgs({
      ...{ args: command.split(/\s+/), allowPositionals: true, options: OPTIONS },
    });
    expect(positionals).toHaveLength(1);
    expect(Object.keys(BENCHES)).toContain(positionals[0]);
    for (const value of Object.values(values)) expect(value).toMatch(/^\d+(?:,\d+)*$/);
  });

  it("is named for everything that it measures but the service, which is its default", () => {
    const names = named.map(({ command }) => command.split(/\s+/)[0]);
    expect([...new Set(names)].sort()).toEqual(
      Object.keys(BENCHES)
        .filter((name) => name !== "service")
        .sort(),
    );
  });
});
