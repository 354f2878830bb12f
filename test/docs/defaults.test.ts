/** The manual's tables of settings and the files that it shows say the defaults that the programs have, each of which stands in one place of src. */
import { describe, expect, it } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArchiveSettings } from "../../src/configuration/archive.js";
import { type NotaryConfiguration, readNotaryConfiguration } from "../../src/configuration/configuration.js";
import { placeOf } from "../../src/configuration/section.js";
import { utf8 } from "../../src/core/bytes.js";
import type { JsonValue } from "../../src/core/record/json.js";
import { DEFAULT_LIMITS } from "../../src/http/intake/limits.js";
import { createLogger } from "../../src/platform/logger.js";
import { DEFAULT_SERVER_LIMITS } from "../../src/platform/server/server-limits.js";
import { parseWitnessConfiguration } from "../../src/witness-node/configuration/configuration.js";
import { openPeers } from "../../src/witness-node/configuration/peers.js";
import { openKeys } from "../../src/witness-node/memory/cosigner-keys.js";
import { temporaryFolders } from "../temporary-folder.js";

const page = (name: string) => readFileSync(join(import.meta.dirname, "../../docs", name), "utf8");
const OPERATION = page("operation.md");
const MEMBER = page("member.md");
const DEFAULTS_OF_LIMITS = { ...DEFAULT_LIMITS, ...DEFAULT_SERVER_LIMITS };
const REQUIRED = "-";
const temporaryFolder = temporaryFolders();

const jsonWith = (text: string, member: string): Record<string, JsonValue> => {
  const blocks = [...text.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  return JSON.parse(blocks.find((block) => block.includes(member)) ?? "") as Record<string, JsonValue>;
};

/** Of the page's table of settings with the row `member`: what stands in its column `default`, by member. */
function tableWith(text: string, member: string): ReadonlyMap<string, string> {
  const tables = [...text.matchAll(/^\| member +\| default +\|.*\n\|[-| ]+\|\n((?:\|.*\n)+)/gm)];
  const rows = tables
    .map(([, table = ""]) =>
      [...table.matchAll(/^\| `([^`]+)` +\| ([^|]+?) +\|/gm)].map(
        ([, name = "", value = ""]) => [name, value] as const,
      ),
    )
    .find((found) => found.some(([name]) => name === member));
  return new Map(rows ?? []);
}

/** What stands at `a.b.c`. */
const at = (value: unknown, path: string): unknown =>
  path.split(".").reduce((within, name) => (within as Record<string, unknown> | undefined)?.[name], value);

/** As a table says it. */
function told(value: unknown): string {
  const MIB = 2 ** 20;
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return "none";
  if (typeof value === "number")
    return value > 0 && value % MIB === 0 ? `${value} (${value / MIB} MiB)` : String(value);
  return `\`${value as string}\``;
}

/** In `folder`, to which what it says of paths is relative. */
function readNotary(members: object, folder = temporaryFolder()): NotaryConfiguration {
  const file = join(folder, "notary.json");
  writeFileSync(file, JSON.stringify(members));
  return readNotaryConfiguration(file);
}

describe("notary.json", () => {
  const shown = jsonWith(OPERATION, '"publicUrl"');
  const table = tableWith(OPERATION, "publicUrl");
  const required = Object.fromEntries(
    [...table].filter(([, value]) => value === REQUIRED).map(([name]) => [name, shown[name]]),
  );
  const defaults = readNotary(required);

  it("shows the defaults", () => {
    const folder = temporaryFolder();
    const { limits, ...rest } = readNotary(shown, folder);
    const { limits: given, ...others } = readNotary(required, folder);
    expect(rest).toEqual(others);
    expect(given).toEqual({});
    expect(DEFAULTS_OF_LIMITS).toMatchObject(limits);
  });

  it.each(Object.keys(required))("%s is required", (name) => {
    const { [name]: _, ...without } = required;
    expect(() => readNotary(without)).toThrow(
      expect.objectContaining({ code: "member-missing", detail: { field: `/${name}`, want: name } }),
    );
  });

  const inWords: Readonly<Record<string, (value: string) => void>> = {
    listen: (value) => expect(value).toBe(`${defaults.listen.host}, ${defaults.listen.port}`),
    keys: (value) => {
      const { dataFolder, keys } = defaults;
      const [log, receipt] = [keys.log, keys.receipt].map((path) => path.replace(`${dataFolder}/`, ""));
      expect(value).toBe(`\`${log}\`, \`${receipt}\` of \`dataFolder\``);
    },
    certificates: (value) => {
      expect(value).toBe("none can be signed");
      expect(defaults.certificates.signer).toBeUndefined();
    },
    timestamps: (value) => expect(value).toBe(told(defaults.timestamps.authorities)),
    "limits.*": (value) => expect(value).toBe("as above"),
  };
  it.each([...table].filter(([, value]) => value !== REQUIRED))("%s: %s by default", (name, value) => {
    const check = inWords[name];
    if (check !== undefined) check(value);
    else expect(value).toBe(told(at({ ...defaults, limits: DEFAULTS_OF_LIMITS }, name)));
  });

  it.each([...tableWith(OPERATION, "authorizationFile")])("timestamps: %s: %s by default", (name, value) => {
    const authority: Record<string, string> = { name: "a", url: "https://a.example" };
    const { [name]: _, ...without } = authority;
    const read = (given: object) => readNotary({ ...required, timestamps: { authorities: [given] } });
    if (value === REQUIRED)
      expect(() => read(without)).toThrow(expect.objectContaining({ code: "member-missing" }));
    else {
      const { authorities, ...settings } = read(authority).timestamps;
      expect(value).toBe(told(at({ ...authorities[0], ...settings }, name)));
    }
  });

  it("has a row for every member, and none for what is no member", () => {
    const rows = new Set([...table.keys()].map((name) => name.split(".")[0]));
    expect([...rows].sort()).toEqual([...new Set([...Object.keys(defaults), ...OPTIONAL])].sort());
    for (const name of ["sealing", "clock"] as const)
      expect([...table.keys()].filter((row) => row.startsWith(`${name}.`)).sort()).toEqual(
        Object.keys(defaults[name])
          .map((member) => `${name}.${member}`)
          .sort(),
      );
  });
});

/** They come to nothing where the file lacks them. */
const OPTIONAL = ["cluster", "metrics", "proxies", "queue", "queueFile", "store", "storeFile"];

describe("witness.json", () => {
  const shown = jsonWith(MEMBER, '"keyFile"');
  const table = tableWith(MEMBER, "postQuantumKeyFile");
  const read = (config: JsonValue) => parseWitnessConfiguration(utf8(JSON.stringify(config)));
  const without = (name: string): JsonValue => {
    const [list, member] = name.split("[].") as [string, string?];
    if (member === undefined)
      return Object.fromEntries(Object.entries(shown).filter(([key]) => key !== list));
    const items = (shown[list] as readonly Record<string, JsonValue>[]).map((item) =>
      Object.fromEntries(Object.entries(item).filter(([key]) => key !== member)),
    );
    return { ...shown, [list]: items };
  };

  it.each([...table].filter(([, value]) => value === REQUIRED))("%s is required", (name) => {
    expect(() => read(without(name))).toThrow(expect.objectContaining({ code: "member-missing" }));
  });

  it.each([...table].filter(([, value]) => value === "none"))("%s: none by default", (name) => {
    expect(table.size).toBeGreaterThan(10);
    expect(() => read(without(name))).not.toThrow();
  });

  it("key files are those of the data folder, made when missing; a peer's name is its url", () => {
    const dataFolder = temporaryFolder();
    const config = read({
      ...(without("keyFile") as object),
      dataFolder,
      mirror: { name: "court.example/m" },
    });
    openKeys(config, createLogger({ name: "test", level: "error" }));
    expect(table.get("keyFile")).toBe("`witness.key` of `dataFolder`");
    for (const name of ["witness.key", "mirror.key"])
      expect(readFileSync(join(dataFolder, name), "utf8")).not.toBe("");
    expect(table.get("peers[].name")).toBe("its `url`");
    expect(openPeers([{ url: "https://bank.example/" }])).toMatchObject([{ name: "https://bank.example" }]);
  });

  it("an archive's limits are shown with their defaults", () => {
    const { archive = {} } = jsonWith(MEMBER, '"archive"');
    const place = placeOf(join(temporaryFolder(), "witness.json"), ".");
    expect(DEFAULTS_OF_LIMITS).toMatchObject(readArchiveSettings(archive, "/archive", place).limits);
    expect(readArchiveSettings({}, "/archive", place)).toEqual({ limits: {} });
  });
});
