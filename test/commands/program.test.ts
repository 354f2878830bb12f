/** The command line as a whole: every command is found, is typed as its options say, and ends with the code of what it throws. */
import { describe, expect, it } from "@jest/globals";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import type { Command } from "../../src/commands/model/command.js";
import { UnavailableError, UsageError } from "../../src/commands/model/errors.js";
import { runCommand } from "../../src/commands/program.js";
import { COMMANDS, type CommandWorld } from "../../src/commands/registry.js";

type AnyCommand = Command<CommandWorld>;

const SOURCES = join(import.meta.dirname, "../../src/commands");
const below = ({ commands }: AnyCommand): AnyCommand[] => commands.flatMap((each) => [each, ...below(each)]);
const all = COMMANDS.flatMap((each: AnyCommand) => [each, ...below(each)]);

/** What the program says and how it ends; of the world only what `effects` has. */
async function type(args: readonly string[], effects: object = {}) {
  const printed = { out: "", error: "" };
  const world = {
    ...{ version: "0", language: "en" },
    print: (text: string) => (printed.out += text),
    printError: (text: string) => (printed.error += text),
    ...effects,
  } as unknown as CommandWorld;
  return { exitCode: await runCommand(args, world), ...printed };
}

describe("the registry", () => {
  it("has every command that a file of src/commands exports", async () => {
    const files = readdirSync(SOURCES, { recursive: true, withFileTypes: true })
      .filter(({ name }) => name.endsWith(".ts"))
      .map(({ parentPath, name }) => relative(SOURCES, join(parentPath, name)));
    const exported: string[] = [];
    for (const file of files) {
      const values = Object.values((await import(join(SOURCES, file))) as Record<string, unknown>);
      const isCommand = (value: unknown): value is AnyCommand =>
        typeof value === "object" && value !== null && "operands" in value && "description" in value;
      const commands = values.filter(isCommand);
      expect(commands.length).toBeLessThanOrEqual(1);
      exported.push(...commands.map(({ name }) => name));
    }
    expect(exported.sort()).toEqual(all.map(({ name }) => name).sort());
  });

  it.each(all.map((command) => [command.name, command] as const))(
    "%s has words for itself and for each of its options",
    (_name, { description, options, run, commands }) => {
      expect(description).not.toBe("");
      for (const kind of Object.values(options))
        expect(kind.toOption("--any", { language: "en" } as CommandWorld).description).not.toBe("");
      expect(run !== undefined || commands.length > 0).toBe(true);
    },
  );
});

describe("what is typed", () => {
  it("comes to the command under the names of its options", async () => {
    const asked: unknown[] = [];
    const witness = ["witness", "--config", "w.json", "serve-archive", "--consortium", "c.json"];
    const serveArchive = (options: unknown) => Promise.resolve(asked.push(options) && 7);
    const listen = { host: "127.0.0.1", port: 8080 };
    const needed = { configFile: "w.json", consortiumFile: "c.json", listen };
    expect(await type(witness, { serveArchive })).toMatchObject({ exitCode: 7 });
    await type([...witness, "--public-url", "https://a.example", "--listen", "[::1]:80"], { serveArchive });
    expect(asked).toEqual([
      needed,
      { ...needed, publicUrl: "https://a.example", listen: { host: "::1", port: 80 } },
    ]);
  });

  it("may come again where the option may be repeated, and be left out", async () => {
    const asked: unknown[] = [];
    const recover = ({ without }: { readonly without: readonly string[] }) =>
      Promise.resolve(asked.push(without));
    const line = ["recover", "--config", "n.json", "--from", "mirror"];
    await type(line, { recover });
    await type([...line, "--without", "a", "--without", "b"], { recover });
    expect(asked).toEqual([[], ["a", "b"]]);
  });

  it.each([
    ["a command that there is not", ["no-such"]],
    ["an option that there is not", ["serve", "--config", "n.json", "--no-such"]],
    ["a required option left out", ["serve"]],
    ["a required option of the command above left out", ["witness", "move-past"]],
    ["a repeated option left out that is needed once", ["consortium", "history", "--consortium", "c.json"]],
    ["an operand left out", ["verify", "--consortium", "c.json"]],
    ["a word that is none of the option's", ["keygen", "--name", "n", "--kind", "k", "--out", "o"]],
    ["a command of which only those below it do something", ["consortium"]],
  ])("is wrong usage: %s", async (_what, args) => {
    const { exitCode, out, error } = await type(args);
    expect([exitCode, out]).toEqual([64, ""]);
    expect(error).not.toBe("");
  });
});

describe("what a command throws", () => {
  const throwing = (error: Error) =>
    type(["serve", "--config", "n.json"], { serve: () => Promise.reject(error) });

  it("ends with 64 where whoever typed it was mistaken, with 2 where nothing could be judged", async () => {
    expect(await throwing(new UsageError("so not"))).toEqual({
      exitCode: 64,
      out: "",
      error: "cunzheng: so not\n",
    });
    expect(await throwing(new UnavailableError("not here"))).toEqual({
      exitCode: 2,
      out: "",
      error: "cunzheng: not here\n",
    });
  });

  it("is main.ts's to tell otherwise", async () => {
    await expect(throwing(new Error("a disk"))).rejects.toThrow("a disk");
  });
});
