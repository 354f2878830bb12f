/** Every `cunzheng consortium` line of the documents, as it is typed: the program knows it, and asks for its files. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { runCommand } from "../../src/commands/program.js";
import type { CommandWorld } from "../../src/commands/registry.js";

const lines = ["trust.md", "operation.md", "member.md"].flatMap((name) => {
  const page = readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8").replace(/\\\n\s*/g, "");
  return [...page.matchAll(/^ +cunzheng (consortium .*)$/gm)].map(([, command = ""]) => command);
});
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");

describe("docs/trust.md, docs/operation.md and docs/member.md", () => {
  it("show every command", () => {
    const shown = new Set(lines.map((line) => wordsOf(line)[1]));
    const commands = ["show", "fingerprint", "history", "update", "propose", "check", "approve", "submit"];
    expect(shown).toEqual(new Set(commands));
  });

  it.each(lines)("cunzheng %s", async (line) => {
    const said: string[] = [];
    const world = {
      language: "en",
      version: "0",
      print: () => undefined,
      printError: (text: string) => said.push(text),
      membership: () => Promise.resolve({}),
      readFile: (path: string) => Promise.reject(new Error(`no ${path}`)),
    } as unknown as CommandWorld;
    // 64 would be a command that does not exist; 2 is one whose file is not here.
    expect([await runCommand(wordsOf(line), world), said.join("")]).toEqual([
      2,
      expect.stringContaining("can't be used: no "),
    ]);
  });
});
