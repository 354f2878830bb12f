/**
 * The walls of docs/architecture.md stand: the linter finds an import that goes through one. A resolver that finds no
 * file lets every import pass in silence, so each wall is tried with an import that it must refuse.
 */
import { describe, expect, it } from "@jest/globals";
import { ESLint } from "eslint";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const eslint = new ESLint({ cwd: root });

/** The rules that an import in a file at this place breaks. */
async function rulesBroken(place: string, imported: string): Promise<(string | null)[]> {
  const text = `import * as everything from "${imported}";\nexport const all = everything;\n`;
  const [result] = await eslint.lintText(text, { filePath: join(root, place) });
  return (result?.messages ?? []).map(({ ruleId }) => ruleId);
}

const WALL = "import-x/no-restricted-paths";

const intruders: readonly (readonly [place: string, imported: string, rule: string])[] = [
  ["src/core/merkle/intruder.ts", "../verify/report.js", WALL],
  ["src/core/intruder.ts", "../platform/files/files.js", WALL],
  ["src/core/digest/intruder.ts", "node:crypto", "no-restricted-imports"],
  ["src/core/digest/intruder.ts", "merkletreejs", "no-restricted-imports"],
  ["src/certificate/intruder.ts", "../notary/ports/ports.js", WALL],
  ["src/certificate/intruder.ts", "node:fs", "no-restricted-imports"],
  ["src/certificate/drawings/1/intruder.ts", "../../content/trust.js", WALL],
  ["src/certificate/drawings/1/intruder.ts", "../../../core/verify/report.js", WALL],
  ["src/certificate/drawings/1/page/intruder.ts", "../../../build/ornament.js", WALL],
  ["src/certificate/drawings/1/pdf/intruder.ts", "fflate", "no-restricted-imports"],
  ["src/certificate/build/intruder.ts", "../verify/verify-certificate.js", WALL],
  ["src/certificate/template/intruder.ts", "../build/build-template.js", WALL],
  ["src/certificate/pdf/intruder.ts", "../verify/verify-certificate.js", WALL],
  ["src/certificate/content/intruder.ts", "../pdf/pdf-reader.js", WALL],
  ["src/certificate/verify/intruder.ts", "../make-certificate.js", WALL],
  ["src/notary/intruder.ts", "../adapters/sqlite/store.js", WALL],
  ["src/notary/intruder.ts", "../http/app.js", WALL],
  ["src/notary/intruder.ts", "better-sqlite3", "no-restricted-imports"],
  ["src/notary/intruder.ts", "node:fs", "no-restricted-imports"],
  ["src/platform/intruder.ts", "../core/bytes.js", WALL],
  ["src/adapters/sqlite/intruder.ts", "../../http/app.js", WALL],
  ["src/adapters/sqlite/intruder.ts", "../../notary/depositing/deposit.js", WALL],
  ["src/adapters/sqlite/intruder.ts", "../originals/originals.js", WALL],
  ["src/adapters/mongo/intruder.ts", "../sqlite/rows.js", WALL],
  ["src/witness-node/intruder.ts", "../notary/ports/ports.js", WALL],
  ["src/core/witness/intruder.ts", "../trust/consortium.js", WALL],
  ["src/pki/der/intruder.ts", "../x509/path.js", WALL],
  ["src/pki/timestamps/intruder.ts", "../signature/detached-signature.js", WALL],
  ["src/notary/ledger/intruder.ts", "../sealing/sequencer.js", WALL],
  ["src/notary/depositing/intruder.ts", "../finality/finality.js", WALL],
  ["src/notary/reading/intruder.ts", "../open-worker.js", WALL],
  ["src/notary/certificates/intruder.ts", "../sealing/sequencer.js", WALL],
  ["src/platform/files/intruder.ts", "../sqlite.js", WALL],
  ["src/platform/server/intruder.ts", "../keys/keys.js", WALL],
  ["src/witness-node/ledger/intruder.ts", "../memory/store.js", WALL],
  ["src/witness-node/signing/intruder.ts", "../gossip/gossip.js", WALL],
  ["src/http/problems/intruder.ts", "../answers/respond.js", WALL],
  ["src/http/intake/intruder.ts", "../handlers/handler.js", WALL],
  ["src/programs/opening/intruder.ts", "../services/notary.js", WALL],
  ["src/http/intruder.ts", "../adapters/sqlite/store.js", WALL],
  ["src/commands/intruder.ts", "../adapters/sqlite/store.js", WALL],
  ["src/commands/node/intruder.ts", "../../programs/membership.js", WALL],
  ["src/commands/node/intruder.ts", "../notary/serve.js", WALL],
  ["src/commands/keys/intruder.ts", "../registry.js", WALL],
];

describe("walls", () => {
  it.each(intruders)("%s may not import %s", async (place, imported, rule) => {
    expect(await rulesBroken(place, imported)).toContain(rule);
  });

  it.each([
    "Math.sin(1)",
    "2 ** 0.5",
    "new Date(0)",
    '"é".normalize()',
    '"a".localeCompare("b")',
    "/\\p{L}/u.test('a')",
    "/k/i.test('K')",
  ])("a drawing may not rest on %s, which is not the same everywhere", async (expression) => {
    const place = join(root, "src/certificate/drawings/1/intruder.ts");
    const [result] = await eslint.lintText(`export const value = ${expression};\n`, { filePath: place });
    expect((result?.messages ?? []).map(({ ruleId }) => ruleId)).toContainEqual(
      expect.stringMatching(/^no-restricted-/),
    );
  });

  it("lets an import through that is allowed", async () => {
    expect(await rulesBroken("src/core/verify/neighbour.ts", "../merkle/hash.js")).toEqual([]);
    expect(
      await rulesBroken("src/certificate/verify/neighbour.ts", "../drawings/draw-certificate.js"),
    ).toEqual([]);
    expect(await rulesBroken("src/adapters/sqlite/neighbour.ts", "../../notary/ports/ports.js")).toEqual([]);
  });
});

/** A room that is seen at one look. */
const MOST_FILES = 15;

it(`no room has more than ${MOST_FILES} files`, () => {
  const sizes = new Map<string, number>();
  for (const { parentPath, name } of readdirSync(join(root, "src"), { recursive: true, withFileTypes: true }))
    if (name.endsWith(".ts")) sizes.set(parentPath, (sizes.get(parentPath) ?? 0) + 1);
  expect(sizes.size).toBeGreaterThan(40);
  expect([...sizes].filter(([, files]) => files > MOST_FILES)).toEqual([]);
});

describe("regular expressions", () => {
  const rulesOf = async (pattern: string, flags = ""): Promise<(string | null)[]> => {
    const text = `export const pattern = /${pattern}/${flags};\n`;
    const [result] = await eslint.lintText(text, { filePath: join(root, "src/http/intruder.ts") });
    return (result?.messages ?? []).map(({ ruleId }) => ruleId);
  };

  it.each([
    ["^a[ \\t]*;?[ \\t]*b$", "regexp/no-super-linear-backtracking"],
    ["^(a+)+$", "regexp/no-super-linear-backtracking"],
    ["^(a|a)*$", "regexp/no-dupe-disjunctions"],
    ["[ \\t]+$", "regexp/no-super-linear-move"],
    ["\\/+$", "regexp/no-super-linear-move"],
  ])("/%s/, which takes longer than its input explains, is found", async (pattern, rule) => {
    expect(await rulesOf(pattern)).toContain(rule);
  });

  it.each([
    ["^[ \\t]*[a-z]+$", ""],
    ["[ \\t]*", "y"],
    ["\\.?0{0,3}Z$", ""],
  ])("/%s/%s stands", async (pattern, flags) => {
    expect(await rulesOf(pattern, flags)).toEqual([]);
  });
});
