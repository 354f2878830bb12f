/** `cunzheng consortium` as somebody types it, over files in memory and ledgers as they lie somewhere. */
import { readFileSync } from "node:fs";
import { consortium, cosigners, json, type Signer } from "../../../scripts/make-vectors/sample-world.js";
import { runCommand } from "../../../src/commands/program.js";
import type { Catalogue } from "../../../src/commands/text/report-text.js";
import type { MembershipWorld } from "../../../src/commands/consortium/membership-world.js";
import type { CommandWorld } from "../../../src/commands/registry.js";
import { VERIFIERS } from "../../../src/platform/keys/verifiers.js";
import { openLedgerReader } from "../../../src/programs/opening/ledger-reader.js";

export const catalogue = JSON.parse(
  readFileSync(new URL("../../../templates/wording/report.json", import.meta.url), "utf8"),
) as Catalogue;
const { courtEast, courtWest, bankB, stranger } = cosigners;

const approverOf = ({ vkey, sign }: Signer) => ({ name: vkey.name, keyId: vkey.keyId, sign });

interface OfficeOptions {
  /** How long a source may take to answer. */
  readonly timeoutMs?: number;
  readonly monotonicMs?: () => number;
}

/** The commands over files in memory; a node's configuration is the name of who runs it. */
export function office(
  files: Record<string, Uint8Array | string> = {},
  { timeoutMs, monotonicMs = () => performance.now() }: OfficeOptions = {},
) {
  const all = new Map<string, Uint8Array | string>(
    Object.entries({ "consortium.json": json(consortium()), ...files }),
  );
  const nodes: Record<string, readonly Signer[]> = {
    "court-east": [courtEast],
    "court-west": [courtWest],
    "bank-b": [bankB],
    stranger: [stranger],
  };
  const sent: unknown[] = [];
  const membership: MembershipWorld = {
    now: () => Date.UTC(2026, 10, 25, 8),
    monotonicMs,
    newId: () => "01KATVRA0TEXAMP1E0000000C7",
    writeFile: (path, content) => Promise.resolve(void all.set(path, content)),
    openLedger: (from) => openLedgerReader(from, timeoutMs),
    nodeKeys: (config) => (nodes[config] ?? []).map(approverOf),
    submitChange: (request) => {
      sent.push(request);
      return Promise.resolve({ status: request.url === "refuses" ? 409 : 201, body: '{"index":7}' });
    },
  };
  const run = async (...args: string[]) => {
    const printed = { out: "", error: "" };
    const world = {
      language: "en",
      version: "0",
      catalogue: () => catalogue,
      verifiers: VERIFIERS,
      print: (text: string) => (printed.out += text),
      printError: (text: string) => (printed.error += text),
      membership: () => Promise.resolve(membership),
      readFile: (path: string) => {
        const file = all.get(path);
        return file === undefined
          ? Promise.reject(new Error(`no ${path}`))
          : Promise.resolve(Buffer.from(file));
      },
    } as unknown as CommandWorld;
    const [command = "", ...rest] = args;
    const trust =
      command === "submit" || rest.includes("--consortium") ? [] : ["--consortium", "consortium.json"];
    return { exitCode: await runCommand(["consortium", command, ...trust, ...rest], world), ...printed };
  };
  return { run, sent, read: (path: string) => Buffer.from(all.get(path) ?? "").toString() };
}
