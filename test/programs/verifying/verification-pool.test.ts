/** The public verifier in threads of bounded time and memory: what a stranger sends ends a thread, not the service. */
import { afterEach, describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PoolOptions, VerificationPool } from "../../../src/programs/verifying/verification-pool.js";

const root = join(import.meta.dirname, "../../..");
const vector = (name: string) => {
  const read = (file: string) =>
    new Uint8Array(readFileSync(join(root, "test/vectors/evidence", name, file)));
  return { file: read("evidence.json"), consortium: read("consortium.json"), parties: [] };
};
/** The built one: its thread is a file beside it. */
const { createVerificationPool } = (await import(
  pathToFileURL(join(root, "dist/src/programs/verifying/verification-pool.js")).href
)) as { createVerificationPool: (options: PoolOptions) => VerificationPool };

const pools: VerificationPool[] = [];
const pool = (options: { timeoutMs?: number; memoryMb?: number; threads?: number } = {}) => {
  const made = createVerificationPool({ templates: [join(root, "templates")], ...options });
  pools.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(pools.splice(0).map((made) => made.close()));
});

/** As many as a record may have (docs/evidence-format.md, section 1.4), nearly. */
const MOST_MEMBERS = 1_340_000;
/** Some seconds of work: a large record whose canonical form is compared. */
const slow = (count: number) => {
  const members = Array.from({ length: count }, (_, i) => `"${i}":${i}`);
  return { ...vector("happy-path-with-record"), record: new TextEncoder().encode(`{${members.join(",")}}`) };
};

describe("the pool of verifiers", () => {
  it("answers as the verifier does, more questions than it has threads", async () => {
    const { verify } = pool();
    const reports = await Promise.all(
      ["happy-path", "altered-batch_fail", "happy-path", "trust-file-not-json_incomplete"].map((name) =>
        verify(vector(name)),
      ),
    );
    expect(reports.map(({ verdict }) => verdict)).toEqual(["verified", "refused", "verified", "incomplete"]);
  });

  it("says of a party that the trust file lacks that nobody is excluded for it", async () => {
    const report = await pool().verify({ ...vector("happy-path"), parties: ["张三"] });
    expect(report).toMatchObject({
      verdict: "verified",
      parties: ["张三"],
      notices: [{ code: "party-not-in-consortium", party: "张三" }, { code: "evidence-only" }],
    });
  });

  it("refuses as the verifier does what a file has no use for", async () => {
    const file = Buffer.from('{"type":"cunzheng/misconduct@v1"}');
    await expect(
      pool().verify({ ...vector("happy-path"), file, parties: ["court-east"] }),
    ).rejects.toMatchObject({ name: "ParseError", code: "input-unused" });
  });

  it("gives up what takes too long, and goes on with the next", async () => {
    const large = slow(MOST_MEMBERS);
    const beginMs = performance.now();
    await expect(pool({ threads: 1 }).verify(large)).resolves.toMatchObject({ verdict: "refused" });
    // What it takes on this machine, whatever machine that is; an evidence alone takes a tenth of it.
    const tookMs = performance.now() - beginMs;
    const { verify } = pool({ threads: 1, timeoutMs: tookMs / 2.5 });
    const given = verify(large);
    const next = verify(vector("happy-path"));
    await expect(given).rejects.toMatchObject({ code: "overloaded" });
    await expect(next).resolves.toMatchObject({ verdict: "verified" });
  });

  it("survives what takes too much memory", async () => {
    const { verify } = pool({ threads: 1, memoryMb: 64 });
    await expect(verify(slow(MOST_MEMBERS))).rejects.toMatchObject({ code: "overloaded" });
    await expect(verify(vector("happy-path"))).resolves.toMatchObject({ verdict: "verified" });
  });

  it("says that it is stopping to whoever is not answered at its close, and starts nothing more", async () => {
    const { verify, close } = pool({ threads: 1 });
    const asked = [verify(slow(MOST_MEMBERS)), verify(vector("happy-path"))];
    const refusals = Promise.allSettled(asked);
    await close();
    for (const { status, ...how } of await refusals)
      expect({ status, ...how }).toMatchObject({ status: "rejected", reason: { code: "stopping" } });
    await expect(verify(vector("happy-path"))).rejects.toMatchObject({ code: "stopping" });
  });
});
