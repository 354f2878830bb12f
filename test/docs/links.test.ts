/** Every link within the documents leads to a file that is there, and to a heading that the file has. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const PROJECT = join(import.meta.dirname, "../..");
const DOCUMENTS = [
  "README.md",
  "NEWS.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(PROJECT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

const textOf = (document: string): string => readFileSync(join(PROJECT, document), "utf8");

/** As widespread viewers make them: lower case, without punctuation, spaces as hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");

const anchorsOf = (document: string): ReadonlySet<string> =>
  new Set([...textOf(document).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => anchorOf(heading ?? "")));

describe("the documents", () => {
  it.each(DOCUMENTS)("%s leads where it says", (document) => {
    const prose = textOf(document).replaceAll(/`[^`\n]*`/g, "");
    const links = [...prose.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link]) => link ?? "");
    const broken = links.filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? document : join(dirname(document), path);
      if (!existsSync(join(PROJECT, target))) return true;
      return anchor !== undefined && !anchorsOf(target).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("are many, with links", () => {
    expect(DOCUMENTS).toEqual(expect.arrayContaining(["docs/REVIEWERS.md", "docs/trust.md"]));
    expect(DOCUMENTS.flatMap((document) => [...textOf(document).matchAll(/\]\(/g)]).length).toBeGreaterThan(
      30,
    );
  });
});
