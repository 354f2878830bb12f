/**
 * `cunzheng consortium update` from several sources, some of which are behind, lie, hang or are gone: none of them rolls
 * trust back, and none spoils what the others have.
 */
import { createServer, type Server } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { madeChange, textOf, trustFile } from "../../../scripts/make-vectors/membership-world.js";
import {
  cosignedLine,
  cosigners,
  ORIGIN,
  type Signer,
  signedLine,
  signer,
  log,
} from "../../../scripts/make-vectors/sample-world.js";
import { utf8 } from "../../../src/core/bytes.js";
import { encodeCheckpointText } from "../../../src/core/ledger/checkpoint.js";
import { encodeEntryBundle } from "../../../src/core/ledger/entry-bundle.js";
import { encodeNote } from "../../../src/core/ledger/note.js";
import { SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";
import { hashLeaf, hashNode } from "../../../src/core/merkle/hash.js";
import { applyChange } from "../../../src/core/membership/apply-change.js";
import type { Change } from "../../../src/core/membership/change.js";
import { verifyMisconduct } from "../../../src/core/verify/verify-misconduct.js";
import { parseTrustFile, type TrustFile } from "../../../src/core/trust/trust-file.js";
import { temporaryFolders } from "../../temporary-folder.js";
import { office } from "./consortium-office.js";
import { writeLedger, type LedgerFiles } from "./ledger-folder.js";

const temporaryFolder = temporaryFolders();
const { courtEast, courtWest, bankA, bankB, arbitration, stranger } = cosigners;
const EVERYBODY = [courtEast, courtWest, bankA, bankB, arbitration];

const batch = (n: number) => `{"id":"${String(n)}","type":"cunzheng/batch@v1"}`;
const batches = (count: number, first = 0) => Array.from({ length: count }, (_, i) => batch(first + i));
/** A key was stolen: what it cosigns from tree size 3 on no longer counts. */
const retirement: Change = { kind: "retire-witness", name: bankB.vkey.name, until: 3 };
const approvedBy = (approvers: readonly Signer[], change: Change = retirement, before = trustFile()) =>
  textOf(madeChange({ before, change, approvers }));
const STALE = batches(8);
const FRESH = [...STALE, approvedBy([courtEast, courtWest, bankA]), ...batches(3, 9)];
const IN_FORCE = applyChange(trustFile(), retirement);
const FRESH_QUORUM = [courtEast, courtWest, bankA];

const ledger = (entries: readonly string[], signers: readonly Signer[], more: Partial<LedgerFiles> = {}) =>
  writeLedger(temporaryFolder(), { entries, cosigners: signers, ...more });
const from = (...folders: readonly string[]) => folders.flatMap((folder) => ["--from", folder]);
const held = (read: (path: string) => string): TrustFile => parseTrustFile(utf8(read("consortium.json")));

async function update(folders: readonly string[], options: Parameters<typeof office>[1] = {}) {
  const { run, read } = office({}, options);
  const answer = await run("update", "--lang", "en", ...from(...folders));
  return { ...answer, read, held: held(read) };
}

function* ordersOf<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length < 2) yield items;
  for (const [i, first] of items.entries())
    for (const rest of ordersOf(items.filter((_, at) => at !== i))) yield [first, ...rest];
}

/** Another batch in the place of the last: another tree of the same log. */
const branchOf = (entries: readonly string[], at = entries.length - 1) =>
  entries.map((entry, i) => (i === at ? batch(1000) : entry));

const spoil = (folder: string, path: string, edit: (bytes: Buffer) => Buffer | string) => {
  const file = join(folder, path);
  writeFileSync(file, edit(readFileSync(file)));
  return folder;
};
const flip = (bytes: Buffer) => {
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  return bytes;
};

describe("a source that is behind", () => {
  it("rolls nothing back, however many have cosigned what it has, in whatever order", async () => {
    const sources = [ledger(STALE, EVERYBODY), ...FRESH_QUORUM.map((each) => ledger(FRESH, [each]))];
    for (const order of ordersOf(sources)) {
      const { exitCode, out, held: file } = await update(order);
      expect([exitCode, file]).toEqual([0, IN_FORCE]);
      expect(out).toContain("Entries read: 12");
      expect(out).toContain(`${sources[0]}, tree size: 8, is behind`);
    }
  });

  it("is all there is where nobody else has a quorum, and a change that waits for one is told of", async () => {
    const sources = [ledger(STALE, EVERYBODY), ledger(FRESH, [courtEast, bankA])];
    for (const order of ordersOf(sources)) {
      const { exitCode, out, held: file } = await update(order);
      expect([exitCode, file]).toEqual([1, trustFile()]);
      expect(out).toContain("holds 1 approved changes more");
    }
    const without = await update([ledger(STALE, EVERYBODY), ledger([...STALE, batch(8)], [courtEast])]);
    expect([without.exitCode, without.out]).toEqual([0, expect.stringContaining("is ahead")]);
  });

  it("is not believed where its quorum rests on a key that was retired since", async () => {
    // Under the file that comes out, bank-b's cosignature no longer counts at 12.
    const sources = [ledger(STALE, EVERYBODY), ledger(FRESH, [courtEast, courtWest, bankB])];
    const { exitCode, held: file } = await update(sources);
    expect([exitCode, file]).toEqual([1, trustFile()]);
  });
});

describe("a history from an entry on", () => {
  const since = (index: number) => {
    const folders = FRESH_QUORUM.map((each) => ledger(FRESH, [each]));
    return office().run("history", "--since", String(index), "--lang", "en", ...from(...folders));
  };

  it("counts what it has read, and says what it has not: a change may stand there", async () => {
    const { exitCode, out } = await since(10);
    expect([exitCode, out]).toEqual([0, expect.stringContaining("Entries read: 2\n10 entries before them")]);
    expect((await since(0)).out).not.toContain("before them");
    expect((await since(12)).out).toContain("Entries read: 0\n12 entries before them");
  });

  it("is behind where the ledger ends before that entry: more of it has been read already", async () => {
    const { exitCode, out } = await since(13);
    expect([exitCode, out]).toEqual([1, expect.stringContaining("✗ 13 entries were read at another time")]);
  });
});

describe("a line that does not verify", () => {
  it("costs that line, and nothing else of its source or of another's", async () => {
    const good = FRESH_QUORUM.map((each) => ledger(FRESH, [each]));
    const forged = (whose: Signer) => (text: string) => [cosignedLine(whose, `${text}x`)];
    const bad = ledger(FRESH, [arbitration], { moreLines: forged(courtEast) });
    const logs = ledger(FRESH, [], { moreLines: (text) => [signedLine(log, `${text}x`)] });
    for (const order of ordersOf([...good, bad, logs].slice(1))) {
      const lacking = await update(order);
      // Without court-east's own line its forged one does not count: bank-a, court-west and the commission do.
      expect([lacking.exitCode, lacking.held]).toEqual([0, IN_FORCE]);
      expect(lacking.out).toContain("court-east.example/witness, a signature does not verify");
    }
    const alone = await update([bad, good[1] ?? ""]);
    expect([alone.exitCode, alone.held]).toEqual([1, trustFile()]);
  });
});

describe("checkpoints that contradict each other", () => {
  const convicts = (file: string, names: readonly string[]) => {
    const consortium = utf8(JSON.stringify(trustFile()));
    const report = verifyMisconduct({ misconduct: utf8(file), consortium });
    expect(report.verdict).toBe("verified");
    expect(report.convicted.map(({ name }) => name)).toEqual(names);
  };

  it.each([
    ["of one size", branchOf(FRESH, 2), FRESH],
    ["of two sizes", branchOf(STALE, 2), FRESH],
    [
      "of two sizes, the larger without the change",
      STALE.slice(0, 6).concat(FRESH[8] ?? ""),
      branchOf(batches(20), 3),
    ],
  ])("are neither believed where both hold a quorum, %s", async (_, one, other) => {
    const [oneQuorum, otherQuorum] = [FRESH_QUORUM, [courtEast, bankA, arbitration]];
    const sources = [ledger(one, oneQuorum), ledger(other, otherQuorum), ledger(STALE, [courtWest])];
    for (const order of ordersOf(sources)) {
      const { exitCode, out, held: file, read } = await update(order);
      expect([exitCode, file]).toEqual([1, trustFile()]);
      expect(out).toContain("neither is believed");
      convicts(read("consortium.misconduct.json"), [ORIGIN, courtEast.vkey.name, bankA.vkey.name]);
    }
  });

  it("convict the log where one of them alone holds, which is taken", async () => {
    const sources = [ledger(FRESH, FRESH_QUORUM), ledger(branchOf(STALE, 2), [])];
    for (const order of ordersOf(sources)) {
      const { exitCode, held: file, read, out } = await update(order);
      expect([exitCode, file]).toEqual([1, IN_FORCE]);
      expect(out).toContain("CONTRADICTS");
      convicts(read("consortium.misconduct.json"), [ORIGIN]);
    }
    const { run, read } = office();
    const named = ["--misconduct", "found.json", "--json"];
    const history = await run("history", ...from(...sources), ...named);
    expect([history.exitCode, JSON.parse(history.out)]).toEqual([
      1,
      expect.objectContaining({ outcome: "proved", misconduct: "found.json" }),
    ]);
    convicts(read("found.json"), [ORIGIN]);
  });

  it("convict nobody, and stop nothing, where no known key has signed one of them", async () => {
    const strangers = signer(ORIGIN, SIGNATURE_TYPE.ed25519, 99);
    const lie = ledger(branchOf([...FRESH, ...batches(300, 20)], 2), [stranger], { log: strangers });
    for (const order of ordersOf([lie, ledger(FRESH, FRESH_QUORUM)])) {
      const { exitCode, held: file, read, out } = await update(order);
      expect([exitCode, file, read("consortium.misconduct.json")]).toEqual([0, IN_FORCE, ""]);
      expect(out).toContain(`${lie}, tree size: 312, CONTRADICTS`);
    }
  });

  it("are one false one, where it is the empty tree's", async () => {
    const text = encodeCheckpointText({ origin: ORIGIN, treeSize: 0, rootHash: new Uint8Array(32) });
    const folder = temporaryFolder();
    writeFileSync(join(folder, "checkpoint"), encodeNote(text, [signedLine(log, text)]));
    const { exitCode, held: file, read } = await update([folder, ledger(FRESH, FRESH_QUORUM)]);
    expect([exitCode, file]).toEqual([1, IN_FORCE]);
    convicts(read("consortium.misconduct.json"), [ORIGIN]);
  });
});

describe("a change that is none", () => {
  it("keeps no approved one from being taken up, before it or after it", async () => {
    const selfMade = approvedBy([], { kind: "change-log", url: "https://self.example" });
    const entries = [selfMade, ...FRESH, selfMade, batch(50)];
    const { exitCode, held: file, out } = await update([ledger(entries, FRESH_QUORUM)]);
    expect([exitCode, file]).toEqual([1, IN_FORCE]);
    expect(out).toContain("[approvals-insufficient]");
    const { run } = office();
    expect((await run("history", ...from(ledger(entries, FRESH_QUORUM)))).exitCode).toBe(1);
  });
});

describe("a source that serves something else than its checkpoint says", () => {
  const spoilt: readonly [string, (folder: string) => string][] = [
    ["an altered entry", (folder) => spoil(folder, "tile/entries/000.p/12", flip)],
    ["an altered tile", (folder) => spoil(folder, "tile/0/000.p/12", flip)],
    ["entries cut short", (folder) => spoil(folder, "tile/entries/000.p/12", (all) => all.subarray(0, 99))],
    ["no tile at all", (folder) => spoil(folder, "tile/0/000.p/12", () => "")],
    ["50 MB of something", (folder) => spoil(folder, "tile/entries/000.p/12", () => Buffer.alloc(5e7))],
  ];
  it.each(spoilt)("spoils nothing where another serves it: %s", async (_, spoilIt) => {
    const [one, ...others] = FRESH_QUORUM.map((each) => ledger(FRESH, [each]));
    const bad = spoilIt(one ?? "");
    for (const order of [
      [bad, ...others],
      [...others, bad],
    ]) {
      const { exitCode, held: file, out } = await update([...order, ledger(STALE, EVERYBODY)]);
      expect([exitCode, file]).toEqual([0, IN_FORCE]);
      if (order[0] === bad) expect(out).toContain(`${bad}, tree size: 12, what it serves does not stand`);
    }
  });

  it("hides a larger checkpoint of the quorum, and that is told", async () => {
    const larger = ledger(FRESH, FRESH_QUORUM);
    spoil(larger, "tile/entries/000.p/12", flip);
    const { exitCode, held: file, out } = await update([larger, ledger(STALE, EVERYBODY)]);
    expect([exitCode, file]).toEqual([1, trustFile()]);
    expect(out).toContain("a larger checkpoint that no source lets be read");
  });
});

describe("a source that gives no checkpoint of this ledger", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const serving = (answer: Parameters<typeof createServer>[1]) =>
    new Promise<string>((resolve) => {
      const server = createServer(answer as never);
      servers.push(server);
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as { readonly port: number };
        resolve(`http://127.0.0.1:${port}/ledger`);
      });
    });

  it("is named, and the others suffice", async () => {
    const text = encodeCheckpointText({
      origin: "other.example",
      treeSize: 900,
      rootHash: new Uint8Array(32),
    });
    const written = (note: string | Buffer) => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, "checkpoint"), note);
      return folder;
    };
    const silent = [
      join(temporaryFolder(), "gone"),
      written(
        encodeNote(text, [signedLine(log, text), ...EVERYBODY.map((each) => cosignedLine(each, text))]),
      ),
      written("garbage"),
      written(Buffer.alloc(2e6)),
      written(`${text}\n${"— a AAAAAAAA\n".repeat(200)}`),
      "http://127.0.0.1:1/ledger",
      await serving((_, response) => response.writeHead(500).end()),
      await serving(() => undefined),
      await serving((_, response) => void response.writeHead(200).write("ledger.example/loans\n")),
    ];
    const {
      exitCode,
      held: file,
      out,
    } = await update([...silent, ledger(FRESH, FRESH_QUORUM)], { timeoutMs: 500 });
    expect([exitCode, file]).toEqual([0, IN_FORCE]);
    for (const source of silent) expect(out).toContain(`✗ ${source}, can't be reached`);
    const alone = await update(silent, { timeoutMs: 500 });
    expect([alone.exitCode, alone.held]).toEqual([1, trustFile()]);
  }, 60_000);

  it("is not followed for ever where it makes up a tree without an end", async () => {
    // 256^4 times the same entry: every tile of a level is the same, and all of it proves.
    const entry = utf8(batch(7));
    let [hash, treeSize] = [hashLeaf(entry), 1];
    const tiles: Buffer[] = [];
    for (; tiles.length < 4; treeSize *= 256) {
      tiles.push(Buffer.concat(Array.from({ length: 256 }, () => hash)));
      for (let level = 0; level < 8; level++) hash = hashNode(hash, hash);
    }
    const bundle = encodeEntryBundle(Array.from({ length: 256 }, () => entry));
    const text = encodeCheckpointText({ origin: ORIGIN, treeSize, rootHash: hash });
    const endless = await serving(({ url = "" }, response) => {
      if (url.endsWith("/checkpoint")) response.end(encodeNote(text, [cosignedLine(stranger, text)]));
      else if (url.includes("/entries/")) response.end(bundle);
      // The tile of the root alone is not full.
      else response.end(tiles[Number(/tile\/(\d)/.exec(url)?.[1] ?? 9)] ?? hash);
    });
    let seconds = 0;
    const options = { monotonicMs: () => 1000 * seconds++ };
    const { exitCode, held: file, out } = await update([endless, ledger(FRESH, FRESH_QUORUM)], options);
    expect([exitCode, file]).toEqual([0, IN_FORCE]);
    expect(out).toContain(`${endless}, tree size: ${treeSize}, CONTRADICTS`);
    expect(out).toContain("not read to its end");
  });

  it("is left for another where it hangs after its checkpoint", async () => {
    const [one, ...others] = FRESH_QUORUM.map((each) => ledger(FRESH, [each]));
    const checkpoint = readFileSync(join(one ?? "", "checkpoint"));
    const hanging = await serving((request, response) => {
      if (request.url === "/ledger/checkpoint") response.end(checkpoint);
    });
    const {
      exitCode,
      held: file,
      out,
    } = await update([hanging, ...others, ledger(STALE, EVERYBODY)], { timeoutMs: 500 });
    expect([exitCode, file]).toEqual([0, IN_FORCE]);
    expect(out).toContain(`${hanging}, tree size: 12, what it serves`);
  }, 60_000);
});

describe("keys that the reader's file does not know yet", () => {
  const newLog = signer(ORIGIN, SIGNATURE_TYPE.ed25519, 71);
  const newKey = (of: Signer, seed: number) => signer(of.vkey.name, SIGNATURE_TYPE.cosignature, seed);
  const [newEast, newWest, newA] = [newKey(courtEast, 81), newKey(courtWest, 82), newKey(bankA, 83)];
  const from16 = (of: Signer, next: Signer): Change => ({
    kind: "rotate-key",
    name: of.vkey.name,
    until: 16,
    vkeys: [next.vkey.text],
    from: 16,
  });
  const changes: readonly Change[] = [
    { kind: "add-log-key", vkey: newLog.vkey.text },
    { kind: "retire-log-key", vkey: log.vkey.text, until: 16 },
    from16(courtEast, newEast),
    from16(courtWest, newWest),
    from16(bankA, newA),
  ];
  let [inForce, entries]: [TrustFile, readonly string[]] = [trustFile(), STALE];
  for (const change of changes) {
    entries = [...entries, approvedBy(EVERYBODY, change, inForce)];
    inForce = applyChange(inForce, change);
  }
  entries = [...entries, ...batches(4, 20)];

  it("are learnt from the ledger itself, beside sources that are behind, in whatever order", async () => {
    const fresh = [newEast, newWest, newA].map((each) => ledger(entries, [each], { log: newLog }));
    const sources = [ledger(STALE, EVERYBODY), ...fresh];
    for (const order of ordersOf(sources)) {
      const { exitCode, held: file } = await update(order);
      expect([exitCode, file]).toEqual([0, inForce]);
    }
    // Keys of before sign nothing there: the log's, and the courts'.
    const former = await update([ledger(entries, FRESH_QUORUM, { log })]);
    expect([former.exitCode, former.held]).toEqual([1, trustFile()]);
  });
});

describe("whatever the mixture", () => {
  it("comes to the largest checkpoint that the quorum of those asked has cosigned", async () => {
    const kept = (folder: string) => ({ folder, stale: [] as Signer[], fresh: [] as Signer[] });
    const pool = [
      { ...kept(ledger(STALE, EVERYBODY)), stale: EVERYBODY },
      { ...kept(ledger(STALE, [courtEast, courtWest])), stale: [courtEast, courtWest] },
      ...EVERYBODY.map((each) => ({ ...kept(ledger(FRESH, [each])), fresh: [each] })),
      kept(ledger(branchOf(FRESH, 1), [stranger], { log: signer(ORIGIN, SIGNATURE_TYPE.ed25519, 98) })),
      kept(spoil(ledger(FRESH, []), "tile/0/000.p/12", flip)),
      kept(spoil(ledger(STALE, []), "checkpoint", () => "garbage")),
      kept(ledger(FRESH, [], { moreLines: (text) => [cosignedLine(courtEast, `${text}x`)] })),
    ];
    const isQuorum = (signers: readonly Signer[]) =>
      signers.length >= 3 &&
      signers.some((each) => each === courtEast || each === courtWest) &&
      signers.some((each) => each === bankA || each === bankB);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(pool, { minLength: 1 }), async (chosen) => {
        const fresh = chosen.flatMap((each) => each.fresh).filter((each) => each !== bankB);
        const stale = [...new Set(chosen.flatMap((each) => each.stale))];
        const { held: file, exitCode, out } = await update(chosen.map(({ folder }) => folder));
        expect(file).toEqual(isQuorum(fresh) ? IN_FORCE : trustFile());
        if (isQuorum(fresh)) expect(exitCode).toBe(0);
        else expect(out).toContain(isQuorum(stale) ? "Entries read: 8" : "✗");
      }),
      { numRuns: 60, seed: 13 },
    );
  }, 120_000);
});
