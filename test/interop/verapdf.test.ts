/** veraPDF, the PDF Association's validator, on certificates of every kind: all of them are PDF/A-3b (ISO 19005-3). */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import {
  type Cosigner,
  COSIGNERS,
  type FixtureOptions,
  makeFixture,
  signFixture,
  STATEMENT,
} from "../certificate/fixture.js";
import { ecSigner, rsaSigner } from "../certificate/signer.js";
import type { Statement } from "../../src/core/record/statement.js";
import { describeWith, runPeer } from "./peers.js";

const folder = mkdtempSync(join(tmpdir(), "cunzheng-verapdf-"));
afterAll(() => rmSync(folder, { recursive: true }));

const OPTIONAL = new Set(["name", "source", "clientRef", "chain", "createdAt"]);
const bare = Object.fromEntries(
  Object.entries(STATEMENT).filter(([member]) => !OPTIONAL.has(member)),
) as unknown as Statement;
const many = Array.from({ length: 24 }, (_, i): Cosigner => {
  const role = (["court", "bank", "arbitration"] as const)[i % 3] ?? "court";
  return { id: `example-node-${i}`, role, zh: `示例机构第${i}号`, en: `Example Organisation ${i}` };
});
const named = (name: string): FixtureOptions => ({ statement: { ...STATEMENT, name } });
const KINDS: Readonly<Record<string, FixtureOptions>> = {
  "the sample": {},
  "without optional fields": { statement: bare, clockOffsetMs: null },
  "24 cosigners": { cosigners: [...COSIGNERS, ...many.slice(COSIGNERS.length)] },
  "a long name": named("喆".repeat(500)),
  "rare characters": named("𠮷𡃁 喆 µ ☃ 😀 \u202e\u00ad ﷽"),
  "characters that PDF and XML escape": named("()\\<x>&]]>\"'/#%"),
};

/** Altered in one place, or it would find everything compliant; and the clause that is broken then. */
const ALTERED = [
  ["/AFRelationship /Source", "/AFRelationshiq /Source", "6.8"],
  ["/OutputIntents", "/OutputIntentz", "6.2.4.3"],
  ["<pdfaid:part>3", "<pdfaid:part>2", "6.6.4"],
] as const;

const write = (name: string, pdf: Uint8Array): string => {
  const file = join(folder, name);
  writeFileSync(file, pdf);
  return file;
};

describeWith(["verapdf"], "veraPDF", () => {
  /** What it said of each file: a line, and a line below for each clause that is broken. */
  const said = new Map<string, string>();
  const kinds = Object.keys(KINDS);

  beforeAll(async () => {
    const files = Object.values(KINDS).flatMap((options, i) => {
      const fixture = makeFixture(options);
      return [
        write(`${i}-zh.pdf`, signFixture("zh", fixture, rsaSigner())),
        write(`${i}-en.pdf`, signFixture("en", fixture, ecSigner())),
      ];
    });
    const genuine = Buffer.from(signFixture("zh", makeFixture(), rsaSigner())).toString("latin1");
    for (const [i, [from, to]] of ALTERED.entries()) {
      if (genuine.split(from).length !== 2) throw new Error(`${from} does not stand in it once`);
      files.push(write(`altered-${i}.pdf`, Buffer.from(genuine.replace(from, to), "latin1")));
    }
    // One process for all of them: most of the time is its start.
    const { stdout } = await runPeer("verapdf", files, { timeoutMs: 180_000 });
    for (const part of stdout.split(/\n(?! )/)) {
      const [, name] = /: .*\/([^/\n]+\.pdf)(\n|$)/.exec(part) ?? [];
      if (name !== undefined) said.set(name, part);
    }
  }, 200_000);

  it.each(kinds)("finds %s PDF/A-3b in both languages, signed by either algorithm", (kind) => {
    for (const language of ["zh", "en"])
      expect(said.get(`${kinds.indexOf(kind)}-${language}.pdf`)).toMatch(
        /^compliant, \d{5} assertions: \S+$/,
      );
  });

  it.each(ALTERED)("finds %s altered to %s", (from, _, clause) => {
    const found = said.get(`altered-${ALTERED.findIndex(([other]) => other === from)}.pdf`);
    expect(found).toMatch(/^not compliant, /);
    expect(found).toContain(`\n  ${clause} `);
  });
});
