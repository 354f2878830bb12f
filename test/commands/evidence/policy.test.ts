/** `cunzheng policy` as it is typed: what it prints, and each exit code. */
import { describe, expect, it } from "@jest/globals";
import { consortium, json } from "../../../scripts/make-vectors/sample-world.js";
import { runCommand } from "../../../src/commands/program.js";
import type { CommandWorld } from "../../../src/commands/registry.js";
import { parsePolicy } from "../../core/trust/policy-evaluator.js";

async function run(args: readonly string[], trustFile = json(consortium())) {
  const printed = { out: "", error: "" };
  const world = {
    language: "en",
    version: "0",
    print: (text: string) => (printed.out += text),
    printError: (text: string) => (printed.error += text),
    readFile: (path: string) =>
      path === "consortium.json" ? Promise.resolve(trustFile) : Promise.reject(new Error(`no ${path}`)),
  } as unknown as CommandWorld;
  return { exitCode: await runCommand(["policy", ...args], world), ...printed };
}

const TRUST = ["--consortium", "consortium.json"] as const;

describe("cunzheng policy", () => {
  it("prints the policy and nothing else", async () => {
    const { exitCode, out, error } = await run([...TRUST, "--party", "bank-a"]);
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: "" });
    expect(parsePolicy(out).logKeys).toEqual(consortium().log.vkeys);
    expect(parsePolicy(out).witnessKeys).toHaveLength(4);
  });

  it("leaves several parties out", async () => {
    const { out } = await run([...TRUST, "--party", "court-east", "--party", "bank-a"]);
    expect(parsePolicy(out).witnessKeys.join()).not.toMatch(/court-east|bank-a/);
  });

  it("prints raw keys for sigsum", async () => {
    const { out } = await run([...TRUST, "--party", "bank-a", "--format", "sigsum"]);
    for (const key of [...parsePolicy(out).logKeys, ...parsePolicy(out).witnessKeys])
      expect(key).toMatch(/^[0-9a-f]{64}$/);
  });

  it("takes a tree size", async () => {
    const retired = consortium();
    const trustFile = json({
      ...retired,
      witnesses: retired.witnesses.map((each) =>
        each.organisation === "arbitration" ? { ...each, until: 9 } : each,
      ),
    });
    const keysAt = async (...size: string[]) =>
      parsePolicy((await run([...TRUST, "--party", "bank-b", ...size], trustFile)).out).witnessKeys.join();
    expect(await keysAt("--tree-size", "8")).toMatch(/arbitration/);
    expect(await keysAt("--tree-size", "9")).not.toMatch(/arbitration/);
    expect(await keysAt()).not.toMatch(/arbitration/);
  });

  it.each([
    [
      "1 where no policy exists",
      [...TRUST, "--party", "bank-a", "--party", "bank-b"],
      1,
      "quorum-unreachable",
    ],
    ["2 where the trust file can't be read", ["--consortium", "absent.json"], 2, "no absent.json"],
    ["64 for a party without a name", [...TRUST, "--party", " \u3000"], 64, "names nobody"],
    ["64 for a tree size that is none", [...TRUST, "--tree-size", "01"], 64, "not a tree size"],
    ["64 for another format", [...TRUST, "--format", "json"], 64, "json"],
    ["64 without a trust file", [], 64, "--consortium"],
  ])("ends with %s", async (_, args, exitCode, message) => {
    const answer = await run(args);
    expect(answer).toMatchObject({ exitCode, out: "" });
    expect(answer.error).toContain(message);
  });

  it("ends with 2 for a broken trust file, and says where it is broken", async () => {
    const broken = { ...consortium(), quorum: { total: 0, roles: {} } };
    const answer = await run(TRUST, json(broken));
    expect(answer).toMatchObject({ exitCode: 2, out: "" });
    expect(answer.error).toContain("quorum-invalid at /quorum/total");
  });
});
